import { type BackfillReport, defineSchedule, type RowOf } from "bronzestore";
import type { liveGames } from "../../feeds/live-schedule.js";
import { reportDays } from "./known.js";
import { projectMinutes, projectRates, simulate } from "./models.js";
import type { Live, LiveBuild, LiveRun } from "./open.js";

type Game = RowOf<typeof liveGames>;

const LOCK_BEFORE_TIP_NS = 15n * 60n * 1_000_000_000n;

/** The instants at which slates fall due: the lock and the tip-off of each game. */
export function locksAndTips(games: Iterable<Game>): bigint[] {
  return [...games].flatMap(({ tip_ts }) => [tip_ts - LOCK_BEFORE_TIP_NS, tip_ts]);
}

/** The rows of a game's slate, by the same models as the live run's, from bronze at the slate's own cutoff. */
export const liveSlate: LiveBuild = async (at, { slate, cutoff }) => {
  const [date, game_id] = [String(slate.game_date), String(slate.game_id)];
  const isOurs = (row: { readonly game_id: string }) => row.game_id === game_id;
  const games = (await at.read("schedule_raw", { date })).rows().filter(isOurs);
  const report = (await at.read("injuries_raw", reportDays(cutoff))).rows().filter(isOurs);
  const lines = (await at.read("odds_raw", { date })).rows().filter(isOurs);
  const minutes = projectMinutes(games, report);
  const rates = projectRates(minutes, lines);
  return simulate(rates).map((row, i) => ({ ...minutes[i]!, ...rates[i]!, ...row }));
};

/**
 * Freezes what is due at the run's cutoff, each slate from what had been captured by its own. `waiting` are games whose
 * slates must wait for the schedule to be seen again: a tip-off that was only known before it may have moved since.
 */
export async function freezeDueSlates(
  run: LiveRun,
  { date }: Pick<Live, "date">,
): Promise<BackfillReport & { readonly waiting: readonly string[] }> {
  const games = (await run.bronze.asOf().read("schedule_raw", { date })).rows();
  const isConfirmed = (game: Game) => {
    const due = locksAndTips([game]).filter((deadline) => deadline <= run.cutoff);
    return due.every((deadline) => game.ingested_ts >= deadline);
  };
  const schedule = defineSchedule(games.filter(isConfirmed), { timeZone: "America/New_York" });
  const waiting = games.filter((game) => !isConfirmed(game)).map(({ game_id }) => game_id);
  return { ...(await run.gold.freezeDue(schedule, liveSlate, { knownBy: "cutoff" })), waiting };
}
