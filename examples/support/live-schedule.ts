import { defineSchedule, type Schedule, type ScheduledGame } from "bronzestore";

/** A schedule that a run learns while it goes on. Datasets made with it find the dates of the games known by then. */
export interface LiveSchedule extends Schedule {
  /** Takes over the games as they are known now. */
  learn(games: Iterable<ScheduledGame>): void;
}

/** Knows no games until it is told. */
export function liveSchedule(): LiveSchedule {
  let known = defineSchedule([]);
  return {
    get games() {
      return known.games;
    },
    gameDate: (column) => ({
      column,
      source: "schedule",
      dateOf: (value) => known.gameDate(column).dateOf(value),
    }),
    learn(games) {
      known = defineSchedule(games);
    },
  };
}
