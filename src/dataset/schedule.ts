import { BronzeError } from "../errors.js";
import {
  anObject,
  assertIs,
  assertOptions,
  iterable,
  type Kind,
  type OptionTable,
  required,
  text,
  zoneName,
} from "../options.js";
import { summary, withText } from "../printed.js";
import { counted } from "../shown.js";
import { assertDate, calendar, formatInstant, type InstantLike, toEpochNs } from "../time/index.js";

/**
 * Finds the domain date of a row through something other than the row, such as a schedule.
 *
 * `dateOf` gets the value of `column`, as a reader of the row gets it (a decimal with every digit), and returns
 * `YYYY-MM-DD`, or `undefined` when it does not know the value. A write, a join by that column, and a read of a file of several
 * days are then refused with `UNKNOWN_LOOKUP` naming every such value. It is not asked for null, which has no day.
 *
 * @category Datasets
 */
export interface DateLookup<Column extends string = string> {
  readonly column: Column;
  /** What is looked up in, for messages: `schedule`. */
  readonly source: string;
  dateOf(value: unknown): string | undefined;
}

/**
 * One game of a schedule. Either a domain date or a tip-off must be known; the tip-off decides where both are.
 *
 * @category Datasets
 */
export interface ScheduledGame {
  readonly game_id: string;
  /** `YYYY-MM-DD` in the schedule's zone. */
  readonly game_date?: string;
  /** Tip-off. */
  readonly tip_ts?: InstantLike;
}

/** The other columns of a game; none without games, as in `defineSchedule([], ...)`. */
type ColumnsOf<Game> = [Game] extends [never] ? unknown : Omit<Game, keyof ScheduledGame>;

/**
 * A schedule: games by id. `Game` is what was given of each.
 *
 * @category Datasets
 */
export interface Schedule<Game extends ScheduledGame = ScheduledGame> {
  /** Games in the order they were given; `tip_ts` is epoch nanoseconds where it is known. All other columns are kept. */
  readonly games: readonly (ColumnsOf<Game> & {
    readonly game_id: string;
    readonly game_date: string;
    readonly tip_ts?: bigint;
  })[];
  /** The domain date of the game a column names, for `date: { from: ... }`. */
  gameDate<const Column extends string>(column: Column): DateLookup<Column>;
}

/** The result of `defineSchedule`. */
export const aSchedule: Kind = {
  is: "a schedule (defineSchedule makes one)",
  accepts: (value) => {
    const { games, gameDate } = (value ?? {}) as Partial<Schedule>;
    return Array.isArray(games) && typeof gameDate === "function";
  },
};

/**
 * How to read a schedule.
 *
 * @category Datasets
 */
export interface ScheduleOptions {
  /** Zone of game dates: an IANA name, such as `America/New_York`. */
  readonly timeZone: string;
}

const OPTIONS: OptionTable<ScheduleOptions> = { timeZone: required(zoneName) };
/** A feed may have numeric ids. */
const GAME_ID: Kind = {
  is: "text",
  accepts: (value) =>
    (typeof value === "string" && value !== "") || typeof value === "bigint" || Number.isSafeInteger(value),
};

/**
 * Builds a schedule whose game dates are days in `timeZone`: a tip-off at 22:30 in New York belongs to that evening,
 * though it is the next day in UTC. Writing looks games up, and so does a join on the game that is not told which days to
 * read, and a read of a file of several days: a store that does none of these can be given
 * `defineSchedule([], { timeZone })`. Columns it does not know are kept, for slates that are known by them.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for a game without id, or without date and tip-off, for a date and a
 * tip-off that differ, or for one id with two dates; `INVALID_DATE`, `INVALID_INSTANT`, `INVALID_TIME_ZONE`
 * @example
 * ```ts
 * const schedule = defineSchedule([{ game_id: "0022500561", tip_ts: "2026-01-16T00:00:00Z" }], {
 *   timeZone: "America/New_York",
 * });
 * const odds = defineDataset({ name: "odds_raw", date: { from: schedule.gameDate("game_id") }, ... });
 * ```
 * @category Datasets
 */
export function defineSchedule<Game extends ScheduledGame>(
  games: Iterable<Game>,
  options: ScheduleOptions,
): Schedule<Game> {
  assertOptions(options, OPTIONS, "defineSchedule");
  assertIs(games, iterable, "The games of a schedule");
  const zone = calendar(options.timeZone);
  type Known = Schedule<Game>["games"][number];
  const known = new Map<string, Known>();
  for (const game of games) {
    assertIs(game, anObject, "A game of the schedule");
    assertIs(game.game_id, GAME_ID, "The game_id of a game of the schedule");
    const tip =
      game.tip_ts === undefined ? undefined : toEpochNs(game.tip_ts, `tip_ts of game ${game.game_id}`);
    const date = tip === undefined ? game.game_date : zone.date(tip);
    if (date === undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `Game ${game.game_id} of the schedule has neither game_date nor tip_ts; give at least one of them.`,
        { game_id: game.game_id },
      );
    }
    assertDate(date, `game_date of game ${game.game_id}`);
    if (tip !== undefined && game.game_date !== undefined && game.game_date !== date) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `Game ${game.game_id} is dated ${game.game_date} but tips off at ${formatInstant(tip)}, which is ${date} in ${zone.timeZone}.`,
        { game_id: game.game_id },
      );
    }
    const id = String(game.game_id);
    const before = known.get(id);
    if (before && before.game_date !== date) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `Game ${game.game_id} is in the schedule twice, on ${before.game_date} and on ${date}.`,
        { game_id: game.game_id },
      );
    }
    // A later mention without a tip-off, or without another column, does not remove the known one.
    const tip_ts = tip ?? before?.tip_ts;
    const columns = Object.entries(game).filter(([, value]) => value !== undefined);
    known.set(id, {
      ...before,
      ...Object.fromEntries(columns),
      game_id: id,
      game_date: date,
      ...(tip_ts !== undefined && { tip_ts }),
    } as Known);
  }
  const schedule: Schedule<Game> = {
    games: [...known.values()],
    gameDate(column) {
      assertIs(column, text, "The column of schedule.gameDate");
      return {
        column,
        source: "schedule",
        dateOf: (value) => (GAME_ID.accepts(value) ? known.get(String(value))?.game_date : undefined),
      };
    },
  };
  return withText(schedule, ({ games }) => scheduleText(games, zone.timeZone));
}

function scheduleText(games: Schedule["games"], timeZone: string): string {
  const dates = games.map(({ game_date }) => game_date).sort();
  const span = dates.length === 0 ? "" : `, ${dates[0]} to ${dates.at(-1)}`;
  const withoutTip = games.filter(({ tip_ts }) => tip_ts === undefined).length;
  const note = withoutTip > 0 ? [`${withoutTip} without a tip-off`] : [];
  return summary(`Schedule of ${counted(games.length, "game")}${span} in ${timeZone}`, note);
}
