import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cell,
  type ColumnType,
  cellReader,
  columnFromCells,
  isNull,
  nullColumn,
  take,
} from "../../src/table/index.js";
import { tries } from "../campaign.js";
import { cellsOf, TRICKY_CELLS } from "./columns.js";

describe("columnFromCells and cellReader", () => {
  test.each(TRICKY_CELLS)("%s: what goes in comes out", (_, type, cells) => {
    const withNulls = [null, ...cells, null];
    const column = columnFromCells(type, withNulls);
    expect(cellsOf(column)).toEqual(withNulls);
    expect(withNulls.map((_cell, row) => isNull(column, row))).toEqual(
      withNulls.map((cell) => cell === null),
    );
    expect(cellsOf(columnFromCells(type, cells))).toEqual(cells);
    expect(cellsOf(columnFromCells(type, [undefined]))).toEqual([null]);
    expect(cellsOf(nullColumn(type, 2))).toEqual([null, null]);
  });

  test("an instant is epoch nanoseconds; a naive time is text without a zone", () => {
    const ns = 1_768_520_700_000_000_001n;
    const cell = (utc: boolean) => cellsOf(columnFromCells({ kind: "timestamp", unit: "ns", utc }, [ns]))[0];
    expect(cell(true)).toBe(ns);
    expect(cell(false)).toBe("2026-01-15T23:45:00.000000001");
  });

  test("an int64 is a number where the schema says so, but never a wrong one", () => {
    const column = columnFromCells({ kind: "int", bits: 64, signed: true }, [7n, 2n ** 53n + 1n]);
    const cell = cellReader(column, "number");
    expect(cell(0)).toBe(7);
    expect(() => cell(1)).toThrow("9007199254740993");
  });

  test.each<[string, ColumnType, unknown]>([
    ["a number too wide", { kind: "int", bits: 8, signed: true }, 128],
    ["a negative unsigned", { kind: "int", bits: 64, signed: false }, -1n],
    ["a bigint past int64", { kind: "int", bits: 64, signed: true }, 2n ** 63n],
    ["a fraction", { kind: "int", bits: 32, signed: true }, 1.5],
    ["an unsafe number", { kind: "int", bits: 64, signed: true }, 2 ** 53],
    ["a number as text", { kind: "text" }, 5],
    ["half a surrogate pair, which UTF-8 cannot hold", { kind: "text" }, "a\uD83C"],
    ["a nanosecond in milliseconds", { kind: "timestamp", unit: "ms", utc: true }, 1n],
    ["an instant past int64", { kind: "timestamp", unit: "ns", utc: true }, 2n ** 63n],
    ["text for an instant", { kind: "timestamp", unit: "ns", utc: true }, "2026-01-15T00:00:00"],
    ["a date that does not exist", { kind: "date" }, "2026-02-30"],
    ["a time that does not exist", { kind: "time", unit: "us" }, "23:60:00"],
    ["a decimal with too fine a scale", { kind: "decimal", precision: 4, scale: 2 }, "0.001"],
    ["a decimal with too many digits", { kind: "decimal", precision: 4, scale: 2 }, "100.00"],
    ["a string as a boolean", { kind: "bool" }, "true"],
    ["text as bytes", { kind: "bytes" }, "abc"],
    ["a bad item in a list", { kind: "list", item: { kind: "date" } }, ["x"]],
    ["anything in a column of nothing", { kind: "null" }, 0],
  ])("refuses %s", (_, type, cell) => {
    expect(() => columnFromCells(type, [null, cell])).toThrow(RangeError);
  });
});

describe("take", () => {
  test("is picking cells, whatever the parts", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TRICKY_CELLS),
        fc.array(fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 30 }),
        fc.boolean(),
        ([, type, tricky], shapes, picks, oneMissing) => {
          const parts = shapes.map((shape) => shape.map((i): Cell => tricky[i] ?? null));
          const columns = parts.map((cells, part) =>
            oneMissing && part === 0 ? undefined : columnFromCells(type, cells),
          );
          const partOf = picks.map(([part]) => part % parts.length);
          const rowOf = picks.map(([, row], i) => row % parts[partOf[i]!]!.length);
          const expected = partOf.map((part, i) => (columns[part] ? parts[part]![rowOf[i]!]! : null));
          expect(cellsOf(take(type, columns, partOf, rowOf))).toEqual(expected);
        },
      ),
      tries({ small: 300, large: 6_000, seed: 115 }),
    );
  });
});

test("a cell that is not of its column's type is shown with what it was to be", () => {
  const said = (type: ColumnType, cell: unknown) => {
    try {
      columnFromCells(type, [cell]);
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };
  expect(said({ kind: "int", bits: 64, signed: true }, { a: 1n })).toBe("{ a: 1n } is no INT64");
  expect(said({ kind: "list", item: { kind: "text" } }, "x")).toBe('"x" is no LIST<STRING>');
  expect(said({ kind: "decimal", precision: 4, scale: 2 }, Object.create(null))).toBe(
    "{} is no DECIMAL(4, 2)",
  );
  expect(said({ kind: "int", bits: 8, signed: true }, 5000)).toBe("5000 does not fit INT8");
});
