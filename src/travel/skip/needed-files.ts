import type { AnyDataset } from "../../dataset/index.js";
import type { Frame, Part, PartBounds } from "../frame/frame.js";
import { compareSnapshotTimes, type SnapshotTime } from "../rule/order.js";
import {
  firstSeeing,
  firstUntil,
  type OrderedCutoffs,
  orderedCutoffs,
  type PointInTime,
} from "./ordered-cutoffs.js";

/**
 * The files that can hold a row of some answers; `undefined` when that may be any. Time travel over these alone selects
 * the same rows as over all, while most of a day's files are not even decoded. The counts of provenance are not covered
 * here: they need all files.
 *
 * By what footers prove (`Part.bounds`) a file is left out only when, at each cutoff, each of its rows is either not
 * eligible, or a kept file holds an eligible and strictly newer row of its key, or the snapshot that ends it. A file
 * that is kept for another cutoff does no harm: it only adds rows that lose in the whole frame too.
 *
 * Where each question sees everything that the one before it saw (`OrderedCutoffs`), one question per file is enough: a
 * file that one question does not need, no later one needs. So each file is judged by the first question that it is not
 * too new for.
 */
export function neededFiles(
  frame: Frame,
  points: Iterable<PointInTime>,
  maxAgeNs: bigint | null,
): readonly Part[] | undefined {
  const questions = orderedCutoffs(points, maxAgeNs, MOST_QUESTIONS_PER_FILE * frame.parts.length);
  if (!questions) return undefined;
  const kept = neededParts(frame, questions);
  return kept && kept.length < frame.parts.length ? kept : undefined;
}

/**
 * The files that can hold a row of some answers, or affect which answers depend on later captures (`rule/captures.ts`).
 * With snapshots or tombstones that needs the answers under `knownBy: "cutoff"` too, so also the files that can hold a
 * row of those.
 */
export function neededForCounts(
  frame: Frame,
  points: readonly PointInTime[],
  maxAgeNs: bigint | null,
): readonly Part[] | undefined {
  const needed = neededFiles(frame, points, maxAgeNs);
  if (!needed || !canEndKeys(frame.dataset)) return needed;
  const inTime = points.map(({ cutoffNs, knownByNs }) => ({
    cutoffNs,
    knownByNs: knownByNs != null && knownByNs < cutoffNs ? knownByNs : cutoffNs,
  }));
  const also = neededFiles(frame, inTime, maxAgeNs);
  if (!also) return undefined;
  const kept = new Set([...needed, ...also]);
  return kept.size < frame.parts.length ? frame.parts.filter((part) => kept.has(part)) : undefined;
}

/** Whether something can end a key: a snapshot without it, or a tombstone. */
function canEndKeys({ partitionIs, tombstone }: AnyDataset): boolean {
  switch (partitionIs) {
    case "changes":
      return tombstone !== undefined;
    case "snapshot":
      return true;
    default:
      return partitionIs satisfies never;
  }
}

/** With more questions hardly any file can be left out, and ordering them is not worth it. */
const MOST_QUESTIONS_PER_FILE = 2;

function neededParts(frame: Frame, questions: OrderedCutoffs): Part[] | undefined {
  const { partitionIs } = frame.dataset;
  switch (partitionIs) {
    case "changes":
      return partsOfChanges(frame, questions);
    case "snapshot":
      return partsOfSnapshots(frame, questions);
    default:
      return partitionIs satisfies never;
  }
}

/**
 * Changes: a file is superseded by one with the same keys, all of whose rows are eligible and newer than all of its
 * own.
 */
function partsOfChanges({ dataset, parts }: Frame, questions: OrderedCutoffs): Part[] {
  const keysOf = keySetNames(dataset.key);
  const { cutoffs, maxAgeNs } = questions;
  const kept = new Set<Part>();
  const known: Bounded[] = [];
  for (const part of parts) {
    const bounds = part.bounds?.();
    if (!bounds) {
      kept.add(part);
      continue;
    }
    const first = firstUntil(questions, bounds.minNs);
    if (first === cutoffs.length) continue;
    const wholly = firstSeeing(questions, bounds.maxNs, bounds.capturedNs);
    known.push({ part, bounds, keys: keysOf(part, bounds), first, wholly });
  }

  // By the first question that judges a file, with what supersedes it then: files whose rows are all eligible, ignoring
  // `maxAge`. If such a file is too old to count, so is everything older.
  const superseding = known.toSorted((a, b) => a.wholly - b.wholly);
  const newest = new Map<string, bigint>();
  let next = 0;
  for (const { part, bounds, keys, first } of known.toSorted((a, b) => a.first - b.first)) {
    for (; next < superseding.length && superseding[next]!.wholly <= first; next++) {
      const { keys, bounds } = superseding[next]!;
      const known = newest.get(keys);
      if (known === undefined || bounds.minNs > known) newest.set(keys, bounds.minNs);
    }
    const since = newest.get(keys);
    const isSuperseded = since !== undefined && bounds.maxNs < since;
    const isTooOld = maxAgeNs !== null && bounds.maxNs < cutoffs[first]! - maxAgeNs;
    if (!isSuperseded && !isTooOld) kept.add(part);
  }
  return parts.filter((part) => kept.has(part));
}

/** A file with its place among the questions. */
interface Bounded {
  readonly part: Part;
  readonly bounds: PartBounds;
  readonly keys: string;
  /** The first question that it is not too new for. */
  readonly first: number;
  /** The first question that sees all of it. */
  readonly wholly: number;
}

/**
 * Names a part's set of keys: parts with one name have the same keys. The name is the digest that the file recorded, or
 * the identity of its columns: runs that list the same things in the same order share their decoded columns, so only
 * the identity of the columns is compared, not their values.
 */
function keySetNames(key: readonly string[]): (part: Part, bounds: PartBounds) => string {
  const numberOf = new Map<unknown, number>();
  return (part, { keyDigest }) => {
    if (keyDigest !== undefined) return `set ${keyDigest}`;
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
 * still matter is a later scrape with rows that already held, and older files whose rows may be as new as those.
 */
function partsOfSnapshots({ dataset, parts }: Frame, questions: OrderedCutoffs): Part[] | undefined {
  if (dataset.scope.length > 0) return undefined;
  const dated: Dated[] = [];
  for (const part of parts) {
    const bounds = part.bounds?.();
    if (!bounds) return undefined;
    const capturedNs = part.snapshot?.ingestedNs ?? bounds.capturedNs;
    const ownNs = dataset.snapshotTime === undefined ? capturedNs : bounds.snapshotNs;
    const time = part.snapshot?.timeNs ?? ownNs;
    if (time === undefined) return undefined;
    dated.push({ part, bounds, time, ingested: capturedNs });
  }
  // A stable sort: parts with equal times stay in file order.
  dated.sort(compareSnapshotTimes);
  const states = statesAt(dated, questions);
  if (!states) return undefined;

  // Per rank, the oldest row of this and all later snapshots.
  const since = dated.map(({ bounds }) => bounds.minNs);
  for (let rank = since.length - 2; rank >= 0; rank--)
    if (since[rank + 1]! < since[rank]!) since[rank] = since[rank + 1]!;

  const kept = new Set<Part>();
  dated.forEach(({ part, bounds }, rank) => {
    const first = firstUntil(questions, bounds.minNs);
    if (first === states.length) return;
    const state = states[first]!;
    if (rank >= state || bounds.maxNs >= since[state]!) kept.add(part);
  });
  return parts.filter((part) => kept.has(part));
}

/** A snapshot file with the times that rank it. */
interface Dated extends SnapshotTime {
  readonly part: Part;
  readonly bounds: PartBounds;
  readonly ingested: bigint;
}

/**
 * Per question, the rank of the newest snapshot that counts, which never decreases; -1 where none counts yet, so that
 * nothing is known to be gone. `undefined` where one of them has a row that is not eligible.
 */
function statesAt(dated: readonly Dated[], questions: OrderedCutoffs): number[] | undefined {
  const { cutoffs, knownBys, maxAgeNs } = questions;
  const states = new Array<number>(cutoffs.length).fill(-1);
  dated.forEach(({ time, ingested }, rank) => {
    const first = firstSeeing(questions, time, ingested);
    if (first < states.length) states[first] = rank;
  });
  for (let i = 0; i < states.length; i++) {
    if (i > 0 && states[i - 1]! > states[i]!) states[i] = states[i - 1]!;
    if (states[i]! < 0) continue;
    const { minNs, maxNs, capturedNs } = dated[states[i]!]!.bounds;
    if (maxNs > cutoffs[i]! || (knownBys && capturedNs > knownBys[i]!)) return undefined;
    if (maxAgeNs !== null && minNs < cutoffs[i]! - maxAgeNs) return undefined;
  }
  return states;
}
