import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Column,
  type ColumnType,
  cellReader,
  columnFromCells,
  encodeParquet,
  INSTANT,
  openParquet,
} from "../../src/table/index.js";
import { cellsOf, someColumns } from "./columns.js";
import { compareWithDuckdb, type SecondReader, secondReader } from "./duckdb.js";

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

describe("what encodeParquet writes", () => {
  test.each([
    0, 1, 2, 17, 5000,
  ])("%i rows of every type read back cell by cell, here and in DuckDB", async (rows) => {
    const columns = someColumns(rows);
    const bytes = encodeParquet(columns);
    const file = openParquet(bytes, "ours.parquet");
    expect(file.rowCount).toBe(rows);
    for (const { name, column } of columns) {
      expect(file.columns.get(name), name).toEqual(column.type);
      expect(cellsOf(file.column(name)), name).toEqual(cellsOf(column));
    }
    expect(await compareWithDuckdb(duckdb, file, duckdb.put(bytes))).toBe(rows * columns.length);
  });

  test("nanoseconds survive: DuckDB reads the naive ones to the last digit", async () => {
    const naive: ColumnType = { kind: "timestamp", unit: "ns", utc: false };
    const ns = [1n, -1n, 1_768_521_600_123_456_789n, -(2n ** 63n) + 2n, 2n ** 63n - 1n];
    const bytes = encodeParquet([{ name: "at", column: columnFromCells(naive, ns) }]);
    const [read] = await duckdb.columns(`SELECT epoch_ns("at") FROM ${duckdb.put(bytes)}`);
    expect(read).toEqual(ns);
  });

  test("equal input gives equal bytes", () => {
    expect(encodeParquet(someColumns(100))).toEqual(encodeParquet(someColumns(100)));
  });

  test("key-values come back beside the checksum; a checksum handed on from another file is not kept", () => {
    const column = text(["a"]);
    const first = openParquet(encodeParquet([{ name: "t", column }], new Map([["covers", "g1"]])), "first");
    expect(first.checked).toBe(true);
    expect(first.keyValues.get("covers")).toBe("g1");
    expect(first.keyValues.get("bronzestore.crc32")).toMatch(/^[0-9a-f]{8}$/);
    const again = encodeParquet([{ name: "t", column }], first.keyValues);
    expect(again).toEqual(encodeParquet([{ name: "t", column }], new Map([["covers", "g1"]])));
    expect(openParquet(again, "again").checked).toBe(true);
  });

  test("nullable: false makes the column REQUIRED and refuses a null", async () => {
    const bytes = encodeParquet([
      { name: "required", column: text(["a"]), nullable: false },
      { name: "optional", column: text(["a"]) },
    ]);
    const [names, kinds] = await duckdb.columns(
      `SELECT name, repetition_type FROM parquet_schema(${duckdb.put(bytes)}) WHERE type IS NOT NULL`,
    );
    expect(Object.fromEntries(names!.map((name, i) => [name, kinds![i]]))).toEqual({
      required: "REQUIRED",
      optional: "OPTIONAL",
    });
    const refused = () => encodeParquet([{ name: "x", column: text([null]), nullable: false }]);
    expect(refused).toThrow('column "x" is declared without nulls but has some');
  });

  test("a struct column is UNSUPPORTED_TYPE", () => {
    const column = columnFromCells({ kind: "nested", shape: "STRUCT<a: INT32>" }, [{ a: 1 }]);
    expect(() => encodeParquet([{ name: "s", column }])).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_TYPE", details: { column: "s" } }),
    );
  });

  test("statistics bound instants exactly, nulls counted; all null or no rows says nothing", () => {
    const range = (cells: (bigint | null)[], nullable = true) =>
      openParquet(
        encodeParquet([{ name: "at", column: columnFromCells(INSTANT, cells), nullable }]),
        "r",
      ).timestampRange("at");
    expect(range([3n, null, 1n, 2n])).toEqual({ minNs: 1n, maxNs: 3n, nullCount: 1 });
    expect(range([1_768_521_600_000_000_001n], false)).toEqual({
      minNs: 1_768_521_600_000_000_001n,
      maxNs: 1_768_521_600_000_000_001n,
      nullCount: 0,
    });
    expect(range([-5n, -7n])).toEqual({ minNs: -7n, maxNs: -5n, nullCount: 0 });
    expect(range([null, null])).toBeUndefined();
    expect(range([])).toBeUndefined();
  });
});

function text(cells: (string | null)[]): Column {
  return columnFromCells({ kind: "text" }, cells);
}

test("cells are read from the file as they were given", () => {
  const column = text(["", "Dončić", "🏀", "a\0b", "\uFEFF\uFFFD", null]);
  const file = openParquet(encodeParquet([{ name: "t", column }]), "t");
  const cell = cellReader(file.column("t"));
  expect([0, 1, 2, 3, 4, 5].map(cell)).toEqual(["", "Dončić", "🏀", "a\0b", "\uFEFF\uFFFD", null]);
});

test("unsigned columns are pruned by DuckDB as unsigned", async () => {
  const uint32 = columnFromCells({ kind: "int", bits: 32, signed: false }, [1, 2 ** 32 - 1]);
  const uint64 = columnFromCells({ kind: "int", bits: 64, signed: false }, [1n, 2n ** 64n - 1n]);
  const path = duckdb.put(
    encodeParquet([
      { name: "u32", column: uint32 },
      { name: "u64", column: uint64, nullable: false },
    ]),
  );
  const [found] = await duckdb.columns(
    `SELECT count(*)::INTEGER FROM ${path} WHERE u32 > 3000000000 AND u64 > 10000000000000000000`,
  );
  expect(found).toEqual([1]);
});
