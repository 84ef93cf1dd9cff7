import { compareInstants, type SplitInstants } from "./split-instants.js";

/*
 * The one order of history (SPEC 4.4, 4.5): by its own time, then by capture, then by position. Of the rows that count
 * at a cutoff the last one holds. Nulls come first. Rows and parts are numbered in partition order, so numbers are
 * positions.
 */

/** Orders two rows, or two parts, by number. */
type Order = (a: number, b: number) => number;

/** The order of rows: `(effective time, ingested_ts, partition order, row order)`. */
export function rowOrder({ effective, ingested }: RowTimes): Order {
  return byTimesThenPlace(effective, ingested);
}

/** The order of snapshots: `(time, ingested_ts, partition order)`. */
export function snapshotOrder(time: SplitInstants, ingested: SplitInstants): Order {
  return byTimesThenPlace(time, ingested);
}

function byTimesThenPlace(time: SplitInstants, ingested: SplitInstants): Order {
  return (a, b) => compareInstants(time, a, b) || compareInstants(ingested, a, b) || a - b;
}

/** What orders two rows. */
export function decidedBy(
  { effective, ingested }: RowTimes,
  partOf: (row: number) => number,
  a: number,
  b: number,
): "effective-time" | "ingested" | "partition" | "row" {
  if (compareInstants(effective, a, b) !== 0) return "effective-time";
  if (compareInstants(ingested, a, b) !== 0) return "ingested";
  return partOf(a) === partOf(b) ? "row" : "partition";
}

/** The two times of rows. */
interface RowTimes {
  readonly effective: SplitInstants;
  readonly ingested: SplitInstants;
}

/** The two times of a snapshot, in epoch nanoseconds. */
export interface SnapshotTime {
  /** When the state held. */
  readonly time: bigint;
  readonly ingested: bigint | null;
}

/** The order of snapshots without position: a stable sort keeps that. */
export function compareSnapshotTimes(a: SnapshotTime, b: SnapshotTime): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (a.ingested === b.ingested) return 0;
  if (a.ingested === null || b.ingested === null) return a.ingested === null ? -1 : 1;
  return a.ingested < b.ingested ? -1 : 1;
}
