import type { Cell } from "../table/index.js";
import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";
import type { HistoryPlan } from "./plan.js";
import { column } from "./rows-sql.js";
import type { Cte } from "./statement.js";
import { int64, literal } from "./stored-expression.js";

/** Numbers of the columns that decide which rows hold. */
export function decidingColumns(plan: HistoryPlan): number[] {
  const { key, asOf, ingested, snapshotTime, tombstone } = plan;
  const all = [...key, asOf, ingested, snapshotTime, ...tombstone.map(({ column }) => column)];
  return [...new Set(all.filter((i) => i !== null))].sort((a, b) => a - b);
}

/** What a statement is made of. */
export interface Of {
  readonly plan: HistoryPlan;
  readonly dialect: Dialect;
  /** Numbers of the columns that it reads. */
  readonly needed: readonly number[];
  /** Whether parts are of groups, each of which is a history of its own: `w` is the number of a part's group. */
  readonly isGrouped?: boolean;
}

/** Columns by name, each under its own: what an engine calls a `*` of a join is its own affair. */
export function each(of: string, names: readonly string[]): string {
  return names.map((name) => `${of}.${name} AS ${name}`).join(", ");
}

/** The columns of `read_`, and of all steps that are made of it. */
export function readColumns({ needed }: Of): string[] {
  return ["o", "n", ...needed.map(column), "a", "g", "h", "u"];
}

/**
 * Every row with what was written of its times, `read_`: `a` and `g`; `u`, whether `a` can be trusted; `h`, whether it is ahead
 * of its capture. For snapshots also the states in their order.
 */
export function readSql(of: Of): Cte[] {
  const { plan, dialect, needed } = of;
  const { rules } = plan;
  const a = plan.asOf === null ? int64(dialect, null) : `r.${column(plan.asOf)}`;
  const lead = int64(dialect, rules.maxLeadNs ?? 0n);
  const ahead =
    rules.maxLeadNs === null
      ? "(a IS NOT NULL AND g IS NOT NULL AND a > g)"
      : `(a IS NOT NULL AND g IS NOT NULL AND ${dialect.wide("a")} > ${dialect.wide("g")} + ${dialect.wide(lead)})`;
  const usable = [
    "a IS NOT NULL",
    ...(rules.earliestNs === null ? [] : [`a >= ${int64(dialect, rules.earliestNs)}`]),
    ...(rules.maxLeadNs === null ? [] : ["NOT h"]),
  ];
  const trusted = rules.unreliable ? "FALSE" : `coalesce(${usable.join(" AND ")}, FALSE)`;
  const rows = ["o", "n", ...needed.map(column)];
  return [
    [
      "read_",
      `SELECT ${each("t", [...rows, "a", "g", "h"])}, ${trusted} AS u FROM (SELECT ${each("s", [...rows, "a", "g"])}, ${ahead} AS h FROM (SELECT ${each("r", rows)}, ${a} AS a, r.${column(plan.ingested)} AS g FROM rows_ r) s) t`,
    ],
    ...(plan.partitionIs === "snapshot" ? snapshotsSql(of) : []),
  ];
}

/**
 * The effective time of a row of `read_`, and whether that is its capture.
 *
 * @param allFall under `dataset`: whether every row goes by its capture, as a condition
 */
export function effectiveSql({ rules }: HistoryPlan, allFall: string): readonly [e: string, b: string] {
  switch (rules.fallback) {
    case "row":
      return ["CASE WHEN u THEN a ELSE g END", "NOT u"];
    case "never":
      return ["CASE WHEN u THEN a END", "FALSE"];
    case "dataset":
      return [`CASE WHEN ${allFall} THEN g WHEN u THEN a END`, allFall];
    default:
      return rules.fallback satisfies never;
  }
}

/** Under `dataset`: whether every row goes by its capture, for no usable `as_of_ts` was captured by then. */
export function allFallSql(dialect: Dialect, knownByNs: bigint | null): string {
  const known = knownByNs === null ? "" : ` AND g <= ${int64(dialect, knownByNs)}`;
  return `(SELECT count(*) FROM read_ WHERE u${known}) = 0`;
}

/** The states in their order: `states_`, and `rank_` of each part; what each speaks for and holds. */
function snapshotsSql({ plan, dialect, isGrouped = false }: Of): Cte[] {
  const own = plan.snapshotTime === null ? int64(dialect, null) : `max(r.${column(plan.snapshotTime)})`;
  const scopes = plan.scope.map((i) => column(i));
  const group = (of: string) => (isGrouped ? `, ${of}.w AS w` : "");
  const ranks = isGrouped ? ["w", "k"] : ["k"];
  return [
    [
      "own_",
      `SELECT p.o AS o${group("p")}, p.s AS s, coalesce(p.si, m.g) AS captured, coalesce(p.st, m.t) AS told, CASE WHEN p.cu OR coalesce(m.unknown, 0) > 0 THEN 1 ELSE 0 END AS unknown
FROM parts_ p LEFT JOIN (SELECT r.o AS o, max(r.g) AS g, ${own} AS t, count(*) - count(r.g) AS unknown FROM read_ r GROUP BY r.o) m ON p.o = m.o`,
    ],
    [
      "states_",
      `SELECT i.s AS s${isGrouped ? ", max(i.w) AS w" : ""}, max(i.captured) AS captured, coalesce(max(i.told), max(i.captured)) AS held, max(i.unknown) AS unknown FROM own_ i GROUP BY i.s`,
    ],
    [
      "ranked_",
      `SELECT s${isGrouped ? ", w" : ""}, captured, held, unknown, ${cast(`row_number() OVER (${isGrouped ? "PARTITION BY w " : ""}ORDER BY held, captured ASC NULLS FIRST, s)`, dialect.int64)} AS k FROM states_ WHERE held IS NOT NULL`,
    ],
    [
      "rank_",
      `SELECT i.o AS o${group("i")}, r.k AS k, r.captured AS captured, r.held AS held, r.unknown AS unknown FROM own_ i JOIN ranked_ r ON i.s = r.s`,
    ],
    [
      "holds_",
      `SELECT DISTINCT ${each("t", plan.key.map(column))}${group("r")}, r.k AS k FROM read_ t JOIN rank_ r ON t.o = r.o`,
    ],
    ...(plan.scope.length === 0
      ? []
      : ([
          [
            "speaks_",
            `SELECT DISTINCT ${each("c", [...scopes, ...ranks])} FROM (SELECT ${each("t", scopes)}, ${each("r", ranks)} FROM read_ t JOIN rank_ r ON t.o = r.o UNION ALL SELECT ${each("d", scopes)}, ${each("r", ranks)} FROM covers_ d JOIN rank_ r ON d.o = r.o) c`,
          ],
        ] as Cte[])),
  ];
}

/** A WHERE of conditions that all must hold; nothing without any. */
export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
}

/** Rows of `l` that are no tombstones, as conditions. */
export function aliveSql(plan: HistoryPlan, dialect: Dialect): string[] {
  return plan.tombstone.map(({ column: i, values }) => `NOT ${isOneOf(dialect, plan, i, values)}`);
}

function isOneOf(dialect: Dialect, plan: HistoryPlan, i: number, values: readonly Cell[]): string {
  const cells = values.filter((value) => value !== null);
  const own = `l.${column(i)}`;
  const literals = cells.map((cell) => literal(dialect, cell, plan.columns[i]!.type));
  const tests = [
    ...(literals.length === 0 ? [] : [`coalesce(${own} IN (${literals.join(", ")}), FALSE)`]),
    ...(cells.length === values.length ? [] : [`${own} IS NULL`]),
  ];
  return `(${tests.join(" OR ")})`;
}

/** A number of 64 bits, or the least that is one. */
export function atLeastInt64(value: bigint): bigint {
  return value < INT64_MIN ? INT64_MIN : value;
}

export const INT64_MIN = -(2n ** 63n);
