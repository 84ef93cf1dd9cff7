import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Timeline } from "../../src/travel/index.js";
import { tries } from "../campaign.js";
import { asOf, type OracleQuestion, type OracleRow } from "../oracle.js";
import { line, odds, t } from "./feeds.js";
import { frameOfRows } from "./frame-of-rows.js";
import { frameOf, optionsOf, type RandomHistory, randomHistory, timelineOf } from "./random-history.js";

type Bounds = Omit<OracleQuestion, "cutoff" | "knownBy"> & {
  readonly knownBy?: bigint | "cutoff" | undefined;
};

const cases = fc
  .tuple(randomHistory(), fc.boolean())
  .map(([history, own]): { history: RandomHistory; bounds: Bounds } => {
    const { maxAge, knownBy } = history.questions[0]!;
    return { history, bounds: { maxAge, knownBy: own ? "cutoff" : knownBy } };
  });

/** The answer at a cutoff, by brute force. */
function held({ files, rules }: RandomHistory, bounds: Bounds, cutoff: bigint): readonly OracleRow[] {
  const knownBy = bounds.knownBy === "cutoff" ? cutoff : bounds.knownBy;
  return asOf(files, rules, { cutoff, knownBy, maxAge: bounds.maxAge }).rows;
}

/** Every instant at which anything could change: all that are anywhere in the files, and when they are too old. */
function instantsIn({ files }: RandomHistory, { maxAge }: Bounds): bigint[] {
  const all = files.flatMap(({ rows, snapshotTime, snapshotIngested }) => [
    ...rows.flatMap((row) => Object.values(row).filter((cell) => typeof cell === "bigint")),
    ...[snapshotTime, snapshotIngested].filter((time) => time !== undefined),
  ]);
  const old = maxAge === undefined ? [] : all.map((ns) => ns + maxAge + 1n);
  return [...new Set([...all, ...old])].sort((a, b) => (a < b ? -1 : 1));
}

const ids = (rows: readonly OracleRow[]) => rows.map(({ run_id }) => run_id).join();
const options = ({ knownBy, maxAge }: Bounds) => ({
  ...optionsOf({ cutoff: 0n, maxAge }),
  ...(knownBy !== undefined && { knownBy }),
});

describe("the instants at which an answer changes", () => {
  test("are those of the oracle, and a nanosecond before each the answer is another", () => {
    let met = 0;
    fc.assert(
      fc.property(cases, ({ history, bounds }) => {
        let before = "";
        const expected = instantsIn(history, bounds).filter((at) => {
          const now = ids(held(history, bounds, at));
          const changed = now !== before;
          before = now;
          return changed;
        });
        const points = timelineOf(history).changePoints(options(bounds));
        expect(points).toEqual(expected);
        for (const at of points)
          expect(ids(held(history, bounds, at - 1n))).not.toBe(ids(held(history, bounds, at)));
        met += points.length;
      }),
      tries({ small: 3_000, large: 20_000, seed: 1301 }),
    );
    expect(met).toBeGreaterThan(300);
  });

  test("are, key by key, its steps: what holds from each is what the oracle says", () => {
    fc.assert(
      fc.property(cases, ({ history, bounds }) => {
        const timeline = timelineOf(history);
        const rows = history.files.flatMap((file) => file.rows);
        const points = new Set<bigint>();
        for (const { game, player } of rows) {
          const key = { game: game!, player: player! };
          const own = (at: bigint) =>
            held(history, bounds, at).find((row) => row.game === game && row.player === player);
          const steps = timeline.steps(key, options(bounds));
          for (const { from, holds } of steps) {
            points.add(from);
            expect(holds?.row.run_id).toBe(own(from)?.run_id);
            expect(own(from - 1n)?.run_id).not.toBe(own(from)?.run_id);
            if (holds) {
              const file = history.files[Number.parseInt(holds.file, 10)]!;
              expect(file.rows[holds.rowInFile]!.run_id).toBe(holds.row.run_id);
              expect(timeline.explain(key, { epochNanoseconds: from }, askedAt(bounds, from)).winner).toEqual(
                holds,
              );
            }
          }
        }
        expect([...points].sort((a, b) => (a < b ? -1 : 1))).toEqual(timeline.changePoints(options(bounds)));
      }),
      tries({ small: 1_000, large: 6_000, seed: 1302 }),
    );
  });

  test("end where the days that were read end", () => {
    const frame = frameOfRows(odds, [{ rows: [line(1, t("10:00")), line(2, t("12:00"))] }], {
      horizonNs: t("11:00"),
    });
    expect(new Timeline(frame).changePoints()).toEqual([t("10:00")]);
  });

  test("are none for a key that is not there, which still must be whole", () => {
    const timeline = new Timeline(frameOfRows(odds, [{ rows: [line(1, t("10:00"))] }]));
    expect(timeline.steps({ game_id: "g9", book: "dk" })).toEqual([]);
    expect(() => timeline.steps({ game_id: "g9" })).toThrow("book");
    expect(() => timeline.changePoints({ maxAge: "1 hour" })).toThrow("not an ISO 8601 duration");
    expect(() => timeline.steps({ game_id: "g9", book: "dk" }, { knownBy: "noon" })).toThrow(
      'knownBy "noon"',
    );
  });
});

/** `knownBy` instants of random histories are exact, and some lie before 1971. */
function askedAt({ knownBy, maxAge }: Bounds, from: bigint) {
  const bound = knownBy === "cutoff" ? from : knownBy;
  return {
    ...optionsOf({ cutoff: from, maxAge }),
    ...(bound !== undefined && { knownBy: { epochNanoseconds: bound } }),
  };
}

describe("the sources of a snapshot's rows", () => {
  test("are the file and the row that the oracle's winners lie in", () => {
    fc.assert(
      fc.property(randomHistory(), (history) => {
        const frame = frameOf(history.rules, history.files);
        for (const question of history.questions) {
          const { winners } = asOf(history.files, history.rules, question);
          const snapshot = new Timeline(frame).at(question.cutoff, optionsOf(question));
          expect(snapshot.sources()).toEqual(
            winners.map(({ file, line }) => ({
              file: `${String(file).padStart(4, "0")}.parquet`,
              rowInFile: line,
            })),
          );
        }
      }),
      tries({ small: 500, large: 10_000, seed: 1303 }),
    );
  });
});
