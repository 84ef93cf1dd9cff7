import type { BronzeStore, Build } from "bronzestore";
import { impliedChance } from "./quotes.js";
import type { GameStore } from "./store.js";

type Datasets = GameStore extends BronzeStore<infer Known> ? Known : never;

/** A row for each team of a game: who is out, and the chance the market gives it. Reads nothing but the view. */
export const teamFeatures: Build<Datasets> = async (at, { slate }) => {
  const [date, game_id] = [String(slate.game_date), String(slate.game_id)];
  const schedule = await at.read("schedule_raw", { date });
  const report = await at.read("injuries_raw", { date, lookbackDays: 1 });
  const lines = await at.read("odds_raw", { date });

  const { home, away } = schedule.get({ game_id })!;
  const out = [...report].filter((row) => row.game_id === game_id && row.status === "OUT");
  const wins = [...lines].filter((row) => row.game_id === game_id && row.market === "h2h");
  return (["home", "away"] as const).map((side) => {
    const team = side === "home" ? home : away;
    const chances = wins.filter(({ outcome }) => outcome === side).map(({ price }) => impliedChance(price));
    return {
      team,
      is_home: side === "home",
      players_out: out.filter((row) => row.team === team).length,
      win_chance: chances.reduce((sum, chance) => sum + chance, 0) / chances.length,
    };
  });
};
