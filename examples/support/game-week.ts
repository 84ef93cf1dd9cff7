import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineSchedule, type Schedule } from "bronzestore";
import { type GameDay, generateGameDay } from "../../fixtures/index.js";
import { type GameDayStore, gameDayStore, writeGameDay } from "./game-day-store.js";

const DATES = ["2026-01-12", "2026-01-13", "2026-01-14", "2026-01-15", "2026-01-16", "2026-01-17"];
const GAMES = 3;

/** A store of six generated days with three games each. They are written the first time. */
export async function openGameWeek(root: string): Promise<{
  readonly bronze: GameDayStore;
  readonly schedule: Schedule;
  readonly from: string;
  readonly to: string;
}> {
  const days = DATES.map((date, i) =>
    numbered(generateGameDay({ date, seed: i + 1, games: GAMES, runs: 6, runEveryMinutes: 120 }), i * GAMES),
  );
  const games = days.flatMap((day) => day.games);
  const bronze = gameDayStore(root, games);
  const last = join(root, "bronze/box_scores_raw/season=2025", `date=${DATES.at(-1)}`);
  if (!existsSync(last)) for (const day of days) await writeGameDay(bronze, day);
  return { bronze, schedule: defineSchedule(games), from: DATES[0]!, to: DATES.at(-1)! };
}

/** The generator counts a day's games from the same number; in a league every game has its own. */
function numbered(day: GameDay, add: number): GameDay {
  const text = JSON.stringify(day).replaceAll(
    /00225(\d{5})/g,
    (_, number) => `00225${String(Number(number) + add).padStart(5, "0")}`,
  );
  return JSON.parse(text);
}
