import { isTickAfter, type Tick } from "./ticks.js";
import { isEligible, upperBoundNear, type VersionIndex } from "./version-index.js";

/**
 * Per key of an index, one past its last position at or before a cutoff. To be read before the next call, which may
 * use the array again.
 */
export type EndsAt = (cutoff: Tick) => Uint32Array;

/**
 * What was found at one cutoff, kept for others.
 *
 * Invariant: a later cutoff ends no key earlier. So a cutoff between two fences ends each key between the two, and a
 * search there finds what a search of all its versions would.
 */
interface Fence {
  readonly cutoff: Tick;
  readonly ends: Uint32Array;
  /** Sum of `ends`: tells how many versions lie between two fences. */
  readonly total: number;
}

/**
 * Finds where each key's eligible versions end. Every question leaves a fence for the next ones, so the more are asked,
 * the less is searched; the first costs nothing more.
 *
 * @param apart versions between two fences, at least. A quarter of the keys: then few keys have a version to look at
 * between two neighbours, and all fences take at most 16 bytes a version. With few keys there is little to search.
 */
export function endsAtOf(index: VersionIndex, apart = Math.max((index.starts.length - 1) / 4, 256)): EndsAt {
  const { starts } = index;
  const keys = starts.length - 1;
  const first = fenceOf({ high: Number.NEGATIVE_INFINITY, low: 0 }, starts.subarray(0, keys));
  const last = fenceOf({ high: Number.POSITIVE_INFINITY, low: 0 }, starts.subarray(1));
  const fences = [first, last];
  let room = new Uint32Array(keys);
  return (cutoff) => {
    const next = firstAfter(fences, cutoff);
    const before = fences[next - 1]!;
    const after = fences[next]!;
    if (before.cutoff.high === cutoff.high && before.cutoff.low === cutoff.low) return before.ends;
    const ends = room;
    const total = searchBetween(index, before.ends, after.ends, cutoff, ends);
    if (total - before.total >= apart && after.total - total >= apart) {
      fences.splice(next, 0, { cutoff, ends, total });
      room = new Uint32Array(keys);
    }
    return ends;
  };
}

function fenceOf(cutoff: Tick, ends: Uint32Array): Fence {
  return { cutoff, ends, total: ends.reduce((sum, end) => sum + end, 0) };
}

/** The first fence with a later cutoff; the first and the last of all lie around every cutoff. */
function firstAfter(fences: readonly Fence[], cutoff: Tick): number {
  let low = 1;
  let high = fences.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTickAfter(fences[middle]!.cutoff, cutoff)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Fills `ends`, each between `from` and `to`, and returns their sum. */
function searchBetween(
  { times }: VersionIndex,
  from: Uint32Array,
  to: Uint32Array,
  cutoff: Tick,
  ends: Uint32Array,
): number {
  let total = 0;
  // Runs list the same keys, so the next key has about as many versions by the cutoff as the one before.
  let versions = 0;
  for (let key = 0; key < ends.length; key++) {
    const start = from[key]!;
    const limit = to[key]!;
    let end = start;
    if (limit - start <= 4) {
      while (end < limit && isEligible(times, end, cutoff)) end++;
    } else {
      end = upperBoundNear(times, start, limit, Math.min(start + versions, limit), cutoff);
      versions = end - start;
    }
    ends[key] = end;
    total += end;
  }
  return total;
}
