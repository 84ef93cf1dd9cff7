/**
 * Fetches the day's injury reports hour by hour, up to the last hour that has ended. It can be stopped at any time and
 * run again: what bronze holds is not fetched again, and an hour without a report is remembered.
 *
 * Run: `npx tsx examples/live/backfill-injuries.ts --root=data --feed=http://127.0.0.1:8080`
 */
import { formatInstant, withRun } from "bronzestore";
import { main } from "../support/main.js";
import { hoursUntil, openStatus } from "./pipeline/backfill-status.js";
import { injuriesPage } from "./pipeline/feed-pages.js";
import { fetchFeed } from "./pipeline/fetch-feed.js";
import { type Live, openLive } from "./pipeline/open.js";
import { hasReport, writeReport } from "./pipeline/scrape.js";

export async function backfillInjuries(live: Live): Promise<void> {
  const { date, feed, retries } = live;
  await withRun({ ...live.place, name: "backfill-injuries", onHeld: "wait" }, async (run) => {
    const status = await openStatus(run, "backfill/injuries.json");
    live.schedule.learn(await run.bronze.asOf().read("schedule_raw", { date }));
    await run.stage("reports", {}, async (_, { signal }) => {
      for (const hour of hoursUntil(date, run.cutoff)) {
        signal.throwIfAborted();
        if (status.knowsEmpty(hour)) continue;
        if (await hasReport(run, hour.startNs, hour.endNs)) {
          await status.done(hour, "in bronze before");
          continue;
        }
        try {
          const url = `${feed}/injuries?at=${formatInstant(hour.endNs)}`;
          const page = await fetchFeed(url, { schema: injuriesPage, retries });
          // The newest report at the hour's end may be one of an hour before.
          const isOfHour = page.report_ts >= hour.startNs;
          if (isOfHour) await writeReport(run, live, page);
          await status.done(hour, isOfHour ? "written" : "without a report");
        } catch (error) {
          await status.done(hour, "failed", error as Error);
        }
      }
    });
    console.log(status.summary());
  });
}

await main(import.meta.url, () => backfillInjuries(openLive()));
