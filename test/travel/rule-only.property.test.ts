import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { answerSingleQuery, startJoin } from "../../src/travel/index.js";
import { neededFiles, neededForCounts } from "../../src/travel/skip/needed-files.js";
import { reusedColumns } from "../../src/travel/skip/reused-columns.js";
import { SHORT_CUTS } from "../../src/travel/skip/short-cuts.js";
import { tries } from "../campaign.js";
import { asOf, captures } from "../oracle.js";
import { boundedFrame, boundedHistory } from "./bounded-history.js";
import { optionsOf, randomHistory, timelineOf } from "./random-history.js";

// All of `skip/` is left out here, each short cut at the one place where it comes in.
vi.mock("../../src/travel/skip/short-cuts.js", () => ({ SHORT_CUTS: {} }));
vi.mock("../../src/travel/skip/reused-columns.js", () => ({ reusedColumns: vi.fn(() => undefined) }));
vi.mock("../../src/travel/skip/needed-files.js", () => ({
  neededFiles: vi.fn(() => undefined),
  neededForCounts: vi.fn(() => undefined),
}));

const runs = tries({ small: 500, large: 8_000, seed: 23 });

beforeEach(() => {
  vi.clearAllMocks();
});

describe("time travel by the rule alone, without any short cut", () => {
  test("sweeps as the oracle does, row for row and column for column", () => {
    fc.assert(
      fc.property(randomHistory(), ({ rules, files, questions }) => {
        const cutoffs = [...questions, ...questions.toReversed()].map(({ cutoff }) => cutoff);
        const swept = [...timelineOf({ rules, files }).sweep(cutoffs, optionsOf(questions[0]!))];
        swept.forEach((snapshot, i) => {
          const { rows } = asOf(files, rules, { ...questions[0], cutoff: cutoffs[i]! });
          expect(snapshot.rows()).toEqual(rows);
          for (const name of snapshot.columns)
            expect(snapshot.column(name)).toEqual(rows.map((row) => row[name]));
        });
      }),
      runs,
    );
    expect(SHORT_CUTS).toEqual({});
    expect(reusedColumns).toHaveBeenCalled();
  });

  test.each(["changes", "snapshot"] as const)("answers one question of %s as the oracle does", (meaning) => {
    fc.assert(
      fc.property(boundedHistory(meaning), (history) => {
        const frame = boundedFrame(history);
        for (const question of history.questions) {
          const { snapshot } = answerSingleQuery(frame, question.cutoff, optionsOf(question));
          expect(snapshot.rows()).toEqual(asOf(history.files, history.rules, question).rows);
          const counts = captures(history.files, history.rules, question)();
          expect(snapshot.provenance).toMatchObject(counts);
        }
      }),
      runs,
    );
    expect(neededFiles).toHaveBeenCalled();
  });

  test.each(["changes", "snapshot"] as const)("joins labels with %s as the oracle does", (meaning) => {
    fc.assert(
      fc.property(boundedHistory(meaning), (history) => {
        const { rules, files, questions } = history;
        const frame = boundedFrame(history);
        const keys = files.flatMap(({ rows }) => rows.map(({ game, player }) => ({ game, player })));
        const labels = questions.flatMap(({ cutoff }) => keys.slice(0, 4).map((key) => ({ ...key, cutoff })));
        const on = ["game", "player"];
        const join = startJoin(frame.dataset, labels, {
          on,
          cutoff: "cutoff",
          prefix: "was_",
          columns: ["run_id"],
        });
        join.addOnce(
          frame,
          [],
          labels.map((_, i) => i),
        );
        const expected = labels.map((label) => {
          const { rows } = asOf(files, rules, { cutoff: label.cutoff });
          const own = rows.find(({ game, player }) => game === label.game && player === label.player);
          return { ...label, was_run_id: own?.run_id ?? null };
        });
        expect(join.result().rows()).toEqual(expected);
      }),
      runs,
    );
    expect(neededForCounts).toHaveBeenCalled();
  });
});
