import type { EffectiveTimes } from "./effective-time.js";
import type { KeyCodes } from "./key-codes.js";
import { compareInstants, type SplitInstant, type SplitInstants } from "./split-instants.js";

/**
 * Every selectable row, grouped by key and, within a key, in selection order:
 * `(effective time, ingested_ts, partition order, row order)` (SPEC 4.4).
 *
 * Invariants: key `k` owns positions `starts[k]` to `starts[k + 1]`; `times` at a position is the effective time of
 * row `rows[position]` and never falls within a key. So the rows of a key that are eligible at any cutoff are a
 * prefix of its positions, and the last of them wins.
 */
export interface VersionIndex {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
  readonly times: SplitInstants;
}

/**
 * Builds the index: a counting sort by key, which keeps frame order, then a sort of the few keys whose rows did not
 * already lie in time order.
 */
export function buildVersionIndex(keys: KeyCodes, { effective, ingested }: EffectiveTimes): VersionIndex {
  const starts = new Uint32Array(keys.count + 1);
  const { codes } = keys;
  for (let row = 0; row < codes.length; row++) {
    if (effective.high[row] !== Number.NEGATIVE_INFINITY) starts[codes[row]! + 1]!++;
  }
  for (let key = 0; key < keys.count; key++) starts[key + 1]! += starts[key]!;
  const rows = new Uint32Array(starts[keys.count]!);
  const next = starts.slice(0, keys.count);
  for (let row = 0; row < codes.length; row++) {
    if (effective.high[row] !== Number.NEGATIVE_INFINITY) rows[next[codes[row]!]!++] = row;
  }

  // Row numbers follow partition order, then row order, so they break the last tie.
  const compare = (a: number, b: number) =>
    compareInstants(effective, a, b) || compareInstants(ingested, a, b) || a - b;
  for (let key = 0; key < keys.count; key++) {
    const end = starts[key + 1]!;
    for (let i = starts[key]! + 1; i < end; i++) {
      if (compare(rows[i - 1]!, rows[i]!) > 0) {
        rows.subarray(starts[key]!, end).sort(compare);
        break;
      }
    }
  }

  const times = { high: new Float64Array(rows.length), low: new Uint16Array(rows.length) };
  for (let i = 0; i < rows.length; i++) {
    times.high[i] = effective.high[rows[i]!]!;
    times.low[i] = effective.low[rows[i]!]!;
  }
  return { starts, rows, times };
}

/** How many positions from `start` to `end` lie at or before a cutoff, plus `start`. */
export function upperBound(
  { high, low }: SplitInstants,
  start: number,
  end: number,
  cutoff: SplitInstant,
): number {
  const at = cutoff.high;
  const rest = cutoff.low;
  let first = start;
  let last = end;
  while (first < last) {
    const middle = (first + last) >>> 1;
    const time = high[middle]!;
    if (time < at || (time === at && low[middle]! <= rest)) first = middle + 1;
    else last = middle;
  }
  return first;
}

/** Whether a position lies at or before a cutoff. */
export function isEligible({ high, low }: SplitInstants, position: number, cutoff: SplitInstant): boolean {
  const time = high[position]!;
  return time < cutoff.high || (time === cutoff.high && low[position]! <= cutoff.low);
}

/**
 * Per key of an index, one past its last position at or before a cutoff. To be read before the next call, which may
 * use the array again.
 */
export type EndsAt = (cutoff: SplitInstant) => Uint32Array;

/** Finds where each key's eligible versions end: one binary search per key. */
export function endsAtOf({ starts, times }: VersionIndex): EndsAt {
  const ends = new Uint32Array(starts.length - 1);
  return (cutoff) => {
    for (let key = 0; key < ends.length; key++) {
      ends[key] = upperBound(times, starts[key]!, starts[key + 1]!, cutoff);
    }
    return ends;
  };
}
