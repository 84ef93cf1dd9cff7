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
function rawTexts(error: BronzeError): string[] {
  const texts: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    if (cause instanceof TypeError || cause instanceof RangeError || "code" in cause)
      texts.push(cause.message);
  return texts;
}

/** What engines say of their own code. */
const OF_CODE =
  /undefined|\bnull\b|NaN|reading '|not a function|not iterable|Cannot |Invalid (array|typed|count|DataView)|out of (range|bounds)|outside the bounds|Maximum call|BigInt|buffer/;

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
    const { count, seed } = campaign({ small: 700, large: 20_000, seed: 51 });
    const random = randomFrom(seed);
    const files = [
      await duckdb.write(QUERY, `COMPRESSION ${codec}, PARQUET_VERSION V1`),
      await duckdb.write(QUERY, `COMPRESSION ${codec}, PARQUET_VERSION V2`),
    ];
    let ofPages = 0;
    for (let round = 0; round < count; round++) {
      const original = files[round % 2]!;
      // Half of the damage in the pages, which is where most decoders are.
      const bytes = round % 4 < 2 ? ruined(original, random) : pagesHit(original, random);
      const error = firstError(bytes);
      if (!error) continue;
      const { message, details } = error;
      expect(["CORRUPT_FILE", "UNSUPPORTED_TYPE"]).toContain(error.code);
      expect(message).toContain("damaged.parquet");
      for (const text of rawTexts(error)) expect(message, `round ${round}`).not.toContain(text);
      expect(message, `round ${round}`).not.toMatch(OF_CODE);
      if (details.column !== undefined) expect(message).toContain(`olumn "${details.column}"`);
      if (details.page === undefined) continue;
      ofPages++;
      expect(message).toContain(
        `, row group ${details.rowGroup}, page ${details.page} at byte ${details.offset}`,
      );
      expect(details.offset).toBeLessThan(bytes.length);
    }
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
