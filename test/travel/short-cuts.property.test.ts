import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexedFrame } from "../../src/travel/index.js";
import { captureCounts } from "../../src/travel/rule/captures.js";
import type { Steps } from "../../src/travel/rule/indexed-frame.js";
import { questionOf } from "../../src/travel/rule/query.js";
import { selectRows } from "../../src/travel/rule/select.js";
import { SHORT_CUTS } from "../../src/travel/skip/short-cuts.js";
import { tries } from "../campaign.js";
import { asOf, captures, type OracleQuestion } from "../oracle.js";
import { frameOf, type RandomHistory, randomHistory } from "./random-history.js";

const runs = tries({ small: 1_000, large: 50_000, seed: 17 });

/** None of the short cuts, each alone, and all together. */
const ways: readonly (readonly [string, Partial<Steps>])[] = [
  ["no short cut", {}],
  ...Object.entries(SHORT_CUTS).map(([name, step]) => [`only ${name}`, { [name]: step }] as const),
  ["all short cuts", SHORT_CUTS],
];

/** Rows and counts of all questions, asked one after the other. */
function answersBy(steps: Partial<Steps>, { rules, files }: RandomHistory, asked: readonly OracleQuestion[]) {
  const { reader, versionsFor } = indexedFrame(frameOf(rules, files), steps);
  return asked.map(({ cutoff, knownBy, maxAge }) => {
    const question = questionOf({ cutoffNs: cutoff, knownByNs: knownBy, maxAgeNs: maxAge });
    const versions = versionsFor(question);
    const selected = selectRows(versions, question);
    return {
      rows: Array.from(selected, (row) => reader.row(row)),
      counts: captureCounts(versions, question, selected),
    };
  });
}

function answersOfOracle({ rules, files }: RandomHistory, asked: readonly OracleQuestion[]) {
  return asked.map((question) => {
    const { asOfUsableByCutoff, ...counts } = captures(files, rules, question)();
    return { rows: asOf(files, rules, question).rows, counts };
  });
}

describe("selection", () => {
  test("is what the oracle says by the rule alone, by each short cut alone and by all together", () => {
    fc.assert(
      fc.property(randomHistory(), (history) => {
        const asked = [...history.questions, ...history.questions.toReversed()];
        const expected = answersOfOracle(history, asked);
        for (const [name, steps] of ways)
          expect([name, answersBy(steps, history, asked)]).toEqual([name, expected]);
      }),
      runs,
    );
  });

  test("has a short cut for each step that can have one", () => {
    expect(Object.keys(SHORT_CUTS)).toEqual(["findEnds", "findWinner", "findLate"]);
  });
});
