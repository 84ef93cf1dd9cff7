import { createHash } from "node:crypto";
import fc from "fast-check";
import { ByteWriter, parquetWrite } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Cell,
  columnFromCells,
  contentDigest,
  encodeParquet,
  type NamedColumn,
  openParquet,
} from "../../src/table/index.js";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { TRICKY_CELLS } from "./columns.js";
import { type SecondReader, secondReader } from "./duckdb.js";

const NOTHING = { snapshotNs: undefined, ingestedNs: undefined, covers: [] };
const digestOf = (bytes: Uint8Array<ArrayBuffer>, rows?: { start: number; end: number }) =>
  contentDigest(openParquet(bytes, "a.parquet").stored, NOTHING, rows);

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

/** Each type the writer writes, with its hardest cells and some nulls. */
const columnsOf = (rows: number, shift = 0): NamedColumn[] =>
  TRICKY_CELLS.map(([name, type, cells]) => ({
    name,
    column: columnFromCells(
      type,
      Array.from({ length: rows }, (_, i): Cell => {
        const at = (i + shift) % (cells.length + 1);
        return at === cells.length ? null : cells[at]!;
      }),
    ),
  }));

describe("a content digest", () => {
  it("is what the specification says, byte for byte", () => {
    const bytes = encodeParquet([
      {
        name: "id",
        nullable: false,
        column: columnFromCells({ kind: "int", bits: 32, signed: true }, [7, -1]),
      },
      { name: "who", column: columnFromCells({ kind: "text" }, ["é", null]) },
    ]);
    const line =
      '{"columns":[{"logical":null,"maxDef":0,"maxRep":0,"path":["id"],"physical":"INT32"},' +
      '{"logical":"STRING","maxDef":1,"maxRep":0,"path":["who"],"physical":"BYTE_ARRAY"}],' +
      '"covers":[["a"]],"rows":2,"snapshot_ingested_ts":null,"snapshot_ts":"1768530000000000001","v":1}\n';
    const length = (n: number) => [n, 0, 0, 0, 0, 0, 0, 0];
    const leaves = [
      [...length(0), ...length(0), ...length(8), 7, 0, 0, 0, 255, 255, 255, 255],
      [...length(2), 1, 0, ...length(0), ...length(6), 2, 0, 0, 0, 0xc3, 0xa9],
    ];
    const expected = createHash("sha256").update(line).update(Uint8Array.from(leaves.flat())).digest("hex");
    const declared = { snapshotNs: 1768530000000000001n, ingestedNs: undefined, covers: [["a"]] };
    expect(contentDigest(openParquet(bytes, "a.parquet").stored, declared)).toBe(expected);
  });

  it("of some rows is that of a file which has only them", () => {
    const all = encodeParquet(columnsOf(20));
    for (let start = 0; start <= 20; start += 3)
      for (let end = start; end <= 20; end += 4)
        expect(digestOf(all, { start, end })).toBe(digestOf(encodeParquet(columnsOf(end - start, start))));
  });

  it("does not know codec, row groups, pages or dictionaries", async () => {
    const values = fc.array(fc.option(fc.constantFrom("a", "bb", "", "x".repeat(40)), { nil: null }), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 16, max: 4000 }),
        (who, group, page) => {
          const write = (
            options: object,
            encoding?: "PLAIN" | "RLE_DICTIONARY" | "DELTA_LENGTH_BYTE_ARRAY" | "DELTA_BYTE_ARRAY",
          ) => {
            const writer = new ByteWriter();
            const at = who.map((text, i) => (text === null ? null : BigInt(i * 1_000_003)));
            parquetWrite({
              writer,
              columnData: [
                { name: "who", data: who, type: "STRING", nullable: true, ...(encoding && { encoding }) },
                { name: "n", data: at, type: "INT64", nullable: true },
                { name: "yes", data: who.map((text) => text === "a"), type: "BOOLEAN", nullable: false },
              ],
              ...options,
            });
            return new Uint8Array(writer.getBuffer());
          };
          const plain = digestOf(write({ codec: "UNCOMPRESSED" }, "PLAIN"));
          for (const encoding of [
            "PLAIN",
            "RLE_DICTIONARY",
            "DELTA_LENGTH_BYTE_ARRAY",
            "DELTA_BYTE_ARRAY",
          ] as const)
            expect(digestOf(write({ rowGroupSize: group, pageSize: page, codec: "SNAPPY" }, encoding))).toBe(
              plain,
            );
        },
      ),
      tries({ few: 60, small: 400, large: 20_000, seed: 51 }),
    );
  });

  it("of another writer's file is the same in each of its forms, lists and structs included", async () => {
    const query = `SELECT i::INT AS i, i * 1.5 AS f, 'g' || (i % 7) AS s, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 3 = 0 END AS b,
      CASE WHEN i % 4 = 0 THEN NULL ELSE range(i % 4) END AS l, {'a': i, 'b': [NULL, 'x' || (i % 2)]} AS st,
      MAP {'k': i % 3} AS m, DATE '2026-01-15' + (i % 30)::INT AS d, make_timestamptz(i * 1000000) AS t,
      (i / 3)::DECIMAL(30, 4) AS big, uuid() IS NULL AS u
      FROM range(5000) r(i) ORDER BY i`;
    const digests = [];
    for (const options of [
      "CODEC uncompressed",
      "CODEC zstd, ROW_GROUP_SIZE 2048",
      "CODEC gzip, PARQUET_VERSION v2",
      "CODEC snappy, DICTIONARY_SIZE_LIMIT 1, PARQUET_VERSION v2",
    ])
      digests.push(digestOf(await duckdb.write(query, options)));
    expect(new Set(digests).size).toBe(1);
    const whole = await duckdb.write(query, "CODEC zstd, ROW_GROUP_SIZE 2048");
    const some = await duckdb.write(`SELECT * FROM (${query}) LIMIT 1500 OFFSET 1800`);
    expect(digestOf(whole, { start: 1800, end: 3300 })).toBe(digestOf(some));
  });

  it("is another for any other cell, null, order, name, type, and what is declared", () => {
    const of = (cells: Cell[], name = "v", bits: 32 | 64 = 32, nullable = true) =>
      digestOf(
        encodeParquet([
          { name, nullable, column: columnFromCells({ kind: "int", bits, signed: true }, cells) },
        ]),
      );
    const big = digestOf(
      encodeParquet([
        { name: "v", column: columnFromCells({ kind: "int", bits: 64, signed: true }, [1n, 2n]) },
      ]),
    );
    const all = [
      of([1, 2]),
      of([1, 3]),
      of([2, 1]),
      of([1, null]),
      of([null, 1]),
      of([1]),
      of([1, 2], "w"),
      big,
    ];
    expect(new Set([...all, of([1, 2], "v", 32, false)]).size).toBe(all.length + 1);
    const { stored } = openParquet(
      encodeParquet([{ name: "v", column: columnFromCells({ kind: "int", bits: 32, signed: true }, [1]) }]),
      "a",
    );
    const declared = [
      NOTHING,
      { ...NOTHING, snapshotNs: 1n },
      { ...NOTHING, ingestedNs: 1n },
      { ...NOTHING, covers: [["a"]] },
    ].map((own) => contentDigest(stored, own));
    expect(new Set(declared).size).toBe(4);
  });

  it("of a damaged page is an error that names file and column", async () => {
    const bytes = await duckdb.write("SELECT i FROM range(1000) r(i)", "CODEC zstd");
    bytes.fill(0, 8, 40);
    expect(await errorOf(Promise.resolve().then(() => digestOf(bytes)))).toMatchObject({
      code: "CORRUPT_FILE",
      details: { file: "a.parquet", column: "i" },
    });
  });
});
