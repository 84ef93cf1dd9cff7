import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Rectangle, type VersionsAxes, versionsTable } from "../../src/travel/index.js";
import { tries } from "../campaign.js";
import { asOf, type OracleRow } from "../oracle.js";
import { frameOf, type RandomHistory, randomHistory } from "./random-history.js";

const FIRST = -(2n ** 63n);
const OPEN = 2n ** 63n - 1n;
const NO_BOUND = OPEN - 1n;

const cases = fc.tuple(randomHistory(), fc.boolean(), fc.nat()).map(([history, isAged, pick]) => ({
  history,
  maxAge: isAged ? history.questions[0]!.maxAge : undefined,
  pick,
}));

/** Every instant at which anything could change, and those beside it. */
function instantsOf({ files }: RandomHistory, maxAge: bigint | undefined): bigint[] {
  const times = files.flatMap(({ rows, snapshotTime, snapshotIngested }) => [
    ...rows.flatMap((row) => Object.values(row).filter((cell) => typeof cell === "bigint")),
    ...[snapshotTime, snapshotIngested].filter((time) => time !== undefined),
  ]);
  const all = times.flatMap((ns) => (maxAge === undefined ? [ns] : [ns, ns + maxAge + 1n]));
  const beside = all.flatMap((ns) => [ns - 1n, ns, ns + 1n]);
  return [...new Set([FIRST, ...beside])].sort((a, b) => (a < b ? -1 : 1));
}

/** What plain comparisons find. */
function found(rectangles: readonly Rectangle[], valid: bigint, known: bigint): Rectangle[] {
  return rectangles.filter(
    ({ validFrom, validTo, knownFrom, knownTo }) =>
      validFrom <= valid && valid < validTo && knownFrom <= known && known < knownTo,
  );
}

function tableOf({ rules, files }: RandomHistory, axes: VersionsAxes, maxAgeNs: bigint | undefined) {
  const table = versionsTable(frameOf(rules, files), { axes, maxAgeNs });
  const rectangles = Array.from({ length: table.keyCount }, (_, key) => table.rectanglesOf(key)).flat();
  const idsAt = (valid: bigint, known: bigint) =>
    found(rectangles, valid, known).map(({ row }) => table.reader.cell("run_id", row));
  const effectiveAt = (valid: bigint, known: bigint) =>
    found(rectangles, valid, known).map(({ effective }) => effective);
  return { rectangles, idsAt, effectiveAt };
}

const ids = (rows: readonly OracleRow[]) => rows.map(({ run_id }) => run_id);

describe("a table of versions", () => {
  test("has at any instant by all that is known the rows of the oracle", () => {
    let met = 0;
    fc.assert(
      fc.property(cases, ({ history, maxAge }) => {
        const { idsAt } = tableOf(history, "valid", maxAge);
        for (const cutoff of instantsOf(history, maxAge)) {
          const { rows } = asOf(history.files, history.rules, { cutoff, maxAge });
          expect(idsAt(cutoff, NO_BOUND)).toEqual(ids(rows));
          met += rows.length;
        }
      }),
      tries({ few: 60, small: 4_000, large: 40_000, seed: 1511 }),
    );
    expect(met).toBeGreaterThan(250);
  });

  test("has at any instant by what could be known then the rows of the oracle", () => {
    let met = 0;
    fc.assert(
      fc.property(cases, ({ history, maxAge }) => {
        const { idsAt } = tableOf(history, "known", maxAge);
        for (const cutoff of instantsOf(history, maxAge)) {
          const { rows } = asOf(history.files, history.rules, { cutoff, knownBy: cutoff, maxAge });
          expect(idsAt(cutoff, cutoff)).toEqual(ids(rows));
          met += rows.length;
        }
      }),
      tries({ few: 60, small: 4_000, large: 40_000, seed: 1512 }),
    );
    expect(met).toBeGreaterThan(250);
  });

  test("has at any instant under any bound on capture, and under none, the rows and times of the oracle", () => {
    let met = 0;
    fc.assert(
      fc.property(cases, ({ history, maxAge, pick }) => {
        const { idsAt, effectiveAt } = tableOf(history, "both", maxAge);
        const instants = instantsOf(history, maxAge);
        instants.forEach((cutoff, i) => {
          const bounds = [instants[(i * 7 + pick) % instants.length]!, cutoff, undefined];
          for (const knownBy of bounds) {
            const { winners } = asOf(history.files, history.rules, { cutoff, knownBy, maxAge });
            expect(idsAt(cutoff, knownBy ?? NO_BOUND)).toEqual(ids(winners.map(({ row }) => row)));
            expect(effectiveAt(cutoff, knownBy ?? NO_BOUND)).toEqual(
              winners.map(({ effective }) => effective),
            );
            met += winners.length;
          }
        });
      }),
      tries({ few: 60, small: 4_000, large: 40_000, seed: 1513 }),
    );
    expect(met).toBeGreaterThan(500);
  });

  test("of changes has fewer than two rectangles a row, and none is empty", () => {
    fc.assert(
      fc.property(randomHistory({ meaning: "changes", fallback: "row" }), (history) => {
        const rows = history.files.flatMap((file) => file.rows).length;
        for (const axes of ["valid", "known", "both"] as const) {
          const { rectangles } = tableOf(history, axes, undefined);
          expect(rectangles.length).toBeLessThanOrEqual(axes === "both" ? 2 * rows : rows);
          for (const { validFrom, validTo, knownFrom, knownTo } of rectangles) {
            expect(validFrom < validTo && knownFrom < knownTo).toBe(true);
          }
        }
      }),
      tries({ few: 100, small: 1_000, large: 10_000, seed: 1514 }),
    );
  });

  test("of reports whose rows come in their order has two rectangles a row at most, and one more for each report without it", () => {
    const rules = { key: ["game", "player"], asOf: "as_of_ts", ingested: "ingested_ts", scope: [] } as const;
    const reports = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 50 })), { maxLength: 40 });
    fc.assert(
      fc.property(reports, (some) => {
        const files = some.map(([isThere, captured], i) => {
          const times = { report_ts: BigInt(i), as_of_ts: BigInt(i), ingested_ts: BigInt(captured) };
          const row = { game: "a", player: 1, status: "in", run_id: `row ${i}`, ...times };
          return {
            rows: isThere ? [row] : [],
            snapshotTime: BigInt(i),
            snapshotIngested: BigInt(captured),
            covers: [],
            unit: "ns" as const,
          };
        });
        const history: RandomHistory = {
          rules: { ...rules, fallback: "row", meaning: "snapshot" },
          files,
          questions: [],
        };
        const { rectangles } = tableOf(history, "both", undefined);
        const rows = some.filter(([isThere]) => isThere).length;
        expect(rectangles.length).toBeLessThanOrEqual(2 * rows + (some.length - rows));
      }),
      tries({ few: 100, small: 1_000, large: 10_000, seed: 1515 }),
    );
  });
});
