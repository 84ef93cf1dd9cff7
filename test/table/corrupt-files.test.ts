import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import { type Cell, columnFromCells, encodeParquet, INSTANT, openParquet } from "../../src/table/index.js";
import { campaign } from "../campaign.js";
import { cellsOf, someColumns } from "./columns.js";
import { readBytes, type SecondReader, secondReader } from "./duckdb.js";
import { mutated, randomFrom } from "./mutate.js";
import { pandasFiles, sharedFixtures } from "./shared-data.js";

type Bytes = Uint8Array<ArrayBuffer>;
const CODECS = ["SNAPPY", "ZSTD", "GZIP", "LZ4_RAW", "BROTLI", "UNCOMPRESSED"];

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

/** All cells of a file, or the error that it must be. */
function read(bytes: Bytes): Map<string, Cell[]> | "refused" {
  try {
    const file = openParquet(bytes, "damaged.parquet");
    return new Map([...file.columns.keys()].map((name) => [name, cellsOf(file.column(name))]));
  } catch (error) {
    if (!isBronzeError(error, "CORRUPT_FILE") && !isBronzeError(error, "UNSUPPORTED_TYPE")) throw error;
    expect(error.message).toContain("damaged.parquet");
    expect(error.details.file).toBe("damaged.parquet");
    return "refused";
  }
}

function smallFile(): Bytes {
  return encodeParquet([
    { name: "game_id", column: columnFromCells({ kind: "text" }, ["g1", "g1", "g2", null]) },
    { name: "as_of_ts", column: columnFromCells(INSTANT, [1n, 2n, null, 4n]) },
    {
      name: "price",
      column: columnFromCells({ kind: "float", bits: 64 }, [1.5, 2, 2.5, 3]),
      nullable: false,
    },
  ]);
}

describe("a file of ours", () => {
  test("with any one bit flipped is refused or reads the same cells, never others", () => {
    const bytes = smallFile();
    const intact = read(bytes);
    let refused = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const result = read(bytes);
      if (result === "refused") refused++;
      else expect(result, `bit ${bit}`).toEqual(intact);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    // What is left are the checksum's own key and digits' case.
    expect(refused).toBeGreaterThan(bytes.length * 8 * 0.9);
    expect(read(bytes)).toEqual(intact);
  });

  test("cut at any length is refused", () => {
    const bytes = smallFile();
    for (let length = 0; length < bytes.length; length++) {
      expect(read(bytes.slice(0, length)), `${length} bytes`).toBe("refused");
    }
  });

  test("with any byte added, lost or doubled is refused", () => {
    const bytes = smallFile();
    for (let at = 4; at < bytes.length; at += 3) {
      expect(read(new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]))).toBe("refused");
      expect(read(new Uint8Array([...bytes.subarray(0, at), bytes[at]!, ...bytes.subarray(at)]))).toBe(
        "refused",
      );
    }
  });

  test("damaged in 1,000 ways is refused or reads the same cells", () => {
    const bytes = encodeParquet(someColumns(20));
    const intact = read(bytes);
    const random = randomFrom(7);
    for (let round = 0; round < 1000; round++) {
      const result = read(mutated(bytes, random));
      if (result !== "refused") expect(result).toEqual(intact);
    }
  });
});

describe("bytes that are not a Parquet file at all", () => {
  const text = (content: string) => new Uint8Array(Buffer.from(content, "latin1"));
  test.each<[string, Bytes]>([
    ["nothing", new Uint8Array(0)],
    ["a text file", text("game_id,player_id\n1,2\n")],
    ["the magic once", text("PAR1")],
    ["the magic twice", text("PAR1PAR1")],
    ["the magic and a length", text("PAR1\0\0\0\0PAR1")],
    ["a footer longer than the file", text("PAR1\xff\xff\xff\x7fPAR1")],
    ["an encrypted footer", text("PARE\0\0\0\0PARE")],
    ["an unfinished file", text(`PAR1${"x".repeat(100)}`)],
    ["zeros", new Uint8Array(1000)],
    ["a file whose end was lost to zeros", text(`PAR1${"\0".repeat(100)}`)],
  ])("%s", (_, bytes) => expect(read(bytes)).toBe("refused"));

  test("random bytes between the magics", () => {
    const random = randomFrom(3);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from({ length: 20 + random(400) }, () => random(256));
      bytes.set(text("PAR1"), 0);
      bytes.set(text("PAR1"), bytes.length - 4);
      new DataView(bytes.buffer).setUint32(bytes.length - 8, random(bytes.length - 12), true);
      expect(read(bytes)).toBe("refused");
    }
  });
});

describe("headers that lie about sizes cost neither time nor memory", () => {
  /** A file with this footer and these bytes before it. */
  function forge(body: readonly number[], footer: readonly number[]): Bytes {
    const magic = [0x50, 0x41, 0x52, 0x31];
    const bytes = new Uint8Array([...magic, ...body, ...footer, 0, 0, 0, 0, ...magic]);
    new DataView(bytes.buffer).setUint32(bytes.length - 8, footer.length, true);
    return bytes;
  }
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];

  function footerOf(
    rows: number,
    entries: number,
    sizeBytes: number,
    type: "INT32" | "BYTE_ARRAY",
    list = false,
  ): number[] {
    const writer = new ByteWriter(1024);
    const leaf = { name: "a", type, repetition_type: list ? ("REPEATED" as const) : ("REQUIRED" as const) };
    writeMetadata(writer, {
      version: 2,
      schema: [{ name: "root", num_children: 1 }, leaf],
      num_rows: BigInt(rows),
      row_groups: [
        {
          num_rows: BigInt(rows),
          total_byte_size: 0n,
          columns: [
            {
              file_offset: 4n,
              meta_data: {
                type,
                encodings: ["PLAIN"],
                path_in_schema: ["a"],
                codec: "SNAPPY",
                num_values: BigInt(entries),
                total_uncompressed_size: BigInt(sizeBytes),
                total_compressed_size: 40n,
                data_page_offset: 4n,
              },
            },
          ],
        },
      ],
      metadata_length: 0,
    });
    const bytes = new Uint8Array(writer.getBuffer());
    // The writer adds the footer's length; forge() does that itself.
    return [...bytes.subarray(0, bytes.length - 4)];
  }

  /** A version 1 data page header: type, sizes, (count, encodings). */
  const dataPage = (sizeBytes: number, compressedBytes: number, count: number) => [
    ...[0x15, 0, 0x15, ...varint(sizeBytes * 2), 0x15, ...varint(compressedBytes * 2)],
    ...[0x2c, 0x15, ...varint(count * 2), 0x15, 0, 0x15, 6, 0x15, 6, 0, 0],
  ];
  const padded = (bytes: number[], byte = 0) => [
    ...bytes,
    ...new Array<number>(100 - bytes.length).fill(byte),
  ];
  const GB = 2 ** 30;

  test.each<[string, () => Bytes]>([
    ["2^31 rows", () => forge(padded([]), footerOf(2 ** 31 - 1, 2 ** 31 - 1, 100, "INT32"))],
    [
      "4 million rows of text in no bytes",
      () => forge(padded(dataPage(8, 10, 4_000_000)), footerOf(4_000_000, 4_000_000, 8, "BYTE_ARRAY")),
    ],
    ["a page of 1 GB", () => forge(padded(dataPage(GB, 10, 10)), footerOf(10, 10, GB, "INT32"))],
    [
      "a page of 200 MB from 10 bytes",
      () => forge(padded(dataPage(200_000_000, 10, 10)), footerOf(10, 10, GB, "INT32")),
    ],
    ["2^40 list items", () => forge(padded(dataPage(8, 10, 1e6)), footerOf(1, 2 ** 40, 8, "INT32", true))],
    [
      "2^31 list items in a page",
      () => forge(padded(dataPage(8, 10, 2 ** 30 - 1)), footerOf(1, 2 ** 30 - 1, 8, "INT32", true)),
    ],
    ["a thrift list of 2^31 structs", () => forge([], [0x15, 4, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07])],
    ["a thrift binary of 2^31 bytes", () => forge([], [0x15, 4, 0x18, 0xff, 0xff, 0xff, 0xff, 0x07])],
    ["a number of 300,000 digits", () => forge([], [0x16, ...new Array<number>(300_000).fill(0xff), 0])],
    ["structs in structs", () => forge([], new Array<number>(100_000).fill(0x1c))],
  ])("%s", (_, make) => {
    const bytes = make();
    const before = process.memoryUsage();
    const start = process.cpuUsage();
    expect(read(bytes)).toBe("refused");
    // Work, not time: what others do on the machine does not count.
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(3000);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 << 20);
  });
});

describe("a foreign file without a checksum", () => {
  const QUERY =
    "SELECT i, 'g' || (i % 7) AS game, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 8 END AS x, [i, NULL] AS l, {'a': i} AS s, i % 2 = 0 AS b, 'row ' || i AS t FROM range(400) t(i)";

  test("cut at any length is refused", async () => {
    for (const codec of CODECS) {
      const bytes = await duckdb.write(QUERY, `COMPRESSION ${codec}`);
      for (let length = 0; length < bytes.length; length += 37) {
        expect(read(bytes.slice(0, length))).toBe("refused");
      }
    }
  });

  const { count, seed } = campaign({ few: 250, small: 3_000, large: 100_000, seed: 42 });
  test(`${count} damaged ones end a process of 512 MB neither by crash nor by hang nor by memory`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "bronzestore-mutate-"));
    try {
      const paths: string[] = sharedFixtures === undefined ? [] : pandasFiles(sharedFixtures).slice(1, 5);
      for (const codec of CODECS) {
        for (const version of ["V1", "V2"]) {
          const path = join(folder, `${codec}${version}.parquet`);
          writeFileSync(path, await duckdb.write(QUERY, `COMPRESSION ${codec}, PARQUET_VERSION ${version}`));
          paths.push(path);
        }
      }
      const child = fileURLToPath(new URL("./child/mutate.ts", import.meta.url));
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--max-old-space-size=512", "--import", "tsx", child, String(count), String(seed), ...paths],
        { encoding: "utf8" },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const { read, rejected, slowestCpuMs, rssMb } = JSON.parse(stdout) as Record<string, number>;
      expect(read! + rejected!).toBe(count);
      expect(rejected).toBeGreaterThan(count / 6);
      expect(slowestCpuMs).toBeLessThan(5000);
      expect(rssMb).toBeLessThan(700);
      console.log(`${count} mutated files: ${stdout.trim()}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("one of pandas cut short is refused", ({ skip }) => {
    if (sharedFixtures === undefined) return skip("shared data is absent");
    for (const path of pandasFiles(sharedFixtures)) {
      const bytes = readBytes(path);
      for (let i = 0; i < 40; i++)
        expect(read(bytes.slice(0, Math.floor((bytes.length * i) / 40)))).toBe("refused");
    }
  });
});
