import type { Cell } from "../table/index.js";
import type { Dialect } from "./dialect.js";
import type { EnginePlan, PlanQuestion } from "./plan.js";
import { column, rowsSql, type Writing } from "./rows-sql.js";
import { type Cte, type Statement, statementOf } from "./statement.js";
import { int64, literal } from "./stored-expression.js";

/** The columns of a statement of counts, in order; all are int64 but the last, which is a boolean. */
export const COUNTS = [
  "rowsRead",
  "rowsEligible",
  "rowsAhead",
  "rowsNotSelectable",
  "rowsSelected",
  "rowsByFallback",
  "rowsCapturedLater",
  "rowsCaptureUnknown",
  "keysByLaterEvidence",
  "maxAsOfTs",
  "maxIngestedTs",
  "asOfUsableByCutoff",
] as const;

/**
 * The answer: the columns of it, then the number of the part and the number of the row in the file that it was written to, in
 * the order of keys.
 *
 * @param asFile whether columns are as a Parquet file should have them, and nothing but those of the answer
 */
export function answerSql(plan: EnginePlan, writing: Writing, asFile = false): Statement {
  const { dialect } = writing;
  const needed = plan.columns.map((_, i) => i);
  const { ctes, setup, teardown } = rowsSql(plan, needed, writing);
  const of = { plan, dialect, needed };
  const all = [...ctes, ...timesSql(of), ...winnersSql(of, plan.question, "")];
  const answer = plan.columns.slice(0, plan.answerColumns);
  const cells = answer.map(({ name, type }, i) =>
    asFile
      ? `${dialect.output(`w.${column(i)}`, type)} AS ${dialect.quoted(name)}`
      : `w.${column(i)} AS ${dialect.quoted(name)}`,
  );
  const place = asFile ? [] : ["w.o AS part_", "w.n AS row_"];
  const query = `SELECT ${[...cells, ...place].join(", ")}
FROM winners_ w
ORDER BY ${plan.key.map((i) => `w.${column(i)} ASC NULLS FIRST`).join(", ")}`;
  return statementOf(dialect, all, query, { prefix: writing.prefix, setup, teardown });
}

/** What provenance counts: one row of `COUNTS`. */
export function countsSql(plan: EnginePlan, writing: Writing): Statement {
  const { dialect } = writing;
  const { question, rules } = plan;
  const { cutoffNs, knownByNs } = question;
  const boundNs = knownByNs !== null && knownByNs < cutoffNs ? knownByNs : cutoffNs;
  const canEndKeys = plan.partitionIs === "snapshot" || plan.tombstone.length > 0;
  const isAsked = canEndKeys && boundNs !== knownByNs;
  const needed = decidingColumns(plan);
  const { ctes, setup, teardown } = rowsSql(plan, needed, writing);
  const of = { plan, dialect, needed };
  const T = int64(dialect, cutoffNs);
  const all = [
    ...ctes,
    ...timesSql(of),
    ...winnersSql(of, question, ""),
    ...(isAsked ? winnersSql(of, { ...question, knownByNs: boundNs }, "2") : []),
  ];
  const key = (a: string, b: string) =>
    plan.key.map((i) => dialect.same(`${a}.${column(i)}`, `${b}.${column(i)}`)).join(" AND ");
  const count = (from: string) => `(SELECT count(*) FROM ${from})`;
  const later = isAsked
    ? `(${count(`winners_ w LEFT JOIN (SELECT ${each("z", plan.key.map(column))}, 1 AS there FROM winners2_ z) v ON ${key("w", "v")} WHERE v.there IS NULL AND w.g <= ${T}`)} + ${count(`winners2_ v LEFT JOIN (SELECT ${each("z", plan.key.map(column))}, 1 AS there FROM winners_ z) w ON ${key("w", "v")} WHERE w.there IS NULL`)})`
    : "0";
  const usable =
    rules.fallback === "dataset"
      ? `(${allFallSql(dialect, knownByNs)}) = (${allFallSql(dialect, boundNs)})`
      : "TRUE";
  const n = (expression: string) => dialect.cast(expression, dialect.int64);
  const counts: Readonly<Record<(typeof COUNTS)[number], string>> = {
    rowsRead: n(count("rows_")),
    rowsEligible: n(count("eligible_")),
    rowsAhead: n(count("timed_ WHERE h")),
    rowsNotSelectable: n(count("timed_ WHERE NOT u AND e IS NULL")),
    rowsSelected: n(count("winners_")),
    rowsByFallback: n(count("winners_ WHERE b")),
    rowsCapturedLater: n(count(`winners_ WHERE g > ${T}`)),
    rowsCaptureUnknown: n(count("winners_ WHERE g IS NULL")),
    keysByLaterEvidence: n(later),
    maxAsOfTs: "(SELECT max(a) FROM winners_)",
    maxIngestedTs: "(SELECT max(g) FROM winners_)",
    asOfUsableByCutoff: usable,
  };
  const query = `SELECT ${COUNTS.map((name) => `${counts[name]} AS ${name}`).join(", ")}`;
  return statementOf(dialect, all, query, { prefix: writing.prefix, setup, teardown });
}

/** Numbers of the columns that decide which rows hold. */
function decidingColumns(plan: EnginePlan): number[] {
  const { key, asOf, ingested, snapshotTime, tombstone } = plan;
  const all = [...key, asOf, ingested, snapshotTime, ...tombstone.map(({ column }) => column)];
  return [...new Set(all.filter((i) => i !== null))].sort((a, b) => a - b);
}

/** What a statement is made of. */
interface Of {
  readonly plan: EnginePlan;
  readonly dialect: Dialect;
  /** Numbers of the columns that it reads. */
  readonly needed: readonly number[];
}

/** Columns by name, each under its own: what an engine calls a `*` of a join is its own affair. */
function each(of: string, names: readonly string[]): string {
  return names.map((name) => `${of}.${name} AS ${name}`).join(", ");
}

/**
 * Every row with its times: `a` and `g`, as they were written; `u`, whether `a` can be trusted; `h`, whether it is ahead of
 * its capture; `e`, the effective time; `b`, whether that is the capture. For snapshots also their ranks: `rank_`, of parts.
 */
function timesSql({ plan, dialect, needed }: Of): Cte[] {
  const { rules, question } = plan;
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
  const effective: readonly [e: string, b: string] = (() => {
    switch (rules.fallback) {
      case "row":
        return ["CASE WHEN u THEN a ELSE g END", "NOT u"] as const;
      case "never":
        return ["CASE WHEN u THEN a END", "FALSE"] as const;
      case "dataset":
        return ["CASE WHEN l.f THEN g WHEN u THEN a END", "l.f"] as const;
      default:
        return rules.fallback satisfies never;
    }
  })();
  const isTogether = rules.fallback === "dataset";
  const rows = ["o", "n", ...needed.map(column)];
  return [
    [
      "read_",
      `SELECT ${each("t", [...rows, "a", "g", "h"])}, ${trusted} AS u FROM (SELECT ${each("s", [...rows, "a", "g"])}, ${ahead} AS h FROM (SELECT ${each("r", rows)}, ${a} AS a, r.${column(plan.ingested)} AS g FROM rows_ r) s) t`,
    ],
    ...(isTogether ? ([["rule_", `SELECT (${allFallSql(dialect, question.knownByNs)}) AS f`]] as Cte[]) : []),
    [
      "timed_",
      `SELECT ${each("t", [...rows, "a", "g", "h", "u"])}, ${effective[0]} AS e, ${effective[1]} AS b FROM read_ t${isTogether ? " CROSS JOIN rule_ l" : ""}`,
    ],
    ...(plan.partitionIs === "snapshot" ? snapshotsSql(plan, dialect) : []),
  ];
}

/** Under `dataset`: whether every row goes by its capture, for no usable `as_of_ts` was captured by then. */
function allFallSql(dialect: Dialect, knownByNs: bigint | null): string {
  const known = knownByNs === null ? "" : ` AND g <= ${int64(dialect, knownByNs)}`;
  return `(SELECT count(*) FROM read_ WHERE u${known}) = 0`;
}

/** The states in their order: `states_`, and `rank_` of each part; what each speaks for and holds. */
function snapshotsSql(plan: EnginePlan, dialect: Dialect): Cte[] {
  const own = plan.snapshotTime === null ? int64(dialect, null) : `max(r.${column(plan.snapshotTime)})`;
  const scopes = plan.scope.map((i) => column(i)).join(", ");
  return [
    [
      "own_",
      `SELECT p.o AS o, p.s AS s, coalesce(p.si, m.g) AS captured, coalesce(p.st, m.t, p.si, m.g) AS held, CASE WHEN p.cu OR coalesce(m.unknown, 0) > 0 THEN 1 ELSE 0 END AS unknown
FROM parts_ p LEFT JOIN (SELECT r.o AS o, max(r.g) AS g, ${own} AS t, count(*) - count(r.g) AS unknown FROM read_ r GROUP BY r.o) m ON p.o = m.o`,
    ],
    [
      "states_",
      `SELECT w.s AS s, max(w.captured) AS captured, max(w.held) AS held, max(w.unknown) AS unknown FROM own_ w GROUP BY w.s`,
    ],
    [
      "ranked_",
      `SELECT s, captured, held, unknown, ${dialect.cast("row_number() OVER (ORDER BY held, captured ASC NULLS FIRST, s)", dialect.int64)} AS k FROM states_ WHERE held IS NOT NULL`,
    ],
    [
      "rank_",
      "SELECT w.o AS o, r.k AS k, r.captured AS captured, r.held AS held, r.unknown AS unknown FROM own_ w JOIN ranked_ r ON w.s = r.s",
    ],
    [
      "holds_",
      `SELECT DISTINCT ${each("t", plan.key.map(column))}, r.k AS k FROM read_ t JOIN rank_ r ON t.o = r.o`,
    ],
    ...(plan.scope.length === 0
      ? []
      : ([
          [
            "speaks_",
            `SELECT DISTINCT ${scopes}, k FROM (SELECT ${plan.scope.map((i) => `t.${column(i)} AS ${column(i)}`).join(", ")}, r.k AS k FROM read_ t JOIN rank_ r ON t.o = r.o UNION ALL SELECT ${plan.scope.map((i) => `d.${column(i)} AS ${column(i)}`).join(", ")}, r.k AS k FROM covers_ d JOIN rank_ r ON d.o = r.o) c`,
          ],
        ] as Cte[])),
  ];
}

/** `eligible_` and `winners_` of a question, which has the same times as the plan's own; named with a suffix. */
function winnersSql({ plan, dialect, needed }: Of, question: PlanQuestion, as: string): Cte[] {
  const { cutoffNs, knownByNs, maxAgeNs } = question;
  const isSnapshot = plan.partitionIs === "snapshot";
  const n = (value: bigint) => int64(dialect, value < INT64_MIN ? INT64_MIN : value);
  const bounds = [
    `t.e <= ${n(cutoffNs)}`,
    ...(maxAgeNs === null ? [] : [`t.e >= ${n(cutoffNs - maxAgeNs)}`]),
    ...(knownByNs === null ? [] : [`t.g <= ${n(knownByNs)}`]),
  ];
  const keys = plan.key.map((i) => column(i));
  const timed = ["o", "n", ...needed.map(column), "a", "g", "h", "u", "e", "b"];
  const partition = keys.map((key) => `x.${key}`).join(", ");
  const latest = isSnapshot ? `, max(x.k) OVER (PARTITION BY ${partition}) AS last_` : "";
  const kept = isSnapshot ? [...timed, "last_"] : timed;
  const own = keys.map((key) => `l.${key}`).join(", ");
  const ownNamed = each("l", keys);
  const alive = plan.tombstone.map(({ column: i, values }) => `NOT ${isOneOf(dialect, plan, i, values)}`);
  const ctes: Cte[] = [
    [
      `eligible${as}_`,
      isSnapshot
        ? `SELECT ${each("t", timed)}, coalesce(r.k, ${n(0n)}) AS k FROM timed_ t LEFT JOIN rank_ r ON t.o = r.o WHERE ${bounds.join(" AND ")}`
        : `SELECT ${each("t", timed)} FROM timed_ t WHERE ${bounds.join(" AND ")}`,
    ],
    [
      `last${as}_`,
      `SELECT ${each("y", kept)} FROM (SELECT ${each("x", timed)}, row_number() OVER (PARTITION BY ${partition} ORDER BY x.e DESC, x.g DESC NULLS LAST, x.o DESC, x.n DESC) AS at_${latest} FROM eligible${as}_ x) y WHERE y.at_ = 1`,
    ],
  ];
  if (!isSnapshot)
    return [...ctes, [`winners${as}_`, `SELECT ${each("l", timed)} FROM last${as}_ l${where(alive)}`]];

  const evidence = [
    `held <= ${n(cutoffNs)}`,
    ...(knownByNs === null ? [] : [`captured <= ${n(knownByNs)}`, "unknown = 0"]),
  ].join(" AND ");
  const isHeld = keys.map((key) => dialect.same(`l.${key}`, `h.${key}`)).join(" AND ");
  const scopes = plan.scope.map(column);
  const isSpoken = plan.scope.map((i) => dialect.same(`l.${column(i)}`, `c.${column(i)}`)).join(" AND ");
  ctes.push(
    [`evidence${as}_`, `SELECT k FROM ranked_ WHERE ${evidence}`],
    // A key is gone where more states after its last one speak for it than hold it: each that holds it speaks for it.
    [
      `held${as}_`,
      `SELECT ${ownNamed}, count(*) AS times FROM last${as}_ l JOIN (SELECT ${each("d", [...keys, "k"])} FROM holds_ d JOIN evidence${as}_ v ON d.k = v.k) h ON ${isHeld} WHERE h.k > l.last_ GROUP BY ${own}`,
    ],
    plan.scope.length === 0
      ? [
          `spoken${as}_`,
          `SELECT l.last_ AS last_, count(*) AS times FROM (SELECT DISTINCT y.last_ AS last_ FROM last${as}_ y) l CROSS JOIN evidence${as}_ v WHERE v.k > l.last_ GROUP BY l.last_`,
        ]
      : [
          `spoken${as}_`,
          `SELECT ${ownNamed}, count(*) AS times FROM last${as}_ l JOIN (SELECT ${each("d", [...scopes, "k"])} FROM speaks_ d JOIN evidence${as}_ v ON d.k = v.k) c ON ${isSpoken} WHERE c.k > l.last_ GROUP BY ${own}`,
        ],
  );
  const ofKey = (other: string) =>
    keys.map((key) => dialect.same(`l.${key}`, `${other}.${key}`)).join(" AND ");
  const spokenOn = plan.scope.length === 0 ? "l.last_ = s.last_" : ofKey("s");
  ctes.push([
    `winners${as}_`,
    `SELECT ${each("l", timed)} FROM last${as}_ l LEFT JOIN spoken${as}_ s ON ${spokenOn} LEFT JOIN held${as}_ h ON ${ofKey("h")}${where(["coalesce(s.times, 0) <= coalesce(h.times, 0)", ...alive])}`,
  ]);
  return ctes;
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
}

function isOneOf(dialect: Dialect, plan: EnginePlan, i: number, values: readonly Cell[]): string {
  const cells = values.filter((value) => value !== null);
  const own = `l.${column(i)}`;
  const literals = cells.map((cell) => literal(dialect, cell, plan.columns[i]!.type));
  const tests = [
    ...(literals.length === 0 ? [] : [`coalesce(${own} IN (${literals.join(", ")}), FALSE)`]),
    ...(cells.length === values.length ? [] : [`${own} IS NULL`]),
  ];
  return `(${tests.join(" OR ")})`;
}

const INT64_MIN = -(2n ** 63n);
