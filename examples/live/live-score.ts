/**
 * The whole live pipeline as one run, started by one timer: scrape, silver, minutes, rates, sim, ownership, and what is
 * due frozen. It stops early when nothing has changed, but never before a lock or a tip-off.
 *
 * Run: `npx tsx examples/live/live-score.ts --root=data --feed=http://127.0.0.1:8080 --every=PT5M`
 */
import { digestInputs, withRun } from "bronzestore";
import { main } from "../support/main.js";
import { knownAt, refreshLines } from "./pipeline/known.js";
import * as models from "./pipeline/models.js";
import { type Live, openLive } from "./pipeline/open.js";
import { LATEST_RUN } from "./pipeline/pointers.js";
import { scrapeFeeds, scrapeReport } from "./pipeline/scrape.js";
import { freezeDueSlates, locksAndTips } from "./pipeline/slates.js";

export async function liveScore(live: Live): Promise<void> {
  const { date, every } = live;
  await withRun({ ...live.place, name: "live-score", onHeld: "skip" }, async (run) => {
    const scrape = await run.stage("scrape", { output: scrapeReport }, () => scrapeFeeds(run, live));
    const silver = await run.stage("silver", { needs: { scrape } }, () => refreshLines(run, live));
    const known = await knownAt(run.bronze.asOf(), live);

    const digest = digestInputs(known, { ignore: ["report_ts", "as_of_ts"] });
    const since = await run.readPointer(LATEST_RUN);
    const deadlines = locksAndTips(known.games);
    if (run.stopIfUnchanged({ digest, since, deadlines, every }) === "inputs unchanged") return;

    const minutes = await run.stage("minutes", { needs: { scrape }, output: models.minutesRows }, () =>
      models.projectMinutes(known.games, known.injuries),
    );
    const rates = await run.stage(
      "rates",
      { needs: { minutes, silver }, output: models.rateRows },
      ({ minutes }) => models.projectRates(minutes, known.lines),
    );
    const sim = await run.stage("sim", { needs: { rates }, output: models.simRows }, ({ rates }) =>
      models.simulate(rates),
    );
    const ownership = await run.stage(
      "ownership",
      { needs: { sim }, output: models.ownershipRows },
      ({ sim }) => models.projectOwnership(sim),
    );
    await run.stage("finalize", { needs: { minutes, rates, sim, ownership } }, async () => {
      const { failed, waiting } = await freezeDueSlates(run, live);
      // Without a digest the next run does its work again, and what could not be frozen gets another chance.
      const inputsDigest = failed.length + waiting.length === 0 ? digest : undefined;
      const outputs = [minutes, rates, sim, ownership];
      await run.writePointer(LATEST_RUN, { outputs, inputsDigest, fields: { game_date: date } });
      if (failed.length > 0)
        throw new AggregateError(
          failed.map(({ error }) => error),
          `${failed.length} slates failed`,
        );
    });
  });
}

await main(import.meta.url, () => liveScore(openLive()));
