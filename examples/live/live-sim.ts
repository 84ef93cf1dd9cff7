/**
 * For separate timers, the third of three: simulates the rates of the run that `latest_rates.json` names, and projects
 * ownership from that.
 *
 * Run: `npx tsx examples/live/live-sim.ts --root=data`
 */
import { stageOutput, withRun } from "bronzestore";
import { main } from "../support/main.js";
import { ownershipRows, projectOwnership, rateRows, simRows, simulate } from "./pipeline/models.js";
import { type Live, openLive } from "./pipeline/open.js";
import { LATEST_RATES, LATEST_SIM, pointedRun } from "./pipeline/pointers.js";

export async function liveSim(live: Live): Promise<void> {
  await withRun({ ...live.place, name: "live-sim", onHeld: "wait" }, async (run) => {
    const { run_id } = await pointedRun(run, LATEST_RATES, "live-rates");
    const rates = stageOutput("rates", rateRows, { run: run_id });
    const sim = await run.stage("sim", { needs: { rates }, output: simRows }, ({ rates }) => simulate(rates));
    const ownership = await run.stage("ownership", { needs: { sim }, output: ownershipRows }, ({ sim }) =>
      projectOwnership(sim),
    );
    await run.writePointer(LATEST_SIM, { outputs: [sim, ownership], fields: { rates_of: run_id } });
  });
}

await main(import.meta.url, () => liveSim(openLive()));
