import type { TimestampRules } from "../../dataset/index.js";
import { type Frame, partOffsets } from "../frame/frame.js";
import {
  allocateInstants,
  compareInstants,
  instantAt,
  isBefore,
  isNullAt,
  type SplitInstant,
  type SplitInstants,
  setInstant,
  splitInstant,
  writeInstants,
} from "./split-instants.js";

/** Both times of every row of a frame, and the results. */
export interface EffectiveTimes {
  /** Selects rows; null for a row that is not selectable. */
  readonly effective: SplitInstants;
  readonly asOf: SplitInstants;
  readonly ingested: SplitInstants;
  /** 1 where the effective time is `ingested_ts`. */
  readonly byFallback: Uint8Array;
  /** Rows without any usable time, not even one that the current rule ignores. */
  readonly notSelectable: number;
  /** Rows whose `as_of_ts` is after their `ingested_ts` (by more than `maxLead`, if set). */
  readonly ahead: number;
  /** Whether any row has a usable `as_of_ts`. */
  readonly anyUsable: boolean;
  /**
   * The smallest `ingested_ts` among rows with a usable `as_of_ts`; before it, a pipeline bound by `knownBy` had seen
   * no usable `as_of_ts` at all. Only the `dataset` fallback needs it.
   */
  readonly firstUsable: SplitInstant | undefined;
}

/**
 * The effective time of each row: `as_of_ts` where it can be trusted, else by the fallback policy (SPEC 4.1
 * and 4.2).
 *
 * @param allByIngested whether every row uses `ingested_ts`, though some may have a usable `as_of_ts`
 */
export function effectiveTimes(
  frame: Frame,
  rules: TimestampRules = frame.dataset.timestamps,
  allByIngested = false,
): EffectiveTimes {
  const { asOf, ingested, rowCount } = readTimes(frame, rules);
  const earliest = rules.earliestNs === undefined ? undefined : splitInstant(rules.earliestNs);
  const lead = splitInstant(rules.maxLeadNs ?? 0n);
  const hasMaxLead = rules.maxLeadNs !== undefined;
  const isUsable = new Uint8Array(rowCount);
  let ahead = 0;
  let usable = 0;
  let firstUsable = -1;
  for (let row = 0; row < rowCount; row++) {
    const isLeading = isAhead(asOf, ingested, row, lead);
    if (isLeading) ahead++;
    if (rules.unreliable || isNullAt(asOf, row) || (hasMaxLead && isLeading)) continue;
    if (earliest && isBefore(asOf, row, earliest)) continue;
    isUsable[row] = 1;
    usable++;
    if (isNullAt(ingested, row)) continue;
    if (firstUsable < 0 || compareInstants(ingested, row, firstUsable) < 0) firstUsable = row;
  }

  const byIngested = allByIngested || fallsBack(rules.fallback, usable);
  // Where every semantic time is trusted the two are equal, and share their arrays: nothing writes to them again.
  const isAsOf = usable === rowCount && !allByIngested;
  const effective = isAsOf ? asOf : { high: asOf.high.slice(), low: asOf.low.slice() };
  const byFallback = new Uint8Array(rowCount);
  let notSelectable = 0;
  for (let row = 0; row < rowCount && !isAsOf; row++) {
    if (isUsable[row] === 1 && !allByIngested) continue;
    setInstant(effective, row, byIngested ? instantAt(ingested, row) : undefined);
    if (!isNullAt(effective, row)) byFallback[row] = 1;
    else if (isUsable[row] === 0) notSelectable++;
  }
  return {
    effective,
    asOf,
    ingested,
    byFallback,
    notSelectable,
    ahead,
    anyUsable: usable > 0,
    firstUsable: firstUsable < 0 ? undefined : instantAt(ingested, firstUsable),
  };
}

/** Both times of each row, as they were written. */
function readTimes({ parts }: Frame, { asOf, ingested }: TimestampRules) {
  const offsets = partOffsets(parts);
  const rowCount = offsets[parts.length]!;
  const times = { asOf: allocateInstants(rowCount), ingested: allocateInstants(rowCount), rowCount };
  parts.forEach((part, i) => {
    writeInstants(times.asOf, offsets[i]!, part.rows, asOf === null ? undefined : part.column(asOf));
    writeInstants(times.ingested, offsets[i]!, part.rows, part.column(ingested));
  });
  return times;
}

/** Whether rows without a usable `as_of_ts` use `ingested_ts`, given how many have one. */
function fallsBack(policy: TimestampRules["fallback"], usable: number): boolean {
  switch (policy) {
    case "row":
      return true;
    case "dataset":
      return usable === 0;
    case "never":
      return false;
    default:
      return policy satisfies never;
  }
}

/** Whether the times of any row can change which time others use. */
export function isDecidedTogether(policy: TimestampRules["fallback"]): boolean {
  switch (policy) {
    case "dataset":
      return true;
    case "row":
    case "never":
      return false;
    default:
      return policy satisfies never;
  }
}

/** Whether `as_of_ts > ingested_ts + lead`; unknown where nothing was captured. */
export function isAhead(
  asOf: SplitInstants,
  ingested: SplitInstants,
  row: number,
  lead: SplitInstant,
): boolean {
  if (isNullAt(ingested, row) || isNullAt(asOf, row)) return false;
  const low = ingested.low[row]! + lead.low;
  const high = ingested.high[row]! + lead.high + (low >> 10);
  const own = asOf.high[row]!;
  return own > high || (own === high && asOf.low[row]! > (low & 1023));
}
