import type { ArrayFile, ArrayFileWriter } from "./array-file.js";
import type { Column } from "./column.js";
import { type ColumnType, describeType } from "./column-type.js";
import { numberReader, type PackedNumbers, packNumbers } from "./packed-numbers.js";
import { objectReader, type PackedObjects, packObjects } from "./packed-objects.js";
import { type PackedText, packText, textReader } from "./packed-text.js";

/**
 * One column of many files, laid end to end: plain data that stands in the header of an `ArrayFile`, and refers to
 * arrays in it. Each class of column has a layout that is small to read and to check, and out of which single rows can
 * be read: a question wants a few hundred of a day's quarter million.
 */
export interface PackedColumn {
  /** The types found; files may differ in the unit of their instants. */
  readonly types: readonly ColumnType[];
  /** Per file: which of the types, or -1 where it lacks the column; left out where all have it, in one type. */
  readonly typeOfPart?: readonly number[];
  readonly values: PackedText | PackedNumbers | PackedObjects;
}

/** Reads what one of the layouts holds. */
export interface PackedReader {
  /** The column of a file. */
  part(part: number, type: ColumnType): Column;
  /** Some rows of all files together, as one column; left out where files are packed each as a whole. */
  rows?(rows: ArrayLike<number>, parts: ArrayLike<number>, type: ColumnType): Column;
  /** Tells rows whose value is at most `limit` from others; of integers of eight bytes only. */
  atMost?(limit: bigint, parts: () => ArrayLike<number>): (row: number) => boolean;
}

/** A packed column. Nothing is unpacked before it is asked for. */
export interface UnpackedColumn {
  /** The column of a file; `undefined` where it lacks it. */
  part(part: number): Column | undefined;
  /**
   * Some rows, counted over all files, as one column; `undefined` where that takes the columns of their files.
   * @param parts the file of each row
   */
  rows(rows: ArrayLike<number>, parts: ArrayLike<number>): Column | undefined;
  /**
   * Tells rows whose integer is at most `limit` from others, in the unit of their column; not to be asked of nulls, nor
   * where files differ in type.
   * @throws TypeError where these are no integers of eight bytes
   */
  atMost(limit: bigint, parts: () => ArrayLike<number>): (row: number) => boolean;
}

/**
 * Packs a column, `columns[i]` being that of file `i` or `undefined` where it lacks it. `offsets` says where the rows of
 * each file start.
 *
 * @throws TypeError where the files' columns are of different make
 */
export function packColumn(
  columns: readonly (Column | undefined)[],
  offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedColumn {
  const types: ColumnType[] = [];
  const names = new Map<string, number>();
  const typeOfPart = columns.map((column) => {
    if (!column) return -1;
    const name = describeType(column.type);
    if (!names.has(name)) names.set(name, types.push(column.type) - 1);
    return names.get(name)!;
  });
  const storage = columns.find((column) => column)?.storage ?? "object";
  const isOf = <Kind extends Column>(column: Column | undefined): column is Kind | undefined =>
    column === undefined || column.storage === storage;
  if (!columns.every(isOf)) throw new TypeError("a column is kept differently in different files");
  const pack = { text: packText, fixed: packNumbers, object: packObjects }[storage];
  const values = pack(columns as never, offsets, out);
  const isUniform = types.length === 1 && !typeOfPart.includes(-1);
  return isUniform ? { types, values } : { types, typeOfPart, values };
}

/** Reads a packed column again. */
export function unpackColumn(
  { types, typeOfPart, values }: PackedColumn,
  offsets: Uint32Array,
  file: ArrayFile,
): UnpackedColumn {
  let made: PackedReader | undefined;
  const reader = () => {
    made ??= { text: textReader, fixed: numberReader, object: objectReader }[values.storage](
      values as never,
      offsets,
      file,
    );
    return made;
  };
  return {
    part(part) {
      const type = typeOfPart ? typeOfPart[part]! : 0;
      return type < 0 ? undefined : reader().part(part, types[type]!);
    },
    rows: (rows, parts) => (typeOfPart ? undefined : reader().rows?.(rows, parts, types[0]!)),
    atMost(limit, parts) {
      const tell = typeOfPart ? undefined : reader().atMost?.(limit, parts);
      if (!tell)
        throw new TypeError("only integers of eight bytes in one type can be compared with a bigint");
      return tell;
    },
  };
}
