import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnFromCells, type TimeUnit, unitNs } from "../../src/table/index.js";
import {
  allocateInstants,
  compareInstants,
  isAtOrBefore,
  nsAt,
  type SplitInstants,
  splitInstant,
  writeInstants,
} from "../../src/travel/rule/split-instants.js";
import { tries } from "../campaign.js";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const edges = [
  MIN,
  MIN + 1n,
  -(2n ** 53n) - 1n,
  -1025n,
  -1024n,
  -1n,
  0n,
  1n,
  1023n,
  1024n,
  2n ** 53n + 1n,
  MAX,
];
const anyNs = fc.oneof(
  fc.bigInt(MIN, MAX),
  fc.constantFrom(...edges),
  fc.bigInt(1_768_000_000_000_000_000n, 1_768_000_000_000_005_000n),
);

/** Instants in a file's unit, as instants. */
function instantsOf(cells: readonly (bigint | null)[], unit: TimeUnit = "ns"): SplitInstants {
  const instants = allocateInstants(cells.length);
  writeInstants(instants, 0, cells.length, columnFromCells({ kind: "timestamp", unit, utc: true }, cells));
  return instants;
}

const sign = (order: number) => Math.sign(order);

describe("instants", () => {
  test("keep every int64 of nanoseconds exactly", () => {
    fc.assert(
      fc.property(anyNs, (ns) => nsAt(instantsOf([ns]), 0) === ns),
      tries({ small: 1_000, large: 20_000, seed: 210 }),
    );
    expect(edges.map((ns) => nsAt(instantsOf([ns]), 0))).toEqual(edges);
  });

  test.each([
    "ms",
    "us",
    "ns",
  ] as const)("keep every instant a file in %s can hold as nanoseconds", (unit) => {
    const inUnit = anyNs.map((ns) => (ns / unitNs(unit)) * unitNs(unit));
    const column = fc.array(fc.option(inUnit), { maxLength: 20 });
    fc.assert(
      fc.property(column, (cells) => {
        const instants = instantsOf(cells, unit);
        expect(cells.map((_, row) => nsAt(instants, row))).toEqual(cells);
        for (const [row, cell] of cells.entries()) {
          if (cell === null) continue;
          expect({ high: instants.high[row], low: instants.low[row] }).toEqual(splitInstant(cell));
        }
      }),
      tries({ small: 300, large: 6_000, seed: 134 }),
    );
  });

  test("order as bigints do, nulls first", () => {
    fc.assert(
      fc.property(fc.option(anyNs), fc.option(anyNs), (a, b) => {
        const expected = a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1;
        expect(sign(compareInstants(instantsOf([a, b]), 0, 1))).toBe(expected);
      }),
      tries({ small: 1_000, large: 20_000, seed: 211 }),
    );
  });

  test("tell one nanosecond from the next", () => {
    const noon = 1_768_478_400_000_000_000n;
    const instants = instantsOf([noon - 1n, noon, noon + 1n, null]);
    const isBefore = [0, 1, 2, 3].map((row) => isAtOrBefore(instants, row, splitInstant(noon)));
    expect(isBefore).toEqual([true, true, false, false]);
  });

  test("are at or before an instant exactly when the bigints are", () => {
    fc.assert(
      fc.property(anyNs, anyNs, (ns, cutoff) => {
        expect(isAtOrBefore(instantsOf([ns]), 0, splitInstant(cutoff))).toBe(ns <= cutoff);
      }),
      tries({ small: 1_000, large: 20_000, seed: 212 }),
    );
  });

  test("are all null where a file lacks the column", () => {
    const instants = allocateInstants(3);
    writeInstants(instants, 1, 2, undefined);
    expect([0, 1, 2].map((row) => nsAt(instants, row))).toEqual([0n, null, null]);
  });

  test("are written at an offset, whatever is under a null", () => {
    const type = { kind: "timestamp", unit: "us", utc: true } as const;
    const instants = allocateInstants(4);
    const values = BigInt64Array.from([5n, 77n]);
    writeInstants(instants, 2, 2, {
      storage: "fixed",
      type,
      length: 2,
      values,
      valid: Uint8Array.from([1, 0]),
    });
    expect([0, 1, 2, 3].map((row) => nsAt(instants, row))).toEqual([0n, 0n, 5_000n, null]);
  });
});
