import { type Cell, compareCells } from "../../table/index.js";
import type { RowReader } from "../frame/row-reader.js";

/** A key that holds at both cutoffs with different values. */
export interface Change<Row> {
  readonly before: Row;
  readonly after: Row;
  /** Names of the columns that differ. */
  readonly columns: readonly string[];
}

/** What changed between two cutoffs, each list in key order. */
export interface Diff<Row> {
  /** Rows of keys that hold only at the later cutoff. */
  readonly added: readonly Row[];
  readonly changed: readonly Change<Row>[];
  /** Rows of keys that hold only at the earlier cutoff, as they were. */
  readonly gone: readonly Row[];
}

/**
 * Compares two selections of one frame, both in key order. Only `compared` columns count as a change: a report that
 * repeats a status at a new time has changed nothing.
 */
export function diffSelections<Row>(
  reader: RowReader,
  codes: Int32Array,
  before: Uint32Array,
  after: Uint32Array,
  compared: readonly string[],
): Diff<Row> {
  const added: Row[] = [];
  const changed: Change<Row>[] = [];
  const gone: Row[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = i < before.length ? codes[before[i]!]! : Number.POSITIVE_INFINITY;
    const now = j < after.length ? codes[after[j]!]! : Number.POSITIVE_INFINITY;
    if (old < now) gone.push(reader.row(before[i++]!) as Row);
    else if (now < old) added.push(reader.row(after[j++]!) as Row);
    else {
      const [a, b] = [before[i++]!, after[j++]!];
      if (a === b) continue;
      const columns = compared.filter((name) => !sameCell(reader.cell(name, a), reader.cell(name, b)));
      if (columns.length > 0)
        changed.push({ before: reader.row(a) as Row, after: reader.row(b) as Row, columns });
    }
  }
  return { added, changed, gone };
}

/** Whether two cells hold the same value; NaN equals NaN, also inside lists. */
export function sameCell(a: Cell, b: Cell): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && compareCells(a, b) === 0;
  const [own, other] = [Object.entries(a) as [string, Cell][], new Map<string, Cell>(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    own.length === other.size &&
    own.every(([name, cell]) => other.has(name) && sameCell(cell, other.get(name)!))
  );
}
