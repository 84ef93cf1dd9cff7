import * as z from "bronzestore/zod";
import { injuriesPage, oddsPage, schedulePage } from "./feed-pages.js";
import { fetchFeed } from "./fetch-feed.js";
import { acknowledge } from "./live-acks.js";
import type { Live, LiveRun } from "./live-pipeline.js";
import { hasReport, writeReport } from "./live-report.js";

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

async function scrapeSchedule(run: LiveRun, { feed, retries, clock, acks }: Live): Promise<number> {
  const page = await fetchFeed(`${feed}/schedule`, { schema: schedulePage, retries });
  const ingested_ts = clock();
  const rows = page.games.map((row) => ({ ...row, ingested_ts }));
  await run.bronze.write("schedule_raw", rows);
  acknowledge(acks, "schedule_raw", run.id, rows);
  return rows.length;
}

async function scrapeInjuries(run: LiveRun, live: Live): Promise<number> {
  const page = await fetchFeed(`${live.feed}/injuries`, { schema: injuriesPage, retries: live.retries });
  // It comes hourly and the timer every few minutes: the same report again is no news.
  return (await hasReport(run, page.report_ts)) ? 0 : writeReport(run, live, page);
}

async function scrapeOdds(run: LiveRun, { feed, retries, clock, acks }: Live): Promise<number> {
  const page = await fetchFeed(`${feed}/odds`, { schema: oddsPage, retries });
  const ingested_ts = clock();
  const rows = page.rows.map((row) => ({ ...row, ingested_ts }));
  await run.bronze.write("odds_raw", rows);
  acknowledge(acks, "odds_raw", run.id, rows);
  return rows.length;
}
