import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  BronzeStore,
  defineSchedule,
  type KeyOf,
  type RowOf,
  type Schedule,
  type ScheduledGame,
  type Storage,
} from "bronzestore";
import { boxScoresOf } from "../feeds/box-scores.js";
import { injuries } from "../feeds/injuries.js";
import { oddsOf } from "../feeds/odds.js";
import { games as scheduleFeed } from "../feeds/schedule.js";

/** A game as the schedule holds it. */
type Game = RowOf<typeof scheduleFeed>;
/** A quote as it is read. */
export type OddsRow = RowOf<ReturnType<typeof oddsOf>>;
/** What a quote is about. */
export type OddsKey = KeyOf<ReturnType<typeof oddsOf>>;

/** A store of all four feeds. `games` are the ones the schedule knows; rows of any other are refused. */
export function gameStore(where: string | Storage, games: Iterable<ScheduledGame>) {
  const schedule = defineSchedule(games, { timeZone: "America/New_York" });
  const datasets = [scheduleFeed, injuries, oddsOf(schedule), boxScoresOf(schedule)] as const;
  return new BronzeStore(
    typeof where === "string" ? { root: where, datasets } : { storage: where, datasets },
  );
}

export type GameStore = ReturnType<typeof gameStore>;

/**
 * Opens a tree for the games of some days, as its own schedule has them.
 *
 * @param to the last day; `from` alone is one day
 * @throws Error where there is no tree, or a day has no games
 */
export async function openGames(
  root: string,
  from: string,
  to = from,
): Promise<{
  readonly bronze: GameStore;
  readonly schedule: Schedule;
  /** In order of tip-off. */
  readonly games: readonly Game[];
}> {
  if (!existsSync(join(root, "bronze"))) {
    const command = from === to ? "demo" : "demo:week";
    throw new Error(`There is no bronze tree in "${root}". Write one first: npm run ${command}`);
  }
  const store = new BronzeStore({ root, datasets: [scheduleFeed] });
  const games: Game[] = [];
  for (const date of daysOf(from, to)) {
    const own = (await store.readBronzeDay("schedule_raw", date)).rows();
    if (own.length === 0) throw new Error(`The schedule in "${root}" has no games on ${date}.`);
    games.push(...own);
  }
  games.sort((a, b) => (a.tip_ts < b.tip_ts ? -1 : 1));
  return {
    bronze: gameStore(root, games),
    schedule: defineSchedule(games, { timeZone: "America/New_York" }),
    games,
  };
}

const DAY_MS = 86_400_000;

function daysOf(from: string, to: string): string[] {
  const days: string[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += DAY_MS)
    days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}
