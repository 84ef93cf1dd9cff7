import type { Storage } from "bronzestore";
import { storageThrough } from "./storage-through.js";

/** A call that was begun and waits to be let go on. */
export interface HeldCall {
  /** The call and its path: `read bronze/...`. */
  readonly name: string;
  letGo(): void;
}

/** Which of the calls that are under way end next; all of them, unless a test says otherwise. */
export type Choice = (held: readonly HeldCall[]) => readonly HeldCall[];

/** What came of some work. */
interface Timed<T> {
  readonly outcome: PromiseSettledResult<T>;
  /** How often the clock went on: a tick is what one call takes. */
  readonly ticks: number;
  readonly mostInFlight: number;
  /** The calls in the order they were begun. */
  readonly begun: readonly string[];
  /** Those that were under way when the work had ended. */
  readonly leftRunning: number;
}

/**
 * Does work on a storage on which a call ends only when a virtual clock goes on, which it does when nothing is left to do
 * but wait. No real time is in it.
 */
export async function onVirtualTime<T>(
  below: Storage,
  work: (storage: Storage) => Promise<T>,
  choose: Choice = (held) => held,
): Promise<Timed<T>> {
  const held = new Set<HeldCall>();
  const begun: string[] = [];
  let mostInFlight = 0;
  const storage = storageThrough(below, async (name, call) => {
    begun.push(name);
    await new Promise<void>((resolve) => {
      const own = {
        name,
        letGo() {
          held.delete(own);
          resolve();
        },
      };
      held.add(own);
      mostInFlight = Math.max(mostInFlight, held.size);
    });
    return await call();
  });
  let outcome: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([work(storage)]).then(([settled]) => {
    outcome = settled;
  });
  let ticks = 0;
  for (;;) {
    await nothingBegun(begun);
    if (outcome) break;
    if (held.size === 0) continue; // it computes
    ticks++;
    for (const call of choose([...held])) call.letGo();
  }
  const leftRunning = held.size;
  for (const call of held) call.letGo();
  return { outcome, ticks, mostInFlight, begun, leftRunning };
}

/** All that can go on without another call's end has gone on. */
async function nothingBegun(begun: readonly string[]): Promise<void> {
  let before: number;
  do {
    before = begun.length;
    await new Promise((resolve) => setImmediate(resolve));
  } while (begun.length !== before);
}

/** Ends one call at a time, any of those under way. */
export function oneOf(random: () => number): Choice {
  return (held) => [held[Math.floor(random() * held.length)]!];
}
