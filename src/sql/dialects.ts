import { clickhouseDialect } from "./clickhouse-dialect.js";
import type { Dialect } from "./dialect.js";
import { duckdbDialect } from "./duckdb-dialect.js";
import { sparkDialect } from "./spark-dialect.js";

/**
 * The engines that statements are written for.
 *
 * @category Engines
 */
export type DialectName = "duckdb" | "clickhouse" | "spark";

/** How each of them says things. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  duckdb: duckdbDialect,
  clickhouse: clickhouseDialect,
  spark: sparkDialect,
};

/** The address of a file below a root, as an engine reads it. */
export function fileAddress(root: string, path: string): string {
  return `${root.replace(/\/+$/, "")}/${path}`;
}
