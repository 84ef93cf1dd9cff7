import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { assertDate, calendar } from "../time/index.js";
import { type AsOfJoin, assertLabelColumn, type JoinLabel, type Label, startJoin } from "../travel/index.js";
import { type DaySpan, datesOf } from "./days.js";
import type { JoinOptions } from "./join-options.js";
import type { Loaded } from "./load-frame.js";

type Options = JoinOptions<Label>;

/** Reads days for questions up to a horizon. */
type Load = (dates: readonly string[], horizonNs: bigint) => Promise<Loaded>;

/**
 * Joins labels with a dataset, each at its own cutoff. Labels that read the same days are answered from one index
 * of the files that can hold an answer, and only one such index is in memory at a time.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `UNKNOWN_COLUMN`, and as the load
 */
export async function joinLabels(
  load: Load,
  dataset: AnyDataset,
  labels: readonly Label[],
  options: Options,
): Promise<AsOfJoin<Record<string, unknown>>> {
  const join = startJoin(dataset, labels, options);
  for (const { span, members } of labelsBySpan(dataset, labels, join.questions, options)) {
    const dates = datesOf(span);
    const loaded = await load(dates, latestCutoff(join.questions, members));
    join.addOnce(loaded.frame, dates, members);
  }
  return join.result();
}

function latestCutoff(questions: readonly JoinLabel[], members: readonly number[]): bigint {
  let latest = questions[members[0]!]!.cutoffNs;
  for (const i of members) if (questions[i]!.cutoffNs > latest) latest = questions[i]!.cutoffNs;
  return latest;
}

interface Group {
  readonly span: DaySpan;
  /** Label numbers. */
  readonly members: number[];
}

/** Groups of labels that read the same days, by date. */
function labelsBySpan(
  dataset: AnyDataset,
  labels: readonly Label[],
  questions: readonly JoinLabel[],
  { date, from, to, lookbackDays }: Options,
): Group[] {
  if (labels.length === 0) return [];
  if (from !== undefined || to !== undefined) {
    if (from === undefined || to === undefined || date !== undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        "Say which days a join reads by from and to together, or by date, but not by both.",
      );
    }
    return [{ span: { from, to, lookbackDays }, members: labels.map((_, i) => i) }];
  }
  const zone = calendar(dataset.timeZone);
  const groups = new Map<string, number[]>();
  labels.forEach((label, i) => {
    const own =
      date === undefined
        ? zone.date(questions[i]!.cutoffNs)
        : typeof date === "function"
          ? date(label)
          : dateOf(label, i, date);
    assertDate(own, `date of label ${i}`);
    const members = groups.get(own);
    if (members) members.push(i);
    else groups.set(own, [i]);
  });
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([own, members]) => ({ span: { date: own, lookbackDays }, members }));
}

function dateOf(label: Label, i: number, column: string): string {
  assertLabelColumn(label, i, column);
  return label[column] as string;
}
