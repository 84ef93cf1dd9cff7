/**
 * Freezes every game of a week at `lock` and at `pretip`. It can be stopped at any time and run again: what is frozen is
 * left alone, and one bad game does not stop the rest.
 *
 * Run: `npm run demo:week`, then `npx tsx examples/backfill-slates.ts [root] [from] [to]` (default: all of demo-data/week).
 */
import { GoldStore, nbaSeason } from "bronzestore";
import { main } from "./support/main.js";
import { counted, headline, table } from "./support/print.js";
import { openGames } from "./support/store.js";
import { teamFeatures } from "./support/team-features.js";

await main(import.meta.url, async () => {
  const [root = "demo-data/week", from = "2026-01-12", to = "2026-01-17"] = process.argv.slice(2);
  const { bronze, schedule } = await openGames(root, from, to);
  const gold = new GoldStore({ root, bronze, timeZone: "America/New_York", season: nbaSeason });

  const report = await gold.backfill(schedule, teamFeatures, {
    from,
    to,
    concurrency: 4,
    statusPath: "gold/backfill.json",
    onEvent({ slate, snapshot, status, done, total }) {
      if (status !== "frozen-before")
        console.log(`  ${done}/${total} ${slate.game_id} ${snapshot}: ${status}`);
    },
  });
  console.log(`\n  ${counted(report.frozen, "slate")} frozen, ${report.skipped} frozen before.`);
  for (const { slate, snapshot, error } of report.failed) {
    console.log(`  ${slate.game_id} ${snapshot} failed: ${error instanceof Error ? error.message : error}`);
  }
  if (report.failed.length > 0) process.exitCode = 1;

  headline(`What is frozen from ${from} to ${to}`);
  const days = new Map<string, { slates: number; rows: number; files: Set<string> }>();
  for await (const { slate, output, inputs } of gold.list({ from, to })) {
    const date = String(slate.game_date);
    const day = days.get(date) ?? { slates: 0, rows: 0, files: new Set() };
    for (const { path } of inputs.flatMap(({ files }) => files)) day.files.add(path);
    days.set(date, { ...day, slates: day.slates + 1, rows: day.rows + output.rows });
  }
  table([
    ["date", "slates", "rows", "bronze files behind them"],
    ...[...days].map(([date, { slates, rows, files }]) => [date, slates, rows, files.size]),
  ]);
});
