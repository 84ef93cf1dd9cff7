/**
 * For separate timers, the second of three: rates from the minutes of the run that `latest_minutes.json` names. It
 * fails when there are none; it never makes up a run.
 *
 * Run: `npx tsx examples/live/live-rates.ts --root=data`
 */
import { stageOutput, withRun } from "bronzestore";
import { main } from "../support/main.js";
import { knownAt } from "./pipeline/known.js";
import { minutesRows, projectRates, rateRows } from "./pipeline/models.js";
import { type Live, openLive } from "./pipeline/open.js";
import { LATEST_MINUTES, LATEST_RATES, pointedRun } from "./pipeline/pointers.js";

export async function liveRates(live: Live): Promise<void> {
  await withRun({ ...live.place, name: "live-rates", onHeld: "wait" }, async (run) => {
    const { run_id } = await pointedRun(run, LATEST_MINUTES, "live-scrape");
    const minutes = stageOutput("minutes", minutesRows, { run: run_id });
    const rates = await run.stage("rates", { needs: { minutes }, output: rateRows }, async ({ minutes }) => {
      const { lines } = await knownAt(run.bronze.asOf(), live);
      return projectRates(minutes, lines);
    });
    await run.writePointer(LATEST_RATES, { outputs: [rates], fields: { minutes_of: run_id } });
  });
}

await main(import.meta.url, () => liveRates(openLive()));
