import { type ColumnType, isStoredAs, type TypeStoredAs } from "./column-type.js";

/** Typed arrays a fixed-width column can hold. */
export type FixedValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/**
 * One column in memory, laid out as in Arrow except that validity is a byte per row, not a bit.
 *
 * Invariants: `valid` is absent when nothing is null, otherwise 1 = present, 0 = null; the value under a null is
 * unspecified, except that a null text row has code -1.
 */
export type Column = FixedColumn | TextColumn | ObjectColumn;

/** Numbers, booleans (0 or 1), dates, timestamps, decimals. */
export interface FixedColumn {
  readonly storage: "fixed";
  readonly type: TypeStoredAs<"fixed">;
  readonly length: number;
  readonly values: FixedValues;
  readonly valid?: Uint8Array;
}

/** Strings: `dictionary[codes[row]]`, or null where the code is -1. The dictionary may hold unused strings. */
export interface TextColumn {
  readonly storage: "text";
  readonly type: TypeStoredAs<"text">;
  readonly length: number;
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

/** Bytes, lists, structs, maps and all-null columns: a JavaScript value (or null) per row. */
export interface ObjectColumn {
  readonly storage: "object";
  readonly type: TypeStoredAs<"object">;
  readonly length: number;
  readonly objects: readonly unknown[];
}

/** A typed array of the right class for a fixed-width type. */
export function allocate(type: TypeStoredAs<"fixed">, length: number): FixedValues {
  switch (type.kind) {
    case "bool":
      return new Uint8Array(length);
    case "int": {
      if (type.bits === 8) return type.signed ? new Int8Array(length) : new Uint8Array(length);
      if (type.bits === 16) return type.signed ? new Int16Array(length) : new Uint16Array(length);
      if (type.bits === 32) return type.signed ? new Int32Array(length) : new Uint32Array(length);
      return type.signed ? new BigInt64Array(length) : new BigUint64Array(length);
    }
    case "float":
      return type.bits === 32 ? new Float32Array(length) : new Float64Array(length);
    case "date":
      return new Int32Array(length);
    case "timestamp":
    case "time":
    case "decimal":
      return new BigInt64Array(length);
    default:
      return type satisfies never;
  }
}

/** A column of `length` nulls. */
export function nullColumn(type: ColumnType, length: number): Column {
  if (isStoredAs(type, "text"))
    return { storage: "text", type, length, codes: new Int32Array(length).fill(-1), dictionary: [] };
  if (isStoredAs(type, "object"))
    return { storage: "object", type, length, objects: new Array<unknown>(length).fill(null) };
  return { storage: "fixed", type, length, values: allocate(type, length), valid: new Uint8Array(length) };
}

/** Whether a row of a column is null. */
export function isNull(column: Column, row: number): boolean {
  switch (column.storage) {
    case "fixed":
      return column.valid !== undefined && column.valid[row] === 0;
    case "text":
      return column.codes[row]! < 0;
    case "object":
      return column.objects[row] == null;
    default:
      return column satisfies never;
  }
}

/** How many rows of a column are null. */
export function nullCount(column: Column): number {
  let nulls = 0;
  for (let row = 0; row < column.length; row++) if (isNull(column, row)) nulls++;
  return nulls;
}

/** Some rows of a column, `from` the first: a view of it, which copies nothing but the list of an object column. */
export function sliceColumn(column: Column, from: number, count: number): Column {
  if (from === 0 && count === column.length) return column;
  switch (column.storage) {
    case "fixed": {
      const { valid } = column;
      const values = column.values.subarray(from, from + count);
      return {
        ...column,
        length: count,
        values,
        ...(valid && { valid: valid.subarray(from, from + count) }),
      };
    }
    case "text":
      return { ...column, length: count, codes: column.codes.subarray(from, from + count) };
    case "object":
      return { ...column, length: count, objects: column.objects.slice(from, from + count) };
    default:
      return column satisfies never;
  }
}

/** A named column to write. */
export interface NamedColumn {
  readonly name: string;
  readonly column: Column;
  /** `false` marks the column REQUIRED; it may then hold no null. Default: true. */
  readonly nullable?: boolean;
}
