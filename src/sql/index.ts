export { COUNTS } from "./as-of-sql.js";
export { clickhouseOver } from "./clickhouse-dialect.js";
export { clickhousePlace } from "./clickhouse-place.js";
export { compiler } from "./compiler.js";
export type { Dialect } from "./dialect.js";
export { CHANGE, diffColumns } from "./diff-sql.js";
export { duckdbDialect } from "./duckdb-dialect.js";
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
export { sparkDialect } from "./spark-dialect.js";
export type { Statement } from "./statement.js";
