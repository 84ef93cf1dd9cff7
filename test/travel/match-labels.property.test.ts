import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexedFrame, type JoinLabel, joinAsOf } from "../../src/travel/index.js";
import { campaign, tries } from "../campaign.js";
import { asOf, captures, hasUsableTime, type OracleRow } from "../oracle.js";
import { frameOf, MS, type RandomHistory, randomHistory } from "./random-history.js";

const ON = [["game", "player"], ["player", "game"], ["game"], ["player"]] as const;

/** Labels ask the history's own questions about keys it may hold; one bound on age for all of them. */
const joins = randomHistory().chain((random) =>
  fc.record({
    random: fc.constant(random),
    on: fc.constantFrom(...ON),
    maxAge: fc.constantFrom(undefined, 0n, 1n, MS, 2n * MS + 1n),
    keys: fc.array(
      fc.record({
        game: fc.constantFrom(null, "a", "b", "\uff5e", "\u{1f3c0}", "unknown"),
        player: fc.constantFrom(null, 1, 2, 3),
        at: fc.nat(),
      }),
      { maxLength: 6 },
    ),
  }),
);

const { count, seed } = campaign({ small: 1_500, large: 50_000, seed: 3 });

describe("joinAsOf", () => {
  test("equals one brute-force answer per label, in the order of the labels, then of the keys", () => {
    fc.assert(
      fc.property(joins, ({ random, on, maxAge, keys }) => {
        const { rules, files, questions } = random;
        const labels = keys.map(({ at, ...key }) => ({ key, ...questions[at % questions.length]! }));
        const asked = labels.map(
          ({ key, cutoff, knownBy }): JoinLabel => ({
            cells: on.map((name) => key[name]),
            cutoffNs: cutoff,
            knownByNs: knownBy,
          }),
        );
        const index = indexedFrame(frameOf(rules, files));
        const matches = joinAsOf(index, on, asked, maxAge);

        const expected = labels.flatMap(({ key, cutoff, knownBy }, label) => {
          const { winners } = asOf(files, rules, { cutoff, knownBy, maxAge });
          const own = winners.filter(({ row }) => on.every((name) => row[name] === key[name]));
          return (own.length > 0 ? own : [undefined]).map((winner) => ({ label, winner }));
        });
        expect(
          matches.rows.map((row, i) => ({
            label: matches.labels[i],
            row: row < 0 ? null : index.reader.row(row),
          })),
        ).toEqual(expected.map(({ label, winner }) => ({ label, row: winner?.row ?? null })));
        expect(matches.rowsByFallback).toBe(expected.filter(({ winner }) => winner?.byFallback).length);

        const counts = labels.map(({ key, cutoff, knownBy }) =>
          captures(files, rules, { cutoff, knownBy, maxAge })((row) =>
            on.every((name) => row[name] === key[name]),
          ),
        );
        const sum = (of: (one: (typeof counts)[number]) => number) =>
          counts.reduce((all, one) => all + of(one), 0);
        const bounds = labels.length > 0 ? labels.map(({ knownBy }) => knownBy) : [undefined];
        const usable = bounds.flatMap((knownBy) =>
          asOf(files, rules, { cutoff: 0n, knownBy }).all.filter((version) => hasUsableTime(version, rules)),
        );
        expect(matches).toMatchObject({
          rowsCapturedLater: sum((one) => one.rowsCapturedLater),
          rowsCaptureUnknown: sum((one) => one.rowsCaptureUnknown),
          keysByLaterEvidence: sum((one) => one.keysByLaterEvidence),
          labelsBeforeUsable: sum((one) => (one.asOfUsableByCutoff ? 0 : 1)),
          rowsNotSelectable:
            files.flatMap(({ rows }) => rows).length - new Set(usable.map(({ row }) => row)).size,
        });
      }),
      { numRuns: count, seed },
    );
  });

  test("answers a label the same whichever others are asked with it", () => {
    fc.assert(
      fc.property(joins, ({ random, on, maxAge, keys }) => {
        const labels = keys.map(({ at, ...key }) => labelOf(random, on, key, at));
        const index = indexedFrame(frameOf(random.rules, random.files));
        const rowsOf = (asked: JoinLabel[], label: number) => {
          const { labels, rows } = joinAsOf(index, on, asked, maxAge);
          return rows.filter((_, pair) => labels[pair] === label);
        };
        const together = labels.map((_, i) => rowsOf(labels, i));
        expect(together).toEqual(labels.map((label) => rowsOf([label], 0)));
      }),
      tries({ small: 300, large: 6_000, seed: 139 }),
    );
  });
});

function labelOf({ questions }: RandomHistory, on: readonly string[], key: OracleRow, at: number): JoinLabel {
  const { cutoff, knownBy } = questions[at % questions.length]!;
  return { cells: on.map((name) => key[name]!), cutoffNs: cutoff, knownByNs: knownBy };
}
