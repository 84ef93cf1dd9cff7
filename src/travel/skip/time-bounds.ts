import type { TimestampRules } from "../../dataset/index.js";
import type { TimestampRange } from "../../table/index.js";

/** What bounds of a file's two time columns prove about its rows, all of which have an `ingested_ts`. */
interface TimeBounds {
  /** Of the effective times, both ends inclusive, in epoch nanoseconds; for rows that have one. */
  readonly minNs: bigint;
  readonly maxNs: bigint;
  /** Whether each row's effective time is its `as_of_ts`. */
  readonly isTrusted: boolean;
  /** The earliest and the latest `ingested_ts`. */
  readonly firstCaptureNs: bigint;
  readonly lastCaptureNs: bigint;
  /** Whether no `as_of_ts` is after its `ingested_ts` (by more than `maxLead`, if set). */
  readonly noneAhead: boolean;
}

/**
 * The one place where bounds of columns become bounds of effective times, by the rule that selects one of the two
 * times.
 *
 * @param rangeOf bounds of a timestamp column; `undefined` where they are not known for all rows
 * @returns `undefined` where they leave it open
 */
export function timeBounds(
  rules: TimestampRules,
  rangeOf: (column: string) => TimestampRange | undefined,
): TimeBounds | undefined {
  // Any row's time can change the rule for all.
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
    // A row whose semantic time is not trusted uses its capture, so both bound its effective time.
    minNs: isTrusted || ingested.minNs > asOf.minNs ? asOf.minNs : ingested.minNs,
    maxNs: isTrusted || ingested.maxNs < asOf.maxNs ? asOf.maxNs : ingested.maxNs,
    isTrusted,
    firstCaptureNs: ingested.minNs,
    lastCaptureNs: ingested.maxNs,
    noneAhead: asOf.maxNs <= ingested.minNs + (rules.maxLeadNs ?? 0n),
  };
}
