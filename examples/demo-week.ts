/**
 * Writes an invented week, three games a day, for the examples that work on more than one day: backfill-slates,
 * build-training-set and prune-bronze.
 *
 * Run: `npm run demo:week`, or `npx tsx examples/demo-week.ts [root]` (default: demo-data/week).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { generateGameWeek } from "../fixtures/index.js";
import { writeGenerated } from "./support/generated-days.js";
import { main } from "./support/main.js";
import { counted } from "./support/print.js";
import { gameStore } from "./support/store.js";

await main(import.meta.url, async () => {
  const [root = "demo-data/week"] = process.argv.slice(2);
  if (existsSync(join(root, "bronze"))) {
    console.log(`${root} holds a bronze tree already; it is left as it is.`);
    return;
  }
  const week = generateGameWeek();
  await writeGenerated(gameStore(root, week.games), week);
  console.log(`${counted(week.games.length, "game")} from ${week.from} to ${week.to} are in ${root}.`);
});
