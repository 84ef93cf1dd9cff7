import {
  type Cell,
  type Column,
  type ColumnType,
  cellReader,
  columnFromCells,
  type NamedColumn,
} from "../../src/table/index.js";

/** Every type `encodeParquet` writes, with the cells that are easiest to get wrong. */
export const TRICKY_CELLS: readonly [string, ColumnType, readonly Cell[]][] = [
  ["bool", { kind: "bool" }, [true, false]],
  ["int8", { kind: "int", bits: 8, signed: true }, [-128, 127, 0]],
  ["uint8", { kind: "int", bits: 8, signed: false }, [255, 0]],
  ["int16", { kind: "int", bits: 16, signed: true }, [-32768, 32767]],
  ["uint16", { kind: "int", bits: 16, signed: false }, [65535, 0]],
  ["int32", { kind: "int", bits: 32, signed: true }, [-(2 ** 31), 2 ** 31 - 1]],
  ["uint32", { kind: "int", bits: 32, signed: false }, [2 ** 32 - 1, 2 ** 31, 0]],
  ["int64", { kind: "int", bits: 64, signed: true }, [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n]],
  ["uint64", { kind: "int", bits: 64, signed: false }, [2n ** 64n - 1n, 2n ** 63n, 0n]],
  ["float32", { kind: "float", bits: 32 }, [0.5, -0, Number.NaN, Infinity, -Infinity, Math.fround(0.1)]],
  ["float64", { kind: "float", bits: 64 }, [0.1, -0, Number.NaN, Infinity, -Infinity, 5e-324]],
  ["text", { kind: "text" }, ["", "Dončić", "🏀", "a\0b", "\uFEFF\uFFFD", "x".repeat(3000)]],
  ["bytes", { kind: "bytes" }, [new Uint8Array([0, 255]), new Uint8Array(0)]],
  ["at_ns", { kind: "timestamp", unit: "ns", utc: true }, [0n, -1n, 1_768_521_600_123_456_789n]],
  ["at_us", { kind: "timestamp", unit: "us", utc: true }, [0n, -1000n, 1_768_521_600_123_456_000n]],
  ["at_ms", { kind: "timestamp", unit: "ms", utc: true }, [0n, -1_000_000n, 1_768_521_600_123_000_000n]],
  [
    "wall_ns",
    { kind: "timestamp", unit: "ns", utc: false },
    ["1969-12-31T23:59:59.999999999", "2026-01-15T23:45:00"],
  ],
  [
    "wall_us",
    { kind: "timestamp", unit: "us", utc: false },
    ["1600-02-29T00:00:00.000001", "2026-01-15T23:45:00"],
  ],
  [
    "wall_ms",
    { kind: "timestamp", unit: "ms", utc: false },
    ["1600-02-29T00:00:00.001", "2026-01-15T23:45:00"],
  ],
  ["date", { kind: "date" }, ["1970-01-01", "1600-02-29", "2026-01-15"]],
  ["time_us", { kind: "time", unit: "us" }, ["00:00:00", "23:59:59.999999"]],
  ["time_ms", { kind: "time", unit: "ms" }, ["00:00:00", "23:59:59.999"]],
  ["dec4", { kind: "decimal", precision: 4, scale: 2 }, ["-99.99", "0.01", "0.00"]],
  ["dec18", { kind: "decimal", precision: 18, scale: 0 }, ["-999999999999999999", "999999999999999999"]],
  ["ints", { kind: "list", item: { kind: "int", bits: 64, signed: true } }, [[], [1n, null, -(2n ** 63n)]]],
  ["texts", { kind: "list", item: { kind: "text" } }, [[], ["a", null, "🏀"], [""]]],
  ["dates", { kind: "list", item: { kind: "date" } }, [["2026-01-15", null]]],
  ["decimals", { kind: "list", item: { kind: "decimal", precision: 5, scale: 2 } }, [["1.10", null], []]],
  [
    "lists",
    { kind: "list", item: { kind: "list", item: { kind: "int", bits: 32, signed: true } } },
    [[[1, null], null, []], []],
  ],
];

/** `rows` rows of every type: tricky cells in turn, every fifth null; and one column without nulls of each. */
export function someColumns(rows: number): NamedColumn[] {
  const columns: NamedColumn[] = [];
  for (const [name, type, tricky] of TRICKY_CELLS) {
    const cells = Array.from({ length: rows }, (_, row) =>
      row % 5 === 4 ? null : tricky[row % tricky.length]!,
    );
    columns.push({ name, column: columnFromCells(type, cells) });
    const full = cells.map((cell) => cell ?? tricky[0]!);
    columns.push({ name: `${name}_full`, column: columnFromCells(type, full), nullable: false });
  }
  const nulls = new Array<null>(rows).fill(null);
  columns.push({ name: "no_text", column: columnFromCells({ kind: "text" }, nulls) });
  columns.push({ name: "no_number", column: columnFromCells({ kind: "float", bits: 64 }, nulls) });
  columns.push({ name: "nothing", column: columnFromCells({ kind: "null" }, nulls) });
  return columns;
}

export function cellsOf(column: Column): Cell[] {
  const cell = cellReader(column);
  return Array.from({ length: column.length }, (_, row) => cell(row));
}
