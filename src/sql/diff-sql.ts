import { timedSql, winnersSql } from "./as-of-sql.js";
import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";
import { GivenTables, type Writing } from "./given-tables.js";
import type { DiffPlan } from "./plan.js";
import { column, rowsSql } from "./rows-sql.js";
import { decidingColumns, each, readSql } from "./rule-sql.js";
import { type Cte, type Statement, statementOf } from "./statement.js";

/** The numbers of the columns that a diff's rows have: those of the answer, then those of the key that are not among them. */
export function diffColumns({ key, answerColumns }: DiffPlan): number[] {
  return [...Array.from({ length: answerColumns }, (_, i) => i), ...key.filter((i) => i >= answerColumns)];
}

/** The column of a diff's rows that says what became of the row's key: `added`, `before` and `after`, or `gone`. */
export const CHANGE = "change_";

/**
 * The rows that hold at one of two cutoffs and not at the other, and those of a key with other values at both: `CHANGE`, then
 * `diffColumns`, the number of the part and that of the row in the file that it was written to; in the order of keys, of a key the
 * earlier first.
 */
export function diffSql(plan: DiffPlan, writing: Writing): Statement {
  const { dialect } = writing;
  const cells = diffColumns(plan).map((i) => `m.${column(i)} AS ${dialect.quoted(plan.columns[i]!.name)}`);
  return movedSql(plan, writing, [...cells, "m.o AS part_", "m.n AS row_"]);
}

/** The same as a Parquet file should have it: `CHANGE`, and the columns of the answer. */
export function diffFileSql(plan: DiffPlan, writing: Writing): Statement {
  const { dialect } = writing;
  const cells = plan.columns
    .slice(0, plan.answerColumns)
    .map(({ name, type }, i) => `${dialect.output(`m.${column(i)}`, type)} AS ${dialect.quoted(name)}`);
  return movedSql(plan, writing, cells);
}

/** @param cells of `m`, a row that moved */
function movedSql(plan: DiffPlan, writing: Writing, cells: readonly string[]): Statement {
  const { dialect, prefix } = writing;
  const tables = new GivenTables(writing);
  const given = [...new Set([...diffColumns(plan), ...plan.compared])];
  const needed = [...new Set([...given, ...decidingColumns(plan)])].sort((a, b) => a - b);
  const of = { plan, dialect, needed };
  // Which time selects rows hangs on the bound, under one of the fallbacks.
  const times = plan.rules.fallback === "dataset" ? "2" : "";
  const names = ["o", "n", ...given.map(column)];
  const isKey = plan.key.map((i) => dialect.same(`x.${column(i)}`, `z.${column(i)}`)).join(" AND ");
  const isSame = plan.compared.map((i) => sameSql(plan, dialect, i)).join(" AND ") || "TRUE";
  const moved = (own: string, other: string, side: 0 | 1) => {
    const [alone, paired] = (side === 0 ? ["gone", "before"] : ["added", "after"]).map(dialect.text);
    return `SELECT ${each("x", names)}, ${side} AS side, CASE WHEN z.there IS NULL THEN ${alone} ELSE ${paired} END AS ${CHANGE} FROM ${own} x LEFT JOIN (SELECT ${each("y", names)}, 1 AS there FROM ${other} y) z ON ${isKey} WHERE z.there IS NULL OR ((x.o <> z.o OR x.n <> z.n) AND NOT (${isSame}))`;
  };
  const ctes: Cte[] = [
    ...rowsSql(plan, [["rows_", needed]], writing, tables),
    ...readSql(of),
    ...timedSql(of, plan.before.knownByNs, ""),
    ...(times === "" ? [] : timedSql(of, plan.after.knownByNs, times)),
    ...winnersSql(of, plan.before, { times: "", as: "" }),
    ...winnersSql(of, plan.after, { times, as: "2" }),
    ["moved_", `${moved("winners_", "winners2_", 0)}\nUNION ALL\n${moved("winners2_", "winners_", 1)}`],
  ];
  const order = plan.key.map((i) => `m.${column(i)} ASC NULLS FIRST`).join(", ");
  const query = `SELECT ${[`m.${CHANGE} AS ${CHANGE}`, ...cells].join(", ")}
FROM moved_ m
ORDER BY ${order}, m.side`;
  return statementOf(dialect, ctes, query, { prefix, ...tables });
}

/** Whether `x` and `z` have one value in a column: null is null, and NaN is NaN, which not every engine says. */
function sameSql({ columns }: DiffPlan, dialect: Dialect, i: number): string {
  const [x, z] = [`x.${column(i)}`, `z.${column(i)}`];
  const same = dialect.same(x, z);
  if (columns[i]!.type.kind !== "float") return same;
  return `(${same} OR coalesce(${x} <> ${x} AND ${z} <> ${z}, FALSE))`;
}

/** How many rows the engine reads of a plan's files. */
export function rowsReadSql(plan: DiffPlan, writing: Writing): Statement {
  const { dialect, prefix } = writing;
  const tables = new GivenTables(writing);
  const ctes = rowsSql(plan, [["rows_", [plan.ingested]]], writing, tables);
  const query = `SELECT ${cast("count(*)", dialect.int64)} AS rowsRead FROM rows_ r`;
  return statementOf(dialect, ctes, query, { prefix, ...tables });
}
