import { isDeepStrictEqual } from "node:util";
import { ByteWriter, parquetWrite } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openParquet, sharedChunks } from "../../src/table/index.js";
import { cellsOf } from "./columns.js";
import { type SecondReader, secondReader } from "./duckdb.js";
import { CONVERTED, foreignFile } from "./foreign-file.js";
import { at, i64, type Thrift, withChunks, withFields } from "./thrift-tree.js";

let duckdb: SecondReader;
const files: { readonly options: string; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
beforeAll(async () => {
  duckdb = await secondReader();
  for (const options of OPTIONS) files.push({ options, bytes: await duckdb.write(QUERY, options) });
});
afterAll(() => duckdb.close());

const QUERY =
  "SELECT i, 'game ' || (i % 40) AS game, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 8 END AS x, [i, NULL] AS l, {'a': i} AS s, i % 2 = 0 AS b, 'row ' || i AS t FROM range(2500) t(i)";

const OPTIONS = [
  "PARQUET_VERSION V1, COMPRESSION SNAPPY, ROW_GROUP_SIZE 2048",
  "PARQUET_VERSION V2, COMPRESSION ZSTD",
  "COMPRESSION GZIP, DICTIONARY_SIZE_LIMIT 1",
  "COMPRESSION LZ4_RAW",
  "COMPRESSION UNCOMPRESSED",
];

/** Every cell of a file, column by column. */
function cells(bytes: Uint8Array<ArrayBuffer>, known = sharedChunks()): unknown[][] {
  const file = openParquet(bytes, "foreign.parquet", known);
  return [...file.columns.keys()].map((name) => cellsOf(file.column(name)));
}

const UNCOMPRESSED = 6;
const COMPRESSED = 7;

/** What writers have put where the sizes of a chunk stand. */
const WRONG: readonly [string, (right: bigint, place: number) => Thrift | undefined][] = [
  ["0, as DuckDB did before 2022", () => i64(0)],
  ["1", () => i64(1)],
  ["without the dictionary's header, as parquet-mr did", (right) => i64(right - 14n)],
  ["of the page's body alone, as hyparquet-writer did", (right) => i64(right / 2n)],
  ["one more", (right) => i64(right + 1n)],
  ["twice as much", (right) => i64(right * 2n)],
  ["past the end of the file", () => i64(1n << 40n)],
  ["the most there is", () => i64(2n ** 63n - 1n)],
  ["below nothing", () => i64(-5)],
  ["nothing at all", () => undefined],
  ["another in every chunk", (right, place) => i64((right * BigInt(place + 1)) / 3n)],
];

describe("the sizes in a footer are not trusted", () => {
  test.each(WRONG)("%s reads the same", async (_, wrong) => {
    for (const { options, bytes } of files) {
      const expected = cells(bytes);
      for (const fields of [[UNCOMPRESSED], [COMPRESSED], [UNCOMPRESSED, COMPRESSED]]) {
        let place = 0;
        const mangled = withChunks(bytes, (meta) => {
          place++;
          const change = (field: number) => [
            field,
            (old: Thrift | undefined) => old && wrong(sizeOf(old), place),
          ];
          return withFields(meta, Object.fromEntries(fields.map(change)));
        });
        expect(isDeepStrictEqual(cells(mangled), expected), `${options}, fields ${fields}`).toBe(true);
      }
    }
  });

  test("another program's file of 300 compressible texts, whose size is that of the compressed page", () => {
    const writer = new ByteWriter();
    const texts = Array.from({ length: 300 }, (_, i) => `${"the same words again ".repeat(4)}${i % 3}`);
    parquetWrite({
      writer,
      columnData: [{ name: "t", data: texts, type: "STRING" }],
      statistics: false,
    });
    const bytes = new Uint8Array(writer.getBuffer());
    const mangled = withChunks(bytes, (meta) => {
      const compressed = at(meta, COMPRESSED);
      return withFields(meta, { [UNCOMPRESSED]: () => compressed });
    });
    expect(cells(mangled)).toEqual([texts]);
  });
});

describe("a column taken over from the file before", () => {
  const fileOf = (texts: readonly string[]) =>
    foreignFile(
      [{ name: "t", repetition: "required", type: "BYTE_ARRAY", converted: CONVERTED.UTF8 }],
      [texts.map((t) => ({ t }))],
      { pagesPerChunk: 3 },
    );

  test("is the same to its last page, whatever size the footer gives", () => {
    const known = sharedChunks();
    const small = (bytes: Uint8Array) =>
      withChunks(bytes, (meta) => withFields(meta, { 6: () => i64(9), 7: () => i64(9) }));
    const before = small(fileOf(["a", "b", "c"]));
    const after = small(fileOf(["a", "b", "d"]));
    expect(cells(before, known)).toEqual([["a", "b", "c"]]);
    expect(cells(after, known)).toEqual([["a", "b", "d"]]);
    const [one, two] = [before, before.slice()].map((bytes) =>
      openParquet(bytes, "same.parquet", known).column("t"),
    );
    expect(two).toBe(one);
  });
});

test("a chunk whose pages do not hold its rows is refused before its neighbour is read into it", async () => {
  const bytes = foreignFile(
    ["a", "b"].map((name) => ({ name, repetition: "required", type: "INT32" })),
    [[1, 2, 3].map((value) => ({ a: value, b: value * 10 }))],
  );
  // The first chunk claims six values: its own three, and then those of the next.
  const mangled = withChunks(bytes, (meta, _, column) =>
    column === 0 ? withFields(meta, { 5: () => i64(6) }) : meta,
  );
  expect(() => cells(mangled)).toThrow(expect.objectContaining({ code: "CORRUPT_FILE" }));
  const list = foreignFile(
    ["a", "b"].map((name) => ({ name, repetition: "repeated", type: "INT32" })),
    [[{ a: [1, 2], b: [3] }]],
  );
  const longer = withChunks(list, (meta, _, column) =>
    column === 0 ? withFields(meta, { 5: () => i64(3) }) : meta,
  );
  expect(() => cells(longer)).toThrow(expect.objectContaining({ code: "CORRUPT_FILE" }));
});

function sizeOf(value: Thrift): bigint {
  return "int" in value ? value.int : 0n;
}
