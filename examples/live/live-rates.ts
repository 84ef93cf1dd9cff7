/**
 * For separate timers, the second of three: rates from the minutes of the run that `latest_minutes.json` names. It
 * fails when there are none; it never makes up a run.
 *
 * Run: `npx tsx examples/live/live-rates.ts --root=data`
 */
import { stageOutput, withRun } from "bronzestore";
import { knownAt } from "../support/live-known.js";
import { minutesRows, projectRates, rateRows } from "../support/live-models.js";
import { openLive } from "../support/live-pipeline.js";
import { LATEST_MINUTES, LATEST_RATES, pointedRun } from "../support/live-pointers.js";
import { runExample } from "../support/run-example.js";

await runExample(async () => {
  const live = openLive();
  await withRun({ ...live.place, name: "live-rates", onHeld: "wait" }, async (run) => {
    const { run_id } = await pointedRun(run, LATEST_MINUTES, "live-scrape");
    const minutes = stageOutput("minutes", minutesRows, { run: run_id });
    const rates = await run.stage("rates", { needs: { minutes }, output: rateRows }, async ({ minutes }) => {
      const { lines } = await knownAt(run.bronze.asOf(), live);
      return projectRates(minutes, lines);
    });
    await run.writePointer(LATEST_RATES, { outputs: [rates], fields: { minutes_of: run_id } });
  });
});
