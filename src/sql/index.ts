export { answerSql, COUNTS, countsSql } from "./as-of-sql.js";
export { clickhouseDialect } from "./clickhouse-dialect.js";
export type { Dialect } from "./dialect.js";
export { DIALECTS, type DialectName, fileAddress } from "./dialects.js";
export { duckdbDialect } from "./duckdb-dialect.js";
export type { Engine, EngineBatch, ExecutingEngine } from "./engine.js";
export type {
  EnginePlan,
  PlanColumn,
  PlanForm,
  PlanPart,
  PlanQuestion,
  PlanRules,
  StoredColumn,
} from "./plan.js";
export type { Writing } from "./rows-sql.js";
export type { Statement } from "./statement.js";
