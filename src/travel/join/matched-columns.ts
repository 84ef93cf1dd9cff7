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
import { heldType, placeOfRow, type RowReader, type RowSource } from "../frame/row-reader.js";

/** One column of matched rows, copied from its frame, so that the frame can be released. */
export interface MatchedColumn {
  /** Reads the cells a row of the frame has. */
  readonly cell: CellReader;
  /** The frame's type. */
  readonly type: ColumnType;
  column(): Column;
  /** Whether some matched row has a value in it. */
  hasValue(): boolean;
}

/** Matched rows of one frame, which is not needed any more. */
export interface MatchedRows {
  readonly columns: ReadonlyMap<string, MatchedColumn>;
  /** Where a row lies; null where nothing matched. */
  sourceOf(row: number): RowSource | null;
}

/** Some frame rows; -1 is a row of nulls, which lies nowhere. */
export function matchedRows(
  frame: Frame,
  reader: RowReader,
  names: readonly string[],
  rows: readonly number[],
): MatchedRows {
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
  return {
    columns: columnsOf(frame, reader, names, { rows, parts, inPart, isRead }),
    sourceOf: sourcesOf(frame, parts, inPart),
  };
}

/** The files by number, and the numbers of rows in them: the frame's columns are not kept for it. */
function sourcesOf(frame: Frame, parts: Int32Array, inPart: Int32Array): (row: number) => RowSource | null {
  const files = frame.parts.map(({ path, heldIn }) => ({ path, heldIn }));
  const inFile = frame.parts.some(({ rowNumbers }) => rowNumbers)
    ? inPart.map((row, i) => frame.parts[parts[i]!]?.rowNumbers?.[row] ?? row)
    : inPart;
  return (row) => {
    const file = files[parts[row]!];
    return file === undefined ? null : placeOfRow(file, inFile[row]!);
  };
}

/** Rows of a frame by part; a part number past the last is no row. */
interface RowsByPart {
  readonly rows: readonly number[];
  readonly parts: Int32Array;
  readonly inPart: Int32Array;
  /** Per part, 1 where it has one of the rows. */
  readonly isRead: Uint8Array;
}

function columnsOf(
  frame: Frame,
  reader: RowReader,
  names: readonly string[],
  { rows, parts, inPart, isRead }: RowsByPart,
): Map<string, MatchedColumn> {
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
        : ofColumn(held, known.integers, take(type, sources, parts, inPart), rows.length),
    );
  }
  return columns;
}

function ofColumn(type: ColumnType, integers: IntegerCells, column: Column, rows: number): MatchedColumn {
  const cell = cellReader(column, integers);
  const hasValue = () => {
    for (let row = 0; row < rows; row++) if (cell(row) !== null) return true;
    return false;
  };
  return { type, cell, column: () => column, hasValue };
}

/** Instants keep their file's unit; where files differ, cells have their common unit. */
function ofCells(type: ColumnType, cells: readonly Cell[]): MatchedColumn {
  return {
    type,
    cell: (row) => cells[row]!,
    column: () => columnFromCells(type, cells),
    hasValue: () => cells.some((cell) => cell !== null),
  };
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
