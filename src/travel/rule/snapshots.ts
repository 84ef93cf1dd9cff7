import { type Frame, type Part, partOfEachRow, partOffsets } from "../frame/frame.js";
import type { EffectiveTimes } from "./effective-time.js";
import { encodeKeys, groupByKey, type KeyCodes } from "./key-codes.js";
import { snapshotOrder } from "./order.js";
import {
  allocateInstants,
  instantAt,
  isNullAt,
  laterRow,
  type SplitInstant,
  type SplitInstants,
  setInstant,
  splitInstant,
  writeInstants,
} from "./split-instants.js";
import { upperBound } from "./version-index.js";

/**
 * The snapshots of a frame (one per part), ranked in their order (`order.ts`), with what each covers and contains:
 * everything needed to find when a key was gone (SPEC 4.5).
 *
 * A part without a time of its own is no evidence of absence: it has rank -1, before all others.
 */
export interface Snapshots {
  readonly count: number;
  /** Per rank: the snapshot's own time, never decreasing. */
  readonly times: SplitInstants;
  /** Per rank: when all of it had been captured; null where that is unknown for any of its rows. */
  readonly captured: SplitInstants;
  /** Per rank: its part. */
  readonly parts: Int32Array;
  /** Per part: its rank, or -1. */
  readonly rankOfPart: Int32Array;
  /** Ranks, ascending, of the snapshots that cover a key. */
  covering(key: number): Int32Array;
  /** Ranks, ascending and distinct, of the snapshots that contain a key, whatever its times. */
  containing(key: number): Int32Array;
}

/** Later than any rank. */
export const NEVER = 0x7fff_ffff;

/** Ranks the snapshots of a frame. */
export function rankSnapshots(frame: Frame, times: EffectiveTimes, keys: KeyCodes): Snapshots {
  const offsets = partOffsets(frame.parts);
  const own = snapshotTimes(frame, times, offsets);
  const whole = firstOfEachState(frame);
  const order = frame.parts
    .map((_, part) => part)
    .filter((part) => whole[part] === part && !isNullAt(own.time, part));
  order.sort(snapshotOrder(own.time, own.ingested));

  const count = order.length;
  const rankOfPart = new Int32Array(frame.parts.length).fill(-1);
  const ranked = { times: allocateInstants(count), captured: allocateInstants(count) };
  order.forEach((part, rank) => {
    rankOfPart[part] = rank;
    setInstant(ranked.times, rank, instantAt(own.time, part));
    setInstant(ranked.captured, rank, own.isWhole[part] === 1 ? instantAt(own.ingested, part) : undefined);
  });
  for (const [part, first] of whole.entries()) rankOfPart[part] = rankOfPart[first]!;

  const partOf = partOfEachRow(offsets);
  const rankOfRow = (row: number): number => rankOfPart[partOf[row]!]!;
  return {
    count,
    ...ranked,
    parts: Int32Array.from(order),
    rankOfPart,
    covering: coverage(frame, keys, rankOfRow, rankOfPart, count),
    containing: ranksByKey(keys, rankOfRow),
  };
}

/** For each part the first of its state: itself, where parts are states of their own. */
function firstOfEachState({ parts }: Frame): number[] {
  const first = new Map<string, number>();
  return parts.map(({ state }, part) => {
    if (state === undefined) return part;
    if (!first.has(state)) first.set(state, part);
    return first.get(state)!;
  });
}

/** How many snapshots have a time at or before a cutoff: ranks below it are the ones that count. */
export function snapshotsUntil({ times, count }: Snapshots, cutoff: SplitInstant): number {
  return upperBound(times, 0, count, cutoff);
}

/** The first covering rank after `rank` and before `limit` that `accept` accepts and that lacks the key, or NEVER. */
export function firstWithout(
  covering: Int32Array,
  containing: Int32Array,
  rank: number,
  limit: number,
  accept: (rank: number) => boolean = () => true,
): number {
  let c = firstAbove(covering, rank);
  let k = firstAbove(containing, rank);
  for (; c < covering.length && covering[c]! < limit; c++) {
    while (k < containing.length && containing[k]! < covering[c]!) k++;
    if (containing[k] !== covering[c] && accept(covering[c]!)) return covering[c]!;
  }
  return NEVER;
}

/** The same from the other end: the last such rank; -1 where there is none. */
export function lastWithout(
  covering: Int32Array,
  containing: Int32Array,
  rank: number,
  limit: number,
  accept: (rank: number) => boolean = () => true,
): number {
  let k = containing.length - 1;
  for (let c = firstAbove(covering, limit - 1) - 1; c >= 0 && covering[c]! > rank; c--) {
    while (k >= 0 && containing[k]! > covering[c]!) k--;
    if (containing[k] !== covering[c] && accept(covering[c]!)) return covering[c]!;
  }
  return -1;
}

/** The index of the first of some ascending ranks that is above one; their number if none is. */
export function firstAbove(ranks: Int32Array, rank: number): number {
  let low = 0;
  let high = ranks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranks[middle]! <= rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The times of each part as a snapshot. */
interface SnapshotTimes {
  /**
   * When the state held: the time that the writer declared, else the latest value of the snapshot column in its rows,
   * else its latest capture. So a file from before the dataset had that column is a state like any other.
   */
  readonly time: SplitInstants;
  /** The latest capture that is known. */
  readonly ingested: SplitInstants;
  /** 1 where the capture of each row is known: only then is it known when all of it had been captured. */
  readonly isWhole: Uint8Array;
}

/** The times of each part, as snapshots. */
export function snapshotTimes(frame: Frame, times: EffectiveTimes, offsets: Uint32Array): SnapshotTimes {
  const { snapshotTime } = frame.dataset;
  const time = allocateInstants(frame.parts.length);
  const ingested = allocateInstants(frame.parts.length);
  const isWhole = new Uint8Array(frame.parts.length);
  frame.parts.forEach((part, i) => {
    const [start, end] = [offsets[i]!, offsets[i + 1]!];
    const { timeNs, ingestedNs, captureUnknown = false } = part.snapshot ?? {};
    const captured = ingestedNs === undefined ? latest(times.ingested, start, end) : splitInstant(ingestedNs);
    setInstant(ingested, i, captured);
    isWhole[i] = captureUnknown || hasNull(times.ingested, start, end) ? 0 : 1;
    setInstant(time, i, timeNs === undefined ? latestIn(part, snapshotTime) : splitInstant(timeNs));
  });
  const own = { time, ingested, isWhole };
  shareTimes(frame, own);
  // Only a state of which no part says a time held when it was captured.
  for (const i of frame.parts.keys()) if (isNullAt(time, i)) setInstant(time, i, instantAt(ingested, i));
  return own;
}

/** Parts of one state have its times: the latest of theirs. Its capture is known where that of each is. */
function shareTimes(frame: Frame, { time, ingested, isWhole }: SnapshotTimes): void {
  for (const [part, first] of firstOfEachState(frame).entries()) {
    if (part === first) continue;
    for (const times of [time, ingested])
      setInstant(times, first, instantAt(times, laterRow(times, laterRow(times, -1, first), part)));
    if (isWhole[part] === 0) isWhole[first] = 0;
  }
  for (const [part, first] of firstOfEachState(frame).entries()) {
    if (part === first) continue;
    for (const times of [time, ingested]) setInstant(times, part, instantAt(times, first));
    isWhole[part] = isWhole[first]!;
  }
}

function latestIn(part: Part, column: string | undefined): SplitInstant | undefined {
  if (column === undefined) return undefined;
  const instants = allocateInstants(part.rows);
  writeInstants(instants, 0, part.rows, part.column(column));
  return latest(instants, 0, part.rows);
}

function hasNull(instants: SplitInstants, from: number, to: number): boolean {
  for (let row = from; row < to; row++) if (isNullAt(instants, row)) return true;
  return false;
}

function latest(instants: SplitInstants, from: number, to: number): SplitInstant | undefined {
  let best = -1;
  for (let row = from; row < to; row++) best = laterRow(instants, best, row);
  return best < 0 ? undefined : instantAt(instants, best);
}

/** For each code, the distinct ranks of its rows, ascending. */
function ranksByKey(keys: KeyCodes, rankOfRow: (row: number) => number): (key: number) => Int32Array {
  const { starts, rows } = groupByKey(keys, (row) => rankOfRow(row) >= 0);
  const ranks = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) ranks[i] = rankOfRow(rows[i]!);
  const ends = new Uint32Array(keys.count);
  for (let key = 0; key < keys.count; key++) {
    const own = ranks.subarray(starts[key]!, starts[key + 1]!).sort();
    let kept = 0;
    for (let i = 0; i < own.length; i++) if (i === 0 || own[i] !== own[i - 1]) own[kept++] = own[i]!;
    ends[key] = starts[key]! + kept;
  }
  return (key) => ranks.subarray(starts[key]!, ends[key]!);
}

/** Which ranks cover a key: all of them, or those that hold or declare its scope values. */
function coverage(
  frame: Frame,
  keys: KeyCodes,
  rankOfRow: (row: number) => number,
  rankOfPart: Int32Array,
  count: number,
): (key: number) => Int32Array {
  const { scope } = frame.dataset;
  if (scope.length === 0) {
    const all = Int32Array.from({ length: count }, (_, rank) => rank);
    return () => all;
  }
  const scopes = encodeKeys(frame, scope);
  const held = ranksByKey(scopes, rankOfRow);
  const declared = new Map<number, number[]>();
  frame.parts.forEach((part, i) => {
    for (const cells of part.snapshot?.covers ?? []) {
      const code = scopes.codeOf(cells);
      if (code < 0 || rankOfPart[i]! < 0) continue;
      const ranks = declared.get(code);
      if (ranks) ranks.push(rankOfPart[i]!);
      else declared.set(code, [rankOfPart[i]!]);
    }
  });
  const byScope = Array.from({ length: scopes.count }, (_, code) => {
    const more = declared.get(code);
    return more ? Int32Array.from(new Set([...held(code), ...more])).sort() : held(code);
  });
  const scopeOfKey = new Int32Array(keys.count);
  for (let row = 0; row < keys.codes.length; row++) scopeOfKey[keys.codes[row]!] = scopes.codes[row]!;
  return (key) => byScope[scopeOfKey[key]!]!;
}
