import type { EffectiveTimes } from "./effective-time.js";
import type { Question } from "./query.js";
import { firstWithout, NEVER, type Snapshots, snapshotsUntil } from "./snapshots.js";
import { isAtOrBefore, isBefore } from "./split-instants.js";
import type { EndsAt, VersionIndex } from "./version-index.js";

/** All rows of all keys, in the form that selection uses. */
export interface Versions {
  readonly times: EffectiveTimes;
  readonly index: VersionIndex;
  /** Present where parts are snapshots. */
  readonly snapshots: Snapshots | undefined;
  partOf(row: number): number;
  /** Whether a row is a tombstone; absent where no row can be. */
  readonly isTombstone: ((row: number) => boolean) | undefined;
}

/** Returns the row of a key that holds, given the end of its versions at or before the cutoff; -1 where none does. */
export type Winner = (key: number, end: number) => number;

/**
 * The rule (SPEC 4): the last row that passes every filter holds, unless a later snapshot shows the key gone, or the
 * row is a tombstone.
 */
export function winnerByRule(versions: Versions, question: Question): Winner {
  const { index, snapshots, isTombstone } = versions;
  return (key, end) => {
    const start = index.starts[key]!;
    let last = end - 1;
    while (last >= start && !passes(versions, last, question)) last--;
    if (last < start) return -1;
    if (snapshots) {
      const positions = eligiblePositions(versions, key, last + 1, question);
      if (goneBy(versions, key, positions, question) !== NEVER) return -1;
    }
    const row = index.rows[last]!;
    return isTombstone?.(row) ? -1 : row;
  };
}

/** Versions that answer questions. */
export interface AskedVersions extends Versions {
  /** Where each key's versions at or before a cutoff end. */
  readonly endsAt: EndsAt;
  /** The result of `winnerByRule`. */
  readonly winnerAt: (question: Question) => Winner;
  readonly lateAt: (question: Question) => LateInKey;
}

/**
 * Whether something that may affect a key was not captured by the cutoff, given the end of its versions; true where
 * that is not known.
 */
export type LateInKey = (key: number, end: number) => boolean;

/**
 * The rows that hold at a cutoff, one per key, in key order.
 *
 * @param keys if given, filled with the key of each row
 */
export function selectRows(versions: AskedVersions, question: Question, keys?: Uint32Array): Uint32Array {
  const ends = versions.endsAt(question.cutoff);
  const winner = versions.winnerAt(question);
  const selected = new Uint32Array(ends.length);
  let count = 0;
  for (let key = 0; key < ends.length; key++) {
    const row = winner(key, ends[key]!);
    if (row < 0) continue;
    if (keys) keys[count] = key;
    selected[count++] = row;
  }
  return selected.subarray(0, count);
}

/** How many rows pass every filter, over all keys. */
export function countEligible(versions: AskedVersions, question: Question): number {
  const ends = versions.endsAt(question.cutoff);
  const { starts } = versions.index;
  const isUnbounded = !question.knownBy && !question.oldest;
  let count = 0;
  for (let key = 0; key < ends.length; key++) {
    if (isUnbounded) count += ends[key]! - starts[key]!;
    else for (let at = starts[key]!; at < ends[key]!; at++) if (passes(versions, at, question)) count++;
  }
  return count;
}

/** Positions of a key before `end` that pass every filter, in the order of rows. */
export function eligiblePositions(
  versions: Versions,
  key: number,
  end: number,
  question: Question,
): number[] {
  const positions: number[] = [];
  for (let position = versions.index.starts[key]!; position < end; position++) {
    if (passes(versions, position, question)) positions.push(position);
  }
  return positions;
}

/** The snapshot that shows a key gone at the cutoff, given its eligible positions; `NEVER` where there is none. */
export function goneBy(
  versions: Versions,
  key: number,
  positions: readonly number[],
  { cutoff, knownBy }: Question,
): number {
  const { snapshots, index } = versions;
  if (!snapshots) return NEVER;
  let latest = -1;
  for (const position of positions) {
    const rank = snapshots.rankOfPart[versions.partOf(index.rows[position]!)]!;
    if (rank > latest) latest = rank;
  }
  const limit = snapshotsUntil(snapshots, cutoff);
  const known = knownBy && ((rank: number) => isAtOrBefore(snapshots.captured, rank, knownBy));
  return firstWithout(snapshots.covering(key), snapshots.containing(key), latest, limit, known);
}

/** Whether a version at or before the cutoff is within the other bounds. */
function passes({ index, times }: Versions, position: number, { knownBy, oldest }: Question): boolean {
  if (knownBy && !isAtOrBefore(times.ingested, index.rows[position]!, knownBy)) return false;
  return !oldest || !isBefore(index.times, position, oldest);
}
