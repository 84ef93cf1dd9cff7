/**
 * The evening that `npm run demo:live` plays, for the command line: while it goes on, `ui` shows what is captured and frozen. The
 * schedule is read once, as the command starts, so start it after the evening.
 *
 * Run: `npx tsx src/cli/main.ts ui --config examples/live/bronzestore.config.ts`, in another terminal
 */
import { join } from "node:path";
import { BronzeStore, defineConfig } from "bronzestore";
import { liveGames } from "../feeds/live-schedule.js";
import { openLive } from "./pipeline/open.js";
import { liveSlate } from "./pipeline/slates.js";

const root = join(import.meta.dirname, "../../demo-live-data/data");
const { schedule, datasets, place } = openLive([]);

// Which day odds are of, the schedule says, as it has been captured so far.
const games = new BronzeStore({ root, datasets: [liveGames] });
for (const date of await games.dates("schedule_raw"))
  schedule.learn((await games.readBronzeDay("schedule_raw", date)).rows());

// As the pipeline freezes them: replay and leak-check build the slates again.
const gold = { ...place.gold, timeZone: place.timeZone, build: liveSlate, knownBy: "cutoff" } as const;

export default defineConfig({ root, datasets, schedule, gold });
