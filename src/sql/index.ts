export { COUNTS } from "./as-of-sql.js";
export { compiler } from "./compiler.js";
export { clickhouseOver } from "./dialect/clickhouse.js";
export { clickhousePlace } from "./dialect/clickhouse-place.js";
export type { Dialect } from "./dialect/dialect.js";
export { duckdbDialect } from "./dialect/duckdb.js";
export { sparkDialect } from "./dialect/spark.js";
export { CHANGE, diffColumns } from "./diff-sql.js";
export type {
  Engine,
  EngineBatch,
  ExecutingEngine,
  SqlDialect,
  StatementWriter,
  WritingDialect,
} from "./engine.js";
export { fileAddress } from "./file-address.js";
export type { Writing } from "./given-tables.js";
export { groupOfPart, JOIN_COUNTS } from "./join-sql.js";
export { LABEL_FACTS } from "./labels-sql.js";
export type * from "./plan.js";
export type { Statement } from "./statement.js";
