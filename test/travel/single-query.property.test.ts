import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerSingleQuery } from "../../src/travel/answer/single-query.js";
import { Timeline } from "../../src/travel/index.js";
import { queryOf } from "../../src/travel/rule/query.js";
import { neededFiles } from "../../src/travel/skip/needed-files.js";
import { tries } from "../campaign.js";
import { asOf } from "../oracle.js";
import { boundedFrame, boundedHistory } from "./bounded-history.js";
import { optionsOf } from "./random-history.js";

describe.each(["changes", "snapshot"] as const)("answerSingleQuery over files that are %s", (meaning) => {
  let asked = 0;
  let narrowed = 0;

  test("equals the oracle row for row, and the whole timeline in what it counts", () => {
    fc.assert(
      fc.property(boundedHistory(meaning), (history) => {
        const frame = boundedFrame(history);
        const timeline = new Timeline(frame);
        for (const question of history.questions) {
          const options = optionsOf(question);
          const query = queryOf(question.cutoff, options, undefined);
          asked++;
          if (neededFiles(frame, [query], query.maxAgeNs)) narrowed++;
          const { snapshot } = answerSingleQuery(frame, question.cutoff, options);
          expect(snapshot.rows()).toEqual(asOf(history.files, history.rules, question).rows);
          expect(snapshot.provenance).toEqual(timeline.at(question.cutoff, options).provenance);
        }
      }),
      tries({ small: 4_000, large: 80_000, seed: 121 }),
    );
  });

  test("leaves files out often enough for that to mean something", () => {
    expect(narrowed / asked).toBeGreaterThan(0.03);
  });
});
