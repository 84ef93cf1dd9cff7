import type { TimestampRules } from "../../dataset/index.js";
import { type Frame, partOffsets } from "../frame/frame.js";
import {
  allocateInstants,
  compareInstants,
  type SplitInstant,
  type SplitInstants,
  splitInstant,
  writeInstants,
} from "./split-instants.js";

/** Both times of every row of a frame, and what came of them. */
export interface EffectiveTimes {
  /** Selects rows; null for a row that is not selectable. */
  readonly effective: SplitInstants;
  readonly asOf: SplitInstants;
  readonly ingested: SplitInstants;
  /** 1 where the effective time is `ingested_ts`. */
  readonly byFallback: Uint8Array;
  /** Rows without any usable time: not even one that the rule at hand passes over. */
  readonly notSelectable: number;
  /** Rows whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one). */
  readonly ahead: number;
  /** Whether any row has a usable `as_of_ts`. */
  readonly anyUsable: boolean;
  /**
   * The smallest `ingested_ts` among rows with a usable `as_of_ts`; before it, a pipeline bound by `knownBy` had seen
   * no usable `as_of_ts` at all. Only the `dataset` fallback asks for it.
   */
  readonly firstUsable: SplitInstant | undefined;
}

/**
 * The effective time of each row: `as_of_ts` where it can be trusted, else what the fallback policy says (SPEC 4.1
 * and 4.2).
 *
 * @param allFall whether every row goes by `ingested_ts`, though some may have a usable `as_of_ts`
 */
export function effectiveTimes(
  frame: Frame,
  rules: TimestampRules = frame.dataset.timestamps,
  allFall = false,
): EffectiveTimes {
  const offsets = partOffsets(frame.parts);
  const rowCount = offsets[offsets.length - 1]!;
  const asOf = allocateInstants(rowCount);
  const ingested = allocateInstants(rowCount);
  for (let i = 0; i < frame.parts.length; i++) {
    const part = frame.parts[i]!;
    writeInstants(asOf, offsets[i]!, part.rows, rules.asOf === null ? undefined : part.column(rules.asOf));
    writeInstants(ingested, offsets[i]!, part.rows, part.column(rules.ingested));
  }

  const earliest = rules.earliestNs === undefined ? undefined : splitInstant(rules.earliestNs);
  const lead = splitInstant(rules.maxLeadNs ?? 0n);
  const limited = rules.maxLeadNs !== undefined;
  const turns = rules.fallback === "dataset";
  const unusable = new Uint8Array(rowCount);
  let ahead = 0;
  let usable = 0;
  let firstUsable: number | undefined;
  for (let row = 0; row < rowCount; row++) {
    const high = asOf.high[row]!;
    const known = high !== Number.NEGATIVE_INFINITY;
    const leads = isAhead(asOf, ingested, row, lead);
    if (leads) ahead++;
    const sentinel =
      earliest !== undefined &&
      (high < earliest.high || (high === earliest.high && asOf.low[row]! < earliest.low));
    if (!known || rules.unreliable || sentinel || (limited && leads)) {
      unusable[row] = 1;
      continue;
    }
    usable++;
    if (!turns || ingested.high[row] === Number.NEGATIVE_INFINITY) continue;
    if (firstUsable === undefined || compareInstants(ingested, row, firstUsable) < 0) firstUsable = row;
  }

  const falls = allFall || rules.fallback === "row" || (rules.fallback === "dataset" && usable === 0);
  // Where every semantic time is trusted the two are the same, and share their arrays: nothing writes to them again.
  const isAsOf = usable === rowCount && !allFall;
  const effective = isAsOf ? asOf : { high: asOf.high.slice(), low: asOf.low.slice() };
  const byFallback = new Uint8Array(rowCount);
  let notSelectable = 0;
  for (let row = 0; row < rowCount && !isAsOf; row++) {
    if (unusable[row] === 0 && !allFall) continue;
    effective.high[row] = falls ? ingested.high[row]! : Number.NEGATIVE_INFINITY;
    effective.low[row] = falls ? ingested.low[row]! : 0;
    if (effective.high[row] !== Number.NEGATIVE_INFINITY) byFallback[row] = 1;
    else if (unusable[row] === 1) notSelectable++;
  }
  return {
    effective,
    asOf,
    ingested,
    byFallback,
    notSelectable,
    ahead,
    anyUsable: usable > 0,
    firstUsable:
      firstUsable === undefined
        ? undefined
        : { high: ingested.high[firstUsable]!, low: ingested.low[firstUsable]! },
  };
}

/** Whether `as_of_ts > ingested_ts + lead`; unknown where nothing was captured. */
export function isAhead(
  asOf: SplitInstants,
  ingested: SplitInstants,
  row: number,
  lead: SplitInstant,
): boolean {
  const base = ingested.high[row]!;
  if (base === Number.NEGATIVE_INFINITY || asOf.high[row] === Number.NEGATIVE_INFINITY) return false;
  const low = ingested.low[row]! + lead.low;
  const high = base + lead.high + (low >> 10);
  const own = asOf.high[row]!;
  return own > high || (own === high && asOf.low[row]! > (low & 1023));
}
