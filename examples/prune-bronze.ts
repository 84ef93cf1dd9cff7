/**
 * Makes bronze smaller and proves that nothing frozen has moved: the box scores of a day go into one file, the odds that
 * no slate needs go to the trash, and every slate is verified and built again afterwards.
 *
 * Run: `npm run demo:week`, then `npx tsx examples/prune-bronze.ts [root] [from] [to]` (default: all of demo-data/week).
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describePlan, GoldStore, nbaSeason, Retention } from "bronzestore";
import { main } from "./support/main.js";
import { counted, headline, table, thousands } from "./support/print.js";
import { openGames } from "./support/store.js";
import { teamFeatures } from "./support/team-features.js";

await main(import.meta.url, async () => {
  const [root = "demo-data/week", from = "2026-01-12", to = "2026-01-17"] = process.argv.slice(2);
  const { bronze, schedule } = await openGames(root, from, to);
  const gold = new GoldStore({ root, bronze, timeZone: "America/New_York", season: nbaSeason });
  const retention = new Retention({ bronze, gold: [gold] });
  await gold.backfill(schedule, teamFeatures, { from, to });
  const sizes = [["", "files", "bytes"], size("before")];

  headline("Compact: the files of a day become parts of one");
  const compact = await retention.planCompact({ datasets: ["box_scores_raw"], before: to, into: "day" });
  console.log(describePlan(compact));
  await retention.apply(compact);
  sizes.push(size("compacted"));

  headline("Prune: odds that no slate's answer needs");
  const prune = await retention.planPrune({ datasets: ["odds_raw"], before: to });
  console.log(describePlan(prune));
  const { plan, filesRemoved } = await retention.apply(prune);
  sizes.push(size("pruned"));

  headline("Proof");
  let slates = 0;
  let proven = 0;
  for await (const { slate, snapshot } of gold.list({ from, to })) {
    const { ok } = await gold.verify(slate, { snapshot });
    const { identicalBytes } = await gold.replay(slate, { snapshot }, teamFeatures);
    slates++;
    if (ok && identicalBytes) proven++;
  }
  table(sizes);
  console.log(`  ${proven} of ${counted(slates, "slate")} verify and replay byte for byte.`);
  if (proven < slates) process.exitCode = 1;
  if (filesRemoved > 0)
    console.log(
      `  ${counted(filesRemoved, "file")} lie in ${root}/.trash/${plan} until retention.emptyTrash({ olderThan }).`,
    );

  function size(when: string): (string | number)[] {
    const names = readdirSync(join(root, "bronze"), { recursive: true, encoding: "utf8" });
    const files = names.filter((name) => name.endsWith(".parquet"));
    const bytes = files.reduce((sum, name) => sum + statSync(join(root, "bronze", name)).size, 0);
    return [when, files.length, thousands(bytes)];
  }
});
