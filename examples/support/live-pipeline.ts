import { type Build, type Run, reportRun } from "bronzestore";
import { liveInjuries } from "../feeds/live-injuries.js";
import { liveGames } from "../feeds/live-schedule.js";
import { oddsOf } from "../feeds/odds.js";
import { oddsLatestOf } from "../feeds/odds-latest.js";
import { liveOptions } from "./live-options.js";
import { liveSchedule } from "./live-schedule.js";
import { liveSlateRow } from "./live-slate.js";

/** What the live scripts share: where the data is, what is in it, and which games there are. */
export function openLive(args?: readonly string[]) {
  const options = liveOptions(args);
  const schedule = liveSchedule();
  const datasets = [liveGames, liveInjuries, oddsOf(schedule), oddsLatestOf(schedule)] as const;
  const { root, clock } = options;
  const gold = { schema: liveSlateRow };
  return { ...options, schedule, datasets, place: { root, datasets, gold, clock, onEvent: reportRun() } };
}

/** The pipeline as a script has opened it. */
export type Live = ReturnType<typeof openLive>;
/** A run of it. */
export type LiveRun = Run<Live["datasets"]>;
/** A builder of its slates. */
export type LiveBuild = Build<Live["datasets"]>;
