import { bookkeepingColumns } from "../dataset/index.js";
import type { Cell } from "../table/index.js";
import { type EffectiveTimes, effectiveTimes } from "./effective-time.js";
import { type Frame, partOffsets } from "./frame.js";
import { encodeKeys, type KeyCodes, keyText } from "./key-codes.js";
import { type RowReader, rowReader } from "./row-reader.js";
import { snapshotTimes } from "./snapshots.js";
import { compareTicks, nsAt } from "./ticks.js";

/** When a scope's newest state held and was captured, epoch nanoseconds. */
export interface ScopeTime {
  readonly time: bigint;
  readonly ingested: bigint | null;
}

/** The newest state of each scope, by the scope's cells as one text (`[]` for the whole feed). */
export type ScopeTimes = ReadonlyMap<string, ScopeTime>;

/** The rows of a latest view, and how new each scope of it is. */
export interface Latest {
  /** One row a key, in key order. */
  readonly rows: readonly Record<string, Cell>[];
  readonly scopeTimes: ScopeTimes;
}

/**
 * Merges new files into a latest view, so that it never regresses (SPEC 6): per key the row with the greatest
 * effective time holds, and a null in it does not wipe a value an older row knew. For snapshots a key that the
 * newest state of its scope lacks is gone; an older state arriving late neither adds nor removes.
 *
 * @param frame the view as it is (`hasView`: its first part), then the new files
 */
export function latestRows(frame: Frame, hasView: boolean, viewTimes: ScopeTimes): Latest {
  const times = effectiveTimes(frame);
  const keys = encodeKeys(frame, frame.dataset.key);
  const rows = rowsByKey(keys, times);
  const reader = rowReader(frame);
  const states =
    frame.dataset.partitionIs === "snapshot"
      ? newestStates(frame, times, keys, reader, hasView, viewTimes)
      : undefined;

  const kept = new Set(bookkeepingColumns(frame.dataset));
  const fillable = reader.names.filter((name) => !kept.has(name));
  const merged: Record<string, Cell>[] = [];
  for (const versions of rows) {
    if (
      states &&
      !states.holds(
        versions.map((row) => reader.partOf(row)),
        versions[0]!,
      )
    )
      continue;
    const row = reader.row(versions.at(-1)!);
    for (const name of fillable) {
      for (let i = versions.length - 2; i >= 0 && row[name] === null; i--)
        row[name] = reader.cell(name, versions[i]!);
    }
    merged.push(row);
  }
  return { rows: merged, scopeTimes: states?.times ?? new Map() };
}

/** Per key its rows in selection order; rows without a usable time come first. */
function rowsByKey({ codes, count }: KeyCodes, { effective, ingested }: EffectiveTimes): number[][] {
  const rows = Array.from({ length: count }, (): number[] => []);
  for (let row = 0; row < codes.length; row++) rows[codes[row]!]!.push(row);
  const order = (a: number, b: number) =>
    compareTicks(effective, a, b) || compareTicks(ingested, a, b) || a - b;
  for (const own of rows) own.sort(order);
  return rows;
}

interface NewestStates {
  readonly times: Map<string, ScopeTime>;
  /** Whether the newest state of the scope of `row` is one of `parts`. */
  holds(parts: readonly number[], row: number): boolean;
}

function newestStates(
  frame: Frame,
  times: EffectiveTimes,
  keys: KeyCodes,
  reader: RowReader,
  hasView: boolean,
  viewTimes: ScopeTimes,
): NewestStates {
  const { scope, key } = frame.dataset;
  const offsets = partOffsets(frame.parts);
  const own = snapshotTimes(frame, times, offsets);
  const newest = new Map<string, { part: number } & ScopeTime>();
  const offer = (text: string, part: number, time: bigint | null, ingested: bigint | null) => {
    if (time === null) return;
    const known = newest.get(text);
    // As everywhere: the state's own time, then its capture; what still ties goes to the file just written.
    if (!known || isAtOrAfter({ time, ingested }, known)) newest.set(text, { part, time, ingested });
  };
  const scopeAt = scope.map((name) => key.indexOf(name));
  const scopeText = (row: number) => {
    const cells = keys.cells(keys.codes[row]!);
    return keyText(scopeAt.map((i) => cells[i]!));
  };

  if (hasView) for (const [text, { time, ingested }] of viewTimes) offer(text, 0, time, ingested);
  frame.parts.forEach((part, i) => {
    const isView = hasView && i === 0;
    const seen = new Set<string>();
    for (let row = offsets[i]!; row < offsets[i + 1]!; row++) {
      const text = scopeText(row);
      // A view mixes states of many times: each scope is as new as its newest row, unless its footer knows better.
      if (isView && viewTimes.has(text)) continue;
      if (!isView && seen.has(text)) continue;
      const dated = isView ? statedTime(frame, reader, row) : null;
      if (isView && dated === null) continue;
      seen.add(text);
      if (isView) offer(text, i, dated, nsAt(times.ingested, row));
      else offer(text, i, nsAt(own.time, i), nsAt(own.ingested, i));
    }
    // A scope of which no row says when its state held goes by capture, as a file does.
    for (let row = offsets[i]!; isView && row < offsets[i + 1]!; row++) {
      const text = scopeText(row);
      const captured = nsAt(times.ingested, row);
      if (!viewTimes.has(text) && !seen.has(text)) offer(text, i, captured, captured);
    }
    if (isView) return;
    for (const cells of part.snapshot?.covers ?? [])
      offer(keyText(cells), i, nsAt(own.time, i), nsAt(own.ingested, i));
    if (scope.length === 0) offer(keyText([]), i, nsAt(own.time, i), nsAt(own.ingested, i));
  });
  return {
    times: new Map([...newest].map(([text, { time, ingested }]) => [text, { time, ingested }])),
    holds(parts, row) {
      const state = newest.get(scopeText(row));
      return !state || parts.includes(state.part);
    },
  };
}

function isAtOrAfter(a: ScopeTime, b: ScopeTime): boolean {
  if (a.time !== b.time) return a.time > b.time;
  return b.ingested === null || (a.ingested !== null && a.ingested >= b.ingested);
}

/** When the state of a row of a view held, where the row says so. */
function statedTime({ dataset: { snapshotTime } }: Frame, reader: RowReader, row: number): bigint | null {
  return snapshotTime === undefined ? null : (reader.cell(snapshotTime, row) as bigint | null);
}
