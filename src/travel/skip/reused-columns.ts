import type { Cell, CellReader } from "../../table/index.js";
import type { RowReader } from "../frame/row-reader.js";

/**
 * Columns of successive answers: most keys hold the same row as in the answer before, so only the cells of the others
 * are read, and the rest is copied.
 *
 * Invariant: `cells[key]` is the cell of row `rowOf[key]` (-1: none yet). A cell depends only on its row, so in any
 * order of questions a copy equals what reading it again would return.
 */
interface ReusedCells {
  readonly rowOf: Int32Array;
  readonly cells: Cell[];
}

/** A memory of columns. */
export interface ReusedColumns {
  /** Buffer for the keys of one answer. */
  readonly keys: Uint32Array;
  /**
   * One column of some rows, as cells: an array that the caller may keep.
   *
   * @param keys the key of each row, ascending; `undefined` where every key has one
   */
  cells(name: string, rows: Uint32Array, keys: Uint32Array | undefined): Cell[];
}

/** Makes a memory of columns over the `keyCount` keys of a reader's frame. */
export function reusedColumns(reader: RowReader, keyCount: number): ReusedColumns {
  const columns = new Map<string, ReusedCells>();
  return {
    keys: new Uint32Array(keyCount),
    cells(name, rows, keys) {
      if (!isShareable(reader, name)) return reader.cells(name, rows);
      let before = columns.get(name);
      if (!before) {
        before = { rowOf: new Int32Array(keyCount).fill(-1), cells: new Array<Cell>(keyCount) };
        columns.set(name, before);
      }
      readChanged(before, reader.cellReader(name), rows, keys);
      return keys ? pick(before.cells, keys) : before.cells.slice();
    },
  };
}

/** Whether callers can share a cell: lists, structs and bytes are copied for each caller to change. */
function isShareable(reader: RowReader, name: string): boolean {
  const { kind } = reader.typeOf(name);
  switch (kind) {
    case "bool":
    case "int":
    case "float":
    case "text":
    case "timestamp":
    case "date":
    case "time":
    case "decimal":
    case "null":
      return true;
    case "bytes":
    case "list":
    case "nested":
      return false;
    default:
      return kind satisfies never;
  }
}

function readChanged(
  { rowOf, cells }: ReusedCells,
  cellOf: CellReader,
  rows: Uint32Array,
  keys: Uint32Array | undefined,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const key = keys ? keys[i]! : i;
    if (rowOf[key] === row) continue;
    cells[key] = cellOf(row); // may throw: the row is recorded after
    rowOf[key] = row;
  }
}

function pick(cells: readonly Cell[], keys: Uint32Array): Cell[] {
  const out = new Array<Cell>(keys.length);
  for (let i = 0; i < keys.length; i++) out[i] = cells[keys[i]!]!;
  return out;
}
