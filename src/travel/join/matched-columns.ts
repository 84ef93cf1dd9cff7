import {
  type Cell,
  type CellReader,
  type Column,
  type ColumnType,
  cellReader,
  columnFromCells,
  type IntegerCells,
  sameType,
  take,
} from "../../table/index.js";
import { type Frame, partOffsets } from "../frame/frame.js";
import { heldType, type RowReader } from "../frame/row-reader.js";

/** One column of matched rows, copied from its frame, so that the frame can be released. */
export interface MatchedColumn {
  /** Reads the cells a row of the frame has. */
  readonly cell: CellReader;
  /** The frame's type. */
  readonly type: ColumnType;
  column(): Column;
}

/** The columns of some frame rows; nulls where the row is -1. */
export function matchedColumns(
  frame: Frame,
  reader: RowReader,
  names: readonly string[],
  rows: readonly number[],
): Map<string, MatchedColumn> {
  const offsets = partOffsets(frame.parts);
  const nowhere = frame.parts.length;
  const parts = new Int32Array(rows.length);
  const inPart = new Int32Array(rows.length);
  const isRead = new Uint8Array(nowhere);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < 0) parts[i] = nowhere;
    else {
      const part = reader.partOf(row);
      parts[i] = part;
      inPart[i] = row - offsets[part]!;
      isRead[part] = 1;
    }
  }
  const columns = new Map<string, MatchedColumn>();
  for (const name of names) {
    const known = frame.columns.get(name);
    if (!known) continue;
    const sources = frame.parts.map((part, i) => (isRead[i] === 1 ? part.column(name) : undefined));
    const type = commonType(sources);
    const held = heldType(known.type, sources);
    columns.set(
      name,
      type === undefined
        ? ofCells(
            held,
            rows.map((row) => (row < 0 ? null : reader.cell(name, row))),
          )
        : ofColumn(held, known.integers, take(type, sources, parts, inPart)),
    );
  }
  return columns;
}

function ofColumn(type: ColumnType, integers: IntegerCells, column: Column): MatchedColumn {
  return { type, cell: cellReader(column, integers), column: () => column };
}

/** Instants keep their file's unit; where files differ, cells have their common unit. */
function ofCells(type: ColumnType, cells: readonly Cell[]): MatchedColumn {
  return { type, cell: (row) => cells[row]!, column: () => columnFromCells(type, cells) };
}

/** The type of all these columns, or `undefined` where they differ. */
function commonType(columns: readonly (Column | undefined)[]): ColumnType | undefined {
  let type: ColumnType | undefined;
  for (const column of columns) {
    if (!column) continue;
    if (type !== undefined && !sameType(type, column.type)) return undefined;
    type = column.type;
  }
  return type ?? { kind: "null" };
}
