import { type ColumnType, describeType, INSTANT } from "../table/index.js";
import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";
import { int64Columns } from "./dialect/plan-table.js";
import type { GivenTables } from "./given-tables.js";
import type { JoinPlan, LabelColumn, PlanDay, PlanGroupRule, PlanLabelQuery, PlanLabelRows } from "./plan.js";
import { each } from "./rule-sql.js";
import type { Cte } from "./statement.js";
import { givenCell, givenInt64, int64, storedExpression } from "./stored-expression.js";

/** Labels within a statement. */
export interface LabelsSql {
  /**
   * `labels_`: of each `w`, the number of its group, `t`, its cutoff, `j0` and so on, what it is to match, `kb`, where labels are
   * bounded, and `hz`, the latest cutoff that its group was planned for.
   */
  readonly ctes: readonly Cte[];
  /** What tells a label, of `x`: its number, or the columns that come with it as a statement has them. */
  readonly cells: readonly string[];
  /** The columns that come with it, of `x`, as a file should have them. */
  readonly output: readonly string[];
  /** The order of labels, of `x`. */
  readonly order: readonly string[];
}

/** The name of what a label is to match in one of the columns that are joined on. */
export const matched = (position: number): string => `j${position}`;
/** The name of a column that comes with labels. */
const carried = (position: number): string => `y${position}`;

/** Writes the labels of a join. */
export function labelsSql(plan: JoinPlan, dialect: Dialect, tables: GivenTables): LabelsSql {
  const { labels } = plan;
  switch (labels.kind) {
    case "rows":
      return labelsOfRows(plan, labels, dialect, tables);
    case "query":
      return labelsOfQuery(plan, labels, dialect, tables);
    default:
      return labels satisfies never;
  }
}

function labelsOfRows(
  plan: JoinPlan,
  { rows, columns }: PlanLabelRows,
  dialect: Dialect,
  tables: GivenTables,
): LabelsSql {
  const types = plan.on.map((i) => plan.columns[i]!.type);
  const given = [
    ...int64Columns(dialect, ["l", "w", "hz", "t", ...(plan.isBounded ? ["kb"] : [])]),
    ...types.map((type, i) => ({ name: matched(i), type: dialect.type(type) })),
    ...columns.map(({ type }, i) => ({ name: carried(i), type: dialect.type(type) })),
  ];
  const givenRows = rows.map(({ group, cells, cutoffNs, knownByNs, carried: own }, l) => [
    ...[l, group, plan.groups[group]!.horizonNs, cutoffNs, ...(plan.isBounded ? [knownByNs] : [])].map(
      givenInt64,
    ),
    ...cells.map((cell, i) => givenCell(cell, types[i]!)),
    ...own.map((cell, i) => givenCell(cell, columns[i]!.type)),
  ]);
  return {
    ctes: [tables.given("labels_", given, givenRows)],
    cells: ["x.l AS label_"],
    output: columns.map(
      ({ name, type }, i) => `${dialect.output(`x.${carried(i)}`, type)} AS ${dialect.quoted(name)}`,
    ),
    order: ["x.l"],
  };
}

function labelsOfQuery(
  plan: JoinPlan,
  labels: PlanLabelQuery,
  dialect: Dialect,
  tables: GivenTables,
): LabelsSql {
  const { query, columns, on, groupBy } = labels;
  const own = [
    ...columns.map(({ name }, i) => `f.${dialect.quoted(name)} AS ${carried(i)}`),
    ...askedSql(
      labels,
      plan.on.map((i) => plan.columns[i]!.type),
      dialect,
    ),
  ];
  const names = [
    ...columns.map((_, i) => carried(i)),
    ...on.map((_, i) => matched(i)),
    "t",
    ...(plan.isBounded ? ["kb"] : []),
  ];
  const horizons = tables.given(
    "horizons_",
    int64Columns(dialect, ["w", "hz"]),
    plan.groups.map(({ horizonNs }, group) => [group, horizonNs].map(givenInt64)),
  );
  const { ctes, group, join } = groupSql(plan, groupBy, dialect, tables);
  return {
    ctes: [
      horizons,
      ...ctes,
      ["given_", `SELECT ${own.join(", ")} FROM (${query}) f`],
      ["grouped_", `SELECT ${each("y", names)}, ${group} AS w FROM given_ y${join}`],
      [
        "labels_",
        `SELECT ${each("y", [...names, "w"])}, z.hz AS hz FROM grouped_ y LEFT JOIN horizons_ z ON y.w = z.w`,
      ],
    ],
    cells: columns.map(
      ({ name, type }, i) => `${cellSql(dialect, `x.${carried(i)}`, type)} AS ${dialect.quoted(name)}`,
    ),
    output: columns.map(({ name }, i) => `x.${carried(i)} AS ${dialect.quoted(name)}`),
    order: [...on.map((_, i) => `x.${matched(i)}`), "x.t", ...(plan.isBounded ? ["x.kb"] : [])],
  };
}

const TEXT: ColumnType = { kind: "text" };

/** What is read of `f`, a label: what it is to match, its cutoff and bound; its date, where that tells its group. */
function askedSql(
  { columns, isLookedAt, on, cutoff, knownBy, groupBy }: PlanLabelQuery,
  types: readonly ColumnType[],
  dialect: Dialect,
): string[] {
  const typed = (name: string): TypedColumn => ({
    name,
    type: columns.find((column) => column.name === name)!.type!,
  });
  const ofType = (name: string, expression: string, type: ColumnType) => {
    if (isLookedAt) return expression;
    const stored = typed(name).type;
    const condition = dialect.isOfType(`f.${dialect.quoted(name)}`, stored)!;
    const message = `The labels' ${name} is no ${describeType(stored)}`;
    return dialect.checked(condition, expression, message, dialect.type(type));
  };
  const instant = (name: string) => ofType(name, instantSql(dialect, typed(name)), INSTANT);
  const bound =
    knownBy === "cutoff"
      ? instant(cutoff)
      : knownBy !== null && "ns" in knownBy
        ? int64(dialect, knownBy.ns)
        : knownBy !== null && instant(knownBy.column);
  return [
    ...on.map(
      (name, i) => `${ofType(name, matchedSql(dialect, typed(name), types[i]!), types[i]!)} AS ${matched(i)}`,
    ),
    `${instant(cutoff)} AS t`,
    ...(bound === false ? [] : [`${bound} AS kb`]),
    ...(groupBy.by === "date" ? [`${storedExpression(dialect, typed(groupBy.column), TEXT)} AS d`] : []),
  ];
}

/** What is counted of the labels of each group, after what tells it. */
export const LABEL_FACTS = ["labels", "cutoffs", "bounds", "first", "last", "firstBound"] as const;

/**
 * What planning must know of the labels of a query: a row for each group, with what tells it (a date, a value that is matched, the
 * number that `groupBy` has for the day of the cutoff, or nothing), and `LABEL_FACTS`.
 *
 * @param types of the columns that are joined on
 */
export function labelFactsSql(
  labels: PlanLabelQuery,
  types: readonly ColumnType[],
  dialect: Dialect,
): string {
  const bound = labels.knownBy === null ? "t" : "kb";
  const facts: Readonly<Record<(typeof LABEL_FACTS)[number], string>> = {
    labels: "count(*)",
    cutoffs: "count(y.t)",
    bounds: `count(y.${bound})`,
    first: "min(y.t)",
    last: "max(y.t)",
    firstBound: `min(y.${bound})`,
  };
  const group = tellsGroup(labels.groupBy, dialect);
  const counted = LABEL_FACTS.map((name) => cast(facts[name], dialect.int64));
  return `SELECT ${[group, ...counted].map((one, i) => `${one} AS f${i}`).join(", ")} FROM (SELECT ${askedSql(labels, types, dialect).join(", ")} FROM (${labels.query}) f) y GROUP BY ${group}${dialect.settings}`;
}

/** The distinct questions of the labels of a query: what tells their group, cutoff and bound. */
export function labelQuestionsSql(
  labels: PlanLabelQuery,
  types: readonly ColumnType[],
  dialect: Dialect,
): string {
  const group = tellsGroup(labels.groupBy, dialect);
  const bound = labels.knownBy === null ? "" : ", y.kb AS f2";
  return `SELECT DISTINCT ${group} AS f0, y.t AS f1${bound} FROM (SELECT ${askedSql(labels, types, dialect).join(", ")} FROM (${labels.query}) f) y${dialect.settings}`;
}

function tellsGroup(rule: PlanGroupRule, dialect: Dialect): string {
  switch (rule.by) {
    case "all":
      return int64(dialect, 0);
    case "date":
      return "y.d";
    case "on":
      return `y.${matched(rule.position)}`;
    case "cutoff":
      return dayOf(dialect, rule.days);
    default:
      return rule satisfies never;
  }
}

/** A label's value as a cell of the column that it must equal. */
function matchedSql(dialect: Dialect, { name, type }: TypedColumn, wanted: ColumnType): string {
  return wanted.kind === "timestamp"
    ? instantSql(dialect, { name, type })
    : storedExpression(dialect, { name, type }, wanted);
}

/** Epoch nanoseconds of an instant of a label. */
function instantSql(dialect: Dialect, { name, type }: TypedColumn): string {
  const own = `f.${dialect.quoted(name)}`;
  return type.kind === "timestamp" ? dialect.instantNs(own, type) : cast(own, dialect.int64);
}

type TypedColumn = LabelColumn & { readonly type: ColumnType };

/** A column that comes with labels as answers have it: instants in nanoseconds, dates in days. */
function cellSql(dialect: Dialect, own: string, type: ColumnType | undefined): string {
  if (type?.kind === "timestamp") return dialect.instantNs(own, type);
  return type?.kind === "date" ? dialect.days(own) : own;
}

/** The number of the group of `y`, a label. */
function groupSql(
  plan: JoinPlan,
  rule: PlanGroupRule,
  dialect: Dialect,
  tables: GivenTables,
): { readonly ctes: readonly Cte[]; readonly group: string; readonly join: string } {
  switch (rule.by) {
    case "all":
      return { ctes: [], group: int64(dialect, 0), join: "" };
    case "cutoff":
      return { ctes: [], group: dayOf(dialect, rule.days), join: "" };
    case "date":
      return byValue("y.d", TEXT, rule.values);
    case "on":
      return byValue(`y.${matched(rule.position)}`, plan.columns[plan.on[rule.position]!]!.type, rule.values);
    default:
      return rule satisfies never;
  }

  function byValue(own: string, type: ColumnType, values: readonly (readonly [unknown, number])[]) {
    const columns = [{ name: "v", type: dialect.type(type) }, ...int64Columns(dialect, ["w"])];
    const rows = values.map(([value, group]) => [givenCell(value as never, type), givenInt64(group)]);
    return {
      ctes: [tables.given("days_", columns, rows)],
      group: "e.w",
      join: ` LEFT JOIN days_ e ON ${own} = e.v`,
    };
  }
}

/** The group of the day that a cutoff is in, by halves; days ascend. */
function dayOf(dialect: Dialect, days: readonly PlanDay[]): string {
  if (days.length === 0) return int64(dialect, null);
  if (days.length === 1) {
    const { fromNs, toNs, group } = days[0]!;
    return `CASE WHEN y.t >= ${int64(dialect, fromNs)} AND y.t < ${int64(dialect, toNs)} THEN ${int64(dialect, group)} END`;
  }
  const middle = days.length >> 1;
  const [before, after] = [days.slice(0, middle), days.slice(middle)];
  return `CASE WHEN y.t < ${int64(dialect, after[0]!.fromNs)} THEN ${dayOf(dialect, before)} ELSE ${dayOf(dialect, after)} END`;
}
