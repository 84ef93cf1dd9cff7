import { type AnyDataset, formatInstant } from "../index.js";
import { LIBRARY_VERSION } from "../version.js";
import { arrangeColumns, arranged } from "./arrange-columns.js";
import { type Asked, type Extent, isDeep } from "./asked.js";
import { dayEvents } from "./day-events.js";
import { dayWindow } from "./day-window.js";
import { gatherCheck, gatherFreshness } from "./gather-checks.js";
import { type AskedDays, askDays, type Days, type Gathered, gatherDataset } from "./gather-dataset.js";
import { gatherDiagnosis } from "./gather-diagnosis.js";
import { cutoffsOfSlates, gatherGold } from "./gather-gold.js";
import { gatherRuns } from "./gather-runs.js";
import type { CheckData, DatasetData, DayData, FeedDay, GoldData, ReportData } from "./page/data.js";
import { zoneSpans } from "./zone-spans.js";

/** Asks a store for what a page shows. */
export async function gather(asked: Asked, extent: Extent, live: number | null): Promise<ReportData> {
  const { bronze, title, datasets, events } = asked;
  const nowNs = bronze.now();
  const all: Gathered[] = [];
  const known: AskedDays[] = [];
  for (const dataset of datasets) known.push(await askDays(asked, dataset, extent));
  const others = allDays(asked, known);
  for (const [i, dataset] of datasets.entries())
    all.push(await gatherDataset(asked, dataset, extent, known[i]!, others));

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
  const gold = await goldOf(asked, extent);
  const isWhole = typeof extent === "string";
  const checks: CheckData[] = [];
  if (isWhole) for (const check of asked.checks) checks.push(await gatherCheck(check));
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
      window: dayWindow(date, zone, feeds, own, nowNs),
    };
  });

  return {
    library: LIBRARY_VERSION,
    title,
    madeAt: formatInstant(nowNs),
    live,
    zones: zonesOf(datasets, days),
    datasets: all.map(({ dataset, refused }): DatasetData => {
      const { name, timeZone, partitionIs, key, timestamps, expect, isDated } = dataset;
      return {
        ...{ name, timeZone, key, isDated, refused },
        meaning: partitionIs,
        asOf: timestamps.asOf,
        ingested: timestamps.ingested,
        everySeconds: expect ? Number(expect.everyNs) / 1e9 : null,
      };
    }),
    days,
    freshness: isWhole ? await gatherFreshness(bronze, datasets) : [],
    ...{ gold, checks },
    runs: isWhole ? await gatherRuns(asked) : { runs: [], refused: null },
    diagnosis: await diagnosisOf(asked, extent),
  };
}

/** From the first day of any dataset to the last, within what is asked for. */
function allDays({ from, to }: Asked, known: readonly AskedDays[]): Days | undefined {
  const found = known.flatMap((own) => ("days" in own ? (own.days ?? []) : []));
  const first = from ?? found.map((days) => days.from).sort()[0];
  const last =
    to ??
    found
      .map((days) => days.to)
      .sort()
      .at(-1);
  return first === undefined || last === undefined ? undefined : { from: first, to: last };
}

/** What is frozen of the days that are asked for; slates have a date each. */
async function goldOf({ gold, from, to }: Asked, extent: Extent): Promise<GoldData | null> {
  if (!gold) return null;
  if (typeof extent === "string") return gatherGold(gold, { from, to }, isDeep(extent));
  const { day } = extent;
  return day === null ? null : gatherGold(gold, { from: day, to: day }, true);
}

async function diagnosisOf({ diagnose }: Asked, extent: Extent): Promise<ReportData["diagnosis"]> {
  if (!diagnose) return null;
  // It reads all there is, which the overview does not wait for.
  return extent === "all" ? gatherDiagnosis(diagnose) : "ask";
}

const DAY_NS = 86_400_000_000_000n;

/** Offsets of all zones over all the days, and the year around them: times of another age are sentinels, shown in UTC. */
function zonesOf(datasets: readonly AnyDataset[], days: readonly DayData[]): ReportData["zones"] {
  if (days.length === 0) return {};
  const seconds = days.flatMap(({ window }) => window).map(BigInt);
  const from = seconds.reduce((low, at) => (at < low ? at : low)) * 1_000_000_000n - 400n * DAY_NS;
  const to = seconds.reduce((high, at) => (at > high ? at : high)) * 1_000_000_000n + 400n * DAY_NS;
  const zones = [...new Set(datasets.map(({ timeZone }) => timeZone))];
  return Object.fromEntries(zones.map((zone) => [zone, zoneSpans(zone, from, to)]));
}
