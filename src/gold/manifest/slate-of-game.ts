import type { Schedule } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { type Cell, cellText } from "../../table/index.js";
import { type Calendar, formatInstant, type SeasonRule } from "../../time/index.js";
import { SEASON_FROM, type SlateKey, type SlateRules } from "./slate.js";

/** A game of a schedule. */
export type Game = Schedule["games"][number];

/**
 * The slate of a game, by the names of the slate's key columns: the date key is the game's date, `season` follows the
 * season rule, if any, where the game has none, every other column is the game's own.
 *
 * @returns the game's values; a column it lacks is missing
 */
export function slateOfGame(
  { key, dateKey }: SlateRules,
  season: SeasonRule | undefined,
  game: Game,
): SlateKey {
  const slate: Record<string, string | number> = {};
  for (const column of key) {
    const own = Object.hasOwn(game, column) ? (game as unknown as SlateKey)[column] : undefined;
    const value =
      column === dateKey
        ? dateOf(game, column, own)
        : column === "season"
          ? (own ?? season?.(game.game_date))
          : own;
    if (value !== undefined) slate[column] = value;
  }
  return slate;
}

/**
 * Refuses a game that the schedule dates by another zone than gold's.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertGameDate({ game_id, game_date, tip_ts }: Game, zone: Calendar): void {
  const date = tip_ts === undefined ? game_date : zone.date(tip_ts);
  if (date === game_date) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Game ${game_id} of the schedule is on ${game_date}, but its tip-off ${formatInstant(tip_ts!)} is on ${date} in ` +
      `${zone.timeZone}, the timeZone of GoldStore; give defineSchedule and GoldStore the same one.`,
    { game_id },
  );
}

/** The date under its column's name. @throws BronzeError `INVALID_ARGUMENT` when the game's own column has another */
function dateOf({ game_id, game_date }: Game, column: string, own: unknown): string {
  if (own === undefined || own === game_date) return game_date;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Game ${game_id} of the schedule is on ${game_date}, but its ${column}, the slates' date, is ${cellText(own as Cell)}.`,
    { game_id, column },
  );
}

/**
 * Refuses a schedule in which no game has some key column of the slates: each of its slates would fail.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertGamesHaveKeys(
  { key }: SlateRules,
  games: readonly Game[],
  slates: readonly SlateKey[],
): void {
  const missing = key.filter((column) => slates.every((slate) => !Object.hasOwn(slate, column)));
  if (slates.length === 0 || missing.length === 0) return;
  const has = [...new Set(games.flatMap((game) => Object.keys(game)))];
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Slates are identified by ${key.join(", ")}, but no game of the schedule has ${missing.join(", ")}; the games have ` +
      `${has.join(", ")}. Give each game the slate's columns: defineSchedule keeps those it does not know.${missing.includes("season") ? ` ${SEASON_FROM}` : ""}`,
    { missing },
  );
}
