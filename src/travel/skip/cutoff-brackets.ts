import { isAfter, isAtOrBefore, type SplitInstant } from "../rule/split-instants.js";
import { type EndsAt, upperBound, type VersionIndex } from "../rule/version-index.js";

/**
 * Results at one cutoff, kept for others.
 *
 * Invariant: at a later cutoff no key ends earlier. So for a cutoff between two brackets each key ends between its ends
 * in the two, and a search there finds the same as a search of all its versions.
 */
interface Bracket {
  readonly cutoff: SplitInstant;
  readonly ends: Uint32Array;
  /** Sum of `ends`: shows how many versions are between two brackets. */
  readonly total: number;
}

/**
 * Finds where each key's eligible versions end. Every question leaves a bracket for later ones, so the more there are,
 * the less is searched; the first costs nothing extra.
 *
 * @param minDistance minimum number of versions between two brackets. A quarter of the keys: then few keys have a
 * version to check between two neighbours, and all brackets take at most 16 bytes per version. With few keys there is
 * little to search.
 */
export function endsBetweenBrackets(
  index: VersionIndex,
  minDistance = Math.max((index.starts.length - 1) / 4, 256),
): EndsAt {
  const { starts } = index;
  const keys = starts.length - 1;
  const first = bracketOf({ high: Number.NEGATIVE_INFINITY, low: 0 }, starts.subarray(0, keys));
  const last = bracketOf({ high: Number.POSITIVE_INFINITY, low: 0 }, starts.subarray(1));
  const brackets = [first, last];
  let room = new Uint32Array(keys);
  return (cutoff) => {
    const next = firstAfter(brackets, cutoff);
    const before = brackets[next - 1]!;
    const after = brackets[next]!;
    if (before.cutoff.high === cutoff.high && before.cutoff.low === cutoff.low) return before.ends;
    const ends = room;
    const total = searchBetween(index, before.ends, after.ends, cutoff, ends);
    if (total - before.total >= minDistance && after.total - total >= minDistance) {
      brackets.splice(next, 0, { cutoff, ends, total });
      room = new Uint32Array(keys);
    }
    return ends;
  };
}

function bracketOf(cutoff: SplitInstant, ends: Uint32Array): Bracket {
  return { cutoff, ends, total: ends.reduce((sum, end) => sum + end, 0) };
}

/** The first bracket with a later cutoff; every cutoff is between the first and the last of all. */
function firstAfter(brackets: readonly Bracket[], cutoff: SplitInstant): number {
  let low = 1;
  let high = brackets.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(brackets[middle]!.cutoff, cutoff)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Fills `ends`, each between `from` and `to`, and returns their sum. */
function searchBetween(
  { times }: VersionIndex,
  from: Uint32Array,
  to: Uint32Array,
  cutoff: SplitInstant,
  ends: Uint32Array,
): number {
  let total = 0;
  for (let key = 0; key < ends.length; key++) {
    const start = from[key]!;
    const limit = to[key]!;
    let end = start;
    if (limit - start <= 4) {
      while (end < limit && isAtOrBefore(times, end, cutoff)) end++;
    } else {
      end = upperBound(times, start, limit, cutoff);
    }
    ends[key] = end;
    total += end;
  }
  return total;
}
