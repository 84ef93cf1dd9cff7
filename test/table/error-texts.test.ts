import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BronzeError } from "../../src/errors.js";
import { openParquet } from "../../src/table/index.js";
import { campaign } from "../campaign.js";
import { type SecondReader, secondReader } from "./duckdb.js";
import { randomFrom, ruined } from "./mutate.js";

type Bytes = Uint8Array<ArrayBuffer>;

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

/** What the first column that cannot be read says; `undefined` where all can. */
function firstError(bytes: Bytes): BronzeError | undefined {
  try {
    const file = openParquet(bytes, "damaged.parquet");
    for (const name of file.columns.keys()) file.column(name);
    return undefined;
  } catch (error) {
    if (error instanceof BronzeError) return error;
    throw error;
  }
}

/** Texts of errors in the chain of causes that nobody threw on purpose. */
function rawTexts(from: unknown): string[] {
  const texts: string[] = [];
  for (let cause = from; cause instanceof Error; cause = cause.cause)
    if (cause instanceof TypeError || cause instanceof RangeError || "code" in cause)
      texts.push(cause.message);
  return texts;
}

/** What engines say of their own code. */
const OF_CODE =
  /undefined|\bnull\b|NaN|reading '|not a function|not iterable|Cannot |Invalid (array|typed|count|DataView)|out of (range|bounds)|outside the bounds|Maximum call|BigInt|buffer/;

/** What is wrong with how an error says what is broken. */
function faultOf({ code, message, details, cause }: BronzeError, fileBytes: number): string | undefined {
  if (code !== "CORRUPT_FILE" && code !== "UNSUPPORTED_TYPE") return "another code";
  if (!message.includes("damaged.parquet")) return "without the file";
  const raw = rawTexts(cause).find((text) => message.includes(text));
  if (raw !== undefined) return `shows "${raw}"`;
  if (OF_CODE.test(message)) return "speaks of code";
  if (details.column !== undefined && !message.includes(`olumn "${details.column}"`))
    return "without the column";
  if (details.page === undefined) return undefined;
  const place = `, row group ${details.rowGroup}, page ${details.page} at byte ${details.offset}`;
  if (!message.includes(place)) return "without the place";
  return (details.offset as number) < fileBytes ? undefined : "of a place outside the file";
}

const QUERY = `SELECT i, 'g' || (i % 7) AS game, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 8 END AS x, i % 2 = 0 AS b,
  'row ' || i AS t, [i, NULL] AS l, [[i], []] AS ll, {'a': i, 'b': [i]} AS s, MAP {'k': i} AS m, i::DECIMAL(9, 2) AS d,
  uuid() AS u, TIMESTAMPTZ '2026-01-15' + INTERVAL (i) SECOND AS ts FROM range(300) t(i)`;

describe("whatever is damaged in a file of another writer", () => {
  test.each([
    "SNAPPY",
    "ZSTD",
    "GZIP",
    "LZ4_RAW",
    "BROTLI",
    "UNCOMPRESSED",
  ])("the message is about the file: column, page, offset (%s)", async (codec) => {
    const { count, seed } = campaign({ few: 100, small: 400, large: 10_000, seed: 51 });
    const random = randomFrom(seed);
    const files = [
      await duckdb.write(QUERY, `COMPRESSION ${codec}, PARQUET_VERSION V1`),
      await duckdb.write(QUERY, `COMPRESSION ${codec}, PARQUET_VERSION V2`),
    ];
    let ofPages = 0;
    const faults: string[] = [];
    for (let round = 0; round < count; round++) {
      const original = files[round % 2]!;
      // Half of the damage in the pages, which is where most decoders are.
      const bytes = round % 4 < 2 ? ruined(original, random) : pagesHit(original, random);
      const error = firstError(bytes);
      if (!error) continue;
      if (error.details.page !== undefined) ofPages++;
      const fault = faultOf(error, bytes.length);
      if (fault !== undefined) faults.push(`round ${round}: ${fault}: ${error.message}`);
    }
    expect(faults).toEqual([]);
    expect(ofPages).toBeGreaterThan(count / 10);
  });
});

function pagesHit(original: Bytes, random: (limit: number) => number): Bytes {
  const bytes = original.slice();
  const pages = bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  for (let hits = 1 + random(3); hits > 0; hits--) {
    const at = 4 + random(pages - 4);
    if (random(2) === 0) bytes[at]! ^= 1 << random(8);
    else bytes.fill(random(256), at, Math.min(pages, at + 1 + random(12)));
  }
  return bytes;
}
