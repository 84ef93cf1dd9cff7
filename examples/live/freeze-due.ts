/**
 * Freezes every slate whose lock or tip-off has come and which is not frozen yet, each from what had been captured by
 * then. Started too late or twice, it freezes the same.
 *
 * Run: `npx tsx examples/live/freeze-due.ts --root=data`
 */
import { withRun } from "bronzestore";
import { main } from "../support/main.js";
import { type Live, openLive } from "./pipeline/open.js";
import { freezeDueSlates } from "./pipeline/slates.js";

export async function freezeDue(live: Live): Promise<void> {
  await withRun({ ...live.place, name: "freeze-due", onHeld: "wait" }, async (run) => {
    await run.stage("freeze", {}, async () => {
      const { frozen, skipped, waiting, failed } = await freezeDueSlates(run, live);
      console.log(
        `${frozen} frozen, ${skipped} frozen before, ${waiting.length} games to be seen again first.`,
      );
      for (const { slate, snapshot, error } of failed) {
        console.error(`${slate.game_id} ${snapshot}: ${error instanceof Error ? error.message : error}`);
      }
      if (failed.length > 0)
        throw new Error(`${failed.length} slates could not be frozen; the next tick tries again.`);
    });
  });
}

await main(import.meta.url, () => freezeDue(openLive()));
