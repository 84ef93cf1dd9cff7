export { answerSql, COUNTS, countsSql } from "./as-of-sql.js";
export { clickhouseOver } from "./clickhouse-dialect.js";
export { clickhousePlace } from "./clickhouse-place.js";
export type { Dialect } from "./dialect.js";
export { DIALECTS, type DialectName, dialectOver, fileAddress } from "./dialects.js";
export { CHANGE, diffColumns, diffFileSql, diffSql, rowsReadSql } from "./diff-sql.js";
export { duckdbDialect } from "./duckdb-dialect.js";
export type { Engine, EngineBatch, ExecutingEngine } from "./engine.js";
export type { Writing } from "./given-tables.js";
export { groupOfPart, JOIN_COUNTS, joinCountsSql, joinFileSql, joinSql } from "./join-sql.js";
export { LABEL_FACTS, labelFactsSql, labelQuestionsSql } from "./labels-sql.js";
export type {
  DiffPlan,
  EnginePlan,
  HistoryPlan,
  JoinPlan,
  LabelColumn,
  PlanColumn,
  PlanDay,
  PlanForm,
  PlanGroup,
  PlanGroupRule,
  PlanLabel,
  PlanLabelQuery,
  PlanLabelRows,
  PlanLabels,
  PlanPart,
  PlanQuestion,
  PlanRules,
  StoredColumn,
} from "./plan.js";
export type { Statement } from "./statement.js";
