import { isAfter, isAtOrBefore, type SplitInstant } from "../rule/split-instants.js";
import { type EndsAt, upperBound, type VersionIndex } from "../rule/version-index.js";

/**
 * What was found at one cutoff, kept for others.
 *
 * Invariant: a later cutoff ends no key earlier. So a cutoff between two brackets ends each key between the two, and a
 * search there finds what a search of all its versions would.
 */
interface Bracket {
  readonly cutoff: SplitInstant;
  readonly ends: Uint32Array;
  /** Sum of `ends`: tells how many versions lie between two brackets. */
  readonly total: number;
}

/**
 * Finds where each key's eligible versions end. Every question leaves a bracket for the next ones, so the more there are,
 * the less is searched; the first costs nothing more.
 *
 * @param apart versions between two brackets, at least. A quarter of the keys: then few keys have a version to look at
 * between two neighbours, and all brackets take at most 16 bytes per version. With few keys there is little to search.
 */
export function endsBetweenBrackets(
  index: VersionIndex,
  apart = Math.max((index.starts.length - 1) / 4, 256),
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
    if (total - before.total >= apart && after.total - total >= apart) {
      brackets.splice(next, 0, { cutoff, ends, total });
      room = new Uint32Array(keys);
    }
    return ends;
  };
}

function bracketOf(cutoff: SplitInstant, ends: Uint32Array): Bracket {
  return { cutoff, ends, total: ends.reduce((sum, end) => sum + end, 0) };
}

/** The first bracket with a later cutoff; the first and the last of all lie around every cutoff. */
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
