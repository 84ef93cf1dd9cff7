import { type Frame, type Part, partOffsets } from "../frame/frame.js";
import type { EffectiveTimes } from "./effective-time.js";
import { encodeKeys, type KeyCodes } from "./key-codes.js";
import {
  allocateInstants,
  compareInstants,
  isAfter,
  type SplitInstant,
  type SplitInstants,
  splitInstant,
  writeInstants,
} from "./split-instants.js";
import { upperBound, type VersionIndex } from "./version-index.js";

/**
 * The snapshots of a frame (one a file), ranked by `(time, ingested_ts, partition order)`, with what each covers and
 * contains: all that is needed to tell when a key was gone (SPEC 4.5).
 *
 * A file without a time of its own is no evidence of absence: it has rank -1, before every other.
 */
export interface Snapshots {
  readonly count: number;
  /** Per rank: the snapshot's own time, never falling. */
  readonly times: SplitInstants;
  /** Per rank: when all of it had been captured; null where that is unknown of any of its rows. */
  readonly captured: SplitInstants;
  /** Per rank: when all snapshots up to it had been captured; later than any instant where that is unknown of one. */
  readonly capturedUntil: SplitInstants;
  /** Per rank: the part it is. */
  readonly parts: Int32Array;
  /** Per part: its rank, or -1. */
  readonly rankOfPart: Int32Array;
  /** Ranks, ascending, of the snapshots that cover a key. */
  covering(key: number): Int32Array;
  /** Ranks, ascending and distinct, of the snapshots that contain a key, whatever its times. */
  containing(key: number): Int32Array;
  /**
   * Per position of the version index: the rank of the first snapshot that shows the key gone when its rows up to
   * this position are the eligible ones; `NEVER` where there is none.
   */
  readonly goneAt: Int32Array;
}

/** Later than any rank. */
export const NEVER = 0x7fff_ffff;

/** Ranks the snapshots of a frame and finds, for every version, the snapshot that ends it. */
export function rankSnapshots(
  frame: Frame,
  times: EffectiveTimes,
  keys: KeyCodes,
  index: VersionIndex,
): Snapshots {
  const offsets = partOffsets(frame.parts);
  const own = snapshotTimes(frame, times, offsets);
  const order = frame.parts
    .map((_, part) => part)
    .filter((part) => own.time.high[part] !== Number.NEGATIVE_INFINITY);
  order.sort((a, b) => compareInstants(own.time, a, b) || compareInstants(own.ingested, a, b) || a - b);

  const rankOfPart = new Int32Array(frame.parts.length).fill(-1);
  const ranked = { times: allocateInstants(order.length), captured: allocateInstants(order.length) };
  for (let rank = 0; rank < order.length; rank++) {
    const part = order[rank]!;
    rankOfPart[part] = rank;
    ranked.times.high[rank] = own.time.high[part]!;
    ranked.times.low[rank] = own.time.low[part]!;
    ranked.captured.high[rank] =
      own.isWhole[part] === 1 ? own.ingested.high[part]! : Number.NEGATIVE_INFINITY;
    ranked.captured.low[rank] = own.isWhole[part] === 1 ? own.ingested.low[part]! : 0;
  }

  const capturedUntil = runningLatest(ranked.captured, order.length);
  const rankOfRow = (row: number): number => rankOfPart[partOf[row]!]!;
  const partOf = partOfEachRow(offsets);
  const containing = ranksByKey(keys, rankOfRow);
  const covering = coverage(frame, keys, rankOfRow, rankOfPart, order.length);
  const goneAt = new Int32Array(index.rows.length).fill(NEVER);
  for (let key = 0; key < keys.count; key++) {
    markGone(goneAt, index, key, covering(key), containing(key), rankOfRow);
  }
  return {
    count: order.length,
    ...ranked,
    capturedUntil,
    parts: Int32Array.from(order),
    rankOfPart,
    covering,
    containing,
    goneAt,
  };
}

/** Per entry, the latest up to it; a null is later than any. */
function runningLatest({ high, low }: SplitInstants, length: number): SplitInstants {
  const latest = allocateInstants(length);
  let last: SplitInstant = { high: Number.NEGATIVE_INFINITY, low: 0 };
  for (let i = 0; i < length; i++) {
    const isNull = high[i] === Number.NEGATIVE_INFINITY;
    const own = isNull ? { high: Number.POSITIVE_INFINITY, low: 0 } : { high: high[i]!, low: low[i]! };
    if (isAfter(own, last)) last = own;
    latest.high[i] = last.high;
    latest.low[i] = last.low;
  }
  return latest;
}

/** How many snapshots have a time at or before a cutoff: ranks below it are the ones that count. */
export function snapshotsUntil({ times, count }: Snapshots, cutoff: SplitInstant): number {
  return upperBound(times, 0, count, cutoff);
}

/** The first covering rank after `rank` and before `limit` that `accept` takes and that lacks the key, or NEVER. */
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

function firstAbove(ranks: Int32Array, rank: number): number {
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
export interface SnapshotTimes {
  /**
   * When the state held: what the writer declared, else the latest value of the snapshot column in its rows, else its
   * latest capture. So a file from before the dataset had that column is as much a state as any.
   */
  readonly time: SplitInstants;
  /** The latest capture that is known. */
  readonly ingested: SplitInstants;
  /** 1 where the capture of each row is known: then, and only then, it is known when all of it had been captured. */
  readonly isWhole: Uint8Array;
}

/** The times of each part, as snapshots. */
export function snapshotTimes(frame: Frame, times: EffectiveTimes, offsets: Uint32Array): SnapshotTimes {
  const { snapshotTime } = frame.dataset;
  const time = allocateInstants(frame.parts.length);
  const ingested = allocateInstants(frame.parts.length);
  const isWhole = new Uint8Array(frame.parts.length);
  const set = (to: SplitInstants, part: number, instant: SplitInstant | undefined) => {
    to.high[part] = instant ? instant.high : Number.NEGATIVE_INFINITY;
    to.low[part] = instant ? instant.low : 0;
  };
  for (let i = 0; i < frame.parts.length; i++) {
    const part = frame.parts[i]!;
    const [start, end] = [offsets[i]!, offsets[i + 1]!];
    const { timeNs, ingestedNs } = part.snapshot ?? {};
    const captured = ingestedNs === undefined ? latest(times.ingested, start, end) : splitInstant(ingestedNs);
    set(ingested, i, captured);
    isWhole[i] = hasNull(times.ingested, start, end) ? 0 : 1;
    set(time, i, timeNs === undefined ? (latestIn(part, snapshotTime) ?? captured) : splitInstant(timeNs));
  }
  return { time, ingested, isWhole };
}

function latestIn(part: Part, column: string | undefined): SplitInstant | undefined {
  if (column === undefined) return undefined;
  const instants = allocateInstants(part.rows);
  writeInstants(instants, 0, part.rows, part.column(column));
  return latest(instants, 0, part.rows);
}

function hasNull(instants: SplitInstants, from: number, to: number): boolean {
  for (let row = from; row < to; row++) if (instants.high[row] === Number.NEGATIVE_INFINITY) return true;
  return false;
}

function latest(instants: SplitInstants, from: number, to: number): SplitInstant | undefined {
  let best = -1;
  for (let row = from; row < to; row++) {
    if (
      instants.high[row] !== Number.NEGATIVE_INFINITY &&
      (best < 0 || compareInstants(instants, row, best) > 0)
    )
      best = row;
  }
  return best < 0 ? undefined : { high: instants.high[best]!, low: instants.low[best]! };
}

function partOfEachRow(offsets: Uint32Array): Int32Array {
  const parts = new Int32Array(offsets[offsets.length - 1]!);
  for (let part = 0; part + 1 < offsets.length; part++) parts.fill(part, offsets[part], offsets[part + 1]);
  return parts;
}

/** For each code, the distinct ranks of its rows, ascending. */
function ranksByKey(keys: KeyCodes, rankOfRow: (row: number) => number): (key: number) => Int32Array {
  const starts = new Uint32Array(keys.count + 1);
  for (let row = 0; row < keys.codes.length; row++) if (rankOfRow(row) >= 0) starts[keys.codes[row]! + 1]!++;
  for (let key = 0; key < keys.count; key++) starts[key + 1]! += starts[key]!;
  const ranks = new Int32Array(starts[keys.count]!);
  const next = starts.slice(0, keys.count);
  for (let row = 0; row < keys.codes.length; row++) {
    const rank = rankOfRow(row);
    if (rank >= 0) ranks[next[keys.codes[row]!]!++] = rank;
  }
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

/**
 * Fills `goneAt` for one key. The latest snapshot among a prefix of its rows only grows along the prefix, so the
 * first covering snapshot after it that lacks the key is found by walking both rank lists once.
 */
function markGone(
  goneAt: Int32Array,
  { starts, rows }: VersionIndex,
  key: number,
  covering: Int32Array,
  containing: Int32Array,
  rankOfRow: (row: number) => number,
): void {
  let latestRank = -2;
  let gone = -1;
  for (let position = starts[key]!; position < starts[key + 1]!; position++) {
    const rank = rankOfRow(rows[position]!);
    if (rank > latestRank) {
      latestRank = rank;
      if (gone <= latestRank) gone = firstWithout(covering, containing, latestRank, NEVER);
    }
    goneAt[position] = gone;
  }
}
