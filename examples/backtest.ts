/**
 * Asks a day of odds what it knew, every five seconds, thousands of times: how each game's line moved, and how a bet
 * three hours before tip-off compares with the closing line (closing line value, in points of implied chance).
 *
 * Run: `npm run demo`, then `npx tsx examples/backtest.ts [root] [date]` (default: demo-data 2026-01-15).
 */
import { performance } from "node:perf_hooks";
import { main } from "./support/main.js";
import { easternClock, headline, table, thousands } from "./support/print.js";
import { american, impliedChance } from "./support/quotes.js";
import { openGames } from "./support/store.js";

const SECOND_NS = 1_000_000_000n;
const HOUR_NS = 3600n * SECOND_NS;

await main(import.meta.url, async () => {
  const [root = "demo-data", date = "2026-01-15"] = process.argv.slice(2);
  const { bronze, games } = await openGames(root, date);
  const timeline = await bronze.timeline("odds_raw", { date });

  const end = games.at(-1)!.tip_ts;
  const cutoffs: bigint[] = [];
  for (let at = end - 12n * HOUR_NS; at <= end; at += 5n * SECOND_NS) cutoffs.push(at);
  const prices = new Map(games.map(({ game_id }) => [game_id, new Map<bigint, number>()]));

  const started = performance.now();
  for (const snapshot of timeline.sweep(cutoffs)) {
    for (const { game_id, tip_ts } of games) {
      // A quote made during the game is no closing line.
      if (snapshot.cutoff > tip_ts) continue;
      const quote = snapshot.get({ game_id, book: "draftkings", market: "h2h", outcome: "home" });
      if (quote) prices.get(game_id)!.set(snapshot.cutoff, quote.price);
    }
  }
  const seconds = (performance.now() - started) / 1000;

  headline(`The home team to win at draftkings, ${date}`);
  table([
    ["game", "tip ET", "open", "3 h before", "close", "prices seen", "closing line value"],
    ...games.map(({ game_id, away, home, tip_ts }) => {
      const own = prices.get(game_id)!;
      const [open, bet, close] = [[...own.values()][0], own.get(tip_ts - 3n * HOUR_NS), own.get(tip_ts)];
      const value = bet && close ? (100 * (impliedChance(close) - impliedChance(bet))).toFixed(1) : "-";
      const shown = [open, bet, close].map(american);
      return [`${away} at ${home}`, easternClock(tip_ts), ...shown, new Set(own.values()).size, value];
    }),
  ]);
  const [asked, rate] = [cutoffs.length, Math.round(cutoffs.length / seconds)].map(thousands);
  console.log(`\n  ${asked} cutoffs over ${thousands(timeline.rowCount)} rows: ${rate} cutoffs/second`);
});
