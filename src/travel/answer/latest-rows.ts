import { bookkeepingColumns } from "../../dataset/index.js";
import { type Cell, keyText } from "../../table/index.js";
import { type Frame, partOffsets } from "../frame/frame.js";
import { type RowReader, rowReader } from "../frame/row-reader.js";
import { type EffectiveTimes, effectiveTimes } from "../rule/effective-time.js";
import { encodeKeys, type KeyCodes } from "../rule/key-codes.js";
import { compareSnapshotTimes, decidedBy, rowOrder, type SnapshotTime } from "../rule/order.js";
import { snapshotTimes } from "../rule/snapshots.js";
import { nsAt } from "../rule/split-instants.js";

/** The times of the newest state of each scope, by the scope's cells as one text (`[]` for the whole feed). */
export type ScopeTimes = ReadonlyMap<string, SnapshotTime>;

/** The rows of a latest view, and how new each scope of it is. */
export interface Latest {
  /** One row per key, in key order. */
  readonly rows: readonly Record<string, Cell>[];
  readonly scopeTimes: ScopeTimes;
  /**
   * Whether the new files are later than everything that the view was made from, for each key and each scope: then the
   * result is the same as from all those files together. Otherwise a value may belong between two that the view has
   * merged.
   */
  readonly extendsView: boolean;
}

/**
 * Merges new files into a latest view, so that it never goes back (SPEC 6): per key the row with the greatest effective
 * time holds, and a null in it does not erase a value that an older row had. For snapshots a key that the newest state
 * of its scope lacks is gone. For a key that is present, only the states since its last absence count: after a return
 * nothing of its earlier rows remains. An older state that arrives late neither adds nor removes.
 *
 * @param frame the view as it is (`hasView`: its first part), then the new files
 */
export function latestRows(frame: Frame, hasView: boolean, viewTimes: ScopeTimes): Latest {
  const times = effectiveTimes(frame);
  const keys = encodeKeys(frame, frame.dataset.key);
  const rows = rowsByKey(keys, times);
  const reader = rowReader(frame);
  const states = statesOf(frame, times, keys, reader, hasView, viewTimes);

  const kept = new Set(bookkeepingColumns(frame.dataset));
  const fillable = reader.names.filter((name) => !kept.has(name));
  const merged: Record<string, Cell>[] = [];
  let extendsView = hasView && (states?.extendView ?? true);
  for (const all of rows) {
    if (extendsView && !startsWithView(all, times, reader)) extendsView = false;
    const versions = states ? states.current(all) : all;
    if (versions.length === 0) continue;
    const row = reader.row(versions.at(-1)!);
    for (const name of fillable) {
      for (let i = versions.length - 2; i >= 0 && row[name] === null; i--)
        row[name] = reader.cell(name, versions[i]!);
    }
    merged.push(row);
  }
  return { rows: merged, scopeTimes: states?.times ?? new Map(), extendsView };
}

/** Whether a key's new rows are all after its row in the view. */
function startsWithView(versions: readonly number[], times: EffectiveTimes, { partOf }: RowReader): boolean {
  const [first, second] = versions as [number, number?];
  if (second === undefined || versions.every((row) => partOf(row) > 0)) return true;
  if (partOf(first) > 0) return false;
  const decider = decidedBy(times, partOf, first, second);
  switch (decider) {
    case "effective-time":
    case "ingested":
      return true;
    case "partition":
    case "row":
      return false;
    default:
      return decider satisfies never;
  }
}

/** Per key its rows in selection order; rows without a usable time come first. */
function rowsByKey({ codes, count }: KeyCodes, times: EffectiveTimes): number[][] {
  const rows = Array.from({ length: count }, (): number[] => []);
  for (let row = 0; row < codes.length; row++) rows[codes[row]!]!.push(row);
  const order = rowOrder(times);
  for (const own of rows) own.sort(order);
  return rows;
}

interface States {
  /** The newest state of each scope. */
  readonly times: Map<string, SnapshotTime>;
  /** Whether each new state is newer than the view, in every scope it covers. */
  readonly extendView: boolean;
  /**
   * Those of a key's rows, in their order, that are in the newest state of its scope or in an earlier one since which
   * the key was always present; none where it is gone, all where the scope has no dated state.
   */
  current(versions: readonly number[]): readonly number[];
}

interface State extends SnapshotTime {
  readonly part: number;
}

/** The states of each scope; `undefined` where files are not states. */
function statesOf(...given: Parameters<typeof snapshotStates>): States | undefined {
  const { partitionIs } = given[0].dataset;
  switch (partitionIs) {
    case "changes":
      return undefined;
    case "snapshot":
      return snapshotStates(...given);
    default:
      return partitionIs satisfies never;
  }
}

function snapshotStates(
  frame: Frame,
  times: EffectiveTimes,
  keys: KeyCodes,
  reader: RowReader,
  hasView: boolean,
  viewTimes: ScopeTimes,
): States {
  const { scope, key } = frame.dataset;
  const offsets = partOffsets(frame.parts);
  const own = snapshotTimes(frame, times, offsets);
  const scopeAt = scope.map((name) => key.indexOf(name));
  const scopeText = (row: number) => {
    const cells = keys.cells(keys.codes[row]!);
    return keyText(scopeAt.map((i) => cells[i]!));
  };
  const ofView = hasView ? viewStates(frame, times, reader, scopeText, offsets[1]!, viewTimes) : new Map();
  const states = new Map<string, State[]>([...ofView].map(([text, time]) => [text, [{ part: 0, ...time }]]));

  let extendView = true;
  frame.parts.forEach((part, i) => {
    if (hasView && i === 0) return;
    const time = nsAt(own.time, i);
    if (time === null) {
      extendView = false;
      return;
    }
    const state = { part: i, time, ingested: nsAt(own.ingested, i) };
    const covered = new Set(scope.length === 0 ? [keyText([])] : []);
    for (let row = offsets[i]!; row < offsets[i + 1]!; row++) covered.add(scopeText(row));
    for (const cells of part.snapshot?.covers ?? []) covered.add(keyText(cells));
    for (const text of covered) {
      const known = ofView.get(text);
      if (known && compareSnapshotTimes(state, known) <= 0) extendView = false;
      const before = states.get(text);
      if (before) before.push(state);
      else states.set(text, [state]);
    }
  });
  // A stable sort: with equal times the part of the file just written is the last.
  for (const ofScope of states.values()) ofScope.sort(compareSnapshotTimes);
  return {
    times: new Map([...states].map(([text, all]) => [text, timeOf(all.at(-1)!)])),
    extendView,
    current(versions) {
      const ofScope = states.get(scopeText(versions[0]!));
      if (!ofScope) return versions;
      const inParts = new Set(versions.map((row) => reader.partOf(row)));
      const parts = new Set<number>();
      for (let i = ofScope.length - 1; i >= 0 && inParts.has(ofScope[i]!.part); i--)
        parts.add(ofScope[i]!.part);
      return versions.filter((row) => parts.has(reader.partOf(row)));
    },
  };
}

/**
 * A view mixes states of many times: each scope is as new as its newest row, unless its footer knows better. A scope
 * without any row that says when its state held is dated by capture, as a file is.
 */
function viewStates(
  frame: Frame,
  times: EffectiveTimes,
  reader: RowReader,
  scopeText: (row: number) => string,
  rowCount: number,
  viewTimes: ScopeTimes,
): Map<string, SnapshotTime> {
  const { snapshotTime } = frame.dataset;
  const stated = new Map<string, SnapshotTime>(viewTimes);
  const captured = new Map<string, SnapshotTime>();
  const offer = (
    to: Map<string, SnapshotTime>,
    text: string,
    time: bigint | null,
    ingested: bigint | null,
  ) => {
    const known = to.get(text);
    if (time !== null && (!known || compareSnapshotTimes({ time, ingested }, known) > 0))
      to.set(text, { time, ingested });
  };
  for (let row = 0; row < rowCount; row++) {
    const text = scopeText(row);
    if (viewTimes.has(text)) continue;
    const ingested = nsAt(times.ingested, row);
    offer(captured, text, ingested, ingested);
    if (snapshotTime !== undefined)
      offer(stated, text, reader.cell(snapshotTime, row) as bigint | null, ingested);
  }
  return new Map([...captured, ...stated]);
}

function timeOf({ time, ingested }: SnapshotTime): SnapshotTime {
  return { time, ingested };
}
