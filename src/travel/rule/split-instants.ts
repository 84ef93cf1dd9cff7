import { type Column, isNull, unitNs } from "../../table/index.js";

/**
 * Exact instants in typed arrays: `ns = high * 1024 + low`.
 *
 * Invariant: `high` is an integer and `0 <= low < 1024`. Every int64 of nanoseconds has a `high` below 2^53, so a
 * double holds it exactly and two instants compare by `high`, then `low`, without a bigint. A null is
 * `high = -Infinity`, which sorts first.
 */
export interface SplitInstants {
  readonly high: Float64Array;
  readonly low: Uint16Array;
}

/** One instant, split. */
export interface SplitInstant {
  readonly high: number;
  readonly low: number;
}

/** `length` instants, all zero. */
export function allocateInstants(length: number): SplitInstants {
  return { high: new Float64Array(length), low: new Uint16Array(length) };
}

/** Whether an entry is a null. */
export function isNullAt({ high }: SplitInstants, at: number): boolean {
  return high[at] === Number.NEGATIVE_INFINITY;
}

/** One entry; `undefined` for a null. */
export function instantAt(instants: SplitInstants, at: number): SplitInstant | undefined {
  return isNullAt(instants, at) ? undefined : { high: instants.high[at]!, low: instants.low[at]! };
}

/** Writes one entry; `undefined` makes it a null. */
export function setInstant(to: SplitInstants, at: number, instant: SplitInstant | undefined): void {
  to.high[at] = instant ? instant.high : Number.NEGATIVE_INFINITY;
  to.low[at] = instant ? instant.low : 0;
}

/** Splits epoch nanoseconds. */
export function splitInstant(ns: bigint): SplitInstant {
  return { high: Number(ns >> 10n), low: Number(ns & 1023n) };
}

/** One entry as epoch nanoseconds; null for a null. */
export function nsAt(instants: SplitInstants, at: number): bigint | null {
  return isNullAt(instants, at) ? null : BigInt(instants.high[at]!) * 1024n + BigInt(instants.low[at]!);
}

/** Whether entry `row` is at or before an instant; false for a null. */
export function isAtOrBefore(instants: SplitInstants, row: number, { high, low }: SplitInstant): boolean {
  const own = instants.high[row]!;
  return own < high ? own !== Number.NEGATIVE_INFINITY : own === high && instants.low[row]! <= low;
}

/** Whether entry `row` is before an instant, as a null is. */
export function isBefore(instants: SplitInstants, row: number, { high, low }: SplitInstant): boolean {
  const own = instants.high[row]!;
  return own < high || (own === high && instants.low[row]! < low);
}

/** Whether one instant is after another. */
export function isAfter(a: SplitInstant, b: SplitInstant): boolean {
  return a.high > b.high || (a.high === b.high && a.low > b.low);
}

/** The row of the later of two entries, the first of equal ones; a `best` of -1 means none. */
export function laterRow(instants: SplitInstants, best: number, row: number): number {
  return best < 0 || compareInstants(instants, row, best) > 0 ? row : best;
}

/** The latest entry among some rows; null where all are null. */
export function latestNs(instants: SplitInstants, rows: Iterable<number>): bigint | null {
  let best = -1;
  for (const row of rows) best = laterRow(instants, best, row);
  return best < 0 ? null : nsAt(instants, best);
}

/** Orders two entries, nulls first. */
export function compareInstants(instants: SplitInstants, a: number, b: number): number {
  const high = instants.high[a]! - instants.high[b]!;
  // The difference of two nulls is NaN.
  if (high !== 0 && !Number.isNaN(high)) return high;
  return instants.low[a]! - instants.low[b]!;
}

/**
 * Writes a timestamp column (any unit) into `to` from row `offset` on; an absent column is all null.
 */
export function writeInstants(
  to: SplitInstants,
  offset: number,
  length: number,
  column: Column | undefined,
): void {
  if (column?.storage !== "fixed" || column.type.kind !== "timestamp") {
    to.high.fill(Number.NEGATIVE_INFINITY, offset, offset + length);
    return;
  }
  const values = column.values as BigInt64Array;
  // Little-endian halves of each int64: [low word, high word].
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const { unit } = column.type;
  switch (unit) {
    case "ns":
      writeFine(to, offset, length, words);
      break;
    case "us":
    case "ms":
      writeCoarse(to, offset, length, values, words, unitNs(unit));
      break;
    default:
      unit satisfies never;
  }
  if (column.valid) {
    for (let row = 0; row < length; row++) {
      if (isNull(column, row)) {
        to.high[offset + row] = Number.NEGATIVE_INFINITY;
        to.low[offset + row] = 0;
      }
    }
  }
}

function writeFine(to: SplitInstants, offset: number, length: number, words: Int32Array): void {
  for (let row = 0; row < length; row++) {
    const low = words[row << 1]! >>> 0;
    to.high[offset + row] = words[(row << 1) + 1]! * 4_194_304 + (low >>> 10);
    to.low[offset + row] = low & 1023;
  }
}

/** Milli- and microseconds: 128 us are 125 * 1024 ns, so the split needs no bigint while a double is exact. */
function writeCoarse(
  to: SplitInstants,
  offset: number,
  length: number,
  values: BigInt64Array,
  words: Int32Array,
  nsPerUnit: bigint,
): void {
  const usPerUnit = Number(nsPerUnit / 1000n);
  for (let row = 0; row < length; row++) {
    const us = (words[(row << 1) + 1]! * 4_294_967_296 + (words[row << 1]! >>> 0)) * usPerUnit;
    if (Number.isSafeInteger(us)) {
      const whole = Math.floor(us / 128);
      const restNs = (us - whole * 128) * 1000;
      to.high[offset + row] = whole * 125 + (restNs >>> 10);
      to.low[offset + row] = restNs & 1023;
    } else {
      const { high, low } = splitInstant(values[row]! * nsPerUnit);
      to.high[offset + row] = high;
      to.low[offset + row] = low;
    }
  }
}
