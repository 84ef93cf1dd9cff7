import type { Pointer } from "bronzestore";
import type { LiveRun } from "./open.js";

/** The run of live-score that projections are served from. */
export const LATEST_RUN = "projections/latest_run.json";
/** Where separate timers find the stage before theirs. */
export const LATEST_MINUTES = "projections/latest_minutes.json";
export const LATEST_RATES = "projections/latest_rates.json";
export const LATEST_SIM = "projections/latest_sim.json";

/** Last week's run must not stand in for tonight's. */
const TONIGHT = "PT12H";

/**
 * The run a pointer names.
 * @throws Error naming the script that writes the pointer, where there is none yet; BronzeError `POINTER_STALE`
 */
export async function pointedRun(run: LiveRun, path: string, writtenBy: string): Promise<Pointer> {
  const pointer = await run.readPointer(path, { maxAge: TONIGHT });
  if (pointer) return pointer;
  throw new Error(`There is no ${path} yet; ${writtenBy} writes it, once it has something to point to.`);
}
