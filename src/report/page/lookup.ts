import {
  type Axis,
  type DatasetData,
  type HistoryData,
  type KeyData,
  OUTCOMES,
  type Outcome,
  type StepsData,
} from "./data.js";
import { unpackAnswers, unpackColumns } from "./pack.js";

/*
 * Look-ups in what the library answered. Nothing here knows the rule by which a row is selected.
 */

/** A history unpacked. */
export interface History {
  readonly data: HistoryData;
  readonly keys: readonly Key[];
  /** Epoch nanoseconds, ascending. */
  readonly instants: readonly bigint[];
}

/** A key with its answers. */
export interface Key extends KeyData, Readonly<Record<Axis, StepsData>> {}

export function openHistory(packed: HistoryData): History {
  const data = unpackColumns(packed);
  const instants: bigint[] = [];
  const unit = BigInt(data.unit);
  let at = 0n;
  for (const by of data.instants) {
    at += BigInt(by) * unit;
    instants.push(at);
  }
  const ranks = data.keys.map(({ first, count }) => ({
    effective: data.effective.slice(first, first + count),
    captured: data.captured.slice(first, first + count),
  }));
  const held = unpackAnswers(data.answers.held, ranks);
  const known = unpackAnswers(data.answers.known, ranks);
  const keys = data.keys.map((key, i) => ({ ...key, held: held[i]!, known: known[i]! }));
  return { data, keys, instants };
}

/** The rank of the last instant at or before a cutoff; -1 where all are later. */
export function rankAt({ instants }: History, cutoff: bigint): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instants[middle]! <= cutoff) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The place of the last entry of a flat list of `width` numbers an entry whose first is at most `rank`; -1 for none. */
function lastEntry(list: readonly number[], width: number, rank: number): number {
  let low = 0;
  let high = list.length / width;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle * width]! <= rank) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * width;
}

/** The version of a key that holds at a rank, counted over the history; -1 for none. */
export function heldAt(key: Key, axis: Axis, rank: number): number {
  const { steps } = key[axis];
  const at = lastEntry(steps, 2, rank);
  return at < 0 || steps[at + 1]! < 0 ? -1 : key.first + steps[at + 1]!;
}

/** What became of each version of a key at a rank. */
export function outcomesAt(key: Key, axis: Axis, rank: number): Outcome[] {
  const { outcomes } = key[axis];
  const found: Outcome[] = new Array(key.count).fill(OUTCOMES[0]);
  for (let i = 0; i < outcomes.length && outcomes[i]! <= rank; i += 3)
    found[outcomes[i + 1]!] = OUTCOMES[outcomes[i + 2]!]!;
  return found;
}

/** The file that shows a key gone at a rank, and the rank of its time. */
export function goneAt(
  key: Key,
  axis: Axis,
  rank: number,
): { readonly file: number; readonly time: number } | undefined {
  const { gone } = key[axis];
  const at = lastEntry(gone, 3, rank);
  return at < 0 || gone[at + 1]! < 0 ? undefined : { file: gone[at + 1]!, time: gone[at + 2]! };
}

/** From when to when a version holds, within two instants; nanoseconds. */
export interface Band {
  readonly from: bigint;
  readonly to: bigint;
  /** Counted over the history. */
  readonly version: number;
}

/** What a key holds between two instants, in time; where nothing does there is no band. */
export function bandsOf(history: History, key: Key, axis: Axis, from: bigint, to: bigint): Band[] {
  const { steps }: StepsData = key[axis];
  const bands: Band[] = [];
  for (let i = 0; i < steps.length; i += 2) {
    const version = steps[i + 1]!;
    const start = history.instants[steps[i]!]!;
    const end = i + 2 < steps.length ? history.instants[steps[i + 2]!]! : to;
    if (version < 0 || end <= from || start >= to) continue;
    bands.push({
      from: start < from ? from : start,
      to: end > to ? to : end,
      version: key.first + version,
    });
  }
  return bands;
}

/** The cell of a version in a value column, as text. */
export function cellAt({ data }: History, column: number, version: number): string {
  const { words, codes } = data.cells[column]!;
  return words[codes[version]!]!;
}

/** The instant of a rank; `undefined` for none. */
export function instantAt({ instants }: History, rank: number): bigint | undefined {
  return rank < 0 ? undefined : instants[rank]!;
}

/** The instants at which what any of some keys holds changes, ascending. */
export function changesOf(history: History, keys: readonly Key[], axis: Axis): bigint[] {
  const ranks = new Set<number>();
  for (const key of keys) {
    const { steps } = key[axis];
    for (let i = 0; i < steps.length; i += 2) ranks.add(steps[i]!);
  }
  return [...ranks].sort((a, b) => a - b).map((rank) => history.instants[rank]!);
}

/** A key that holds something else at a later cutoff; versions are counted over the history, -1 for none. */
export interface Change {
  /** Number of the key. */
  readonly number: number;
  readonly before: number;
  readonly after: number;
}

/** What changed between two cutoffs in what keys hold: the same cells under a new time are no change. */
export function changesBetween(
  history: History,
  numbers: Iterable<number>,
  axis: Axis,
  early: bigint,
  late: bigint,
): Change[] {
  const [first, last] = [rankAt(history, early), rankAt(history, late)];
  const { cells } = history.data;
  const found: Change[] = [];
  for (const number of numbers) {
    const key = history.keys[number]!;
    const [before, after] = [heldAt(key, axis, first), heldAt(key, axis, last)];
    const isSame =
      before === after ||
      (before >= 0 && after >= 0 && cells.every(({ codes }) => codes[before] === codes[after]));
    if (!isSame) found.push({ number, before, after });
  }
  return found;
}

const NS_PER_SECOND = 1_000_000_000n;

/** Epoch nanoseconds as the library writes an instant: ISO-8601 UTC, every digit that is not zero. */
export function isoOf(ns: bigint): string {
  let seconds = ns / NS_PER_SECOND;
  let rest = ns % NS_PER_SECOND;
  if (rest < 0n) {
    rest += NS_PER_SECOND;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${ns} ns`;
  const text = date.toISOString().replace(/\.000Z$/, "");
  const digits = rest === 0n ? "" : `.${String(rest).padStart(9, "0").replace(/0+$/, "")}`;
  return `${text}${digits}Z`;
}

/** The times by which a version goes at a rank. */
export function timesAt(
  { data }: History,
  key: Key,
  axis: Axis,
  rank: number,
  version: number,
): { readonly effective: number; readonly byFallback: boolean } {
  const { times } = key[axis];
  let found = { effective: data.effective[version]!, byFallback: isByFallback(data, version) };
  for (let i = 0; i < times.length && times[i]! <= rank; i += 4) {
    if (key.first + times[i + 1]! === version)
      found = { effective: times[i + 2]!, byFallback: times[i + 3] === 1 };
  }
  return found;
}

/** An instant as `isoOf` writes it, in epoch nanoseconds; `undefined` for another text. */
export function nsOf(text: string): bigint | undefined {
  const match = /^([+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  const ms = match ? Date.parse(`${match[1]}Z`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt((match![2] ?? "").padEnd(9, "0"));
}

/** The columns of the two times. */
type TimeNames = Pick<DatasetData, "asOf" | "ingested">;

/** The outcome in the words of `explain`, for the key's first line. */
export function outcomeLine(history: History, key: Key, axis: Axis, rank: number, names: TimeNames): string {
  const held = heldAt(key, axis, rank);
  if (held >= 0) return `won by ${placeOf(history, held, timesAt(history, key, axis, rank, held), names)}`;
  const gone = goneAt(key, axis, rank);
  if (gone) {
    const { files } = history.data;
    return `gone: ${files[gone.file]} of ${isoOf(history.instants[gone.time]!)} no longer has it`;
  }
  return "nothing holds";
}

function placeOf(
  { data, instants }: History,
  version: number,
  times: ReturnType<typeof timesAt>,
  { asOf, ingested }: TimeNames,
): string {
  const { effective, byFallback } = times;
  const time = effective < 0 ? "no usable time" : isoOf(instants[effective]!);
  const by = effective < 0 ? "" : ` (${byFallback ? ingested : asOf})`;
  return `${data.files[data.file[version]!]} row ${data.row[version]}, effective ${time}${by}`;
}

export function isByFallback({ byFallback }: HistoryData, version: number): boolean {
  let low = 0;
  let high = byFallback.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (byFallback[middle] === version) return true;
    if (byFallback[middle]! < version) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
