import type { AskedVersions } from "../rule/select.js";
import { firstAbove, type Snapshots } from "../rule/snapshots.js";
import { nsAt } from "../rule/split-instants.js";

/** The least instant that a signed 64-bit integer of nanoseconds holds (1677). */
export const FIRST_NS = -(2n ** 63n);
/** The greatest (2262): the end of what has not ended. */
export const OPEN_NS = 2n ** 63n - 1n;
/**
 * The last instant before that: as a bound on capture it stands for no bound. What was captured nobody knows when counts from
 * here on, and only here.
 */
export const UNBOUND_NS = OPEN_NS - 1n;

/** A row of a key, or a snapshot that lacks it, with the two times from which on it counts; both are within 64 bits. */
export interface Evidence {
  /** The effective time of a row, the own time of a snapshot. */
  readonly valid: bigint;
  /** When all of it had been captured; `UNBOUND_NS` where nobody knows. */
  readonly known: bigint;
  /** -1 for a snapshot. */
  readonly row: number;
  readonly position: number;
  readonly rank: number;
}

/**
 * Everything that decides what holds for a key: its rows, in their order, and the snapshots that can show it gone.
 *
 * Snapshots between two that hold the key say the same, so of these only those count that come first on one of the two axes:
 * as a rule that is one.
 */
export function evidenceOf(versions: AskedVersions): (key: number) => Evidence[] {
  const { index, times, snapshots, partOf } = versions;
  const absences = snapshots && absencesIn(snapshots);
  return (key) => {
    const found: Evidence[] = [];
    let isRanked = true;
    for (let position = index.starts[key]!; position < index.starts[key + 1]!; position++) {
      const row = index.rows[position]!;
      const rank = snapshots ? snapshots.rankOfPart[partOf(row)]! : -1;
      if (rank < 0) isRanked = false;
      const valid = nsAt(index.times, position)!;
      if (valid >= OPEN_NS) continue;
      found.push({
        valid: atLeastFirst(valid),
        known: knownAt(nsAt(times.ingested, row)),
        row,
        position,
        rank,
      });
    }
    if (absences && found.length > 0) for (const absence of absences(key, isRanked)) found.push(absence);
    return found;
  };
}

/** The snapshots that can show a key gone: not those before all that hold it, unless a row is of none. */
function absencesIn(snapshots: Snapshots): (key: number, isRanked: boolean) => Evidence[] {
  const known = Array.from({ length: snapshots.count }, (_, rank) => knownAt(nsAt(snapshots.captured, rank)));
  const earlierOf = earlierKnown(known);
  return (key, isRanked) => {
    const covering = snapshots.covering(key);
    const earlier = earlierOf(covering);
    const containing = snapshots.containing(key);
    const found: Evidence[] = [];
    for (let i = isRanked ? 0 : -1; i < containing.length; i++) {
      const end = containing[i + 1] ?? snapshots.count;
      let at = i < 0 ? 0 : firstAbove(covering, containing[i]!);
      for (; at < covering.length && covering[at]! < end; at = earlier[at]!) {
        const rank = covering[at]!;
        const valid = nsAt(snapshots.times, rank)!;
        if (valid >= OPEN_NS) break;
        found.push({ valid: atLeastFirst(valid), known: known[rank]!, row: -1, position: -1, rank });
      }
    }
    return found;
  };
}

/** For each of some ranks the index of the next one that was captured earlier; found once for all keys of a scope. */
function earlierKnown(known: readonly bigint[]): (covering: Int32Array) => Int32Array {
  const found = new Map<Int32Array, Int32Array>();
  return (covering) => {
    let next = found.get(covering);
    if (!next) {
      next = new Int32Array(covering.length);
      for (let at = covering.length - 1; at >= 0; at--) {
        let later = at + 1;
        while (later < covering.length && known[covering[later]!]! >= known[covering[at]!]!)
          later = next[later]!;
        next[at] = later;
      }
      found.set(covering, next);
    }
    return next;
  };
}

function knownAt(ns: bigint | null): bigint {
  return ns === null || ns > UNBOUND_NS ? UNBOUND_NS : atLeastFirst(ns);
}

function atLeastFirst(ns: bigint): bigint {
  return ns < FIRST_NS ? FIRST_NS : ns;
}
