/**
 * Freezes one game as it was known 15 minutes before tip-off, and proves it: nothing after the cutoff was used, every
 * byte is the one that was frozen, and building it again gives the same.
 *
 * Run: `npm run demo`, then `npx tsx examples/freeze-slate.ts [root] [date]` (default: demo-data 2026-01-15).
 */
import { GoldStore, nbaSeason } from "bronzestore";
import { main } from "./support/main.js";
import { counted, easternClock, headline, percent, table } from "./support/print.js";
import { openGames } from "./support/store.js";
import { teamFeatures } from "./support/team-features.js";

await main(import.meta.url, async () => {
  const [root = "demo-data", date = "2026-01-15"] = process.argv.slice(2);
  const { bronze, games } = await openGames(root, date);
  const gold = new GoldStore({ root, bronze, timeZone: "America/New_York", season: nbaSeason });
  const { game_id, away, home, tip_ts } = games[0]!;
  const slate = { season: 2025, game_date: date, game_id };
  const snapshot = "lock";
  const lock = { slate, snapshot, tip: tip_ts };

  headline(`${away} at ${home}, tip-off ${easternClock(tip_ts)} ET`);
  const { laterRows } = await gold.leakCheck(lock, teamFeatures);
  const { status, manifest, path } = await gold.freeze(lock, teamFeatures);
  const { rows } = await gold.read(slate, { snapshot });
  table([
    ["team", "at home", "players out", "chance to win"],
    ...rows.map(({ team, is_home, players_out, win_chance }) => [
      String(team),
      is_home ? "yes" : "no",
      Number(players_out),
      percent(Number(win_chance)),
    ]),
  ]);

  headline("What it stands on");
  table([
    ["dataset", "files", "rows seen", "rows held"],
    ...manifest.inputs.map(({ dataset, files, rows_seen, rows_selected }) => {
      return [dataset, files.length, rows_seen, rows_selected];
    }),
  ]);

  headline("Proof");
  const { ok } = await gold.verify(slate, { snapshot });
  const { identicalBytes } = await gold.replay(slate, { snapshot }, teamFeatures);
  table([
    ["leak check", `${counted(laterRows, "row")} after the cutoff dropped and mangled: nothing moved`],
    ["freeze", `${status}, ${path}`],
    ["digest", manifest.digest],
    ["verify", ok ? "every input and the output are what they were" : "something was changed"],
    ["replay", identicalBytes ? "the same, byte for byte" : "different"],
  ]);
});
