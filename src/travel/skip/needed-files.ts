import type { Frame, Part, PartBounds } from "../frame/frame.js";
import type { Query } from "../rule/query.js";
import {
  firstSeeing,
  firstUntil,
  orderedCutoffs,
  type PointInTime,
  type RisingQuestions,
} from "./ordered-cutoffs.js";

/**
 * The files that can hold a row of some answers; `undefined` when that may be any. Time travel over these alone selects
 * the same rows as over all, while most of a day's files are not even decoded. What provenance counts is not looked
 * at here: it is a matter of all files.
 *
 * Rests on what footers prove (`Part.bounds`): a file is left out only when, at each cutoff, each of its rows is not
 * eligible, or a row that is eligible and strictly newer, or the snapshot that ends it, stands in a file that is kept.
 * That a file is kept for the sake of another cutoff does no harm: all it adds are rows that lose in the whole frame
 * too.
 *
 * Questions that see more and more (`RisingQuestions`) make this a matter of one of them a file: what one no longer
 * needs, none after it does. So each file is judged by the first question that it is not too new for.
 */
export function neededFiles(
  frame: Frame,
  asked: Iterable<PointInTime>,
  maxAgeNs: Query["maxAgeNs"],
): readonly Part[] | undefined {
  const questions = orderedCutoffs(asked, maxAgeNs, MOST_QUESTIONS_A_FILE * frame.parts.length);
  if (!questions) return undefined;
  const kept =
    frame.dataset.partitionIs === "snapshot"
      ? partsOfSnapshots(frame, questions)
      : partsOfChanges(frame, questions);
  return kept && kept.length < frame.parts.length ? kept : undefined;
}

/** So many questions hardly leave a file out, and are not worth putting in order. */
const MOST_QUESTIONS_A_FILE = 2;

/**
 * Changes: a file is superseded by one with the same keys, all of whose rows are eligible and newer than all of its
 * own.
 */
function partsOfChanges({ dataset, parts }: Frame, questions: RisingQuestions): Part[] {
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

  // By the first question a file is judged by, with what supersedes it then: what is eligible as a whole, `maxAge`
  // aside. Where that is too old to count, so is all that is older.
  const superseding = known.toSorted((a, b) => a.wholly - b.wholly);
  const newest = new Map<string, bigint>();
  let next = 0;
  for (const { part, bounds, keys, first } of known.toSorted((a, b) => a.first - b.first)) {
    for (; next < superseding.length && superseding[next]!.wholly <= first; next++) {
      const { keys, bounds } = superseding[next]!;
      const sofar = newest.get(keys);
      if (sofar === undefined || bounds.minNs > sofar) newest.set(keys, bounds.minNs);
    }
    const since = newest.get(keys);
    const isSuperseded = since !== undefined && bounds.maxNs < since;
    const isTooOld = maxAgeNs !== null && bounds.maxNs < cutoffs[first]! - maxAgeNs;
    if (!isSuperseded && !isTooOld) kept.add(part);
  }
  return parts.filter((part) => kept.has(part));
}

/** A file with what it means to the questions. */
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
 * Names what keys a part has: parts of one name have the same. The name is what the file recorded of its set of keys,
 * else its very columns: runs that list the same things in the same order are decoded once for all of them (they hold
 * one and the same column), so that takes a look at the columns' identity, not at their values.
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
 * still matter is a later scrape that brings rows which held already, and older files whose rows may be as new as
 * those.
 */
function partsOfSnapshots({ dataset, parts }: Frame, questions: RisingQuestions): Part[] | undefined {
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
  // What is equal in both stays in the order of the files.
  dated.sort((a, b) => compare(a.timeNs, b.timeNs) || compare(a.capturedNs, b.capturedNs));
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

/** A snapshot file with what ranks it: `(time, ingested_ts, partition order)`. */
interface Dated {
  readonly part: Part;
  readonly bounds: PartBounds;
  readonly timeNs: bigint;
  readonly capturedNs: bigint;
}

/**
 * Per question, the rank of the newest snapshot that counts, which never falls; -1 where none does yet, so that nothing
 * is known to be gone. `undefined` where one of them has a row that is not eligible.
 */
function statesAt(dated: readonly Dated[], questions: RisingQuestions): number[] | undefined {
  const { cutoffs, knownBys, maxAgeNs } = questions;
  const states = new Array<number>(cutoffs.length).fill(-1);
  dated.forEach(({ timeNs, capturedNs }, rank) => {
    const first = firstSeeing(questions, timeNs, capturedNs);
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

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
