/**
 * Reads one day of a bronze tree: what lies there, the state at the first tip-off, and what that answer stands on.
 *
 * Run: `npm run demo`, then `npx tsx examples/read-a-day.ts [root] [date]` (default: demo-data 2026-01-15).
 */

import { main } from "./support/main.js";
import { easternClock, headline, table } from "./support/print.js";
import { openGames } from "./support/store.js";

await main(import.meta.url, async () => {
  const [root = "demo-data", date = "2026-01-15"] = process.argv.slice(2);
  const { bronze, games } = await openGames(root, date);

  headline(`Games of ${date}`);
  table(
    games.map(({ game_id, away, home, tip_ts }) => [game_id, `${away} at ${home}`, easternClock(tip_ts)]),
  );

  headline("What lies there");
  const injuries = await bronze.readBronzeDay("injuries_raw", date);
  const odds = await bronze.readBronzeDay("odds_raw", date);
  for (const day of [injuries, odds, await bronze.readBronzeDay("box_scores_raw", date)]) console.log(day);

  // One folder need not be enough: the last report before a game may lie in the day before.
  const tip = games[0]!.tip_ts;
  headline(`The injury report at the first tip-off, ${easternClock(tip)} ET`);
  const report = await bronze.asOf(tip).read("injuries_raw", { date, lookbackDays: 1 });
  table([
    ["player", "team", "status", "reason"],
    ...report
      .rows()
      .filter(({ game_id }) => game_id === games[0]!.game_id)
      .map((row) => [row.player_name, row.team, row.status, row.reason?.replace("\n", " ") ?? "-"]),
  ]);

  headline("The lines at that moment");
  const lines = odds.asOf(tip);
  console.log(lines);
  const { rowsSeen, rowsEligible, rowsSelected, rowsByFallback, files } = lines.provenance;
  table(Object.entries({ files: files.length, rowsSeen, rowsEligible, rowsSelected, rowsByFallback }));
});
