import * as flechette from "@uwdata/flechette";
import * as arrow from "apache-arrow";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Cell,
  type ColumnType,
  columnFromCells,
  type FixedColumn,
  type NamedColumn,
  openParquet,
} from "../../src/table/index.js";
import { formatInstant } from "../../src/time/index.js";
import { tries } from "../campaign.js";
import { cellsOf, someColumns, TRICKY_CELLS } from "./columns.js";
import { compareWithDuckdb, type SecondReader, secondReader } from "./duckdb.js";
import { PlainTable } from "./plain-table.js";

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

/** Cells of a type beside the tricky ones; lists have the tricky ones only. */
function anyCell([, type, tricky]: (typeof TRICKY_CELLS)[number]): fc.Arbitrary<Cell> {
  const more = ((): fc.Arbitrary<Cell> | undefined => {
    switch (type.kind) {
      case "float":
        return type.bits === 64 ? fc.double() : fc.float();
      case "text":
        return fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !/\p{Surrogate}/u.test(text));
      case "bytes":
        return fc.uint8Array({ maxLength: 9 });
      case "int":
        return type.bits === 64 && type.signed ? fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) : undefined;
      case "timestamp":
        return type.unit === "ns" && type.utc ? fc.bigInt(-(2n ** 62n), 2n ** 62n) : undefined;
      default:
        return undefined;
    }
  })();
  const some = fc.constantFrom<Cell>(null, ...tricky);
  return more ? fc.oneof(some, more) : some;
}

/** Some are hard to quote, and some look like numbers, which JavaScript puts before other names. */
function nameOf(type: string): string {
  return /\d$/.test(type) ? `${type.replace(/\D/g, "")}${type.length}` : `the ${type}, "quoted"`;
}

/** Columns of random types and cells. */
const tables: fc.Arbitrary<NamedColumn[]> = fc
  .tuple(fc.shuffledSubarray([...TRICKY_CELLS], { minLength: 1 }), fc.integer({ min: 0, max: 12 }))
  .chain(([chosen, rows]) =>
    fc.tuple(
      ...chosen.map((one) =>
        fc.array(anyCell(one), { minLength: rows, maxLength: rows }).map(
          (cells): NamedColumn => ({
            name: nameOf(one[0]),
            column: columnFromCells(one[1], cells),
          }),
        ),
      ),
    ),
  );

/** What a cell must be in JSON, said a second time. */
function jsonOf(cell: Cell, type: ColumnType): unknown {
  if (cell === null) return null;
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString("base64");
  if (type.kind === "list") return (cell as Cell[]).map((item) => jsonOf(item, type.item));
  if (typeof cell === "bigint") {
    if (type.kind === "timestamp") return formatInstant(cell);
    return cell <= 2n ** 53n - 1n && cell >= -(2n ** 53n - 1n) ? Number(cell) : String(cell);
  }
  if (typeof cell === "number" && !Number.isFinite(cell)) return String(cell);
  return Object.is(cell, -0) ? 0 : cell;
}

describe("whatever columns an answer has, taken out", () => {
  test("as Parquet they are read back in type and value, by us", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (columns) => {
        const file = openParquet(await new PlainTable(columns).toParquet(), "out.parquet");
        expect([...file.columns.keys()]).toEqual(columns.map(({ name }) => name));
        for (const { name, column } of columns) {
          expect(file.column(name).type, name).toEqual(column.type);
          expect(cellsOf(file.column(name)), name).toEqual(cellsOf(column));
        }
      }),
      tries({ small: 200, large: 4_000, seed: 1310 }),
    );
  });

  test("as Parquet every cell is what DuckDB reads", async () => {
    const columns = someColumns(60).filter(({ name }) => !/^time_ms|^nothing/.test(name));
    const bytes = await new PlainTable(columns).toParquet();
    const cells = await compareWithDuckdb(duckdb, openParquet(bytes, "out.parquet"), duckdb.put(bytes));
    expect(cells).toBe(columns.length * 60);
  });

  test("as an Arrow stream they are what apache-arrow and flechette read", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (columns) => {
        const bytes = await new PlainTable(columns).toIPC();
        const table = arrow.tableFromIPC(bytes);
        expect(table.schema.fields.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
        expect(table.numRows).toBe(columns[0]!.column.length);
        const again = flechette.tableFromIPC(bytes, { useBigInt: true } as object);
        for (const { name, column } of columns) {
          const cells = cellsOf(column);
          const nulls = cells.filter((cell) => cell === null).length;
          expect(table.getChild(name)!.nullCount, name).toBe(nulls);
          const { kind } = column.type;
          if (!["bool", "int", "float", "bytes", "text"].includes(kind)) continue;
          // Both drop a byte order mark when they decode; it is in the buffer all the same.
          const plain = cells.map((cell) => (typeof cell === "string" ? cell.replace(/^\uFEFF/, "") : cell));
          expect(Array.from(table.getChild(name)!, plainOf), name).toEqual(plain.map(plainOf));
          expect(Array.from(again.getChild(name)!, plainOf), name).toEqual(plain.map(plainOf));
        }
      }),
      tries({ small: 200, large: 4_000, seed: 1311 }),
    );
  });

  test("as an Arrow stream instants keep every nanosecond", async () => {
    const instants = [0n, -1n, 1_768_521_600_123_456_789n, null, -(2n ** 63n), 2n ** 63n - 1n];
    const column = columnFromCells({ kind: "timestamp", unit: "ns", utc: true }, instants);
    const bytes = await new PlainTable([{ name: "at", column }]).toIPC();
    const data = flechette.tableFromIPC(bytes).getChild("at")!.data[0]!;
    const values = data.values as BigInt64Array;
    instants.forEach((ns, i) => {
      if (ns !== null) expect(values[i]).toBe(ns);
    });
  });

  test("as JSON they are parsed back, every cell as documented", () => {
    fc.assert(
      fc.property(tables, (columns) => {
        const rows = JSON.parse(JSON.stringify(new PlainTable(columns))) as Record<string, unknown>[];
        const length = columns[0]!.column.length;
        expect(rows).toHaveLength(length);
        for (const { name, column } of columns)
          expect(
            rows.map((row) => row[name]),
            name,
          ).toEqual(cellsOf(column).map((cell) => jsonOf(cell, column.type)));
      }),
      tries({ small: 300, large: 6_000, seed: 1312 }),
    );
  });

  test("as CSV DuckDB reads every field, null and empty text apart", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (columns) => {
        // A row of one null is an empty line, which DuckDB passes over. NUL is no text to it.
        const held = [...columns, { name: "last", column: columnFromCells(INT, lasts(columns)) }];
        const csv = new PlainTable(held).toCSV().replaceAll("\0", "\u2400");
        const put = duckdb.put(Buffer.from(csv) as unknown as Uint8Array);
        const read = await duckdb.columns(
          `SELECT * FROM read_csv(${put}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', ` +
            "allow_quoted_nulls = false, null_padding = false, auto_detect = false, max_line_size = 10000000, " +
            `columns = {${held.map((_, i) => `'c${i}': 'VARCHAR'`).join(", ")}})`,
        );
        held.forEach(({ name, column }, i) => {
          const expected = cellsOf(column).map((cell) => {
            if (typeof cell === "bigint" && column.type.kind === "int") return String(cell);
            if (Object.is(cell, -0)) return "-0";
            const json = jsonOf(cell, column.type);
            const text = typeof json === "object" && json !== null ? JSON.stringify(json) : json;
            return text === null ? null : String(text).replaceAll("\0", "\u2400");
          });
          // Its client drops a byte order mark.
          const bare = (cell: unknown) => (typeof cell === "string" ? cell.replace(/^\uFEFF/, "") : cell);
          expect((read[i] ?? []).map(bare), name).toEqual(expected.map(bare));
        });
      }),
      tries({ small: 60, large: 1_000, seed: 1313 }),
    );
  });

  test("as JSON DuckDB reads the same numbers and text", async () => {
    const columns = someColumns(20).filter(({ name }) =>
      /^(bool|int32|text|at_ns|date|dec4)_full$/.test(name),
    );
    const put = duckdb.put(Buffer.from(JSON.stringify(new PlainTable(columns))) as unknown as Uint8Array);
    const read = await duckdb.columns(
      `SELECT bool_full, int32_full, hex(encode(text_full)), at_ns_full::VARCHAR, date_full::VARCHAR, dec4_full FROM read_json(${put}, ` +
        "columns = {bool_full: 'BOOLEAN', int32_full: 'INTEGER', text_full: 'VARCHAR', at_ns_full: 'VARCHAR', date_full: 'DATE', dec4_full: 'VARCHAR'})",
    );
    const cells = Object.fromEntries(columns.map(({ name, column }) => [name, cellsOf(column)]));
    const hex = (text: Cell) =>
      Buffer.from(text as string)
        .toString("hex")
        .toUpperCase();
    expect(read).toEqual([
      cells.bool_full,
      cells.int32_full,
      cells.text_full!.map(hex),
      cells.at_ns_full!.map((ns) => formatInstant(ns as bigint)),
      cells.date_full,
      cells.dec4_full,
    ]);
  });

  test("as rows instants have the form that is asked for, and no digit is lost", () => {
    const type = { kind: "timestamp", unit: "ns", utc: true } as const;
    const table = (cells: Cell[]) =>
      new PlainTable(
        [
          { name: "at", column: columnFromCells(type, cells) },
          { name: "all", column: columnFromCells({ kind: "list", item: type }, [cells, null]) },
        ].map(({ name, column }) => ({
          name,
          column: name === "at" ? column : padded(column, cells.length),
        })),
      );
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), { minLength: 2, maxLength: 5 }),
        (cells) => {
          const at = (form: "iso" | "temporal" | "bigint" | "date") =>
            table(cells)
              .rows({ instants: form })
              .map((row) => row.at) as unknown[];
          expect(at("bigint")).toEqual(cells);
          expect(at("iso")).toEqual(cells.map((ns) => (ns === null ? null : formatInstant(ns))));
          expect(
            at("temporal").map(
              (own) => (own as { epochNanoseconds: bigint } | null)?.epochNanoseconds ?? null,
            ),
          ).toEqual(cells);
          const all = table(cells).rows({ instants: "iso" })[0]!.all;
          expect(all).toEqual(cells.map((ns) => (ns === null ? null : formatInstant(ns))));
          const isWhole = cells.every((ns) => ns === null || ns % 1_000_000n === 0n);
          if (!isWhole) expect(() => at("date")).toThrow("a Date cannot hold");
        },
      ),
      tries({ small: 300, large: 6_000, seed: 1314 }),
    );
    const ms = [0n, -1_000_000n, 1_768_521_600_123_000_000n];
    expect(
      table(ms)
        .rows({ instants: "date" })
        .map((row) => row.at),
    ).toEqual(ms.map((ns) => new Date(Number(ns / 1_000_000n))));
  });
});

const INT: ColumnType = { kind: "int", bits: 32, signed: true };
const lasts = (columns: readonly NamedColumn[]) =>
  Array.from({ length: columns[0]!.column.length }, (_, i) => i);

function padded(column: NamedColumn["column"], length: number): NamedColumn["column"] {
  return columnFromCells(
    column.type,
    Array.from({ length }, (_, row) => cellsOf(column)[row] ?? null),
  );
}

/** Bytes and floats as something that `toEqual` tells apart. */
function plainOf(cell: unknown): unknown {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString("hex") : cell;
}

describe("a matrix", () => {
  const column = (type: ColumnType, cells: Cell[]) => columnFromCells(type, cells);
  const int64 = { kind: "int", bits: 64, signed: true } as const;
  const numbers = new PlainTable([
    { name: "price", column: column({ kind: "float", bits: 64 }, [1.5, null, -0]) },
    { name: "won", column: column({ kind: "bool" }, [true, false, null]) },
    { name: "id", column: column(int64, [2n ** 53n, -7n, null]) },
    { name: "stake", column: column({ kind: "decimal", precision: 5, scale: 2 }, ["-1.10", null, "999.99"]) },
    { name: "nothing", column: column({ kind: "null" }, [null, null, null]) },
    { name: "status", column: column({ kind: "text" }, ["in", null, "out"]) },
    { name: "at", column: column({ kind: "timestamp", unit: "ns", utc: true }, [1n, null, 2n]) },
    { name: "big", column: column(int64, [2n ** 53n + 1n, null, 1n]) },
    { name: "far", column: column({ kind: "float", bits: 64 }, [1e39, Infinity, 1]) },
  ]);

  test("is row-major: null is NaN, booleans 0 and 1, decimals the nearest number", () => {
    const matrix = numbers.matrix(["price", "won", "id", "stake", "nothing"]);
    expect(matrix).toBeInstanceOf(Float64Array);
    expect([...matrix]).toEqual([
      ...[1.5, 1, 2 ** 53, -1.1, Number.NaN],
      ...[Number.NaN, 0, -7, Number.NaN, Number.NaN],
      ...[-0, Number.NaN, Number.NaN, 999.99, Number.NaN],
    ]);
    expect(numbers.matrix(["price"], { type: "float32" })).toEqual(new Float32Array([1.5, Number.NaN, -0]));
  });

  test("is refused where a number would be another, or none", () => {
    const refused = (name: string, type?: "float32") => () => numbers.matrix([name], { type });
    expect(refused("big")).toThrow("9007199254740993 in row 0, which no double is");
    expect(refused("far", "float32")).toThrow("past the numbers of 32 bits");
    expect([...numbers.matrix(["far"])]).toEqual([1e39, Infinity, 1]);
    expect(refused("status")).toThrow('Column "status" is STRING');
    expect(refused("at")).toThrow('Column "at" is TIMESTAMP(ns, UTC)');
    expect(() => numbers.matrix([])).toThrow("at least one");
  });
});

/** One value as it lies in a file, though no cell could be made of it. */
const fixed = (name: string, type: FixedColumn["type"], values: FixedColumn["values"]): NamedColumn => ({
  name,
  column: { storage: "fixed", type, length: 1, values },
});

describe("JSON of what no column holds exactly", () => {
  test("never throws: structs, dates past the calendar, instants past int64", () => {
    const table = new PlainTable([
      {
        name: "s",
        column: columnFromCells({ kind: "nested", shape: "STRUCT" }, [
          { a: 1n, b: [2n ** 60n, Number.NaN], c: new Uint8Array([255]) },
        ]),
      },
      fixed("at", { kind: "timestamp", unit: "ms", utc: true }, new BigInt64Array([2n ** 63n - 1n])),
      fixed("wall", { kind: "timestamp", unit: "ms", utc: false }, new BigInt64Array([2n ** 63n - 1n])),
      fixed("day", { kind: "date" }, new Int32Array([2 ** 31 - 1])),
    ]);
    expect(JSON.parse(JSON.stringify(table))).toEqual([
      {
        s: { a: 1, b: ["1152921504606846976", "NaN"], c: "/w==" },
        at: "9223372036854775807000000 ns",
        wall: "9223372036854775807000000 ns",
        day: "day 2147483647",
      },
    ]);
    expect(table.toCSV()).toContain(
      "9223372036854775807000000 ns,9223372036854775807000000 ns,day 2147483647",
    );
    expect(String(table)).toContain("day 2147483647");
  });

  test("and Parquet of structs is refused by name, as nothing is written in part", async () => {
    const column = columnFromCells({ kind: "nested", shape: "STRUCT<a: INT64>" }, [{ a: 1n }]);
    await expect(new PlainTable([{ name: "s", column }]).toParquet()).rejects.toThrow(
      'Column "s" of type STRUCT<a: INT64> cannot be written',
    );
  });
});
