import { timedSql, winnersSql } from "./as-of-sql.js";
import { GivenTables, type Writing } from "./given-tables.js";
import type { DiffPlan } from "./plan.js";
import { column, rowsSql } from "./rows-sql.js";
import { decidingColumns, each, readSql } from "./rule-sql.js";
import { type Cte, type Statement, statementOf } from "./statement.js";

/** The numbers of the columns that a diff's rows have: those of the answer, then those of the key that are not among them. */
export function diffColumns({ key, answerColumns }: DiffPlan): number[] {
  return [...Array.from({ length: answerColumns }, (_, i) => i), ...key.filter((i) => i >= answerColumns)];
}

/**
 * The rows that hold at one of two cutoffs and not at the other, and those of a key with other values at both: `diffColumns`, then the
 * number of the key, whether the row is of the later cutoff, in the order of keys, the earlier first. A key may be there whose values
 * are the same by some measure of the engine's, never one missing whose values differ.
 */
export function diffSql(plan: DiffPlan, writing: Writing): Statement {
  const { dialect, prefix } = writing;
  const tables = new GivenTables(writing);
  const given = [...new Set([...diffColumns(plan), ...plan.compared])];
  const needed = [...new Set([...given, ...decidingColumns(plan)])].sort((a, b) => a - b);
  const of = { plan, dialect, needed };
  // Which time selects rows hangs on the bound, under one of the fallbacks.
  const times = plan.rules.fallback === "dataset" ? "2" : "";
  const names = ["o", "n", ...given.map(column)];
  const isSame = (a: string, b: string, columns: readonly number[]) =>
    columns.map((i) => dialect.same(`${a}.${column(i)}`, `${b}.${column(i)}`));
  const moved = (own: string, other: string, side: "0" | "1") => {
    const isOther = ["x.o <> z.o", "x.n <> z.n"].join(" OR ");
    const same = plan.compared.length === 0 ? "TRUE" : isSame("x", "z", plan.compared).join(" AND ");
    return `SELECT ${each("x", names)}, ${side} AS side FROM ${own} x LEFT JOIN (SELECT ${each("y", names)}, 1 AS there FROM ${other} y) z ON ${isSame("x", "z", plan.key).join(" AND ")} WHERE z.there IS NULL OR ((${isOther}) AND NOT (${same}))`;
  };
  const ctes: Cte[] = [
    ...rowsSql(plan, [["rows_", needed]], writing, tables),
    ...readSql(of),
    ...timedSql(of, plan.before.knownByNs, ""),
    ...(times === "" ? [] : timedSql(of, plan.after.knownByNs, times)),
    ...winnersSql(of, plan.before, { times: "", as: "" }),
    ...winnersSql(of, plan.after, { times, as: "2" }),
    ["moved_", `${moved("winners_", "winners2_", "0")}\nUNION ALL\n${moved("winners2_", "winners_", "1")}`],
  ];
  const order = plan.key.map((i) => `m.${column(i)} ASC NULLS FIRST`).join(", ");
  const cells = diffColumns(plan).map((i) => `m.${column(i)} AS ${column(i)}_`);
  const query = `SELECT ${cells.join(", ")}, ${dialect.cast(`dense_rank() OVER (ORDER BY ${order})`, dialect.int64)} AS key_, ${dialect.cast("m.side", dialect.int64)} AS side_
FROM moved_ m ORDER BY ${order}, m.side`;
  return statementOf(dialect, ctes, query, { prefix, ...tables });
}

/** How many rows the engine reads of a plan's files. */
export function rowsReadSql(plan: DiffPlan, writing: Writing): Statement {
  const { dialect, prefix } = writing;
  const tables = new GivenTables(writing);
  const ctes = rowsSql(plan, [["rows_", [plan.ingested]]], writing, tables);
  const query = `SELECT ${dialect.cast("count(*)", dialect.int64)} AS rowsRead FROM rows_ r`;
  return statementOf(dialect, ctes, query, { prefix, ...tables });
}
