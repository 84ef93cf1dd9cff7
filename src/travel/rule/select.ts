import type { EffectiveTimes } from "./effective-time.js";
import type { Question } from "./query.js";
import { firstWithout, NEVER, type Snapshots, snapshotsUntil } from "./snapshots.js";
import { isAtOrBefore, type SplitInstant } from "./split-instants.js";
import { type EndsAt, upperBound, type VersionIndex } from "./version-index.js";

/** What selection works on. */
export interface Versions {
  readonly times: EffectiveTimes;
  readonly index: VersionIndex;
  /** Where each key's eligible versions end. */
  readonly endsAt: EndsAt;
  /** Present where files are snapshots. */
  readonly snapshots: Snapshots | undefined;
  partOf(row: number): number;
  /** Whether a row is a tombstone; absent where no row can be. */
  readonly isTombstone: ((row: number) => boolean) | undefined;
}

/**
 * The rows that hold at a cutoff, one a key, in key order (SPEC 4).
 *
 * @param keys filled with the key of each of them, where given
 */
export function selectRows(
  versions: Versions,
  ends: Uint32Array,
  question: Question,
  keys?: Uint32Array,
): Uint32Array {
  const limit = snapshotLimit(versions, question);
  const selected = new Uint32Array(ends.length);
  let count = 0;
  const { index, snapshots, isTombstone } = versions;
  if (!snapshots && !isTombstone && !question.knownBy && !question.oldest) {
    // Nothing can take it from the last eligible version.
    const { starts, rows } = index;
    for (let key = 0; key < ends.length; key++) {
      const end = ends[key]!;
      if (end === starts[key]!) continue;
      if (keys) keys[count] = key;
      selected[count++] = rows[end - 1]!;
    }
    return selected.subarray(0, count);
  }
  for (let key = 0; key < ends.length; key++) {
    const row = winnerBefore(versions, key, ends[key]!, limit, question);
    if (row < 0) continue;
    if (keys) keys[count] = key;
    selected[count++] = row;
  }
  return selected.subarray(0, count);
}

/** One past the last version of a key at or before a cutoff: for questions that each want few keys. */
export function endOf({ index: { starts, times } }: Versions, key: number, cutoff: SplitInstant): number {
  return upperBound(times, starts[key]!, starts[key + 1]!, cutoff);
}

/** Ranks below this are the snapshots that count at the cutoff. */
export function snapshotLimit({ snapshots }: Versions, { cutoff }: Question): number {
  return snapshots ? snapshotsUntil(snapshots, cutoff) : 0;
}

/**
 * The row of a key that wins among its positions before `end`, or -1.
 *
 * Hot path: without `knownBy` the last eligible version wins, and for snapshots one comparison tells whether the key
 * was gone; nothing is searched but the position.
 */
export function winnerBefore(
  versions: Versions,
  key: number,
  end: number,
  limit: number,
  question: Question,
): number {
  const { index, snapshots } = versions;
  const { oldest, knownBy } = question;
  const start = index.starts[key]!;
  let position = end - 1;
  if (knownBy !== undefined || (snapshots !== undefined && oldest !== undefined)) {
    position = lastFiltered(versions, key, start, end, limit, question);
  } else if (position >= start && snapshots && snapshots.goneAt[position]! < limit) return -1;
  if (position < start || (oldest && isBefore(index, position, oldest))) return -1;
  const row = index.rows[position]!;
  return versions.isTombstone?.(row) ? -1 : row;
}

/** The rows of one key that pass every filter, in selection order. */
export function eligiblePositions(
  versions: Versions,
  start: number,
  end: number,
  question: Question,
): number[] {
  const positions: number[] = [];
  for (let position = start; position < end; position++) {
    if (passes(versions, position, question)) positions.push(position);
  }
  return positions;
}

/** The snapshot that shows a key gone at the cutoff, given its eligible positions; `NEVER` where there is none. */
export function goneBy(
  versions: Versions,
  key: number,
  positions: readonly number[],
  question: Question,
): number {
  const { snapshots, index } = versions;
  if (!snapshots) return NEVER;
  let latest = -1;
  for (const position of positions) {
    const rank = snapshots.rankOfPart[versions.partOf(index.rows[position]!)]!;
    if (rank > latest) latest = rank;
  }
  const { knownBy } = question;
  const limit = snapshotsUntil(snapshots, question.cutoff);
  const known = knownBy && ((rank: number) => isAtOrBefore(snapshots.captured, rank, knownBy));
  return firstWithout(snapshots.covering(key), snapshots.containing(key), latest, limit, known);
}

/** How many rows pass every filter, over all keys. */
export function countEligible(versions: Versions, ends: Uint32Array, question: Question): number {
  const { index } = versions;
  let count = 0;
  for (let key = 0; key < ends.length; key++) {
    const start = index.starts[key]!;
    if (question.knownBy) count += eligiblePositions(versions, start, ends[key]!, question).length;
    else if (question.oldest) {
      for (
        let position = ends[key]! - 1;
        position >= start && !isBefore(index, position, question.oldest);
        position--
      )
        count++;
    } else count += ends[key]! - start;
  }
  return count;
}

/** One before `start` when the key has no eligible row or is gone. */
function lastFiltered(
  versions: Versions,
  key: number,
  start: number,
  end: number,
  limit: number,
  question: Question,
): number {
  if (!versions.snapshots) {
    let position = end - 1;
    while (position >= start && !passes(versions, position, question)) position--;
    return position;
  }
  const positions = eligiblePositions(versions, start, end, question);
  const last = positions.at(-1);
  return last === undefined || goneBy(versions, key, positions, question) < limit ? start - 1 : last;
}

function passes({ index, times }: Versions, position: number, { knownBy, oldest }: Question): boolean {
  if (knownBy && !isAtOrBefore(times.ingested, index.rows[position]!, knownBy)) return false;
  return !oldest || !isBefore(index, position, oldest);
}

function isBefore({ times }: VersionIndex, position: number, { high, low }: SplitInstant): boolean {
  const own = times.high[position]!;
  return own < high || (own === high && times.low[position]! < low);
}
