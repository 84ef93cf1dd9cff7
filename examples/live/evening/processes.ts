import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Random } from "../../../fixtures/random.js";
import type { ScriptName } from "./scripts.js";

/** A script that is started again and again, whether or not it is still at work. */
interface Timer {
  readonly script: ScriptName;
  /** Real milliseconds from start to start. */
  readonly everyMs: number;
}

/** What became of the processes of all timers. */
export interface TimerCounts {
  started: number;
  succeeded: number;
  failed: number;
  killed: number;
  /** Ticks at which too many processes were at work already. */
  passedOver: number;
}

/** Timers that are ticking. */
interface Timers {
  readonly counts: Readonly<TimerCounts>;
  /** Processes at work. */
  readonly alive: ReadonlySet<ChildProcess>;
  /** No more starts; settles when the last process has ended. */
  stop(): Promise<void>;
}

/**
 * Starts timers that overlap on purpose.
 *
 * @param atMost processes at work at once: of all timers, and of each
 */
export function startTimers(
  timers: readonly Timer[],
  start: (script: ScriptName) => ChildProcess,
  atMost: { readonly all: number; readonly each: number },
): Timers {
  const alive = new Map<ChildProcess, string>();
  const counts: TimerCounts = { started: 0, succeeded: 0, failed: 0, killed: 0, passedOver: 0 };
  const ended = new Set<Promise<void>>();

  function tick(script: ScriptName): void {
    const own = [...alive.values()].filter((name) => name === script).length;
    if (alive.size >= atMost.all || own >= atMost.each) {
      counts.passedOver++;
      return;
    }
    const child = start(script);
    counts.started++;
    alive.set(child, script);
    const end = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        alive.delete(child);
        counts[signal === "SIGKILL" ? "killed" : code === 0 ? "succeeded" : "failed"]++;
        resolve();
      });
    });
    ended.add(end);
  }

  const ticking = timers.map(({ script, everyMs }) => {
    tick(script);
    return setInterval(() => tick(script), everyMs);
  });
  return {
    counts,
    get alive() {
      return new Set(alive.keys());
    },
    async stop() {
      for (const timer of ticking) clearInterval(timer);
      await Promise.all(ended);
    },
  };
}

/** Whom to kill, and how often. */
interface KillOptions {
  /** Decides when, and between whom. Which line of code it hits is up to the machine. */
  readonly random: Random;
  readonly alive: () => Iterable<ChildProcess>;
  /** Whether another may die now: were all of them killed, nothing would ever be done. */
  readonly mayKill: () => boolean;
  /** The lock's file. Two kills in three go to its holder, who is in the middle of a run. */
  readonly lockFile: string;
  /** Shortest and longest pause between kills, real milliseconds. */
  readonly everyMs: readonly [number, number];
}

/** Kills one process after another with SIGKILL, until it is told to stop. */
export function startKilling({
  random,
  alive,
  mayKill,
  lockFile,
  everyMs: [shortest, longest],
}: KillOptions): () => void {
  let next: NodeJS.Timeout;
  function later(): void {
    next = setTimeout(
      () => {
        const all = [...alive()];
        const holder = random.chance(2 / 3) ? all.find(({ pid }) => pid === holderOf(lockFile)) : undefined;
        const anyone = random.int(0, 1_000_000);
        if (mayKill()) (holder ?? all[anyone % all.length])?.kill("SIGKILL");
        later();
      },
      random.int(shortest, longest),
    );
  }
  later();
  return () => clearTimeout(next);
}

/** Who holds the lock, in their own words; it is only about whom to kill. */
function holderOf(lockFile: string): number | undefined {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8").split("\n")[0]!).pid;
  } catch {
    return undefined;
  }
}
