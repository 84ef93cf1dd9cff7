import type { TimestampRules } from "../../dataset/index.js";
import type { TimestampRange } from "../../table/index.js";

/** What bounds of a file's two time columns prove of its rows, all of which have an `ingested_ts`. */
interface TimeBounds {
  /** Of the effective times, both ends inclusive, in epoch nanoseconds; where a row has one at all. */
  readonly minNs: bigint;
  readonly maxNs: bigint;
  /** Whether each row's effective time is its `as_of_ts`. */
  readonly isTrusted: boolean;
  /** The earliest and the latest `ingested_ts`. */
  readonly firstCaptureNs: bigint;
  readonly lastCaptureNs: bigint;
  /** Whether no `as_of_ts` lies after its `ingested_ts` (by more than `maxLead`, where there is one). */
  readonly noneAhead: boolean;
}

/**
 * The one place where bounds of columns become bounds of effective times, by the rule of which of the two times counts.
 *
 * @param rangeOf bounds of a timestamp column; `undefined` where they are not known for all rows
 * @returns `undefined` where they leave a doubt
 */
export function timeBounds(
  rules: TimestampRules,
  rangeOf: (column: string) => TimestampRange | undefined,
): TimeBounds | undefined {
  // Any row's time can turn the rule for all.
  if (rules.fallback === "dataset") return undefined;
  const ingested = rangeOf(rules.ingested);
  const asOf = rules.asOf === null ? ingested : rangeOf(rules.asOf);
  if (!asOf || !ingested || ingested.nullCount > 0) return undefined;
  const isTrusted =
    !rules.unreliable &&
    rules.maxLeadNs === undefined &&
    asOf.nullCount === 0 &&
    (rules.earliestNs === undefined || asOf.minNs >= rules.earliestNs);
  return {
    // A row whose semantic time is not believed falls back to its capture, so both bound what it may be.
    minNs: isTrusted || ingested.minNs > asOf.minNs ? asOf.minNs : ingested.minNs,
    maxNs: isTrusted || ingested.maxNs < asOf.maxNs ? asOf.maxNs : ingested.maxNs,
    isTrusted,
    firstCaptureNs: ingested.minNs,
    lastCaptureNs: ingested.maxNs,
    noneAhead: asOf.maxNs <= ingested.minNs + (rules.maxLeadNs ?? 0n),
  };
}
