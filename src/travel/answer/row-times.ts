import type { FallbackPolicy } from "../../dataset/index.js";
import { type Frame, partOffsets } from "../frame/frame.js";
import { effectiveTimes, isAhead } from "../rule/effective-time.js";
import { encodeKeys } from "../rule/key-codes.js";
import { nsAt, splitInstant } from "../rule/split-instants.js";

/** The times of each row of a frame, whatever is asked of it. Epoch nanoseconds. */
export interface RowTimes {
  readonly rows: number;
  /** Null for a row that is not selectable. */
  effectiveNs(row: number): bigint | null;
  /** Null where nobody knows when it was captured. */
  capturedNs(row: number): bigint | null;
  /** Whether the effective time is `ingested_ts`. */
  isByFallback(row: number): boolean;
  /** Whether `as_of_ts` lies after `ingested_ts` (by more than `maxLead`, where there is one). */
  isAhead(row: number): boolean;
  readonly notSelectable: number;
  /** Whether any row has a usable `as_of_ts`, on which the `dataset` fallback hangs. */
  readonly anyUsable: boolean;
}

/**
 * The times of rows, by the dataset's rules.
 *
 * @param fallback another policy than the dataset's, where what `dataset` asks of all rows is known from elsewhere
 */
export function rowTimes(frame: Frame, fallback?: FallbackPolicy): RowTimes {
  const rules = frame.dataset.timestamps;
  const times = effectiveTimes(frame, fallback === undefined ? rules : { ...rules, fallback });
  const lead = splitInstant(rules.maxLeadNs ?? 0n);
  return {
    rows: partOffsets(frame.parts)[frame.parts.length]!,
    effectiveNs: (row) => nsAt(times.effective, row),
    capturedNs: (row) => nsAt(times.ingested, row),
    isByFallback: (row) => times.byFallback[row] === 1,
    isAhead: (row) => isAhead(times.asOf, times.ingested, row, lead),
    notSelectable: times.notSelectable,
    anyUsable: times.anyUsable,
  };
}

/** How many keys stand in more than one row of a frame. */
export function repeatedKeys(frame: Frame): number {
  const { codes, count } = encodeKeys(frame, frame.dataset.key);
  const rowsOf = new Uint32Array(count);
  for (const code of codes) rowsOf[code]!++;
  return rowsOf.filter((rows) => rows > 1).length;
}
