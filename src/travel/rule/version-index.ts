import type { EffectiveTimes } from "./effective-time.js";
import { groupByKey, type KeyCodes, type RowsByKey } from "./key-codes.js";
import { rowOrder } from "./order.js";
import { allocateInstants, isNullAt, type SplitInstant, type SplitInstants } from "./split-instants.js";

/**
 * Every selectable row, grouped by key and, within a key, in the order of rows (`order.ts`).
 *
 * Invariants: key `k` owns positions `starts[k]` to `starts[k + 1]`; `times` at a position is the effective time of
 * row `rows[position]` and never decreases within a key. So the rows of a key that are eligible at any cutoff are a
 * prefix of its positions, and the last of them wins.
 */
export interface VersionIndex extends RowsByKey {
  readonly times: SplitInstants;
}

/**
 * Builds the index: rows grouped by key keep their order, so only the few keys whose rows are not already in time order
 * are sorted.
 */
export function buildVersionIndex(keys: KeyCodes, times: EffectiveTimes): VersionIndex {
  const { effective } = times;
  const { starts, rows } = groupByKey(keys, (row) => !isNullAt(effective, row));
  const order = rowOrder(times);
  for (let key = 0; key < keys.count; key++) {
    const end = starts[key + 1]!;
    for (let i = starts[key]! + 1; i < end; i++) {
      if (order(rows[i - 1]!, rows[i]!) > 0) {
        rows.subarray(starts[key]!, end).sort(order);
        break;
      }
    }
  }

  const ordered = allocateInstants(rows.length);
  for (let i = 0; i < rows.length; i++) {
    ordered.high[i] = effective.high[rows[i]!]!;
    ordered.low[i] = effective.low[rows[i]!]!;
  }
  return { starts, rows, times: ordered };
}

/** How many positions from `start` to `end` are at or before a cutoff, plus `start`. */
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

/** One past the last version of a key at or before a cutoff: for questions about few keys each. */
export function endOf({ starts, times }: VersionIndex, key: number, cutoff: SplitInstant): number {
  return upperBound(times, starts[key]!, starts[key + 1]!, cutoff);
}

/**
 * Per key of an index, one past its last position at or before a cutoff. Use the result before the next call, which may
 * reuse the array.
 */
export type EndsAt = (cutoff: SplitInstant) => Uint32Array;

/** Finds where each key's eligible versions end: one binary search per key. */
export function endsAtOf(index: VersionIndex): EndsAt {
  const ends = new Uint32Array(index.starts.length - 1);
  return (cutoff) => {
    for (let key = 0; key < ends.length; key++) ends[key] = endOf(index, key, cutoff);
    return ends;
  };
}
