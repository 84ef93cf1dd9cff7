import type { Asked } from "./ask.js";
import type { Frame, Part, PartBounds } from "./frame.js";

/**
 * The files that can hold a row of one answer; `undefined` when that may be any. Time travel over these alone selects
 * the same rows as over all, while most of a day's files are not even decoded. What provenance counts is not looked
 * at here: it is a matter of all files.
 *
 * Rests on what footers prove (`Part.bounds`): a file is left out only when, for each of its rows, a row that is
 * eligible and strictly newer, or the snapshot that ends it, stands in a file that is kept.
 */
export function answeringParts(frame: Frame, asked: Asked): readonly Part[] | undefined {
  const kept =
    frame.dataset.partitionIs === "snapshot" ? partsOfSnapshots(frame, asked) : partsOfChanges(frame, asked);
  return kept && kept.length < frame.parts.length ? kept : undefined;
}

/**
 * Changes: a file is superseded by one with the same keys, all of whose rows are eligible and newer than all of its
 * own.
 */
function partsOfChanges({ dataset, parts }: Frame, asked: Asked): Part[] {
  const keysOf = keySetNames(dataset.key);
  const known: { part: Part; bounds: PartBounds | undefined; keys: string }[] = [];
  const newest = new Map<string, bigint>();
  for (const part of parts) {
    const bounds = part.bounds?.();
    if (bounds && isAfter(bounds, asked)) continue;
    const keys = bounds ? keysOf(part, bounds) : "";
    known.push({ part, bounds, keys });
    if (!bounds || !isWhollyEligible(bounds, asked)) continue;
    const sofar = newest.get(keys);
    if (sofar === undefined || bounds.minNs > sofar) newest.set(keys, bounds.minNs);
  }
  return known
    .filter(({ bounds, keys }) => {
      const since = bounds && newest.get(keys);
      return since === undefined || bounds!.maxNs >= since;
    })
    .map(({ part }) => part);
}

/**
 * Names what keys a part has: parts of one name have the same. The name is what the file recorded of its set of keys,
 * else its very columns: runs that list the same things in the same order are decoded once for all of them (they hold
 * one and the same column), so that takes a look at the columns' identity, not at their values.
 */
function keySetNames(key: readonly string[]): (part: Part, bounds: PartBounds) => string {
  const numberOf = new Map<unknown, number>();
  return (part, { keySet }) => {
    if (keySet !== undefined) return `set ${keySet}`;
    const numbers = key.map((name) => {
      const column = part.column(name);
      let number = numberOf.get(column);
      if (number === undefined) {
        number = numberOf.size;
        numberOf.set(column, number);
      }
      return number;
    });
    return `columns ${numbers.join()}`;
  };
}

/**
 * Snapshots of the whole feed: the newest that counts at the cutoff is the state, and ends every key it lacks. What can
 * still matter is a later scrape that brings rows which held already, and older files whose rows may be as new as any
 * of those.
 */
function partsOfSnapshots({ dataset, parts }: Frame, asked: Asked): Part[] | undefined {
  if (dataset.scope.length > 0) return undefined;
  const dated: Dated[] = [];
  for (const part of parts) {
    const bounds = part.bounds?.();
    if (!bounds) return undefined;
    const capturedNs = part.snapshot?.ingestedNs ?? bounds.capturedNs;
    const ownNs = dataset.snapshotTime === undefined ? capturedNs : bounds.snapshotNs;
    const timeNs = part.snapshot?.timeNs ?? ownNs;
    if (timeNs === undefined) return undefined;
    dated.push({ part, bounds, timeNs, capturedNs });
  }
  let state: Dated | undefined;
  for (const one of dated) {
    const counts =
      one.timeNs <= asked.cutoffNs && (asked.knownByNs === null || one.capturedNs <= asked.knownByNs);
    if (counts && (!state || !isRankedBefore(one, state))) state = one;
  }
  if (!state || !isWhollyEligible(state.bounds, asked)) return undefined;

  const newest = state;
  const isLater = (one: Dated) => !isRankedBefore(one, newest) && !isAfter(one.bounds, asked);
  let since = newest.bounds.minNs;
  for (const one of dated) if (isLater(one) && one.bounds.minNs < since) since = one.bounds.minNs;
  return dated
    .filter((one) => isLater(one) || (one.bounds.maxNs >= since && !isAfter(one.bounds, asked)))
    .map(({ part }) => part);
}

/** A snapshot file with what ranks it. */
interface Dated {
  readonly part: Part;
  readonly bounds: PartBounds;
  readonly timeNs: bigint;
  readonly capturedNs: bigint;
}

/** `(time, ingested_ts, partition order)`, as snapshots are ranked; what is equal here stays in the order of the files. */
function isRankedBefore(a: Dated, b: Dated): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.capturedNs < b.capturedNs);
}

/** Whether no row of a file is eligible. */
function isAfter({ minNs }: PartBounds, { cutoffNs }: Asked): boolean {
  return minNs > cutoffNs;
}

/** Whether each row of a file is eligible. */
function isWhollyEligible(
  { minNs, maxNs, capturedNs }: PartBounds,
  { cutoffNs, knownByNs, maxAgeNs }: Asked,
): boolean {
  if (maxNs > cutoffNs || (knownByNs !== null && capturedNs > knownByNs)) return false;
  return maxAgeNs === null || minNs >= cutoffNs - maxAgeNs;
}
