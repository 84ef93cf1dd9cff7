import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { BronzeStore } from "bronzestore";
import { duckdb } from "bronzestore/duckdb";
import { dialects } from "bronzestore/sql";
import { expect, it } from "vitest";
import { odds, quote, run } from "../bronze/feeds.js";
import { duckdbPlaces } from "./duckdb-place.js";

const place = duckdbPlaces();
const page = readFileSync(new URL("../../docs/engines.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);

/** Runs an example of the page, without its imports and over another root; gives what it declares. */
async function ran(code: string, root: string, names: string, values: readonly unknown[]): Promise<unknown> {
  const body = code
    .replace(/^import .*$/gm, "")
    .replaceAll('root: "data"', `root: ${JSON.stringify(root)}`)
    .replace(/"(lines|features|moved)\.parquet"/g, (_, name) =>
      JSON.stringify(join(root, `${name}.parquet`)),
    );
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => unknown;
  return await new AsyncFunction(...names.split(" "), body)(...values);
}

it("the page of engines shows code that runs as it stands", async () => {
  const { root, storage, instance } = place();
  const bronze = new BronzeStore({ storage, datasets: [odds] });
  for (const [id, price] of [
    ["r1", -110],
    ["r2", -120],
  ] as const)
    await bronze.write("odds_raw", [quote("g1", "dk", price, "2026-01-15T17:00:00Z")], run(id));
  const [asking, onServer, joining, differing, statements] = examples;
  expect(onServer).toContain("createClient");
  const shown: unknown[] = [];
  const console = { log: (rows: unknown) => shown.push(rows) };
  const using = [bronze, duckdb, DuckDBInstance, console, dialects];
  const names = "bronze duckdb DuckDBInstance console dialects";
  const said = await ran(`${asking}\nreturn { lines, provenance };`, root, names, using);
  expect(said).toMatchObject({ lines: { length: 1 }, provenance: { rowsSeen: 2, rowsSelected: 1 } });
  expect(shown).toEqual([1]);
  const connection = await instance.connect();
  const written = await connection.runAndReadAll(`SELECT price FROM '${join(root, "lines.parquet")}'`);
  expect(Number(written.getRows()[0]![0])).toBe(-120);

  await connection.run(
    "CREATE TABLE labels AS SELECT 'g1' AS game_id, TIMESTAMPTZ '2026-01-15 23:45:00Z' AS cutoff_ts, true AS won",
  );
  const engine = duckdb(instance, { root });
  await ran(joining!, root, "bronze engine", [bronze, engine]);
  const joined = await connection.runAndReadAll(
    `SELECT won, book, price::INTEGER FROM '${join(root, "features.parquet")}'`,
  );
  expect(joined.getRowsJson()).toEqual([[true, "dk", -120]]);

  const moved = await ran(`${differing}\nreturn { added, changed, gone, sides };`, root, "bronze engine", [
    bronze,
    engine,
  ]);
  expect(moved).toMatchObject({ changed: [], gone: [], sides: { before: { rowsSelected: 0 } } });
  const change = await connection.runAndReadAll(`SELECT change_, book FROM '${join(root, "moved.parquet")}'`);
  expect(change.getRowsJson()).toEqual([["added", "dk"]]);

  const made = (await ran(`${statements}\nreturn { plan, answer, counts };`, root, names, using)) as Awaited<
    ReturnType<typeof bronze.sql>
  >;
  for (const sql of made.answer.setup) await connection.run(sql);
  const rows = (await connection.runAndReadAll(made.answer.query)).getRowObjects();
  expect(rows.map(({ price }) => Number(price))).toEqual([-120]);
  expect(made.plan.parts).toHaveLength(2);
});
