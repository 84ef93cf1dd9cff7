import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import { cellReader, openParquet } from "../../src/table/index.js";
import { compareWithDuckdb, type SecondReader, secondReader } from "./duckdb.js";

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

/** `rows` rows of every type; every seventh or so is null. */
function everyType(rows: number): string {
  const orNull = (sql: string, n: number) => `CASE WHEN i % ${n} = 0 THEN NULL ELSE ${sql} END`;
  return `SELECT i AS id,
    ${orNull("i % 3 = 1", 7)} AS flag,
    ${orNull("(i % 256 - 128)::TINYINT", 5)} AS int8, (i % 256)::UTINYINT AS uint8,
    (i % 65536 - 32768)::SMALLINT AS int16, ${orNull("(i * 7 % 65536)::USMALLINT", 11)} AS uint16,
    ${orNull("(CASE i % 3 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 ELSE i END)::INTEGER", 7)} AS int32,
    (CASE i % 2 WHEN 0 THEN 4294967295 ELSE i END)::UINTEGER AS uint32,
    ${orNull("(CASE i % 3 WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 9223372036854775807 ELSE i END)::BIGINT", 9)} AS int64,
    ${orNull("(CASE i % 2 WHEN 1 THEN 18446744073709551615 ELSE i END)::UBIGINT", 13)} AS uint64,
    ${orNull("(CASE i % 5 WHEN 1 THEN 'nan'::FLOAT WHEN 2 THEN '-inf'::FLOAT WHEN 3 THEN '-0.0'::FLOAT ELSE i / 3 END)::FLOAT", 6)} AS float32,
    (CASE i % 5 WHEN 1 THEN 'nan'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE WHEN 3 THEN '-0.0'::DOUBLE ELSE sqrt(i) END)::DOUBLE AS float64,
    ${orNull("CASE i % 6 WHEN 1 THEN '' WHEN 2 THEN 'Dončić' WHEN 3 THEN '🏀' WHEN 4 THEN 'a' || chr(0) || 'b' WHEN 5 THEN chr(65279) || chr(65533) ELSE 'x' || (i % 40) END", 17)} AS low_text,
    'row ' || (i * 2654435761 % 4294967296) AS high_text,
    make_timestamp_ms(1700000000000 + i)::TIMESTAMP_MS AS ts_ms,
    ${orNull("make_timestamp(1700000000000000 + i * 1000003 - 2000000000000000 * (i % 2))", 4)} AS ts_us,
    make_timestamp_ns(1700000000000000000 + i * 1000000007) AS ts_ns,
    ${orNull("make_timestamp(1700000000000000 + i)::TIMESTAMPTZ", 3)} AS ts_utc,
    ${orNull("DATE '1960-02-29' + (i % 40000)::INTEGER", 8)} AS day, TIME '00:00:00' + to_microseconds(i * 1000003 % 86400000000) AS clock,
    ${orNull("((i % 500 - 250) / 100.0)::DECIMAL(4, 2)", 10)} AS dec4, (i * -100003)::DECIMAL(9, 0) AS dec9, ((i * 123456789 % 999999999999)::DECIMAL(18, 0) / 1000)::DECIMAL(18, 3) AS dec18,
    ${orNull("('\\x00\\xFF' || i)::BLOB", 7)} AS bytes,
    ${orNull("('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID", 5)} AS id128,
    ${orNull("(CASE i % 2 WHEN 0 THEN 'OUT' ELSE 'QUESTIONABLE' END)::ENUM('OUT', 'QUESTIONABLE', 'NEVER')", 5)} AS enumerated,
    ${orNull("CASE i % 3 WHEN 0 THEN [] WHEN 1 THEN [i, NULL, -i] ELSE [i] END", 5)} AS ints,
    ${orNull("CASE i % 3 WHEN 0 THEN [] WHEN 1 THEN ['a', NULL, 'ü' || i] ELSE [''] END", 4)} AS texts,
    CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN [[i, NULL], NULL, []] ELSE [[1], [2, 3]] END AS lists,
    ${orNull("{'a': i, 'b': CASE WHEN i % 2 = 0 THEN NULL ELSE 't' || i END, 'c': {'d': [i]}}", 6)} AS struct,
    ${orNull("MAP {'k' || (i % 3): i, 'z': NULL}", 6)} AS map,
    NULL::INTEGER AS nothing_int, NULL::VARCHAR AS nothing_text, NULL::TIMESTAMP AS nothing_ts,
    7 AS constant, NULL::INTEGER[] AS nothing_list
    FROM range(1, ${rows + 1}) t(i)`;
}

describe("every cell of a file DuckDB writes reads as DuckDB reads it", () => {
  test.each(["SNAPPY", "ZSTD", "GZIP", "LZ4_RAW", "BROTLI", "UNCOMPRESSED"])("%s", async (codec) => {
    for (const version of ["V1", "V2"]) {
      const options = `COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`;
      const query = everyType(2500);
      const file = openParquet(await duckdb.write(query, options), `${codec}-${version}`);
      expect(file.rowCount).toBe(2500);
      expect(file.checked).toBe(false);
      expect(await compareWithDuckdb(duckdb, file, `(${query})`)).toBe(2500 * file.columns.size);
    }
  });

  test.each([0, 1, 2])("%i rows", async (rows) => {
    const query = everyType(rows);
    for (const version of ["V1", "V2"]) {
      const file = openParquet(await duckdb.write(query, `PARQUET_VERSION ${version}`), "few rows");
      expect(await compareWithDuckdb(duckdb, file, `(${query})`)).toBe(rows * file.columns.size);
    }
  });

  test("without dictionary pages", async () => {
    const query = everyType(1000);
    for (const version of ["V1", "V2"]) {
      const options = `PARQUET_VERSION ${version}, DICTIONARY_SIZE_LIMIT 1`;
      const file = openParquet(await duckdb.write(query, options), "plain");
      await compareWithDuckdb(duckdb, file, `(${query})`);
    }
  });
});

describe("types that cannot be kept exactly", () => {
  test("a DECIMAL of more than 18 digits is UNSUPPORTED_TYPE, naming file and column; other columns read", async () => {
    const file = openParquet(await duckdb.write("SELECT 1::DECIMAL(19, 2) AS money, 5 AS n"), "wide.parquet");
    expect(cellReader(file.column("n"))(0)).toBe(5);
    const error = caught(() => file.column("money"));
    expect(isBronzeError(error, "UNSUPPORTED_TYPE")).toBe(true);
    expect(error).toMatchObject({ details: { file: "wide.parquet", column: "money" } });
    expect((error as Error).message).toContain("DECIMAL(19, 2)");
  });

  test("an infinite DATE is refused when its column is read, not when a cell is", async () => {
    const file = openParquet(await duckdb.write("SELECT DATE 'infinity' AS d"), "infinite.parquet");
    expect(caught(() => file.column("d"))).toMatchObject({
      code: "UNSUPPORTED_TYPE",
      details: { file: "infinite.parquet", column: "d" },
    });
  });
});

test("a column the file lacks is UNKNOWN_COLUMN and lists those it has", async () => {
  const file = openParquet(await duckdb.write("SELECT 1 AS a, 2 AS b"), "ab.parquet");
  expect(() => file.column("c")).toThrow('ab.parquet has no column "c"; it has a, b');
});

test("timestampRange reads DuckDB's statistics exactly and skips row groups that are all null", async () => {
  const query =
    "SELECT CASE WHEN i < 2048 THEN NULL ELSE make_timestamp_ns(1700000000000000000 + i) END AS at, i AS n, [i] AS nested FROM range(5000) t(i)";
  const file = openParquet(await duckdb.write(query, "ROW_GROUP_SIZE 2048"), "stats");
  expect(file.timestampRange("at")).toEqual({
    minNs: 1700000000000002048n,
    maxNs: 1700000000000004999n,
    nullCount: 2048,
  });
  expect(file.timestampRange("n")).toBeUndefined();
  expect(file.timestampRange("nested")).toBeUndefined();
  expect(file.timestampRange("missing")).toBeUndefined();
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
