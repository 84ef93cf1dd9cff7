import * as z from "bronzestore/zod";
import { injuriesPage, oddsPage, schedulePage } from "./feed-pages.js";
import { fetchFeed } from "./fetch-feed.js";
import { reportDays } from "./known.js";
import type { Live, LiveRun } from "./open.js";

/** What a scrape did, feed by feed; kept as the stage's output. */
export const scrapeReport = z.array(
  z.object({
    feed: z.string(),
    rows: z.int().describe("new in bronze"),
    error: z.string().nullable().describe("why there is nothing new; what was known before still holds"),
  }),
);

/** Scrapes all feeds. One that is down, empty or broken is noted and the others go on: its old coverage stays. */
export async function scrapeFeeds(run: LiveRun, live: Live): Promise<z.input<typeof scrapeReport>> {
  // First, for a quote lies under the day of its game, and only the schedule knows that.
  const schedule = await attempt("schedule", () => scrapeSchedule(run, live));
  live.schedule.learn(await run.bronze.asOf().read("schedule_raw", { date: live.date }));
  const others = await Promise.all([
    attempt("injuries", () => scrapeInjuries(run, live)),
    attempt("odds", () => scrapeOdds(run, live)),
  ]);
  return [schedule, ...others];
}

async function attempt(feed: string, scrape: () => Promise<number>) {
  try {
    return { feed, rows: await scrape(), error: null };
  } catch (error) {
    return { feed, rows: 0, error: (error as Error).message };
  }
}

async function scrapeSchedule(run: LiveRun, { feed, retries }: Live): Promise<number> {
  const page = await fetchFeed(`${feed}/schedule`, { schema: schedulePage, retries });
  // Each row is stamped with the run and with the present, for `ingested_ts`.
  return (await run.bronze.write("schedule_raw", page.games)).rows;
}

async function scrapeOdds(run: LiveRun, { feed, retries }: Live): Promise<number> {
  const page = await fetchFeed(`${feed}/odds`, { schema: oddsPage, retries });
  return (await run.bronze.write("odds_raw", page.rows)).rows;
}

async function scrapeInjuries(run: LiveRun, live: Live): Promise<number> {
  const { feed, retries } = live;
  const page = await fetchFeed(`${feed}/injuries`, { schema: injuriesPage, retries });
  // It comes hourly and the timer every few minutes: the same report again is no news.
  return (await hasReport(run, page.report_ts)) ? 0 : writeReport(run, live, page);
}

/**
 * Whether bronze holds an injury report of a time, or of a span within one day. A report is one file, so it is there
 * whole or not at all. Bronze itself is asked: no list of what was done can be wrong about it.
 */
export async function hasReport(run: LiveRun, fromNs: bigint, toNs = fromNs): Promise<boolean> {
  // Published since the run began: nobody else can have written it since then.
  if (fromNs > run.cutoff) return false;
  const at = run.bronze.asOf(toNs < run.cutoff ? toNs : run.cutoff);
  const then = await at.read("injuries_raw", { date: reportDays(fromNs).date });
  return then.column("report_ts").some((own) => own >= fromNs && own <= toNs);
}

/** Writes a report; it speaks for every game of the schedule, also for those it lists nobody in. */
export async function writeReport(
  run: LiveRun,
  { schedule }: Live,
  { report_ts, rows }: z.output<typeof injuriesPage>,
): Promise<number> {
  const covers = schedule.games.map(({ game_id }) => ({ game_id }));
  return (await run.bronze.write("injuries_raw", rows, { snapshot: { time: report_ts, covers } })).rows;
}
