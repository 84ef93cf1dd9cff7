import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FeedServer, startFeedServer } from "../../../fixtures/feed-server.js";
import { momentOf } from "../../../fixtures/moment.js";
import { seededRandom } from "../../../fixtures/random.js";
import { realTimeOf, simulatedClock } from "../../../fixtures/simulated-clock.js";
import { startKilling, startTimers, type TimerCounts } from "./processes.js";
import { SCRIPT_NAMES, type ScriptName, stageScripts } from "./scripts.js";

/** Which evening, how fast, and how badly it goes. */
interface EveningPlan {
  readonly seed: number;
  /** Folder that is made anew: `data/`, `acks/` and `logs/`. */
  readonly out: string;
  readonly games: number;
  /** Share of answers that meet a fault. */
  readonly faultRate: number;
  /** Simulated time per real time. */
  readonly speedup: number;
  /** First and last simulated moment, ISO 8601 with an offset. */
  readonly startsAt: string;
  readonly until: string;
}

/** What an evening was like. */
export interface Evening {
  readonly root: string;
  readonly acks: string;
  readonly logs: string;
  readonly date: string;
  readonly games: number;
  readonly counts: Readonly<TimerCounts>;
  /** Answers of the feeds, and those of them that met a fault. */
  readonly requests: number;
  readonly faults: number;
  /** Scripts of the last pass that did not end well. */
  readonly failedAtLast: readonly string[];
}

/** Every timer with its period, simulated minutes. */
const TIMERS: Record<ScriptName, number> = {
  "live-score": 6,
  "live-scrape": 14,
  "live-rates": 21,
  "live-sim": 24,
  "freeze-due": 15,
  "backfill-injuries": 60,
};

/** Share of all processes. */
const KILLED_AT_MOST = 0.3;

/** Lets an evening happen: timers that overlap, feeds that fail, processes that are killed; then one quiet pass. */
export async function liveEvening(
  plan: EveningPlan,
  onProgress: (nowMs: number, counts: TimerCounts) => void,
): Promise<Evening> {
  const { seed, out, games, faultRate, speedup, startsAt, until } = plan;
  const date = startsAt.slice(0, 10);
  const [root, acks, logs] = ["data", "acks", "logs"].map((name) => join(out, name)) as [
    string,
    string,
    string,
  ];
  rmSync(out, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const scripts = await stageScripts();

  // Before the evening time goes as it does: however slow the machine, the games are known when it begins.
  let timing = { startsAt, realStartMs: Date.now(), speedup: 1 };
  const clock = () => simulatedClock(timing)();
  const serve = (rate: number) =>
    startFeedServer({ seed, gameDate: date, games, clock, faults: { rate, delayMs: 300 } });
  const [feed, soundFeed] = [await serve(faultRate), await serve(0)];
  function start(script: ScriptName, { url }: FeedServer): ChildProcess {
    const log = openSync(join(logs, `${script}.jsonl`), "a");
    const options = { root, date, feed: url, retries: "0", every: `PT${TIMERS[script]}M` };
    const child = scripts.start(script, { clock: timing, acks }, options, ["ignore", log, log]);
    closeSync(log);
    return child;
  }
  /** Runs scripts one after the other, undisturbed, on feeds that do not fail. @returns those that ended badly */
  async function quietly(names: readonly ScriptName[]): Promise<string[]> {
    const failed: string[] = [];
    for (const script of names) {
      const [code] = await once(start(script, soundFeed), "close");
      if (code !== 0) failed.push(script);
    }
    return failed;
  }

  try {
    // The games have been known for months when the evening begins.
    await quietly(["live-scrape"]);
    timing = { startsAt: new Date(clock()).toISOString(), realStartMs: Date.now(), speedup };
    const timers = startTimers(
      SCRIPT_NAMES.map((script) => ({ script, everyMs: (TIMERS[script] * 60_000) / speedup })),
      (script) => start(script, feed),
      { all: 5, each: 2 },
    );
    const stopKilling = startKilling({
      random: seededRandom(seed).fork("kills"),
      alive: () => timers.alive,
      lockFile: join(root, "runs/.lock"),
      everyMs: [100, 1000],
      mayKill: () => timers.counts.killed < KILLED_AT_MOST * timers.counts.started,
    });
    const endMs = realTimeOf(timing, momentOf(until, "until"));
    while (Date.now() < endMs) {
      await sleep(Math.min(5_000, endMs - Date.now()));
      onProgress(clock(), timers.counts);
    }
    stopKilling();
    await timers.stop();

    const failedAtLast = await quietly(SCRIPT_NAMES);
    const faults = feed.log.filter(({ fault }) => fault !== null).length;
    return {
      root,
      acks,
      logs,
      date,
      games,
      counts: timers.counts,
      requests: feed.log.length,
      faults,
      failedAtLast,
    };
  } finally {
    await Promise.all([feed.close(), soundFeed.close()]);
    scripts.remove();
  }
}
