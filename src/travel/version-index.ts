import type { EffectiveTimes } from "./effective-time.js";
import type { KeyCodes } from "./key-codes.js";
import { compareTicks, type Tick, type Ticks } from "./ticks.js";

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
  readonly times: Ticks;
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
    compareTicks(effective, a, b) || compareTicks(ingested, a, b) || a - b;
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

/**
 * The same as `upperBound`, found from a guess: steps that double until they pass the answer, then a search between the
 * last two. A good guess costs two comparisons, a bad one twice a plain search.
 *
 * @param guess from `start` to `end`
 */
export function upperBoundNear(
  times: Ticks,
  start: number,
  end: number,
  guess: number,
  cutoff: Tick,
): number {
  let first = start;
  let last = end;
  let step = 1;
  if (guess < end && isEligible(times, guess, cutoff)) {
    // Everything before `first` is eligible.
    first = guess + 1;
    while (first + step - 1 < end && isEligible(times, first + step - 1, cutoff)) {
      first += step;
      step *= 2;
    }
    last = Math.min(end, first + step - 1);
  } else {
    // Nothing from `last` on is eligible.
    last = guess;
    while (last - step >= start && !isEligible(times, last - step, cutoff)) {
      last -= step;
      step *= 2;
    }
    first = Math.max(start, last - step + 1);
  }
  return first === last ? first : upperBound(times, first, last, cutoff);
}

/** How many positions from `start` to `end` lie at or before a cutoff, plus `start`. */
export function upperBound({ high, low }: Ticks, start: number, end: number, cutoff: Tick): number {
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
export function isEligible({ high, low }: Ticks, position: number, cutoff: Tick): boolean {
  const time = high[position]!;
  return time < cutoff.high || (time === cutoff.high && low[position]! <= cutoff.low);
}
