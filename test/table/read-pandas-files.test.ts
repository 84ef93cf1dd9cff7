import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ColumnType,
  cellReader,
  convertColumn,
  openParquet,
  take,
  unifyColumns,
} from "../../src/table/index.js";
import { compareWithDuckdb, readBytes, type SecondReader, secondReader } from "./duckdb.js";
import { pandasFiles, sharedFixtures } from "./shared-data.js";

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

if (sharedFixtures === undefined) {
  console.warn("shared data is absent (../shared/data): pandas-written files were NOT compared");
  test("shared data is absent: nothing real was compared", ({ skip }) => skip("no ../shared/data"));
} else {
  const fixtures = sharedFixtures;
  const schemas = pandasFiles(fixtures).filter((path) => path.includes("/schema"));

  test.each(pandasFiles(fixtures))("every cell of %s reads as DuckDB reads it", async (path) => {
    const file = openParquet(readBytes(path), path);
    expect(await compareWithDuckdb(duckdb, file, `'${path}'`)).toBe(file.rowCount * file.columns.size);
  });

  test("nanosecond instants of pandas keep what DuckDB drops", async () => {
    const file = openParquet(readBytes(schemas[0]!), schemas[0]!);
    const [name] = [...file.columns].find(([, type]) => type.kind === "timestamp" && type.unit === "ns")!;
    const range = file.timestampRange(name)!;
    const cell = cellReader(file.column(name));
    const all = Array.from({ length: file.rowCount }, (_, row) => cell(row)).filter((v) => v !== null);
    const sorted = (all as bigint[]).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect([range.minNs, range.maxNs]).toEqual([sorted[0], sorted.at(-1)]);
    expect(range.nullCount).toBe(file.rowCount - sorted.length);
  });

  test("the six schemas clash in starter_flag alone, and the error names both files", () => {
    const files = schemas.map((path) => openParquet(readBytes(path), path));
    expect(files).toHaveLength(6);
    let message = "";
    try {
      unifyColumns(files);
    } catch (error) {
      expect(error).toMatchObject({ code: "TYPE_CLASH", details: { column: "starter_flag" } });
      const { files: named, types } = (error as { details: { files: string[]; types: string[] } }).details;
      expect([...types].sort()).toEqual(["BOOLEAN", "INT64"]);
      for (const path of named) expect(schemas).toContain(path);
      message = (error as Error).message;
      for (const path of named) expect(message).toContain(path);
    }
    expect(message).not.toBe("");
  });

  test("without starter_flag they unite, and every value stays what it was", () => {
    const files = schemas.map((path) => openParquet(readBytes(path), path));
    const united = unifyColumns(
      files.map(({ path, columns }) => ({ path, columns: without(columns, "starter_flag") })),
    );
    const partOf = files.flatMap((file, part) => new Array<number>(file.rowCount).fill(part));
    const rowOf = files.flatMap((file) => [...Array(file.rowCount).keys()]);
    for (const [name, type] of united) {
      const parts = files.map((file) =>
        file.columns.has(name)
          ? convertColumn(file.column(name), type, { path: file.path, name })
          : undefined,
      );
      const cell = cellReader(take(type, parts, partOf, rowOf));
      let at = 0;
      for (const file of files) {
        const original = file.columns.has(name) ? cellReader(file.column(name)) : () => null;
        for (let row = 0; row < file.rowCount; row++) {
          const before = original(row);
          const after = cell(at++);
          // An integer united with doubles is the same number in another type.
          const same = typeof before === "bigint" && typeof after === "number" ? BigInt(after) : after;
          if (!Object.is(same, before) && String(same) !== String(before)) {
            throw new Error(`${name} of ${file.path} row ${row}: ${String(before)} became ${String(after)}`);
          }
        }
      }
    }
    expect(united.size).toBeGreaterThan(10);
  });
}

function without(columns: ReadonlyMap<string, ColumnType>, name: string): ReadonlyMap<string, ColumnType> {
  return new Map([...columns].filter(([key]) => key !== name));
}
