import type { Cell } from "../table/index.js";
import type { Frame } from "./frame.js";
import { keysOf } from "./frame-index.js";
import { encodeKeys } from "./key-codes.js";
import { type RowReader, rowReader } from "./row-reader.js";
import { type Question, selectRow } from "./select.js";
import { nsAt, type Ticks, tickOf } from "./ticks.js";
import { versionsFor } from "./versions.js";

/** One question of a point-in-time join. */
export interface JoinLabel {
  /** The values to match, in the order of the `on` columns. */
  readonly cells: readonly Cell[];
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | undefined;
}

/** Which rows hold for which labels. */
export interface Matches {
  readonly reader: RowReader;
  /** Pairs in label order, then key order; every label has at least one. */
  readonly pairs: readonly { readonly label: number; readonly row: number | undefined }[];
  readonly rowsByFallback: number;
  readonly rowsNotSelectable: number;
  readonly rowsAhead: number;
  readonly maxAsOfTs: bigint | null;
  readonly maxIngestedTs: bigint | null;
}

/**
 * Matches each label with the rows that held for it at its own cutoff (SPEC 4): every key that has the label's values
 * in the `on` columns, one pair a key. A label nothing held for gets one pair without a row.
 *
 * @param on key columns; the whole key gives each label at most one row
 */
export function joinAsOf(
  frame: Frame,
  on: readonly string[],
  labels: readonly JoinLabel[],
  maxAgeNs?: bigint,
): Matches {
  const keys = keysOf(frame);
  const groups = encodeKeys(frame, on);
  const keysOfGroup = keysByGroup(keys.codes, groups.codes, groups.count);
  const reader = rowReader(frame);
  const versionsOf = versionsFor(frame, keys, reader);

  const pairs: { label: number; row: number | undefined }[] = [];
  let rowsByFallback = 0;
  let maxAsOfTs: bigint | null = null;
  let maxIngestedTs: bigint | null = null;
  labels.forEach(({ cells, cutoffNs, knownByNs }, label) => {
    const question: Question = {
      cutoff: tickOf(cutoffNs),
      knownBy: knownByNs === undefined ? undefined : tickOf(knownByNs),
      oldest: maxAgeNs === undefined ? undefined : tickOf(cutoffNs - maxAgeNs),
    };
    const versions = versionsOf(question);
    const before = pairs.length;
    for (const key of keysOfGroup[groups.codeOf(cells)] ?? []) {
      const row = selectRow(versions, key, question);
      if (row < 0) continue;
      pairs.push({ label, row });
      rowsByFallback += versions.times.byFallback[row]!;
      maxAsOfTs = later(maxAsOfTs, versions.times.asOf, row);
      maxIngestedTs = later(maxIngestedTs, versions.times.ingested, row);
    }
    if (pairs.length === before) pairs.push({ label, row: undefined });
  });
  const { notSelectable, ahead } = versionsOf({ knownBy: undefined }).times;
  return {
    reader,
    pairs,
    rowsByFallback,
    rowsNotSelectable: notSelectable,
    rowsAhead: ahead,
    maxAsOfTs,
    maxIngestedTs,
  };
}

/** The keys of each group, ascending: a key's rows are all of one group. */
function keysByGroup(keyCodes: Int32Array, groupCodes: Int32Array, groups: number): number[][] {
  const groupOfKey = new Map<number, number>();
  for (let row = 0; row < keyCodes.length; row++) groupOfKey.set(keyCodes[row]!, groupCodes[row]!);
  const keys = Array.from({ length: groups }, (): number[] => []);
  for (const [key, group] of groupOfKey) keys[group]!.push(key);
  for (const own of keys) own.sort((a, b) => a - b);
  return keys;
}

function later(best: bigint | null, ticks: Ticks, row: number): bigint | null {
  const own = nsAt(ticks, row);
  return best === null || (own !== null && own > best) ? own : best;
}
