import fc from "fast-check";
import { type RandomTree, rulesOf } from "./random-tree.js";

/** How random labels are joined with a random tree. */
interface RandomJoin {
  readonly labels: readonly Readonly<Record<string, unknown>>[];
  readonly options: Readonly<Record<string, unknown>>;
}

const KEYS = { game: [null, "a", "b", "\uff5e", "\u{1f3c0}", "nobody's"], player: [null, 1, 2, 3] };

/**
 * Labels whose cutoffs are those of a tree's questions, and instants of its rows; some have the same question, some match nothing.
 *
 * @param days what says which days labels read; labels have a column `day`
 */
export function randomJoin(
  tree: RandomTree,
  days: fc.Arbitrary<Readonly<Record<string, unknown>>>,
  dates: readonly string[],
): fc.Arbitrary<RandomJoin> {
  const { files, questions } = tree.history;
  const { ingested } = rulesOf(tree);
  const instants = [
    ...questions.flatMap(({ cutoff, knownBy = cutoff }) => [cutoff, knownBy]),
    ...files.flatMap(({ rows }) => rows.flatMap((row) => [row[ingested], row.as_of_ts] as (bigint | null)[])),
  ].filter((at) => at !== null && at > 0n);
  const instant = fc.constantFrom(...instants);
  const label = fc.record({
    game: fc.constantFrom(...KEYS.game),
    player: fc.constantFrom(...KEYS.player),
    at: instant,
    known: instant,
    day: fc.constantFrom(...dates),
    won: fc.constantFrom(true, false, null),
  });
  return fc.record({
    labels: fc.array(label, { maxLength: 12 }).map((some) => [...some, ...some.slice(0, 2)]),
    options: fc
      .tuple(
        fc.record(
          {
            knownBy: fc.oneof(fc.constantFrom("cutoff", "known"), instant),
            maxAge: fc.constantFrom(
              ...questions.flatMap(({ maxAge = 0n }) => [{ nanoseconds: Number(maxAge) }]),
            ),
            columns: fc.constant(["status", "run_id"]),
          },
          { requiredKeys: [] },
        ),
        fc.constantFrom(["game"], ["player"], ["game", "player"], ["player", "game"]),
        days,
      )
      .map(([options, on, own]) => ({ ...options, ...own, on, cutoff: "at", prefix: "was_" })),
  });
}
