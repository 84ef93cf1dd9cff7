import { countedSql, countSql } from "./counted-sql.js";
import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";
import { GivenTables, type Writing } from "./given-tables.js";
import type { EnginePlan, PlanQuestion } from "./plan.js";
import { column, rowsSql } from "./rows-sql.js";
import {
  aliveSql,
  allFallSql,
  atLeastInt64,
  decidingColumns,
  each,
  effectiveSql,
  type Of,
  readColumns,
  readSql,
  where,
} from "./rule-sql.js";
import { type Cte, type Statement, statementOf } from "./statement.js";
import { int64 } from "./stored-expression.js";

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
  const tables = new GivenTables(writing);
  const of = { plan, dialect, needed };
  const all = [
    ...rowsSql(plan, [["rows_", needed]], writing, tables),
    ...readSql(of),
    ...timedSql(of, plan.question.knownByNs, ""),
    ...winnersSql(of, plan.question, { times: "", as: "" }),
  ];
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
  return statementOf(dialect, all, query, { prefix: writing.prefix, ...tables });
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
  const tables = new GivenTables(writing);
  const of = { plan, dialect, needed };
  const T = int64(dialect, cutoffNs);
  const all = [
    ...rowsSql(plan, [["rows_", needed]], writing, tables),
    ...readSql(of),
    ...timedSql(of, knownByNs, ""),
    ...winnersSql(of, question, { times: "", as: "" }),
    ...(isAsked ? winnersSql(of, { ...question, knownByNs: boundNs }, { times: "", as: "2" }) : []),
  ];
  const key = (a: string, b: string) =>
    plan.key.map((i) => dialect.same(`${a}.${column(i)}`, `${b}.${column(i)}`)).join(" AND ");
  const count = (from: string) => `(SELECT count(*) FROM ${from})`;
  const bounds = boundsSql(question, dialect).join(" AND ");
  const later = isAsked
    ? `(${count(`winners_ w LEFT JOIN (SELECT ${each("z", plan.key.map(column))}, 1 AS there FROM winners2_ z) v ON ${key("w", "v")} WHERE v.there IS NULL AND w.g <= ${T}`)} + ${count(`winners2_ v LEFT JOIN (SELECT ${each("z", plan.key.map(column))}, 1 AS there FROM winners_ z) w ON ${key("w", "v")} WHERE w.there IS NULL`)})`
    : "0";
  const usable =
    rules.fallback === "dataset"
      ? `(${allFallSql(dialect, knownByNs)}) = (${allFallSql(dialect, boundNs)})`
      : "TRUE";
  const query = countedSql(
    dialect,
    COUNTS,
    { read: "timed_ t", won: "winners_ w" },
    {
      rowsRead: ["read", countSql()],
      rowsEligible: ["read", countSql(bounds)],
      rowsAhead: ["read", countSql("t.h")],
      rowsNotSelectable: ["read", countSql("NOT t.u AND t.e IS NULL")],
      rowsSelected: ["won", countSql()],
      rowsByFallback: ["won", countSql("w.b")],
      rowsCapturedLater: ["won", countSql(`w.g > ${T}`)],
      rowsCaptureUnknown: ["won", countSql("w.g IS NULL")],
      keysByLaterEvidence: cast(later, dialect.int64),
      maxAsOfTs: ["won", "max(w.a)"],
      maxIngestedTs: ["won", "max(w.g)"],
      asOfUsableByCutoff: usable,
    },
  );
  return statementOf(dialect, all, query, { prefix: writing.prefix, ...tables });
}

/** Every row of `read_` with `e`, its effective time, and `b`, whether that is its capture: `timed_`, named with a suffix. */
export function timedSql(of: Of, knownByNs: bigint | null, as: string): Cte[] {
  const { plan, dialect } = of;
  const isTogether = plan.rules.fallback === "dataset";
  const [e, b] = effectiveSql(plan, "l.f");
  return [
    ...(isTogether ? ([[`rule${as}_`, `SELECT (${allFallSql(dialect, knownByNs)}) AS f`]] as Cte[]) : []),
    [
      `timed${as}_`,
      `SELECT ${each("t", readColumns(of))}, ${e} AS e, ${b} AS b FROM read_ t${isTogether ? ` CROSS JOIN rule${as}_ l` : ""}`,
    ],
  ];
}

/** Whether a row of `t` may hold, as conditions. */
function boundsSql({ maxAgeNs, cutoffNs, knownByNs }: PlanQuestion, dialect: Dialect): string[] {
  const n = (value: bigint) => int64(dialect, atLeastInt64(value));
  return [
    `t.e <= ${n(cutoffNs)}`,
    ...(maxAgeNs === null ? [] : [`t.e >= ${n(cutoffNs - maxAgeNs)}`]),
    ...(knownByNs === null ? [] : [`t.g <= ${n(knownByNs)}`]),
  ];
}

/** `eligible_` and `winners_` of a question, over the `timed_` of a suffix; named with a suffix. */
export function winnersSql(
  { plan, dialect, needed }: Of,
  question: PlanQuestion,
  { times, as }: { readonly times: string; readonly as: string },
): Cte[] {
  const { cutoffNs, knownByNs } = question;
  const isSnapshot = plan.partitionIs === "snapshot";
  const n = (value: bigint) => int64(dialect, atLeastInt64(value));
  const bounds = boundsSql(question, dialect);
  const keys = plan.key.map((i) => column(i));
  const timed = ["o", "n", ...needed.map(column), "a", "g", "h", "u", "e", "b"];
  const partition = keys.map((key) => `x.${key}`).join(", ");
  const latest = isSnapshot ? `, max(x.k) OVER (PARTITION BY ${partition}) AS last_` : "";
  const kept = isSnapshot ? [...timed, "last_"] : timed;
  const own = keys.map((key) => `l.${key}`).join(", ");
  const ownNamed = each("l", keys);
  const alive = aliveSql(plan, dialect);
  const ctes: Cte[] = [
    [
      `eligible${as}_`,
      isSnapshot
        ? `SELECT ${each("t", timed)}, coalesce(r.k, ${n(0n)}) AS k FROM timed${times}_ t LEFT JOIN rank_ r ON t.o = r.o WHERE ${bounds.join(" AND ")}`
        : `SELECT ${each("t", timed)} FROM timed${times}_ t WHERE ${bounds.join(" AND ")}`,
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
