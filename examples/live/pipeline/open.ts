import { parseArgs } from "node:util";
import {
  type Build,
  calendar,
  defineSchedule,
  nbaSeason,
  type Run,
  reportRun,
  type Schedule,
} from "bronzestore";
import { liveInjuries } from "../../feeds/live-injuries.js";
import { liveGames } from "../../feeds/live-schedule.js";
import { oddsOf } from "../../feeds/odds.js";
import { oddsLatestOf } from "../../feeds/odds-latest.js";
import { slateRows } from "./models.js";

/** What every live script is told on its command line. */
interface LiveOptions {
  /** Folder of the data. */
  readonly root: string;
  /** Address of the feeds, without a slash at the end. */
  readonly feed: string;
  /** How long until the script's timer starts it again: `PT5M`. */
  readonly every: string;
  /** The evening's date in New York. */
  readonly date: string;
  /** How often a fetch is tried again. The timer comes again anyway. */
  readonly retries: number;
}

/** Reads `--root=data --feed=http://127.0.0.1:8080 --every=PT5M ...`. */
export function liveOptions(args: readonly string[] = process.argv.slice(2)): LiveOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: "string", default: "live-data" },
      feed: { type: "string", default: "http://127.0.0.1:8080" },
      every: { type: "string", default: "PT5M" },
      date: { type: "string" },
      retries: { type: "string", default: "1" },
    },
  });
  const date = values.date ?? eveningAt(BigInt(Date.now()) * 1_000_000n);
  return { ...values, date, retries: Number(values.retries) };
}

const SIX_HOURS_NS = 6n * 3600n * 1_000_000_000n;

/** The evening an instant belongs to. Games go on after midnight: until six in the morning it is still the last one. */
export function eveningAt(ns: bigint): string {
  return calendar("America/New_York").date(ns - SIX_HOURS_NS);
}

/** What the live scripts share: where the data is, what is in it, and which games there are. */
export function openLive(args?: readonly string[]) {
  const options = liveOptions(args);
  const schedule = liveSchedule();
  const datasets = [liveGames, liveInjuries, oddsOf(schedule), oddsLatestOf(schedule)] as const;
  const place = {
    root: options.root,
    timeZone: "America/New_York",
    datasets,
    gold: { schema: slateRows.element, season: nbaSeason },
    onEvent: reportRun(),
  };
  return { ...options, schedule, datasets, place };
}

/** The pipeline as a script has opened it. */
export type Live = ReturnType<typeof openLive>;
/** A run of it. */
export type LiveRun = Run<Live["datasets"]>;
/** A builder of its slates. */
export type LiveBuild = Build<Live["datasets"]>;

/** A schedule that a run learns while it goes on: datasets made with it find the dates of the games known by then. */
function liveSchedule() {
  let known = defineSchedule([], { timeZone: "America/New_York" });
  const schedule: Schedule = {
    get games() {
      return known.games;
    },
    gameDate: (column) => ({
      column,
      source: "schedule",
      dateOf: (value) => known.gameDate(column).dateOf(value),
    }),
  };
  return Object.assign(schedule, {
    /** Takes over the games as they are known now. */
    learn(games: Parameters<typeof defineSchedule>[0]) {
      known = defineSchedule(games, { timeZone: "America/New_York" });
    },
  });
}
