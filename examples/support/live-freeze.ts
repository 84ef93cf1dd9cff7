import { type BackfillReport, defineSchedule, type RowOf } from "bronzestore";
import type { liveGames } from "../feeds/live-schedule.js";
import type { Live, LiveRun } from "./live-pipeline.js";
import { liveSlate } from "./live-slate.js";

type Game = RowOf<typeof liveGames>;

const LOCK_BEFORE_TIP_NS = 15n * 60n * 1_000_000_000n;

/** The instants at which slates fall due: the lock and the tip-off of each game. */
export function locksAndTips(games: Iterable<Game>): bigint[] {
  return [...games].flatMap(({ tip_ts }) => [tip_ts - LOCK_BEFORE_TIP_NS, tip_ts]);
}

/**
 * Freezes what is due at the run's cutoff, each slate from what had been captured by its own. `waiting` are games whose
 * slates must wait for the schedule to be seen again: a tip-off that was only known before it may have moved since.
 */
export async function freezeDueSlates(
  run: LiveRun,
  { date }: Pick<Live, "date">,
): Promise<BackfillReport & { readonly waiting: readonly string[] }> {
  const games = (await run.bronze.asOf().read("schedule_raw", { date })).rows();
  const isConfirmed = ({ ingested_ts, ...game }: Game) => {
    const due = locksAndTips([{ ingested_ts, ...game }]).filter((deadline) => deadline <= run.cutoff);
    return due.every((deadline) => ingested_ts >= deadline);
  };
  const schedule = defineSchedule(games.filter(isConfirmed));
  const waiting = games.filter((game) => !isConfirmed(game)).map(({ game_id }) => game_id);
  return { ...(await run.gold.freezeDue(schedule, liveSlate, { knownBy: "cutoff" })), waiting };
}
