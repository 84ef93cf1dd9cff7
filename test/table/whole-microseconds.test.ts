import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cell,
  type ColumnType,
  columnFromCells,
  encodeParquet,
  openParquet,
} from "../../src/table/index.js";
import { tries } from "../campaign.js";

const NS: ColumnType = { kind: "timestamp", unit: "ns", utc: true };
const entryOf = (columns: Record<string, readonly [ColumnType, readonly Cell[]]>) => {
  const named = Object.entries(columns).map(([name, [type, cells]]) => ({
    name,
    column: columnFromCells(type, cells),
  }));
  return JSON.parse(openParquet(encodeParquet(named), "a.parquet").keyValues.get("bronzestore.whole_us")!);
};

describe("the entry of whole microseconds", () => {
  it("names each column of instants that an engine of microseconds reads exactly", () => {
    const entry = entryOf({
      whole: [NS, [1_768_521_600_123_456_000n, -1000n]],
      some: [NS, [null, 0n]],
      finer: [NS, [1_768_521_600_123_456_000n, 1_768_521_600_123_456_789n]],
      coarser: [{ kind: "timestamp", unit: "ms", utc: true }, [1_768_521_600_123_000_000n, null]],
      none: [NS, [null, null]],
      wall: [{ kind: "timestamp", unit: "us", utc: false }, ["2026-01-15T23:45:00", null]],
      number: [{ kind: "int", bits: 64, signed: true }, [1000n, 1000n]],
    });
    expect(entry).toEqual(["whole", "some", "coarser", "none"]);
  });

  it("is there where no column is named", () => {
    expect(entryOf({ finer: [NS, [1n]] })).toEqual([]);
  });

  it("agrees with division, for every instant", () => {
    const ns = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }).map((us) => us * 1000n),
      fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }).map((n) => n * 8n),
      fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }).map((n) => n * 125n),
    );
    fc.assert(
      fc.property(ns, (at) => {
        expect(entryOf({ at: [NS, [at]] })).toEqual(at % 1000n === 0n ? ["at"] : []);
      }),
      tries({ few: 500, small: 5_000, large: 200_000, seed: 52 }),
    );
  });
});
