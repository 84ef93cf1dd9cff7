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
  duckdb: writing(() => duckdbDialect),
  clickhouse: writing(clickhouseOver),
  spark: writing(() => sparkDialect),
};

function writing(over: (root: string) => Dialect): WritingDialect {
  return { name: over("/").name, compiler, over };
}
