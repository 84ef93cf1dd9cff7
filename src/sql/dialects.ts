import { clickhouseOver } from "./clickhouse-dialect.js";
import type { Dialect } from "./dialect.js";
import { duckdbDialect } from "./duckdb-dialect.js";
import { sparkDialect } from "./spark-dialect.js";

/**
 * The engines that statements are written for.
 *
 * @category Engines
 */
export type DialectName = "duckdb" | "clickhouse" | "spark";

/** How each of them says things, of files on its disk. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  duckdb: duckdbDialect,
  clickhouse: clickhouseOver("/"),
  spark: sparkDialect,
};

/** How an engine says things of files below a root as it names it. */
export function dialectOver(name: DialectName, root: string): Dialect {
  return name === "clickhouse" ? clickhouseOver(root) : DIALECTS[name];
}

/** The address of a file below a root, as an engine reads it. */
export function fileAddress(root: string, path: string): string {
  return `${root.replace(/\/+$/, "")}/${path}`;
}
