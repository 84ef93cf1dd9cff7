/**
 * For separate timers, the first of three: scrapes the feeds, refreshes silver, projects minutes, and points the next
 * timer to them. When another run is under way it leaves the work to the next tick.
 *
 * Run: `npx tsx examples/live/live-scrape.ts --root=data --feed=http://127.0.0.1:8080`
 */
import { withRun } from "bronzestore";
import { main } from "../support/main.js";
import { knownAt, refreshLines } from "./pipeline/known.js";
import { minutesRows, projectMinutes } from "./pipeline/models.js";
import { type Live, openLive } from "./pipeline/open.js";
import { LATEST_MINUTES } from "./pipeline/pointers.js";
import { scrapeFeeds, scrapeReport } from "./pipeline/scrape.js";

export async function liveScrape(live: Live): Promise<void> {
  await withRun({ ...live.place, name: "live-scrape", onHeld: "skip" }, async (run) => {
    const scrape = await run.stage("scrape", { output: scrapeReport }, () => scrapeFeeds(run, live));
    await run.stage("silver", { needs: { scrape } }, () => refreshLines(run, live));
    const minutes = await run.stage("minutes", { needs: { scrape }, output: minutesRows }, async () => {
      const { games, injuries } = await knownAt(run.bronze.asOf(), live);
      return projectMinutes(games, injuries);
    });
    await run.writePointer(LATEST_MINUTES, { outputs: [minutes] });
  });
}

await main(import.meta.url, () => liveScrape(openLive()));
