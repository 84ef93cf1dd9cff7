import { type AnyDataset, type Coverage, calendar, isBronzeError, type Timeline } from "../index.js";
import { dateRange } from "../time/index.js";
import { type Asked, type Extent, isDeep } from "./asked.js";
import { gatherCoverage } from "./gather-coverage.js";
import { gatherHistory, type RawHistory } from "./gather-history.js";
import type { CoverageData } from "./page/data.js";

/** One dataset on one day, before its columns are arranged. */
export interface RawFeed {
  readonly coverage: CoverageData | null;
  readonly history: RawHistory | null;
  readonly refused: string | null;
}

/** A dataset on all its days; the null one is that of a dataset without days. */
export interface Gathered {
  readonly dataset: AnyDataset;
  readonly feeds: ReadonlyMap<string | null, RawFeed>;
  /** What the library says where it cannot tell its days. */
  readonly refused: string | null;
}

/** The first day and the last. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** The days of a dataset that are asked for, `undefined` for none; or why the library cannot tell which it has. */
export type AskedDays = { readonly days: Days | undefined } | { readonly refused: string };

export function askDays(
  { bronze, from, to }: Asked,
  dataset: AnyDataset,
  extent: Extent,
): Promise<AskedDays> {
  return answerOf(async () => {
    if (!dataset.isDated) return { days: undefined };
    if (typeof extent !== "string") {
      const { day } = extent;
      return { days: day === null ? undefined : { from: day, to: day } };
    }
    const dates = await bronze.dates(dataset.name, { from, to });
    return { days: dates.length === 0 ? undefined : { from: from ?? dates[0]!, to: to ?? dates.at(-1)! } };
  });
}

/**
 * What a dataset has, by days. What the library refuses to say of it, or of one of its days, stands in its place.
 *
 * @param others days to look at where the library cannot tell which it has
 */
export async function gatherDataset(
  asked: Asked,
  dataset: AnyDataset,
  extent: Extent,
  known: AskedDays,
  others: Days | undefined,
): Promise<Gathered> {
  if (!dataset.isDated) return gatherUndated(asked, dataset, extent);
  const refusal = "refused" in known ? known.refused : null;
  const days = "refused" in known ? others : known.days;
  const counted = days === undefined ? [] : await coverageDays(asked.bronze, dataset.name, days);
  const feeds = new Map<string | null, RawFeed>();
  // What is wrong with all of it is said once.
  if (refusal !== null && counted.every(({ refused }) => refused !== null))
    return { dataset, feeds, refused: refusal };
  for (const { date, day, refused } of counted) {
    // A day on which something was due and nothing came is shown as well; one on which nothing was due is not.
    if (day && day.source === "none" && !day.slots?.expected && !day.pruned) continue;
    const coverage = day ? gatherCoverage(day, dataset.timeZone) : null;
    const answers = isDeep(extent) ? await askHistory(asked, dataset, date) : NOT_ASKED;
    feeds.set(date, { coverage, ...answers, refused: answers.refused ?? refused });
  }
  return { dataset, feeds, refused: refusal };
}

const NOT_ASKED: Pick<RawFeed, "history" | "refused"> = { history: null, refused: null };

async function gatherUndated(asked: Asked, dataset: AnyDataset, extent: Extent): Promise<Gathered> {
  const isAsked = typeof extent === "string" || extent.day === null;
  if (!isAsked) return { dataset, feeds: new Map(), refused: null };
  const answers = isDeep(extent) ? await askHistory(asked, dataset, null) : NOT_ASKED;
  return { dataset, feeds: new Map([[null, { coverage: null, ...answers }]]), refused: null };
}

/** A day as `coverage` counts it, or what the library says instead. */
interface CountedDay {
  readonly date: string;
  readonly day: Coverage["days"][number] | null;
  readonly refused: string | null;
}

/** The days counted together; where one stops that, each by itself, so that it stops no other. */
async function coverageDays(
  bronze: Asked["bronze"],
  name: string,
  { from, to }: Days,
): Promise<readonly CountedDay[]> {
  const together = await answerOf(() => bronze.coverage(name, { from, to }));
  if (!("refused" in together)) return together.days.map((day) => ({ date: day.date, day, refused: null }));
  if (from === to) return [{ date: from, day: null, ...together }];
  const days: CountedDay[] = [];
  for (const date of dateRange(from, to))
    days.push(...(await coverageDays(bronze, name, { from: date, to: date })));
  return days;
}

/** A day's answers; where the library refuses them, what it says. */
async function askHistory(
  { bronze, lookbackDays }: Asked,
  dataset: AnyDataset,
  date: string | null,
): Promise<Pick<RawFeed, "history" | "refused">> {
  const { name, key } = dataset;
  const span = date === null ? {} : { date, lookbackDays: lookbackDays[name] ?? usualLookback(dataset) };
  const sinceNs = date === null ? null : calendar(dataset.timeZone).startOfDay(date);
  const answers = await answerOf(async () => {
    const timeline = (await bronze.timeline(name, span)) as unknown as Timeline;
    const lean = (await bronze.timeline(name, { ...span, columns: [key[0]!] })) as unknown as Timeline;
    return { history: gatherHistory(timeline, lean, dataset, sinceNs) };
  });
  return { history: null, refused: null, ...answers };
}

/** What held when the day began lies in the day before where each file is a state and its own time dates it. */
function usualLookback({ partitionIs, dateFrom, columns }: AnyDataset): number {
  const ofTheRow = typeof dateFrom === "string" && columns.get(dateFrom)?.type.kind === "timestamp";
  return partitionIs === "snapshot" && ofTheRow ? 1 : 0;
}

/** An answer, or what the library says instead. */
async function answerOf<Answer extends object>(
  ask: () => Promise<Answer>,
): Promise<Answer | { readonly refused: string }> {
  try {
    return await ask();
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { refused: error.message };
  }
}
