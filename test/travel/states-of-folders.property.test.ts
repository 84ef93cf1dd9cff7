import fc from "fast-check";
import { expect, test } from "vitest";
import { Timeline } from "../../src/travel/index.js";
import { tries } from "../campaign.js";
import { asOf, type OracleFile, type OracleRules, snapshotTimes } from "../oracle.js";
import { frameOf, optionsOf, randomHistory } from "./random-history.js";

/** One file of the rows of several: the state that they are together. */
function joined(files: readonly OracleFile[], rules: OracleRules): OracleFile {
  const latest = (of: readonly (bigint | null | undefined)[]) => {
    const known = of.filter((time) => time !== null && time !== undefined);
    return known.length === 0 ? undefined : known.reduce((a, b) => (b > a ? b : a));
  };
  // What is captured dates only a state of which no file says a time.
  const toldBy = (file: OracleFile) =>
    file.snapshotTime ?? latest(file.rows.map((row) => row[rules.snapshotTime ?? ""] as bigint | null));
  return {
    rows: files.flatMap(({ rows }) => rows),
    snapshotTime: latest(files.map(toldBy)),
    snapshotIngested: latest(files.map((file) => snapshotTimes(file, rules).ingested)),
    covers: files.flatMap(({ covers = [] }) => covers),
  };
}

test("files of one folder that are one state answer as one file of all their rows does", () => {
  let several = 0;
  fc.assert(
    fc.property(
      randomHistory({ meaning: "snapshot" }),
      fc.array(fc.nat({ max: 2 }), { minLength: 6, maxLength: 6 }),
      ({ rules, files, questions }, sizes) => {
        // Neighbours make a state: their rows then stand in one order, apart or together.
        const folders: number[] = [];
        for (let at = 0, state = 0; at < files.length; state++)
          for (let size = sizes[state]!; size >= 0 && at < files.length; size--, at++) folders.push(state);
        const frame = frameOf(rules, files);
        const parts = frame.parts.map((part, i) => ({
          ...part,
          column: (name: string) => part.column(name),
          bounds: () => undefined,
          state: `folder ${folders[i]}`,
        }));
        const states = [...new Set(folders)].map((state) =>
          joined(
            files.filter((_, i) => folders[i] === state),
            rules,
          ),
        );
        if (states.length < files.length) several++;
        const timeline = new Timeline({ ...frame, parts });
        for (const question of questions)
          expect(timeline.at(question.cutoff, optionsOf(question)).rows()).toEqual(
            asOf(states, rules, question).rows,
          );
      },
    ),
    tries({ small: 1_000, large: 40_000, seed: 97 }),
  );
  expect(several).toBeGreaterThan(10);
});
