import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { defineDataset, instant, layouts } from "../../src/dataset/index.js";
import { nbaSeason } from "../../src/time/index.js";
import { Timeline } from "../../src/travel/index.js";
import { tries } from "../campaign.js";
import { asOf } from "../oracle.js";
import { frameOfRows } from "./frame-of-rows.js";
import { optionsOf, randomHistory, timelineOf } from "./random-history.js";

const at = (ns: bigint) => ({ epochNanoseconds: ns });

describe("columns of a sweep", () => {
  test("equal the oracle's, in whatever order answers and columns are looked at", () => {
    const looked = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 6 })), { maxLength: 40 });
    fc.assert(
      fc.property(randomHistory(), looked, ({ rules, files, questions }, looks) => {
        const timeline = timelineOf({ rules, files });
        const cutoffs = [...questions, ...questions.toReversed()].map(({ cutoff }) => cutoff);
        const swept = [...timeline.sweep(cutoffs, optionsOf(questions[0]!))];
        for (const [answer, column] of looks) {
          const at = answer % swept.length;
          const name = swept[at]!.columns[column]!;
          const { rows } = asOf(files, rules, { ...questions[0], cutoff: cutoffs[at]! });
          expect(swept[at]!.column(name)).toEqual(rows.map((row) => row[name]));
        }
      }),
      tries({ small: 1_500, large: 30_000, seed: 138 }),
    );
  });

  test("are the caller's own: to change one changes no other, nor what is in it", () => {
    const timeline = new Timeline(
      frameOfRows(listed, [
        { rows: [row("a", 1, ["x"]), row("b", 1, ["y"])] },
        { rows: [row("a", 2, ["z"])] },
      ]),
    );
    for (const snapshot of timeline.sweep([1n, 1n, 2n, 1n, 2n].map(at))) {
      const tags = snapshot.column("tags") as string[][];
      const keys = snapshot.column("key");
      expect(tags).toEqual([[snapshot.cutoff === 1n ? "x" : "z"], ["y"]]);
      expect(keys).toEqual(["a", "b"]);
      tags[0]!.push("changed");
      tags.length = 1;
      keys[1] = "changed";
      expect(snapshot.column("tags")).toEqual([[snapshot.cutoff === 1n ? "x" : "z"], ["y"]]);
      expect(snapshot.column("key")).toEqual(["a", "b"]);
    }
  });

  test("that cannot be read say so each time they are asked for", () => {
    const timeline = new Timeline(
      frameOfRows(counted, [{ rows: [{ ...row("a", 1, []), count: 2n ** 60n }, row("b", 1, [])] }]),
    );
    for (const snapshot of timeline.sweep([1n, 2n].map(at))) {
      for (let time = 0; time < 2; time++)
        expect(() => snapshot.column("count")).toThrow(expect.objectContaining({ code: "TYPE_CLASH" }));
    }
  });
});

const SHAPE = { key: z.string(), tags: z.array(z.string()), as_of_ts: instant(), ingested_ts: instant() };
const FEED = {
  name: "feed_raw",
  key: ["key"] as ["key"],
  date: { from: "as_of_ts" as const },
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
};
const listed = defineDataset({ ...FEED, schema: z.object(SHAPE) });
const counted = defineDataset({ ...FEED, schema: z.object({ ...SHAPE, count: z.int().nullable() }) });

function row(key: string, ns: number, tags: string[]) {
  return { key, tags, count: null, as_of_ts: BigInt(ns), ingested_ts: BigInt(ns) };
}
