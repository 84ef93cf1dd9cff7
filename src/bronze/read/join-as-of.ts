import { type AnyDataset, datingColumn, daysOfCells } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { metered, type Storage } from "../../storage/index.js";
import type { Cell } from "../../table/index.js";
import { calendar } from "../../time/index.js";
import {
  type AsOfJoin,
  assertLabelColumn,
  type JoinLabel,
  type Label,
  startJoin,
} from "../../travel/index.js";
import { assertNothingLacking, type Presence, presenceOf } from "./frame-columns.js";
import type { JoinOptions } from "./join-options.js";
import { dayWindow } from "./load-days.js";
import { frameOf } from "./load-frame.js";
import { type DaySpan, datesAsked, type NoSpan, noDates } from "./question.js";
import { tracedRead } from "./traced-read.js";

type Options = JoinOptions<Label>;

/**
 * Joins labels with a dataset, each at its own cutoff. Labels that read the same days are answered from one index
 * of the files that can hold an answer, and only one such index is in memory at a time.
 *
 * @throws BronzeError `JOIN_DAYS`, `UNKNOWN_LOOKUP`, `INVALID_ARGUMENT`, `INVALID_INSTANT`, `UNKNOWN_COLUMN`,
 * `MISSING_COLUMN`, and as `loadDays`
 */
export function joinLabels(
  storage: Storage,
  dataset: AnyDataset,
  labels: readonly Label[],
  options: Options,
): Promise<AsOfJoin<Record<string, unknown>>> {
  const { from, to } = options;
  return tracedRead(
    { verb: "joinAsOf", dataset, dates: from !== undefined && to !== undefined ? [from, to] : [] },
    () => joinEach(storage, dataset, labels, options),
    ({ provenance, length, cost }) => ({ parts: provenance.files.length, rows: length, cost }),
  );
}

async function joinEach(
  storage: Storage,
  dataset: AnyDataset,
  labels: readonly Label[],
  options: Options,
): Promise<AsOfJoin<Record<string, unknown>>> {
  const { prefer, includeRuns, onCorrupt, columns, acceptPruned } = options;
  const { reading, cost } = metered(storage);
  const load = dayWindow(reading, dataset, { prefer, includeRuns, onCorrupt, columns, acceptPruned });
  const join = startJoin(dataset, labels, options);
  const groups = labelsByDays(dataset, labels, join.questions, options);
  // Without labels no file is read, but the columns are still the dataset's.
  const looked: Presence[] = [];
  if (groups.length === 0) {
    join.addOnce(frameOf(dataset, [], { columns }), [], []);
    looked.push(presenceOf(dataset, [], [], columns));
  }
  for (const { span, members } of groups) {
    const dates = datesAsked(dataset, span);
    const { frame, presence } = await load(dates, latestCutoff(join.questions, members));
    looked.push(presence);
    join.addOnce(frame, dates, members);
  }
  const joined = join.result(cost());
  assertNothingLacking(dataset, looked);
  return joined;
}

/** The latest cutoff of some labels, by number. */
export function latestCutoff(questions: readonly JoinLabel[], members: readonly number[]): bigint {
  let latest = questions[members[0]!]!.cutoffNs;
  for (const i of members) if (questions[i]!.cutoffNs > latest) latest = questions[i]!.cutoffNs;
  return latest;
}

/** Labels that read the same days. */
interface LabelGroup {
  readonly span: DaySpan | NoSpan;
  /** Label numbers. */
  readonly members: readonly number[];
}

/**
 * What tells which days a label reads: all read the same; a column of the label, or a function; the value of one that is joined
 * on, by position; the day of its cutoff.
 */
export type LabelDays =
  | { readonly by: "all"; readonly span: DaySpan | NoSpan }
  | { readonly by: "date"; readonly date: NonNullable<Options["date"]> }
  | { readonly by: "on"; readonly dating: string; readonly position: number }
  | { readonly by: "cutoff" };

/**
 * What tells which days labels read. Never a guess: the joined values determine the day, or the caller does.
 *
 * @throws BronzeError `JOIN_DAYS`, `INVALID_ARGUMENT`
 */
export function daysOfLabels(dataset: AnyDataset, options: Options): LabelDays {
  const { date, from, to, lookbackDays, on } = options;
  const saysDays = [date, from, to, lookbackDays].some((one) => one !== undefined);
  if (!dataset.isDated && !saysDays) return { by: "all", span: {} };
  if (from !== undefined || to !== undefined) {
    if (from === undefined || to === undefined || date !== undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        "Say which days a join reads by from and to together, or by date, but not by both.",
      );
    }
    return { by: "all", span: { from, to, lookbackDays } };
  }
  if (date !== undefined) return { by: "date", date };
  const dating = datingColumn(dataset);
  if (dating === undefined) throw noDates(dataset.name);
  const position = on.indexOf(dating);
  if (position >= 0) return { by: "on", dating, position };
  if (lookbackDays !== undefined) return { by: "cutoff" };
  throw noDays(dataset, dating, on);
}

/**
 * The days of each label, as groups of labels that read the same, by date.
 *
 * @throws BronzeError `JOIN_DAYS`, `UNKNOWN_LOOKUP`, `INVALID_DATE`, `INVALID_ARGUMENT`
 */
export function labelsByDays(
  dataset: AnyDataset,
  labels: readonly Label[],
  questions: readonly JoinLabel[],
  options: Options,
): LabelGroup[] {
  const days = daysOfLabels(dataset, options);
  if (days.by === "all")
    return labels.length === 0 ? [] : [{ span: days.span, members: labels.map((_, i) => i) }];
  const groups = new Map<string, number[]>();
  for (const [i, own] of datesOfLabels(dataset, labels, questions, days).entries()) {
    const members = groups.get(own);
    if (members) members.push(i);
    else groups.set(own, [i]);
  }
  const { lookbackDays } = options;
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([own, members]) => ({ span: { date: own, lookbackDays }, members }));
}

/** The date of each label, from which the join looks back. */
function datesOfLabels(
  dataset: AnyDataset,
  labels: readonly Label[],
  questions: readonly JoinLabel[],
  days: Exclude<LabelDays, { readonly by: "all" }>,
): string[] {
  switch (days.by) {
    case "date": {
      const { date } = days;
      if (typeof date === "function") return labels.map((label) => date(label));
      return labels.map((label, i) => {
        assertLabelColumn(label, i, date);
        return label[date] as string;
      });
    }
    case "on":
      return datesByKey(
        dataset,
        days.dating,
        questions.map(({ cells }) => cells[days.position]!),
      );
    case "cutoff": {
      const zone = calendar(dataset.timeZone);
      return questions.map(({ cutoffNs }) => zone.date(cutoffNs));
    }
    default:
      return days satisfies never;
  }
}

/** The dates of values that are joined on, by the column or the lookup that dates the dataset's rows. */
export function datesByKey(dataset: AnyDataset, column: string, cells: readonly Cell[]): string[] {
  const { name } = dataset;
  const without = cells.indexOf(null);
  if (without >= 0) {
    throw new BronzeError(
      "JOIN_DAYS",
      `Label ${without} has no ${column}, which tells the day of a row of "${name}"; leave it out, or give date, or from and to.`,
      { dataset: name, column, label: without },
    );
  }
  return daysOfCells(dataset, cells, {
    so: `labels to join with "${name}" have no day`,
    or: "leave those labels out, or give date, or from and to",
  }) as string[];
}

function noDays({ name, dateFrom }: AnyDataset, dating: string, on: readonly string[]): BronzeError {
  const how = typeof dateFrom === "object" ? `${dating}, looked up in the ${dateFrom.source}` : dating;
  return new BronzeError(
    "JOIN_DAYS",
    `Nothing says which days of "${name}" a label reads: its rows are dated by ${how}, and labels are joined on ${on.join(", ")}. ` +
      "Give date (a column of the labels, or a function), lookbackDays (so many days before the day of the label's cutoff, and that day), or from and to.",
    { dataset: name, column: dating, on },
  );
}
