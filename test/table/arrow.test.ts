import * as arrow from "apache-arrow";
import { describe, expect, test } from "vitest";
import {
  type Cell,
  type Column,
  type ColumnType,
  columnFromCells,
  toArrowTable,
} from "../../src/table/index.js";
import { cellsOf, TRICKY_CELLS } from "./columns.js";

/** Arrow's values as cells: exact buffers where Arrow's own `.get()` is a lossy float. */
function arrowCells(vector: arrow.Vector, type: ColumnType): Cell[] {
  return Array.from({ length: vector.length }, (_, row) => {
    const value = vector.get(row) as unknown;
    if (value === null) return null;
    const raw = vector.data[0]!.values as BigInt64Array;
    switch (type.kind) {
      case "timestamp":
      case "date":
      case "time":
        return cellsOf({ storage: "fixed", type, length: 1, values: ticks(type, raw[row]!) })[0]!;
      case "decimal": {
        const words = vector.data[0]!.values as Uint32Array;
        const [low, high] = new BigInt64Array(words.slice(row * 4, row * 4 + 4).buffer);
        expect(high).toBe(low! < 0n ? -1n : 0n);
        return cellsOf({ storage: "fixed", type, length: 1, values: new BigInt64Array([low!]) })[0]!;
      }
      case "list":
        return arrowCells(value as arrow.Vector, type.item);
      default:
        return value as Cell;
    }
  });
}

function ticks(type: ColumnType, value: bigint | number): BigInt64Array | Int32Array {
  return type.kind === "date" ? new Int32Array([Number(value)]) : new BigInt64Array([BigInt(value)]);
}

function everyType(): Map<string, Column> {
  const columns = new Map<string, Column>();
  for (const [name, type, tricky] of TRICKY_CELLS) {
    const cells = Array.from({ length: 19 }, (_, row) =>
      row % 4 === 3 ? null : tricky[row % tricky.length]!,
    );
    columns.set(name, columnFromCells(type, cells));
    columns.set(
      `${name}_full`,
      columnFromCells(
        type,
        cells.map((cell) => cell ?? tricky[0]!),
      ),
    );
  }
  columns.set("nothing", columnFromCells({ kind: "null" }, new Array<null>(19).fill(null)));
  return columns;
}

function expectSame(vector: arrow.Vector, column: Column, name: string): void {
  // Arrow's `.get()` drops a leading byte order mark; it is in the buffer all the same.
  const expected = cellsOf(column).map((cell) =>
    typeof cell === "string" ? cell.replace(/^\uFEFF/, "") : cell,
  );
  expect(arrowCells(vector, column.type), name).toEqual(expected);
}

/** Vectors of list items are slices, whose buffers start elsewhere: lists of times are compared as a whole. */
const comparable = ([name]: [string, Column]) => !/^(dates|decimals)/.test(name);

describe("toArrowTable", () => {
  test("holds the same values, for every type", () => {
    const columns = everyType();
    const table = toArrowTable(columns, arrow);
    expect(table.numRows).toBe(19);
    for (const [name, column] of [...columns].filter(comparable)) {
      expectSame(table.getChild(name)!, column, name);
      expect(table.getChild(name)!.nullCount, name).toBe(
        cellsOf(column).filter((cell) => cell === null).length,
      );
    }
  });

  test("has under a null of text a place in the dictionary, where some readers look", () => {
    const columns = everyType();
    columns.set("unknown", columnFromCells({ kind: "text" }, new Array<null>(19).fill(null)));
    for (const name of ["text", "unknown"]) {
      const { values, dictionary } = toArrowTable(columns, arrow).getChild(name)!.data[0]!;
      for (const code of values as Int32Array) {
        expect(code).toBeGreaterThanOrEqual(0);
        expect(code).toBeLessThan(dictionary!.length);
      }
    }
  });

  test("uses the types an engine expects", () => {
    const types = Object.fromEntries(
      toArrowTable(everyType(), arrow).schema.fields.map((f) => [f.name, String(f.type)]),
    );
    expect(types).toMatchObject({
      text: "Dictionary<Int32, Utf8>",
      at_ns: "Timestamp<NANOSECOND, UTC>",
      wall_us: "Timestamp<MICROSECOND>",
      date: "Date32<DAY>",
      uint64: "Uint64",
      bool: "Bool",
    });
  });

  test("is made of the classes that `import * as arrow` gives, and survives Arrow IPC", () => {
    const columns = everyType();
    const table = toArrowTable(columns, arrow);
    expect(table).toBeInstanceOf(arrow.Table);
    expect(table.getChild("text")).toBeInstanceOf(arrow.Vector);
    for (const format of ["file", "stream"] as const) {
      const back = arrow.tableFromIPC(arrow.tableToIPC(table, format));
      for (const [name, column] of [...columns].filter(comparable)) {
        expectSame(back.getChild(name)!, column, name);
      }
    }
  });

  test("lists of dates and of decimals keep their items' buffers", () => {
    const table = toArrowTable(everyType(), arrow);
    const dates = table.getChild("dates")!.data[0]!;
    expect(dates.children[0]!.values[0]).toBe(20468);
    const decimals = table.getChild("decimals")!.data[0]!;
    expect((decimals.children[0]!.values as Uint32Array)[0]).toBe(110);
  });

  test("structs come as structs, and a column of none as nulls", () => {
    const type: ColumnType = { kind: "nested", shape: "STRUCT<a: INT64, b: STRING>" };
    const table = toArrowTable(
      new Map([
        [
          "some",
          columnFromCells(type, [null, { a: 1n, b: null, c: [1, null] }, { a: null, b: "x", c: null }]),
        ],
        ["none", columnFromCells(type, [null, null, null])],
      ]),
      arrow,
    );
    const back = arrow.tableFromIPC(arrow.tableToIPC(table));
    for (const some of [table.getChild("some")!, back.getChild("some")!]) {
      expect(some.get(0)).toBeNull();
      expect(some.get(1).toJSON()).toMatchObject({ a: 1n, b: null });
      expect([...some.get(1).c]).toEqual([1, null]);
      expect(some.get(2).toJSON()).toEqual({ a: null, b: "x", c: null });
    }
    expect(table.getChild("none")!.nullCount).toBe(3);
  });

  test("a table without rows", () => {
    const columns = new Map(TRICKY_CELLS.map(([name, type]) => [name, columnFromCells(type, [])]));
    const table = arrow.tableFromIPC(arrow.tableToIPC(toArrowTable(columns, arrow)));
    expect(table.numRows).toBe(0);
    expect(table.numCols).toBe(columns.size);
  });
});
