import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Random } from "../../fixtures/random.js";

/** Whom to kill, and how often. */
export interface KillOptions {
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
