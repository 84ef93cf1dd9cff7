import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ByteWriter, parquetWrite } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDeclaredContent, writeSnapshotMetadata } from "../../src/bronze/read/snapshot-metadata.js";
import { contentDigest, encodeParquet, openParquet } from "../../src/table/index.js";
import { tempFolders } from "../storage/temp-folder.js";
import { someColumns } from "../table/columns.js";
import { type SecondReader, secondReader } from "../table/duckdb.js";
import { foreignFile, type WriteOptions } from "../table/foreign-file.js";
import { randomFrom } from "../table/mutate.js";
import { cellOf, int, someForm } from "../table/nested-forms.js";
import { ANNOTATIONS, fileOf, leavesOf } from "./annotations.js";
import { runChecker } from "./run-checker.js";

const newFolder = tempFolders();

function digestOf(bytes: Uint8Array<ArrayBuffer>, path: string): string {
  const { stored, keyValues } = openParquet(bytes, path);
  return contentDigest(stored, readDeclaredContent(path, keyValues));
}

/** What the checker says of files, where it says what we do; else both. */
function agreed(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): ReadonlyMap<string, string> {
  const folder = newFolder();
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const said = runChecker([...files.keys()], folder);
  expect(said.errors).toBe("");
  expect(said.code).toBe(0);
  const digests = new Map(said.lines.map(([digest, name]) => [name!, digest!]));
  expect(digests).toEqual(new Map([...files].map(([name, bytes]) => [name, digestOf(bytes, name)])));
  return digests;
}

describe("the digests that content_digest.py computes are ours", () => {
  let duckdb: SecondReader;
  beforeAll(async () => {
    duckdb = await secondReader();
  });
  afterAll(() => duckdb?.close());

  it("for our own files: every type, from no rows to several pages", () => {
    const files = [0, 1, 7, 300].map(
      (rows) => [`${rows}.parquet`, encodeParquet(someColumns(rows))] as const,
    );
    expect(new Set(agreed(new Map(files)).values()).size).toBe(4);
  });

  it("for every annotation, however it is written", () => {
    const files = ANNOTATIONS.map((one, i) => [`${i}.parquet`, fileOf(leavesOf(one))] as const);
    expect(agreed(new Map(files)).size).toBe(ANNOTATIONS.length);
  });

  it("for snapshots, with any scope values", () => {
    const column = someColumns(3).slice(0, 2);
    const at = (ns: bigint) => ({ timeNs: ns, ingestedNs: ns + 1_000n });
    const declared = [
      writeSnapshotMetadata({ ...at(1_768_530_000_000_000_001n), covers: [] }),
      writeSnapshotMetadata({ ...at(-1n), covers: [["g1"], ["g2"]] }),
      writeSnapshotMetadata({
        ...at(0n),
        covers: [["Dončić 🏀 \u007f\u2028", 7, 2.5, true, null, 10n ** 18n]],
      }),
      new Map([["bronzestore.snapshot_ts", "1969-12-31T20:30:00.25-05:00"]]),
      // Numbers as other programs may write them: what counts is the float64.
      new Map([
        [
          "bronzestore.covers",
          "[[1e21, 1E20, 123456789012345678901, 1e-6, 0.0000001, -0, -1.50, 5e-324, 1.7976931348623157e308, 0.1, 100]]",
        ],
      ]),
      new Map([
        [
          "bronzestore.covers",
          '[["\\u0000\\u001f\\"\\\\\\/\\b\\t", {"\ud83c\udfc0": 1, "\uff21": 2, "b": []}]]',
        ],
      ]),
    ];
    const files = declared.map((entries, i) => [`${i}.parquet`, encodeParquet(column, entries)] as const);
    expect(new Set(agreed(new Map(files)).values()).size).toBe(declared.length);
  });

  it("for lists, structs and maps in every form, page version and number of pages", () => {
    const random = randomFrom(14);
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    for (let i = 0; i < 40; i++) {
      const form = someForm(random);
      const rows = Array.from({ length: 1 + random(30) }, (_, id) => ({
        id,
        l: form.raw(cellOf(form, random)),
      }));
      const cut = random(rows.length + 1);
      const options: WriteOptions = {
        pages: random(2) === 0 ? 1 : 2,
        pagesPerChunk: 1 + random(3),
        codec: random(2) === 0 ? "none" : "gzip",
      };
      const columns = [int("required").node("id"), form.node("l")];
      files.set(`${i}.parquet`, foreignFile(columns, [rows.slice(0, cut), rows.slice(cut)], options));
    }
    agreed(files);
  });

  it("for every encoding, in pages and row groups of any size", () => {
    const random = randomFrom(15);
    const rows = Array.from({ length: 700 }, (_, i) => i);
    const orNull = <T>(value: T) => (random(6) === 0 ? null : value);
    const big = () => orNull(BigInt.asIntN(64, BigInt(random(2 ** 31)) ** 3n));
    const encodings = {
      STRING: ["PLAIN", "RLE_DICTIONARY", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
      INT64: ["PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
      INT32: ["PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
      DOUBLE: ["PLAIN", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"],
      FLOAT: ["PLAIN", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"],
      BOOLEAN: ["PLAIN", "RLE"],
    } as const;
    const values = {
      STRING: rows.map((i) => orNull(`player ${random(40)}${"x".repeat(i % 90)}`)),
      INT64: rows.map(() => big()),
      INT32: rows.map(() => orNull(random(2 ** 32 - 1) - 2 ** 31)),
      DOUBLE: rows.map(() => orNull(random(1000) / 7)),
      FLOAT: rows.map(() => orNull(Math.fround(random(1000) / 7))),
      BOOLEAN: rows.map((i) => orNull(i % 200 < 100 || random(2) === 0)),
    };
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    for (let place = 0; place < 4; place++)
      for (const codec of ["UNCOMPRESSED", "SNAPPY"] as const) {
        const writer = new ByteWriter();
        const columnData = Object.entries(encodings).map(([type, all]) => ({
          name: type,
          type: type as keyof typeof encodings,
          data: values[type as keyof typeof encodings],
          nullable: true,
          encoding: all[place % all.length]!,
        }));
        parquetWrite({
          writer,
          columnData,
          codec,
          rowGroupSize: 90 + random(500),
          pageSize: 200 + random(4000),
        });
        files.set(`${place}-${codec}.parquet`, new Uint8Array(writer.getBuffer()));
      }
    expect(new Set(agreed(files).values()).size).toBe(1);
  });

  it("for DuckDB's files, in each of its forms", async () => {
    const query = `SELECT i::INT AS i, i * 1.5 AS f, 'g' || (i % 7) AS s, 'text ' || (i * 7919) AS t,
      CASE WHEN i % 5 = 0 THEN NULL ELSE i % 3 = 0 END AS b, (i % 250)::UTINYINT AS tiny, (i * i)::UBIGINT AS ub,
      CASE WHEN i % 4 = 0 THEN NULL ELSE range(i % 4) END AS l, {'a': i, 'b': [NULL, 'x' || (i % 2)]} AS st,
      MAP {'k': i % 3} AS m, DATE '2026-01-15' + (i % 30)::INT AS d, TIME '10:00:00' AS clock,
      make_timestamptz(i * 1000000) AS at, make_timestamp_ns(i * 1000000007) AS ns,
      (i / 3)::DECIMAL(30, 4) AS big, (i / 3)::DECIMAL(9, 4) AS small, '\\xFF'::BLOB AS blob,
      ('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID AS id, INTERVAL (i) MINUTE AS span,
      NULL::INTEGER AS nothing FROM range(3000) r(i) ORDER BY i`;
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const options of [
      "CODEC uncompressed",
      "CODEC snappy, ROW_GROUP_SIZE 2048",
      "CODEC gzip, PARQUET_VERSION v2",
      "CODEC snappy, DICTIONARY_SIZE_LIMIT 1, PARQUET_VERSION v2, ROW_GROUP_SIZE 2048",
    ])
      files.set(`${files.size}.parquet`, await duckdb.write(query, options));
    expect(new Set(agreed(files).values()).size).toBe(1);
    agreed(new Map([["none.parquet", await duckdb.write(`SELECT * FROM (${query}) LIMIT 0`)]]));
  });

  it("and it says what it does not read, and goes on with the next file", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "z.parquet"), await duckdb.write("SELECT i FROM range(9) r(i)", "CODEC zstd"));
    writeFileSync(join(folder, "cut.parquet"), encodeParquet(someColumns(3)).subarray(0, 500));
    writeFileSync(join(folder, "good.parquet"), encodeParquet(someColumns(3)));
    const { code, lines, errors } = runChecker(
      ["z.parquet", "cut.parquet", "none.parquet", "good.parquet"],
      folder,
    );
    expect([code, lines.map(([, path]) => path)]).toEqual([2, ["good.parquet"]]);
    expect(errors).toMatch(/^z\.parquet: .*ZSTD.*\ncut\.parquet: no Parquet file.*\nnone\.parquet: .*\n$/);
  });
});
