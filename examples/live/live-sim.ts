/**
 * For separate timers, the third of three: simulates the rates of the run that `latest_rates.json` names, and projects
 * ownership from that.
 *
 * Run: `npx tsx examples/live/live-sim.ts --root=data`
 */
import { stageOutput, withRun } from "bronzestore";
import { ownershipRows, projectOwnership, rateRows, simRows, simulate } from "../support/live-models.js";
import { openLive } from "../support/live-pipeline.js";
import { LATEST_RATES, LATEST_SIM, pointedRun } from "../support/live-pointers.js";
import { runExample } from "../support/run-example.js";

await runExample(async () => {
  const live = openLive();
  await withRun({ ...live.place, name: "live-sim", onHeld: "wait" }, async (run) => {
    const { run_id } = await pointedRun(run, LATEST_RATES, "live-rates");
    const rates = stageOutput("rates", rateRows, { run: run_id });
    const sim = await run.stage("sim", { needs: { rates }, output: simRows }, ({ rates }) => simulate(rates));
    const ownership = await run.stage("ownership", { needs: { sim }, output: ownershipRows }, ({ sim }) =>
      projectOwnership(sim),
    );
    await run.writePointer(LATEST_SIM, { outputs: [sim, ownership], fields: { rates_of: run_id } });
  });
});
