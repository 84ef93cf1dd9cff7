import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexedFrame, startJoin } from "../../src/travel/index.js";
import { neededFiles } from "../../src/travel/skip/needed-files.js";
import { campaign } from "../campaign.js";
import { asOf, captures, type OracleRow } from "../oracle.js";
import { type BoundedHistory, boundedFrame, boundedHistory } from "./bounded-history.js";
import { MS } from "./random-history.js";

/** Rows that end a key: in changes, nothing else makes absence hang on a late capture. */
const tombstone = (row: OracleRow) => row.status !== "in";

/** Labels of all questions at once, with `knownBy` as pipelines have it: none, one for all, the cutoff, or any. */
const joins = (meaning: "changes" | "snapshot") =>
  fc.record({
    history: fc
      .tuple(
        fc.oneof(boundedHistory(meaning), boundedHistory(meaning, { tombstone })),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 30 })), { minLength: 4 }),
      )
      .map(([history, late]) => ({
        ...history,
        questions: history.questions.map(({ cutoff, ...asked }, i) => ({
          ...asked,
          cutoff: cutoff + BigInt(late[i]!) * MS,
        })),
      })),
    on: fc.constantFrom<("game" | "player")[]>(["game"], ["game", "player"], ["player"]),
    maxAge: fc.option(fc.constantFrom(0n, MS, 30n * MS), { nil: undefined, freq: 1 }),
    knownBy: fc.constantFrom("none", "one", "cutoff", "any"),
    again: fc.nat({ max: 3 }),
  });

function labelsOf({ questions, files }: BoundedHistory, knownBy: string, again: number) {
  const keys = files.flatMap(({ rows }) => rows.map(({ game, player }) => ({ game, player })));
  const bound = (i: number) =>
    ({
      none: undefined,
      one: questions[0]!.knownBy,
      cutoff: questions[i]!.cutoff,
      any: questions[i]!.knownBy ?? questions[i]!.cutoff,
    })[knownBy];
  return questions.flatMap(({ cutoff }, i) =>
    keys.slice(0, 3 + again).map((key) => ({ ...key, cutoff, known: bound(i) })),
  );
}

const { count, seed } = campaign({ few: 300, small: 1_500, large: 20_000, seed: 4 });

describe.each(["changes", "snapshot"] as const)("a join of files that are %s, indexed once", (meaning) => {
  let asked = 0;
  let narrowed = 0;
  let severalNarrowed = 0;
  let byLaterEvidence = 0;

  test("equals the oracle label by label, and the join of all files in rows and provenance", () => {
    fc.assert(
      fc.property(joins(meaning), ({ history, on, maxAge, knownBy, again }) => {
        const frame = boundedFrame(history);
        const labels = labelsOf(history, knownBy, again);
        const options = {
          on,
          cutoff: "cutoff",
          prefix: "was_",
          ...(labels[0]?.known !== undefined && { knownBy: "known" }),
          ...(maxAge !== undefined && { maxAge: { nanoseconds: Number(maxAge) } }),
        };
        const members = labels.map((_, i) => i);
        const once = startJoin(frame.dataset, labels, options);
        once.addOnce(frame, ["2026-01-15"], members);
        const whole = startJoin(frame.dataset, labels, options);
        whole.add(indexedFrame(boundedFrame(history)), ["2026-01-15"], members);
        expect(once.result().rows()).toEqual(whole.result().rows());
        expect(once.result().provenance).toEqual(whole.result().provenance);

        const { files, rules } = history;
        const added = ["game", "player", "status", "report_ts", "as_of_ts", "ingested_ts", "run_id"].filter(
          (name) => !on.some((other) => other === name),
        );
        // Labels of one question share what is found for it.
        const found = new Map<string, ReturnType<typeof ask>>();
        const ask = ({ cutoff, known }: (typeof labels)[number]) => {
          const question = { cutoff, knownBy: known, maxAge };
          return { rows: asOf(files, rules, question).rows, counts: captures(files, rules, question) };
        };
        const answerTo = (label: (typeof labels)[number]) => {
          const id = `${label.cutoff} ${label.known}`;
          if (!found.has(id)) found.set(id, ask(label));
          return found.get(id)!;
        };
        const expected = labels.flatMap((label) => {
          const { rows } = answerTo(label);
          const own = rows.filter((row) => on.every((name) => row[name] === label[name]));
          return (own.length > 0 ? own : [undefined]).map((row) => ({
            ...label,
            ...Object.fromEntries(added.map((name) => [`was_${name}`, row?.[name] ?? null])),
          }));
        });
        expect(once.result().rows()).toEqual(expected);
        const counts = labels.map((label) =>
          answerTo(label).counts((row) => on.every((name) => row[name] === label[name])),
        );
        for (const name of ["rowsCapturedLater", "rowsCaptureUnknown", "keysByLaterEvidence"] as const) {
          const sum = counts.reduce((all, own) => all + own[name], 0);
          expect([name, once.result().provenance[name]]).toEqual([name, sum]);
        }
        byLaterEvidence += once.result().provenance.keysByLaterEvidence;

        const cutoffs = new Set(labels.map(({ cutoff }) => cutoff)).size;
        asked++;
        if (!neededFiles(frame, once.questions, maxAge ?? null)) return;
        narrowed++;
        if (cutoffs > 1) severalNarrowed++;
      }),
      { numRuns: count, seed },
    );
  });

  test("leaves files out often enough for that to mean something", () => {
    expect(narrowed / asked).toBeGreaterThan(0.05);
    expect(severalNarrowed / asked).toBeGreaterThan(0.03);
    // Too rare for a few tries.
    if (count >= 1_500) expect(byLaterEvidence / asked).toBeGreaterThan(0.002);
  });
});
