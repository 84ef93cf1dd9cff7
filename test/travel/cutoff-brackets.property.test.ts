import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endsAtOf } from "../../src/travel/rule/version-index.js";
import { endsBetweenBrackets } from "../../src/travel/skip/cutoff-brackets.js";
import { tries } from "../campaign.js";
import { asOf } from "../oracle.js";
import { MS, optionsOf, timelineOf } from "./random-history.js";

const instant = fc.record({ high: fc.integer({ min: 0, max: 12 }), low: fc.integer({ min: 0, max: 2 }) });
type Instant = { high: number; low: number };
const compare = (a: Instant, b: Instant) => a.high - b.high || a.low - b.low;

/** Versions of some keys, many of them at the same instant, as an index. */
function indexOf(keys: readonly (readonly Instant[])[]) {
  const times = keys.flatMap((own) => own.toSorted(compare));
  const starts = new Uint32Array(keys.length + 1);
  for (let key = 0; key < keys.length; key++) starts[key + 1] = starts[key]! + keys[key]!.length;
  return {
    starts,
    rows: Uint32Array.from(times, (_, i) => i),
    times: {
      high: Float64Array.from(times, ({ high }) => high),
      low: Uint16Array.from(times, ({ low }) => low),
    },
  };
}

describe("where eligible versions end", () => {
  test("is the count of versions at or before the cutoff, whatever was asked before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(instant, { maxLength: 12 }), { maxLength: 8 }),
        fc.array(fc.record({ high: fc.integer({ min: -1, max: 13 }), low: fc.integer({ min: 0, max: 3 }) }), {
          maxLength: 30,
        }),
        fc.constantFrom(1, 3, 10, undefined),
        (keys, cutoffs, apart) => {
          const index = indexOf(keys);
          const endsAt = endsBetweenBrackets(index, apart);
          const searched = endsAtOf(index);
          for (const cutoff of cutoffs) {
            const counts = keys.map((own) => own.filter((time) => compare(time, cutoff) <= 0).length);
            expect(Array.from(searched(cutoff), (end, key) => end - index.starts[key]!)).toEqual(counts);
            expect(Array.from(endsAt(cutoff), (end, key) => end - index.starts[key]!)).toEqual(counts);
          }
        },
      ),
      tries({ small: 3_000, large: 20_000, seed: 140 }),
    );
  });
});

describe("a history long enough for many brackets", () => {
  const START = 1_768_500_000_000n * MS;
  const cutoffs = Array.from({ length: 45 }, (_, i) => START + (BigInt((i * 17) % 45) * MS) / 2n - 1n);
  const rules = {
    key: ["game", "player"],
    asOf: "as_of_ts",
    ingested: "ingested_ts",
    fallback: "row" as const,
    scope: [],
  };

  /** 24 reports of 40 keys at a time: some leave a key out, some of its times are null, many tie. */
  const files = Array.from({ length: 24 }, (_, report) => ({
    unit: "ns" as const,
    rows: Array.from({ length: 40 }, (_, i) => ({
      game: `g${i % 8}`,
      player: Math.floor(i / 8),
      status: (i * 7 + report) % 11 === 0 ? "gone" : `s${report}`,
      report_ts: START + BigInt(report) * MS,
      as_of_ts: (i + report) % 5 === 0 ? null : START + BigInt((report + (i % 3)) % 22) * MS,
      ingested_ts: START + BigInt(report) * MS,
      run_id: `row ${report}-${i}`,
    })).filter((_, i) => (i * 5 + report * 3) % 13 !== 0),
  }));

  test.each([
    { meaning: "changes" as const },
    { meaning: "snapshot" as const },
    { meaning: "snapshot" as const, scope: ["game"], tombstone: isGone },
    { meaning: "changes" as const, tombstone: isGone, knownBy: START + 15n * MS },
    { meaning: "changes" as const, tombstone: isGone, maxAge: 3n * MS },
    { meaning: "snapshot" as const, knownBy: START + 15n * MS, maxAge: 6n * MS },
  ])("answers as the oracle does: %o", ({ knownBy, maxAge, ...own }) => {
    const history = { rules: { ...rules, ...own }, files };
    const timeline = timelineOf(history);
    const questions = cutoffs.map((cutoff) => ({ cutoff, knownBy, maxAge }));
    const answers = questions.map((question) => asOf(files, history.rules, question).rows);
    // The second time every bracket is there.
    for (const round of [1, 2]) {
      const found = questions.map((question) => timeline.at(question.cutoff, optionsOf(question)).rows());
      expect(found, `round ${round}`).toEqual(answers);
    }
  });
});

function isGone({ status }: { readonly status?: unknown }): boolean {
  return status === "gone";
}
