import { describe, expect, it } from "vitest";
import { mangleColumn, shiftInstants, shuffleColumn } from "../../src/bronze/leak/mangle-column.js";
import { type ColumnType, cellReader, columnFromCells } from "../../src/table/index.js";

const MAX = 2n ** 63n - 1n;
const int = (bits: 8 | 16 | 32 | 64, signed = true): ColumnType => ({ kind: "int", bits, signed });

/** Values at the ends of what each type can hold. */
const COLUMNS: [string, ColumnType, unknown[]][] = [
  ["BOOLEAN", { kind: "bool" }, [true, false, true]],
  ["INT8", int(8), [-128, 127, 0]],
  ["UINT16", int(16, false), [0, 65_535, 7]],
  ["INT32", int(32), [-(2 ** 31), 2 ** 31 - 1, 5]],
  ["INT64", int(64), [-MAX, MAX, 0n]],
  ["UINT64", int(64, false), [0n, 2n ** 64n - 1n, 1n]],
  ["DOUBLE", { kind: "float", bits: 64 }, [Number.NaN, 1e300, -0.5]],
  ["STRING", { kind: "text" }, ["a", "a", "b"]],
  ["DATE", { kind: "date" }, ["2026-01-15", "1970-01-01", "2026-01-16"]],
  ["TIMESTAMP", { kind: "timestamp", unit: "us", utc: true }, [0n, 1_000n, 1768520700000000000n]],
  ["TIME", { kind: "time", unit: "ms" }, ["00:00:00", "23:59:59.999", "12:00:00"]],
  ["DECIMAL", { kind: "decimal", precision: 3, scale: 1 }, ["-99.9", "99.9", "0.0"]],
  ["BYTES", { kind: "bytes" }, [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]],
];
const random = (row: number) => (row * 0.37) % 1;
const cellsOf = (column: Parameters<typeof cellReader>[0]) => {
  const cell = cellReader(column);
  return Array.from({ length: column.length }, (_, row) => cell(row));
};

describe("mangleColumn", () => {
  it.each(
    COLUMNS,
  )("gives every chosen row of a %s column another value its type can hold", (_, type, cells) => {
    const column = columnFromCells(type, [...cells, null]);
    const mangled = cellsOf(mangleColumn(column, [0, 1, 3], random));
    expect(mangled[0]).not.toEqual(cells[0]);
    expect(mangled[1]).not.toEqual(cells[1]);
    expect(mangled[2]).toEqual(cells[2]);
    expect(() => columnFromCells(type, mangled)).not.toThrow();
    if (type.kind !== "bytes") expect(mangled[3]).toBe(null);
    expect(cellsOf(column)).toEqual([...cells, null]);
  });
});

describe("shuffleColumn", () => {
  it.each(COLUMNS)("gives the chosen rows of a %s column values of other rows", (_, type, cells) => {
    const column = columnFromCells(type, cells);
    const shuffled = cellsOf(shuffleColumn(column, [0], random));
    expect(cells.slice(1)).toContainEqual(shuffled[0]);
    expect(shuffled.slice(1)).toEqual(cells.slice(1));
  });
});

describe("shiftInstants", () => {
  it.each(["ms", "us", "ns"] as const)("moves the chosen instants in %s, and no null", (unit) => {
    const ns = [1768520700000000000n, null, 0n];
    const column = columnFromCells({ kind: "timestamp", unit, utc: true }, ns);
    const shifts = new Map([
      [0, 5_000_000_000n],
      [1, 5_000_000_000n],
    ]);
    expect(cellsOf(shiftInstants(column, shifts))).toEqual([1768520705000000000n, null, 0n]);
  });
});
