import type { ChildProcess } from "node:child_process";

/** A script that is started again and again, whether or not it is still at work. */
export interface Timer {
  readonly script: string;
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
export interface Timers {
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
  start: (script: string) => ChildProcess,
  atMost: { readonly all: number; readonly each: number },
): Timers {
  const alive = new Map<ChildProcess, string>();
  const counts: TimerCounts = { started: 0, succeeded: 0, failed: 0, killed: 0, passedOver: 0 };
  const ended = new Set<Promise<void>>();

  function tick(script: string): void {
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
