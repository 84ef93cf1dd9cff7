import { countedSql, countSql } from "./counted-sql.js";
import { cast } from "./dialect/cast.js";
import { GivenTables, type Writing } from "./given-tables.js";
import { type LabelsSql, labelsSql, matched } from "./labels-sql.js";
import type { JoinPlan } from "./plan.js";
import { column, rowsSql } from "./rows-sql.js";
import {
  aliveSql,
  decidingColumns,
  each,
  effectiveSql,
  INT64_MIN,
  type Of,
  readColumns,
  readSql,
  where,
} from "./rule-sql.js";
import { type Cte, type Statement, statementOf } from "./statement.js";
import { int64 } from "./stored-expression.js";

/** The columns of a statement of counts of a join, in order; all are int64. */
export const JOIN_COUNTS = [
  "rowsRead",
  "labels",
  "labelsUnplanned",
  "labelsMatched",
  "rowsSelected",
  "rowsByFallback",
  "rowsNotSelectable",
  "rowsAhead",
  "rowsCapturedLater",
  "rowsCaptureUnknown",
  "keysByLaterEvidence",
  "labelsBeforeUsable",
  "maxAsOfTs",
  "maxIngestedTs",
] as const;

/**
 * The rows of a join: of labels that were given their number, of a query's their columns; then the columns that are added, the number
 * of the part and that of the row in the file that it was written to, which are null where nothing held. Labels come in their order,
 * a query's in that of the values to match, of cutoffs and of bounds; the rows of a label in the order of keys.
 */
export function joinSql(plan: JoinPlan, prefix: string, writing: Writing): Statement {
  const added = addedSql(plan, prefix, writing, (cell) => cell);
  return joinedSql(plan, writing, ({ cells }) => [...cells, ...added, "v.o AS part_", "v.n AS row_"]);
}

/** The same as a Parquet file should have it: the columns of the labels, and those that are added. */
export function joinFileSql(plan: JoinPlan, prefix: string, writing: Writing): Statement {
  const added = addedSql(plan, prefix, writing, writing.dialect.output);
  return joinedSql(plan, writing, ({ output }) => [...output, ...added]);
}

/** The columns that are added, of `v`, by their new names. */
function addedSql(
  { columns, answerColumns }: JoinPlan,
  prefix: string,
  { dialect }: Writing,
  output: Writing["dialect"]["output"],
): string[] {
  return columns
    .slice(0, answerColumns)
    .map(({ name, type }, i) => `${output(`v.${column(i)}`, type)} AS ${dialect.quoted(`${prefix}${name}`)}`);
}

function joinedSql(
  plan: JoinPlan,
  writing: Writing,
  select: (labels: LabelsSql) => readonly string[],
): Statement {
  const { dialect, prefix } = writing;
  const needed = decidingColumns(plan);
  const answer = Array.from({ length: plan.answerColumns }, (_, i) => i);
  const tables = new GivenTables(writing);
  const labels = labelsSql(plan, dialect, tables);
  const of = joinOf(plan, writing, needed);
  const reads = [["rows_", needed] as const, ["cells_", answer] as const];
  const keys = plan.key.map((i) => `k${i}`);
  const ctes = [
    ...rowsSql(plan, reads, writing, tables, groupOfPart(plan)),
    ...labels.ctes,
    ...readSql(of),
    ...questionsSql(of),
    ...versionsSql(of),
    ...matchesSql(of, ""),
    [
      "found_",
      `SELECT ${each("m", ["q", "o", "n"])}, ${plan.key.map((i) => `m.${column(i)} AS k${i}`).join(", ")}${answer.map((i) => `, c.${column(i)} AS ${column(i)}`).join("")} FROM cells_ c JOIN matches_ m ON m.o = c.o AND m.n = c.n`,
    ] as const,
    // A label's question is found by what it is: engines may number labels otherwise each time they read them.
    [
      "answers_",
      `SELECT ${each("q", questionColumns(plan))}, ${each("d", ["o", "n", ...keys, ...answer.map(column)])} FROM questions_ q JOIN found_ d ON q.q = d.q`,
    ] as const,
  ];
  const isOwn = questionColumns(plan).map((name) => dialect.same(`x.${name}`, `v.${name}`));
  const order = [...labels.order, ...keys.map((key) => `v.${key}`)];
  const query = `SELECT ${select(labels).join(", ")}
FROM labels_ x LEFT JOIN answers_ v ON ${isOwn.join(" AND ")}
ORDER BY ${order.map((one) => `${one} ASC NULLS FIRST`).join(", ")}`;
  return statementOf(dialect, ctes, query, { prefix, ...tables });
}

/** What provenance counts of a join: one row of `JOIN_COUNTS`. */
export function joinCountsSql(plan: JoinPlan, writing: Writing): Statement {
  const { dialect, prefix } = writing;
  const needed = decidingColumns(plan);
  const tables = new GivenTables(writing);
  const of = joinOf(plan, writing, needed);
  const canEndKeys = plan.partitionIs === "snapshot" || plan.tombstone.length > 0;
  const isTogether = plan.rules.fallback === "dataset";
  const isLost = {
    row: "r.g IS NULL",
    never: "TRUE",
    dataset: "(coalesce(i.fallen, 0) = 0 OR r.g IS NULL)",
  }[plan.rules.fallback];
  const ctes = [
    ...rowsSql(plan, [["rows_", needed]], writing, tables, groupOfPart(plan)),
    ...labelsSql(plan, dialect, tables).ctes,
    ...readSql(of),
    ...questionsSql(of),
    ...versionsSql(of),
    ...matchesSql(of, ""),
    ...(canEndKeys ? matchesSql(of, "2") : []),
    [
      "weighed_",
      `SELECT ${each("m", ["q", "a", "g", "b"])}, q.times AS times, q.t AS t FROM matches_ m JOIN questions_ q ON m.q = q.q`,
    ] as const,
  ];
  const sum = (condition: string) => `coalesce(sum(CASE WHEN ${condition} THEN q.times END), 0)`;
  const isKey = (a: string, b: string) =>
    ["q", ...restOf(plan).map(column)]
      .map((name) => dialect.same(`${a}.${name}`, `${b}.${name}`))
      .join(" AND ");
  const pairs = ["q", ...restOf(plan).map(column)];
  const against = (a: string, b: string) =>
    `${a} m JOIN questions_ q ON m.q = q.q LEFT JOIN (SELECT ${each("z", pairs)}, 1 AS there FROM ${b} z) v ON ${isKey("m", "v")} WHERE v.there IS NULL`;
  const later = canEndKeys
    ? `(SELECT coalesce(sum(q.times), 0) FROM ${against("matches_", "matches2_")} AND m.g <= q.t) + (SELECT coalesce(sum(q.times), 0) FROM ${against("matches2_", "matches_")})`
    : "0";
  const fallen = isTogether
    ? " JOIN parts_ p ON r.o = p.o LEFT JOIN (SELECT w, max(CASE WHEN f THEN 1 ELSE 0 END) AS fallen FROM questions_ GROUP BY w) i ON p.w = i.w"
    : "";
  const unplanned = ["w IS NULL", "t IS NULL", "t > hz", ...(plan.isBounded ? ["kb IS NULL"] : [])].map(
    (condition) => `x.${condition}`,
  );
  const query = countedSql(
    dialect,
    JOIN_COUNTS,
    {
      read: `read_ r${fallen}`,
      given: "labels_ x",
      asked: "questions_ q LEFT JOIN (SELECT DISTINCT q, 1 AS there FROM matches_) m ON q.q = m.q",
      held: "weighed_ q",
    },
    {
      rowsRead: ["read", countSql()],
      labels: ["given", countSql()],
      labelsUnplanned: ["given", countSql(unplanned.join(" OR "))],
      labelsMatched: ["asked", sum("m.there = 1")],
      rowsSelected: ["held", "coalesce(sum(q.times), 0)"],
      rowsByFallback: ["held", sum("q.b")],
      rowsNotSelectable: ["read", countSql(`NOT r.u AND ${isLost}`)],
      rowsAhead: ["read", countSql("r.h")],
      rowsCapturedLater: ["held", sum("q.g > q.t")],
      rowsCaptureUnknown: ["held", sum("q.g IS NULL")],
      keysByLaterEvidence: cast(later, dialect.int64),
      labelsBeforeUsable: isTogether ? ["asked", sum("q.f <> q.f2")] : cast("0", dialect.int64),
      maxAsOfTs: ["held", "max(q.a)"],
      maxIngestedTs: ["held", "max(q.g)"],
    },
  );
  return statementOf(dialect, ctes, query, { prefix, ...tables });
}

/** What a statement about a join is made of. */
type OfJoin = Of & { readonly plan: JoinPlan };

function joinOf(plan: JoinPlan, { dialect }: Writing, needed: readonly number[]): OfJoin {
  return { plan, dialect, needed, isGrouped: true };
}

/** Finds the number of the group that a part is of. */
export function groupOfPart({ groups, parts }: JoinPlan): (part: number) => number {
  const groupOf = new Int32Array(parts.length);
  for (const [group, { firstPart }] of groups.entries())
    groupOf.fill(group, firstPart, groups[group + 1]?.firstPart ?? parts.length);
  return (part) => groupOf[part]!;
}

/** The columns of the key that labels are not joined on. */
function restOf({ key, on }: JoinPlan): number[] {
  return key.filter((i) => !on.includes(i));
}

/** What makes the question of a label: its group, what it matches, its cutoff and bound. */
function questionColumns({ on, isBounded }: JoinPlan): string[] {
  return ["w", ...on.map((_, i) => matched(i)), "t", ...(isBounded ? ["kb"] : [])];
}

/**
 * The distinct questions, `questions_`, with their number `q`, how often each is asked, `times`, and the oldest effective time that
 * they admit; under `dataset`, whether every row goes by its capture for them, `f`, and for what was captured by their cutoffs, `f2`.
 */
function questionsSql({ plan, dialect }: OfJoin): Cte[] {
  const own = questionColumns(plan);
  const order = own.map((name) => `i.${name} ASC NULLS FIRST`).join(", ");
  const { maxAgeNs } = plan;
  const age = maxAgeNs === null ? "" : dialect.wide(dialect.text(String(maxAgeNs)));
  const oldest = `${dialect.wide("i.t")} - ${age}`;
  const least = int64(dialect, INT64_MIN);
  const since =
    maxAgeNs === null
      ? ""
      : `, CASE WHEN ${oldest} < ${dialect.wide(least)} THEN ${least} ELSE ${cast(oldest, dialect.int64)} END AS since`;
  const distinct = `SELECT ${each("i", own)}, ${cast(`row_number() OVER (ORDER BY ${order})`, dialect.int64)} AS q, i.times AS times${since} FROM (SELECT ${each("x", own)}, ${cast("count(*)", dialect.int64)} AS times FROM labels_ x GROUP BY ${own.map((name) => `x.${name}`).join(", ")}) i`;
  if (plan.rules.fallback !== "dataset") return [["questions_", distinct]];
  const falls = (bound: string) =>
    bound === "" ? "coalesce(u.usable, 0) = 0" : `coalesce(u.first_ > ${bound}, TRUE)`;
  const names = [...own, "q", "times", ...(maxAgeNs === null ? [] : ["since"])];
  return [
    ["distinct_", distinct],
    [
      "usable_",
      "SELECT p.w AS w, count(*) AS usable, min(r.g) AS first_ FROM read_ r JOIN parts_ p ON r.o = p.o WHERE r.u GROUP BY p.w",
    ],
    [
      "questions_",
      `SELECT ${each("i", names)}, ${falls(plan.isBounded ? "i.kb" : "")} AS f, ${falls(inTime(plan, "i"))} AS f2 FROM distinct_ i LEFT JOIN usable_ u ON i.w = u.w`,
    ],
  ];
}

/** The bound of a question by which nothing counts that was captured after its cutoff. */
function inTime({ isBounded }: JoinPlan, of: string): string {
  return isBounded ? `CASE WHEN ${of}.kb < ${of}.t THEN ${of}.kb ELSE ${of}.t END` : `${of}.t`;
}

/**
 * The selectable rows of the keys that are asked for, group by group: `versions_`, with `e` and `b`; of snapshots also `k`, the rank
 * of their state.
 */
function versionsSql(of: OfJoin): Cte[] {
  const { plan, dialect } = of;
  const isTogether = plan.rules.fallback === "dataset";
  const columns = readColumns(of);
  // Under `dataset` each row has both times, and a question goes by one of them.
  const timed = (isTogether ? [false, true] : [undefined]).map((fallen) => {
    const [e, b] = effectiveSql(plan, fallen ? "TRUE" : "FALSE");
    const f = fallen === undefined ? "" : `, ${fallen ? "TRUE" : "FALSE"} AS f`;
    return `SELECT ${each("t", columns)}, p.w AS w, ${e} AS e, ${b} AS b${f} FROM read_ t JOIN parts_ p ON t.o = p.o`;
  });
  const isSnapshot = plan.partitionIs === "snapshot";
  const names = [...columns, "w", "e", "b", ...(isTogether ? ["f"] : [])];
  const wanted = ["w", ...plan.on.map((_, i) => matched(i)), ...(isTogether ? ["f"] : [])];
  const isWanted = [
    "t.w = i.w",
    ...plan.on.map((c, i) => dialect.same(`t.${column(c)}`, `i.${matched(i)}`)),
    ...(isTogether ? ["t.f = i.f"] : []),
  ];
  const rank = isSnapshot ? `, coalesce(s.k, ${int64(dialect, 0)}) AS k` : "";
  return [
    ["timed_", timed.join("\nUNION ALL\n")],
    ["wanted_", `SELECT DISTINCT ${each("q", wanted)} FROM questions_ q`],
    [
      "versions_",
      `SELECT ${each("t", names)}${rank} FROM timed_ t JOIN wanted_ i ON ${isWanted.join(" AND ")}${isSnapshot ? " LEFT JOIN rank_ s ON t.o = s.o" : ""} WHERE t.e IS NOT NULL`,
    ],
  ];
}

/**
 * The rows that hold for each question, `matches_`, named with a suffix: with "2" those that would hold by what was captured by its
 * cutoff.
 */
function matchesSql({ plan, dialect, needed }: OfJoin, as: "" | "2"): Cte[] {
  const isTogether = plan.rules.fallback === "dataset";
  const isSnapshot = plan.partitionIs === "snapshot";
  const rest = restOf(plan).map(column);
  const bound = as === "2" ? inTime(plan, "q") : plan.isBounded ? "q.kb" : undefined;
  const isOfQuestion = (of: string) =>
    ["w", ...(isTogether ? ["f"] : [])].map((name) => `${of}.${name} = q.${name}`);
  const isMatched = plan.on.map((c, i) => dialect.same(`v.${column(c)}`, `q.${matched(i)}`));
  const bounds = [
    "v.e <= q.t",
    ...(plan.maxAgeNs === null ? [] : ["v.e >= q.since"]),
    ...(bound === undefined ? [] : [`v.g <= ${bound}`]),
  ];
  const pairOf = ["q.q", ...rest.map((name) => `v.${name}`)].join(", ");
  const kept = ["o", "n", ...needed.map(column), "w", "a", "g", "b"];
  const latest = isSnapshot ? ", max(v.k) AS last_" : "";
  const isBest = rest.map((name) => dialect.same(`v.${name}`, `q.z${name}`));
  const last = ["q", "t", ...(bound === undefined ? [] : ["kb"]), ...kept, ...(isSnapshot ? ["last_"] : [])];
  const asked = ["q", ...questionColumns(plan), ...(isTogether ? ["f"] : [])];
  const ctes: Cte[] = [
    // Grouped: of the pairs of a question and the versions that it may see only the few are ranked that are the latest at once.
    [
      `best${as}_`,
      `SELECT q.q AS q${rest.map((name) => `, v.${name} AS ${name}`).join("")}, max(v.e) AS e${latest} FROM versions_ v JOIN questions_ q ON ${[...isOfQuestion("v"), ...isMatched].join(" AND ")} WHERE ${bounds.join(" AND ")} GROUP BY ${pairOf}`,
    ],
    [
      `asked${as}_`,
      `SELECT ${each("q", asked)}${rest.map((name) => `, b.${name} AS z${name}`).join("")}, b.e AS best_${isSnapshot ? ", b.last_ AS last_" : ""} FROM best${as}_ b JOIN questions_ q ON b.q = q.q`,
    ],
    [
      `last${as}_`,
      `SELECT ${each("y", last)} FROM (SELECT q.q AS q, q.t AS t${bound === undefined ? "" : `, ${bound} AS kb`}, ${each("v", kept)}${isSnapshot ? ", q.last_ AS last_" : ""}, row_number() OVER (PARTITION BY ${pairOf} ORDER BY v.g DESC NULLS LAST, v.o DESC, v.n DESC) AS at_ FROM versions_ v JOIN asked${as}_ q ON ${[...isOfQuestion("v"), ...isMatched, ...isBest, "v.e = q.best_"].join(" AND ")}${bound === undefined ? "" : ` WHERE v.g <= ${bound}`}) y WHERE y.at_ = 1`,
    ],
  ];
  const alive = aliveSql(plan, dialect);
  const names = ["q", ...kept];
  if (!isSnapshot)
    return [...ctes, [`matches${as}_`, `SELECT ${each("l", names)} FROM last${as}_ l${where(alive)}`]];

  const keys = plan.key.map(column);
  const scopes = plan.scope.map(column);
  const isEvidence = [
    "s.k > l.last_",
    "s.held <= l.t",
    ...(bound === undefined ? [] : ["s.captured <= l.kb", "s.unknown = 0"]),
  ].join(" AND ");
  const pair = ["q", ...keys];
  const pairs = pair.map((name) => `l.${name}`).join(", ");
  const counted = (of: string, columns: readonly string[]) =>
    `SELECT ${each("l", pair)}, count(*) AS times FROM last${as}_ l JOIN ${of} d ON ${["d.w = l.w", ...columns.map((name) => dialect.same(`d.${name}`, `l.${name}`))].join(" AND ")} JOIN ranked_ s ON s.w = d.w AND s.k = d.k WHERE ${isEvidence} GROUP BY ${pairs}`;
  const ofPair = (other: string) =>
    pair.map((name) => dialect.same(`l.${name}`, `${other}.${name}`)).join(" AND ");
  return [
    ...ctes,
    // A key is gone where more states after its last one speak for it than hold it: each that holds it speaks for it.
    [`held${as}_`, counted("holds_", keys)],
    [`spoken${as}_`, counted(scopes.length === 0 ? "ranked_" : "speaks_", scopes)],
    [
      `matches${as}_`,
      `SELECT ${each("l", names)} FROM last${as}_ l LEFT JOIN spoken${as}_ s ON ${ofPair("s")} LEFT JOIN held${as}_ h ON ${ofPair("h")}${where(["coalesce(s.times, 0) <= coalesce(h.times, 0)", ...alive])}`,
    ],
  ];
}
