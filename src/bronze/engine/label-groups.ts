import { BronzeError } from "../../errors.js";
import {
  LABEL_FACTS,
  type PlanDay,
  type PlanGroupRule,
  type PlanLabelQuery,
  type StatementWriter,
} from "../../sql/index.js";
import { type ColumnType, cellReader } from "../../table/index.js";
import { calendar, dateRange, toEpochNs } from "../../time/index.js";
import type { PointInTime } from "../../travel/index.js";
import { datesByKey, daysOfLabels, type LabelDays } from "../read/join-as-of.js";
import { assertDates, isInteger, type LabelQuery } from "./label-query.js";
import type { AskedJoin, JoinGroup } from "./plan-join.js";
import { resultColumn } from "./result-column.js";

/** What is known of the labels of a group. */
interface Fact {
  /** What tells the group. */
  readonly told: unknown;
  readonly latestNs: bigint;
  readonly firstNs: bigint;
}

/** Looks at the labels, group by group. @throws BronzeError `INVALID_INSTANT` for labels without an instant */
async function factsOf(query: PlanLabelQuery, asked: Asking): Promise<Fact[]> {
  const { cutoff, knownBy, columns } = query;
  const facts: Fact[] = [];
  for (const [told, ...counts] of await asked.run(
    asked.engine.compiler.labelFactsSql(query, asked.types, asked.engine.dialect),
  )) {
    const number = (name: (typeof LABEL_FACTS)[number]) =>
      BigInt(counts[LABEL_FACTS.indexOf(name)] as bigint);
    const bound = knownBy !== null && knownBy !== "cutoff" && "column" in knownBy ? knownBy.column : cutoff;
    for (const [name, found, first] of [
      [cutoff, "cutoffs", "first"],
      [bound, "bounds", "firstBound"],
    ] as const) {
      if (number(found) < number("labels"))
        throw new BronzeError(
          "INVALID_INSTANT",
          `${number("labels") - number(found)} labels of the query have no "${name}".`,
          { column: name },
        );
      // Milliseconds, taken for nanoseconds.
      if (isInteger(columns.find((column) => column.name === name)?.type))
        toEpochNs(number(first), `"${name}" of a label`);
    }
    facts.push({ told, latestNs: number("last"), firstNs: number("first") });
  }
  return facts;
}

/** How labels are looked at. */
interface Asking {
  readonly run: (sql: string) => Promise<unknown[][]>;
  readonly engine: StatementWriter;
  /** Of the columns that are joined on. */
  readonly types: readonly ColumnType[];
}

/** Asks which days the labels read. @throws BronzeError as `labelsByDays` */
export async function groupsOf(
  { dataset, options }: AskedJoin,
  labels: LabelQuery,
  asking: Asking,
): Promise<{ readonly groups: readonly JoinGroup[]; readonly groupBy: PlanGroupRule }> {
  const days = daysOfLabels(dataset, options);
  const { lookbackDays } = options;
  if (days.by === "all") {
    const groupBy = { by: "all" } as const;
    const facts = await factsOf({ ...labels, groupBy }, asking);
    const groups = facts.map(({ latestNs }) => ({ span: days.span, latestNs }));
    return { groupBy, groups: withQuestions(groups, { ...labels, groupBy }, asking, () => 0) };
  }

  const { dated, ruleOf } = await datesTold(days);
  const dates = [...new Set(dated.map(({ date }) => date))].sort();
  const groupOf = new Map(dated.map(({ fact, date }) => [String(fact.told), dates.indexOf(date)]));
  const groupBy = ruleOf(dated.map(({ fact, date }) => [fact.told, dates.indexOf(date)] as const));
  const groups = dates.map((date) => {
    const own = dated.filter((one) => one.date === date).map(({ fact }) => fact.latestNs);
    return { span: { date, lookbackDays }, latestNs: own.reduce((a, b) => (a > b ? a : b)) };
  });
  return {
    groupBy,
    groups: withQuestions(groups, { ...labels, groupBy }, asking, (told) => groupOf.get(String(told))!),
  };

  /** The dates that labels read, by what tells them, and how statements find the group by that. */
  async function datesTold(days: Exclude<LabelDays, { readonly by: "all" }>): Promise<{
    readonly dated: readonly { readonly fact: Fact; readonly date: string }[];
    readonly ruleOf: (groups: readonly (readonly [told: unknown, group: number])[]) => PlanGroupRule;
  }> {
    switch (days.by) {
      case "date": {
        const { date: column } = days;
        if (typeof column === "function")
          throw new BronzeError(
            "INVALID_ARGUMENT",
            "date is a function, which labels of a query are not given to: have the query give the date in a column, and name that.",
          );
        assertDates(labels.columns, column);
        const facts = await factsOf({ ...labels, groupBy: { by: "date", column, values: [] } }, asking);
        return {
          dated: facts.map((fact) => ({ fact, date: fact.told as string })),
          ruleOf: (values) => ({ by: "date", column, values: values as [string, number][] }),
        };
      }
      case "on": {
        const { position, dating } = days;
        const facts = await factsOf({ ...labels, groupBy: { by: "on", position, values: [] } }, asking);
        const type = asking.types[position]!;
        const column = resultColumn(
          type,
          facts.map(({ told }) => told),
        );
        const cell = cellReader(column, dataset.columns.get(options.on[position]!)!.integers);
        const cells = facts.map((_, i) => cell(i));
        const dates = datesByKey(dataset, dating, cells);
        const cellOf = new Map(facts.map(({ told }, i) => [told, cells[i]!]));
        return {
          dated: facts.map((fact, i) => ({ fact, date: dates[i]! })),
          ruleOf: (values) => ({
            by: "on",
            position,
            values: values.map(([told, group]) => [cellOf.get(told)!, group]),
          }),
        };
      }
      case "cutoff": {
        const zone = calendar(dataset.timeZone);
        const [all] = await factsOf({ ...labels, groupBy: { by: "all" } }, asking);
        const dates = all ? dateRange(zone.date(all.firstNs), zone.date(all.latestNs)) : [];
        const planned = dates.map(
          (date, group): PlanDay => ({ fromNs: zone.startOfDay(date), toNs: zone.endOfDay(date), group }),
        );
        const facts = await factsOf({ ...labels, groupBy: { by: "cutoff", days: planned } }, asking);
        return {
          dated: facts.map((fact) => ({ fact, date: dates[Number(fact.told)]! })),
          ruleOf: (values) => ({
            by: "cutoff",
            days: values
              .map(([told, group]) => ({ ...planned[Number(told)]!, group }))
              .sort((a, b) => a.group - b.group),
          }),
        };
      }
      default:
        return days satisfies never;
    }
  }
}

/** Groups that can be asked for their questions: all labels are, once, when some group needs them. */
function withQuestions(
  groups: readonly Omit<JoinGroup, "questions">[],
  labels: PlanLabelQuery,
  { run, types, engine }: Asking,
  groupOf: (told: unknown) => number,
): JoinGroup[] {
  let all: Promise<readonly PointInTime[][]> | undefined;
  const ask = async () => {
    const questions: PointInTime[][] = groups.map(() => []);
    // The day of a cutoff is told by the number of its group.
    const own = labels.groupBy.by === "cutoff" ? Number : groupOf;
    for (const [told, cutoff, bound] of await run(
      engine.compiler.labelQuestionsSql(labels, types, engine.dialect),
    ))
      questions[own(told)]!.push({
        cutoffNs: BigInt(cutoff as bigint),
        knownByNs: labels.knownBy === null ? undefined : BigInt(bound as bigint),
      });
    return questions;
  };
  return groups.map((group, i) => ({
    ...group,
    questions: async () => {
      all ??= ask();
      return (await all)[i]!;
    },
  }));
}
