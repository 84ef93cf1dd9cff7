import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Column,
  columnFromCells,
  encodeParquet,
  INSTANT,
  type NamedColumn,
  openParquet,
} from "../../src/table/index.js";
import { cellsOf } from "./columns.js";
import { compareWithDuckdb, readBytes, type SecondReader, secondReader } from "./duckdb.js";
import { sharedFixtures } from "./shared-data.js";

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

const text = (cells: (string | null)[]): Column => columnFromCells({ kind: "text" }, cells);

describe("files of several row groups", () => {
  test("300,000 rows fall into three row groups and read back", async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => i);
    const columns: NamedColumn[] = [
      { name: "n", column: columnFromCells({ kind: "int", bits: 64, signed: true }, rows.map(BigInt)) },
      { name: "few", column: text(rows.map((i) => (i % 13 === 0 ? null : `team ${i % 30}`))) },
      { name: "many", column: text(rows.map((i) => `row ${i}`)) },
      {
        name: "at",
        column: columnFromCells(
          INSTANT,
          rows.map((i) => (i % 5 ? BigInt(i) * 1_000_001n : null)),
        ),
      },
      {
        name: "flag",
        column: columnFromCells(
          { kind: "bool" },
          rows.map((i) => i % 3 === 0),
        ),
        nullable: false,
      },
    ];
    const bytes = encodeParquet(columns);
    const file = openParquet(bytes, "big.parquet");
    for (const { name, column } of columns) {
      const [read, meant] = [cellsOf(file.column(name)), cellsOf(column)];
      expect(read).toHaveLength(meant.length);
      expect(read.findIndex((cell, row) => cell !== meant[row])).toBe(-1);
    }
    const groups = await duckdb.columns(
      `SELECT count(DISTINCT row_group_id)::INTEGER FROM parquet_metadata(${duckdb.put(bytes)})`,
    );
    expect(groups[0]).toEqual([3]);
    expect(await compareWithDuckdb(duckdb, file, duckdb.put(bytes))).toBe(1_500_000);
    expect(file.timestampRange("at")).toEqual({
      minNs: 1_000_001n,
      maxNs: 299_999n * 1_000_001n,
      nullCount: 60_000,
    });
  });

  test("130,000 rows that DuckDB wrote in two row groups read as DuckDB reads them", async () => {
    const query =
      "SELECT i, 'g' || (i % 5000) AS game, CASE WHEN i % 11 = 0 THEN NULL ELSE i / 8 END AS x, make_timestamp_ns(i * 1000000007) AS at FROM range(130000) t(i)";
    for (const options of ["PARQUET_VERSION V1", "PARQUET_VERSION V2, COMPRESSION ZSTD"]) {
      const file = openParquet(await duckdb.write(query, options), "130k");
      expect(await compareWithDuckdb(duckdb, file, `(${query})`)).toBe(520_000);
    }
  });

  if (sharedFixtures === undefined) {
    console.warn("shared data is absent (../shared/data): the CDC's rows were NOT compared");
    test("shared data is absent: nothing real was compared", ({ skip }) => skip("no ../shared/data"));
  } else {
    test("every cell of the CDC's 702,878 published rows reads as DuckDB reads it", async () => {
      const path = `${sharedFixtures}/cdc_covid_timeseries.parquet`;
      const file = openParquet(readBytes(path), path);
      expect(file.rowCount).toBe(702_878);
      expect(await compareWithDuckdb(duckdb, file, `'${path}'`)).toBe(file.rowCount * file.columns.size);
    });
  }
});
