import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  BronzeStore,
  defineSchedule,
  type KeyOf,
  type RowOf,
  type ScheduledGame,
  type Storage,
} from "bronzestore";
import type { GameDay } from "../../fixtures/index.js";
import { boxScoresOf } from "../feeds/box-scores.js";
import { injuries } from "../feeds/injuries.js";
import { oddsOf } from "../feeds/odds.js";
import { games as scheduleFeed } from "../feeds/schedule.js";

/** A game as the schedule holds it. */
export type Game = RowOf<typeof scheduleFeed>;
/** A quote as it is read. */
export type OddsRow = RowOf<ReturnType<typeof oddsOf>>;
/** What a quote is about. */
export type OddsKey = KeyOf<ReturnType<typeof oddsOf>>;

/** A store of all four feeds. `games` are the ones the schedule knows; rows of any other are refused. */
export function gameDayStore(where: string | Storage, games: Iterable<ScheduledGame>) {
  const schedule = defineSchedule(games);
  const datasets = [scheduleFeed, injuries, oddsOf(schedule), boxScoresOf(schedule)] as const;
  return new BronzeStore(
    typeof where === "string" ? { root: where, datasets } : { storage: where, datasets },
  );
}

export type GameDayStore = ReturnType<typeof gameDayStore>;

/** Writes a generated day as live pipelines would: each report, run and box score in a write of its own. */
export async function writeGameDay(bronze: GameDayStore, day: GameDay): Promise<void> {
  await bronze.write("schedule_raw", day.games);
  for (const { rows } of day.injuryReports) await bronze.write("injuries_raw", rows);
  for (const { rows, ...run } of day.oddsRuns) await bronze.write("odds_raw", rows, { run });
  for (const { rows, ...run } of day.boxScores) await bronze.write("box_scores_raw", rows, { run });
}

/** Opens a tree that `npm run demo` wrote, with the games of one date in order of tip-off. */
export async function openGameDay(
  root: string,
  date: string,
): Promise<{ bronze: GameDayStore; games: Game[] }> {
  if (!existsSync(join(root, "bronze"))) {
    throw new Error(`There is no bronze tree in "${root}". Write one first: npm run demo`);
  }
  const schedule = new BronzeStore({ root, datasets: [scheduleFeed] });
  const games = (await schedule.readBronzeDay("schedule_raw", date)).rows();
  if (games.length === 0) throw new Error(`The schedule in "${root}" has no games on ${date}.`);
  games.sort((a, b) => (a.tip_ts < b.tip_ts ? -1 : 1));
  return { bronze: gameDayStore(root, games), games };
}
