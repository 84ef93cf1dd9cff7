import { answerSql, countsSql } from "./as-of-sql.js";
import { diffFileSql, diffSql, rowsReadSql } from "./diff-sql.js";
import { joinCountsSql, joinFileSql, joinSql } from "./join-sql.js";
import { labelFactsSql, labelQuestionsSql } from "./labels-sql.js";

/** Writes plans as statements. Engines and dialects carry it, so that nobody else loads it. */
export const compiler = {
  answerSql,
  countsSql,
  diffFileSql,
  diffSql,
  joinCountsSql,
  joinFileSql,
  joinSql,
  labelFactsSql,
  labelQuestionsSql,
  rowsReadSql,
};

export type Compiler = typeof compiler;
