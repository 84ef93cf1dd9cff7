import { ReadingThrough } from "./reading-through.js";
import type { Reading } from "./storage.js";

/**
 * How many calls one query has in flight on a storage at most, and a local disk in all. An object storage answers each
 * in some 10 ms, so one at a time a day of 288 files takes seconds; on a disk, each call may hold a descriptor and a
 * thread. More calls are not faster, and keep as many unread files in memory.
 */
export const MAX_IN_FLIGHT = 32;

/**
 * Does work for each item, at most `bound` at once, started in order; the results are in that order too. The error of
 * the first failed item, in the order of the items, is thrown, whichever ended first. After a failure nothing new is
 * started, and nothing is still running when the promise settles.
 *
 * @param work its `isWanted` returns false once an earlier item failed; work may use it to end early in any way
 * @example
 * ```ts
 * const files = await mapConcurrently(paths, MAX_IN_FLIGHT, (path) => storage.read(path));
 * ```
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  bound: number,
  work: (item: Item, isWanted: () => boolean) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failedAt = Number.POSITIVE_INFINITY;
  let failure: unknown;
  const workOn = async () => {
    while (next < items.length && failedAt === Number.POSITIVE_INFINITY) {
      const at = next++;
      try {
        results[at] = await work(items[at]!, () => at < failedAt);
      } catch (error) {
        // Every item before it has been started, and may still fail.
        if (at > failedAt) continue;
        failedAt = at;
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(bound, items.length) }, workOn));
  if (failedAt < items.length) throw failure;
  return results;
}

/**
 * The same for work that reads from a storage, perhaps with many calls per item. It gets a storage on which all items
 * together have at most `MAX_IN_FLIGHT` calls in flight, even where work calls this again for its own items; and which
 * starts no call for an item once an earlier one failed.
 *
 * @example
 * ```ts
 * const days = await mapReads(storage, units, (storage, unit) => listUnit(storage, dataset, unit));
 * ```
 */
export function mapReads<Item, Result>(
  storage: Reading,
  items: readonly Item[],
  work: (storage: Reading, item: Item) => Promise<Result>,
): Promise<Result[]> {
  // One item has no other to share with, or to be stopped by.
  if (items.length === 1) return mapConcurrently(items, 1, (item) => work(storage, item));
  const { below, through, isWanted } =
    storage instanceof BoundedReading
      ? storage
      : { below: storage, through: gate(MAX_IN_FLIGHT), isWanted: () => true };
  return mapConcurrently(items, MAX_IN_FLIGHT, (item, isWantedHere) =>
    work(new BoundedReading(below, through, () => isWanted() && isWantedHere()), item),
  );
}

/** What `mapReads` gives out. A work that calls it again with this shares the same places, and ends with it. */
class BoundedReading extends ReadingThrough {
  constructor(
    readonly below: Reading,
    readonly through: Gate,
    readonly isWanted: () => boolean,
  ) {
    super();
  }

  protected make<T>(call: () => Promise<T>): Promise<T> {
    return this.through(() => (this.isWanted() ? call() : Promise.reject(new NotWanted())));
  }
}

/** Never seen outside: the error of an earlier item is thrown. */
class NotWanted extends Error {}

/** How many files to hold at once, each of at most this size: as many as may be in flight, but not 256 MB of them. */
export function filesAtOnce(largestBytes: number): number {
  return Math.max(1, Math.min(MAX_IN_FLIGHT, Math.floor(MAX_HELD_BYTES / largestBytes)));
}

const MAX_HELD_BYTES = 256 * 1024 * 1024;

/** Makes a task wait until there is a place for it. */
type Gate = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Lets at most `limit` tasks run at once; the others wait. Thousands of writes started together would
 * otherwise hold thousands of descriptors.
 *
 * @example
 * ```ts
 * const through = gate(32);
 * await Promise.all(files.map((file) => through(() => write(file))));
 * ```
 */
export function gate(limit: number): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    // A task that ends passes its place to the first in line, so no other task can get in between.
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/** Runs work of one name one after the other, in the order it came. */
export function turns(): <Result>(name: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const own = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, own);
    try {
      return await own;
    } finally {
      if (last.get(name) === own) last.delete(name);
    }
  };
}
