import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { tries } from "../campaign.js";
import { asOf } from "../oracle.js";
import { optionsOf, randomHistory, timelineOf } from "./random-history.js";

const seen = { files: 0, deciding: 0, needed: 0, left: 0 };

describe("the files that an answer rests on", () => {
  test("give the same rows alone, and with any of the others beside them", () => {
    fc.assert(
      fc.property(
        randomHistory(),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        ({ rules, files, questions }, also) => {
          const timeline = timelineOf({ rules, files });
          for (const question of questions) {
            const { rows } = asOf(files, rules, question);
            const decides = timeline.decidingFiles(question.cutoff, optionsOf(question));
            const isDeciding = files.map((_, i) => decides.has(`000${i}.parquet`));
            const alone = files.filter((_, i) => isDeciding[i]);
            const some = files.filter((_, i) => isDeciding[i] || also[i]);
            expect(asOf(alone, rules, question).rows).toEqual(rows);
            expect(asOf(some, rules, question).rows).toEqual(rows);
            seen.files += files.length;
            seen.deciding += alone.length;
            seen.left += files.length - alone.length;
            for (const file of alone) {
              const others = asOf(
                files.filter((own) => own !== file),
                rules,
                question,
              ).rows;
              if (JSON.stringify(others, bigint) !== JSON.stringify(rows, bigint)) seen.needed++;
            }
          }
        },
      ),
      tries({ small: 4_000, large: 100_000, seed: 514 }),
    );
  });

  afterAll(() => {
    // Of what was tried: many files are left out, and most that are named change the answer when they go.
    expect(seen.left).toBeGreaterThan(seen.files / 4);
    expect(seen.needed).toBeGreaterThan(seen.deciding / 3);
  });
});

function bigint(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
