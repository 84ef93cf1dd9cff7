import {
  type AnyDataset,
  type BronzeStore,
  type Coverage,
  calendar,
  formatInstant,
  isBronzeError,
  type Timeline,
} from "../index.js";
import { LIBRARY_VERSION } from "../version.js";
import { arrangeColumns, arranged } from "./arrange-columns.js";
import { dayEvents, type ReportEvent } from "./day-events.js";
import { dayWindow, historyInstants } from "./day-window.js";
import { gatherCheck, gatherFreshness, type ReportCheck } from "./gather-checks.js";
import { gatherCoverage } from "./gather-coverage.js";
import { type AnyGold, cutoffsOfSlates, gatherGold } from "./gather-gold.js";
import { gatherHistory, type RawHistory } from "./gather-history.js";
import type { CheckData, CoverageData, DatasetData, DayData, FeedDay, ReportData } from "./page/data.js";
import { zoneSpans } from "./zone-spans.js";

/** What is asked for, checked. */
interface Asked {
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  readonly title: string;
  readonly datasets: readonly AnyDataset[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly lookbackDays: Readonly<Record<string, number>>;
  readonly events: readonly ReportEvent[];
  readonly gold: AnyGold | undefined;
  readonly checks: readonly ReportCheck[];
}

/** One dataset on one day, before its columns are arranged. */
interface RawFeed {
  readonly coverage: CoverageData | null;
  readonly history: RawHistory | null;
  readonly refused: string | null;
}

/** A dataset on all its days; the null one is that of a dataset without days. */
interface Gathered {
  readonly dataset: AnyDataset;
  readonly feeds: ReadonlyMap<string | null, RawFeed>;
}

/** Asks a store for all that a page shows. */
export async function gather(asked: Asked): Promise<ReportData> {
  const { bronze, title, datasets, events } = asked;
  const all: Gathered[] = [];
  for (const dataset of datasets) all.push(await gatherDataset(asked, dataset));

  const dates = [...new Set(all.flatMap(({ feeds }) => [...feeds.keys()]))]
    .filter((date) => date !== null)
    .sort();
  const withoutDays = all.some(({ feeds }) => feeds.has(null)) ? [null] : [];
  const arrangements = all.map(({ dataset, feeds }) =>
    arrangeColumns(
      dataset,
      [...feeds.values()].flatMap(({ history }) => history ?? []),
    ),
  );
  const gold = asked.gold ? await gatherGold(asked.gold, { from: asked.from, to: asked.to }) : null;
  const checks: CheckData[] = [];
  for (const check of asked.checks) checks.push(await gatherCheck(check));
  const days = [...dates, ...withoutDays].map((date): DayData => {
    const feeds = all.map(({ dataset, feeds }, i): FeedDay | null => {
      const feed = feeds.get(date);
      return feed
        ? {
            ...feed,
            history: feed.history && arranged(feed.history, dataset, arrangements[i]!),
          }
        : null;
    });
    const zone = datasets[feeds.findIndex((feed) => feed !== null)]!.timeZone;
    const groups = new Set(
      feeds.flatMap((feed) => feed?.history?.keys.flatMap(({ group }) => group ?? []) ?? []),
    );
    const own = [...dayEvents(events, date, zone), ...cutoffsOfSlates(gold, date, groups)];
    own.sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? -1 : 1));
    return {
      date,
      zone,
      feeds,
      events: own,
      window: dayWindow(date, zone, feeds, own),
    };
  });

  return {
    library: LIBRARY_VERSION,
    title,
    madeAt: formatInstant(bronze.now()),
    zones: zonesOf(datasets, days),
    datasets: all.map(({ dataset }, i): DatasetData => {
      const { name, timeZone, partitionIs, key, timestamps, expect, isDated } = dataset;
      return {
        ...{ name, timeZone, key, isDated },
        meaning: partitionIs,
        ...arrangements[i]!,
        asOf: timestamps.asOf,
        ingested: timestamps.ingested,
        everySeconds: expect ? Number(expect.everyNs) / 1e9 : null,
      };
    }),
    days,
    freshness: await gatherFreshness(bronze, datasets),
    ...{ gold, checks },
  };
}

async function gatherDataset(asked: Asked, dataset: AnyDataset): Promise<Gathered> {
  const { bronze, from, to } = asked;
  const { name, timeZone } = dataset;
  const feeds = new Map<string | null, RawFeed>();
  if (!dataset.isDated) {
    feeds.set(null, {
      coverage: null,
      ...(await askHistory(asked, dataset, null)),
    });
    return { dataset, feeds };
  }
  const dates = await bronze.dates(name, { from, to });
  const coverage: Coverage | undefined =
    dates.length > 0
      ? await bronze.coverage(name, {
          from: from ?? dates[0]!,
          to: to ?? dates.at(-1)!,
        })
      : undefined;
  for (const day of coverage?.days ?? []) {
    const counted = gatherCoverage(day, timeZone);
    // A day on which something was due and nothing came is shown as well; one on which nothing was due is not.
    if (day.source === "none" && !day.slots?.expected && !day.pruned) continue;
    feeds.set(day.date, {
      coverage: counted,
      ...(await askHistory(asked, dataset, day.date)),
    });
  }
  return { dataset, feeds };
}

/** A day's answers; where the library refuses them, what it says. */
async function askHistory(
  { bronze, lookbackDays }: Asked,
  dataset: AnyDataset,
  date: string | null,
): Promise<Pick<RawFeed, "history" | "refused">> {
  const { name, key } = dataset;
  const span = date === null ? {} : { date, lookbackDays: lookbackDays[name] ?? usualLookback(dataset) };
  try {
    const timeline = (await bronze.timeline(name, span)) as unknown as Timeline;
    const lean = (await bronze.timeline(name, {
      ...span,
      columns: [key[0]!],
    })) as unknown as Timeline;
    const sinceNs = date === null ? null : calendar(dataset.timeZone).startOfDay(date);
    return {
      history: gatherHistory(timeline, lean, dataset, sinceNs),
      refused: null,
    };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { history: null, refused: error.message };
  }
}

/** What held when the day began lies in the day before where each file is a state and its own time dates it. */
function usualLookback({ partitionIs, dateFrom, columns }: AnyDataset): number {
  const ofTheRow = typeof dateFrom === "string" && columns.get(dateFrom)?.type.kind === "timestamp";
  return partitionIs === "snapshot" && ofTheRow ? 1 : 0;
}

const DAY_NS = 86_400_000_000_000n;

/** Offsets of all zones over all the days, and what lies around them. */
function zonesOf(datasets: readonly AnyDataset[], days: readonly DayData[]): ReportData["zones"] {
  if (days.length === 0) return {};
  const seconds = days.flatMap(({ window }) => window).map(BigInt);
  const instants = days.flatMap(({ feeds }) =>
    feeds.flatMap((feed) => (feed?.history ? historyInstants(feed.history) : [])),
  );
  const near = [...seconds.map((at) => at * 1_000_000_000n), ...instants];
  const [first, last] = near.reduce(
    ([low, high], ns) => [ns < low ? ns : low, ns > high ? ns : high],
    [near[0]!, near[0]!],
  );
  // Times of another age are sentinels; a page shows them in UTC.
  const from = seconds.reduce((low, at) => (at < low ? at : low)) * 1_000_000_000n - 400n * DAY_NS;
  const to = seconds.reduce((high, at) => (at > high ? at : high)) * 1_000_000_000n + 400n * DAY_NS;
  const zones = [...new Set([...datasets.map(({ timeZone }) => timeZone)])];
  return Object.fromEntries(
    zones.map((zone) => [
      zone,
      zoneSpans(zone, first < from ? from : first - DAY_NS, last > to ? to : last + DAY_NS),
    ]),
  );
}
