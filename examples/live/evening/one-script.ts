/**
 * A process of the evening: one live script, with the evening's clock for its own and its writes noted as they are
 * acknowledged.
 *
 * Run: `one-script.mjs <script> <clock and acks as JSON> --root=... --date=...` (the script's own options).
 */
import { simulatedClock } from "../../../fixtures/simulated-clock.js";
import { main } from "../../support/main.js";
import { type Live, openLive } from "../pipeline/open.js";
import { noteWrites } from "./acks.js";
import type { ScriptName, Staging } from "./scripts.js";

const SCRIPTS: Record<ScriptName, () => Promise<(live: Live) => Promise<void>>> = {
  "live-score": async () => (await import("../live-score.js")).liveScore,
  "live-scrape": async () => (await import("../live-scrape.js")).liveScrape,
  "live-rates": async () => (await import("../live-rates.js")).liveRates,
  "live-sim": async () => (await import("../live-sim.js")).liveSim,
  "freeze-due": async () => (await import("../freeze-due.js")).freezeDue,
  "backfill-injuries": async () => (await import("../backfill-injuries.js")).backfillInjuries,
};

await main(import.meta.url, async () => {
  const [name, staging, ...args] = process.argv.slice(2);
  const { clock: timing, acks }: Staging = JSON.parse(staging!);
  const showsMs = simulatedClock(timing);
  const clock = () => BigInt(showsMs()) * 1_000_000n;
  if (acks !== undefined) noteWrites(acks, clock);
  const script = await SCRIPTS[name as ScriptName]();
  const live = openLive(args);
  const place = { ...live.place, clock };
  await script({ ...live, place });
});
