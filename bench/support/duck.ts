import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { formatInstant } from "bronzestore";
import { type DaySpec, dayFolder } from "./data.js";

/** The columns of odds, in order. */
export const COLUMNS = [
  "game_id",
  "book",
  "market",
  "outcome",
  "price",
  "point",
  "as_of_ts",
  "ingested_ts",
  "run_id",
] as const;

const KEY = COLUMNS.slice(0, 4);

/** The answer of a query, delivered as JavaScript columns. */
export async function columnsOf(duck: DuckDBConnection, sql: string): Promise<Record<string, unknown[]>> {
  return (await duck.runAndReadAll(sql)).getColumnsObjectJS();
}

/** The run files of some days, as a source to select from. */
export function filesOf(root: string, days: readonly DaySpec[]): string {
  const globs = days.map((day) => `'${join(dayFolder(root, day), "run_ts=*", "*.parquet")}'`);
  return `read_parquet([${globs.join(", ")}])`;
}

/** An instant as SQL. */
export function at(ns: bigint): string {
  return `TIMESTAMPTZ '${formatInstant(ns)}'`;
}

/**
 * The state at a cutoff. Of the ways tried (`row_number`, one `arg_max` of a struct, ties by `ingested_ts`) this is
 * DuckDB's fastest; our data has no ties that would need more.
 */
export function asOfSql(source: string, cutoff: string, and = ""): string {
  return `
    SELECT ${KEY.join(", ")}, arg_max(price, as_of_ts) AS price, arg_max_null(point, as_of_ts) AS point,
      max(as_of_ts) AS as_of_ts, arg_max(ingested_ts, as_of_ts) AS ingested_ts, arg_max(run_id, as_of_ts) AS run_id
    FROM ${source} WHERE as_of_ts <= ${cutoff} ${and} GROUP BY ${KEY.join(", ")} ORDER BY ${KEY.join(", ")}`;
}

/** The same where each run is the whole state: only keys that the newest scrape, or a later one, still has. */
export function snapshotSql(source: string, cutoff: string): string {
  return asOfSql(
    source,
    cutoff,
    `AND ingested_ts >= (SELECT max(ingested_ts) FROM ${source} WHERE ingested_ts <= ${cutoff})`,
  );
}

/** An `ASOF JOIN` condition on the whole key. */
export function sameKey(left: string, right: string): string {
  return KEY.map((name) => `${left}.${name} = ${right}.${name}`).join(" AND ");
}
