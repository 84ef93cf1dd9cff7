import { assertIs, text } from "../options.js";
import { withText } from "../printed.js";
import { compiler } from "./compiler.js";
import { clickhouseOver } from "./dialect/clickhouse.js";
import type { Dialect } from "./dialect/dialect.js";
import { duckdbDialect } from "./dialect/duckdb.js";
import { sparkDialect } from "./dialect/spark.js";
import type { SqlDialect, WritingDialect } from "./engine.js";

/**
 * The engines that statements are written for: `bronze.sql(name, { dialect: dialects.spark, ...options })`.
 *
 * @category Engines
 */
export const dialects: {
  /** DuckDB. It keeps microseconds. */
  readonly duckdb: SqlDialect;
  /** ClickHouse. It keeps nanoseconds. */
  readonly clickhouse: SqlDialect;
  /** Spark SQL, 3.5 and later. It keeps nanoseconds. */
  readonly spark: SqlDialect;
} = {
  duckdb: writing("duckdb", () => duckdbDialect),
  clickhouse: writing("clickhouse", (root) => clickhouseOver(root)),
  spark: writing("spark", () => sparkDialect),
};

/**
 * ClickHouse, where the servers of a cluster read the files of a bucket between them: `s3Cluster`.
 *
 * @param cluster as the server's configuration names it
 * @returns a dialect whose `root` is `s3://bucket/prefix` or `https://endpoint/bucket/prefix`; statements for another are refused
 *   with `INVALID_ARGUMENT`
 * @throws BronzeError `INVALID_ARGUMENT` for a name that is no text
 * @example
 * ```ts
 * import { clickhouseCluster } from "bronzestore/sql";
 *
 * const { answer } = await bronze.sql("odds_raw", {
 *   dialect: clickhouseCluster("main"), root: "s3://bucket/data", cutoff: "2026-01-15T23:45:00Z", date: "2026-01-15",
 * });
 * ```
 * @category Engines
 */
export function clickhouseCluster(cluster: string): SqlDialect {
  assertIs(cluster, text, "The cluster");
  const dialect = writing("clickhouse", (root) => clickhouseOver(root, cluster));
  return withText(dialect, () => `ClickHouse, cluster ${cluster}`);
}

function writing(name: string, over: (root: string) => Dialect): WritingDialect {
  return { name, compiler, over };
}
