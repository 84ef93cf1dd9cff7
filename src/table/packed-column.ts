import {
  type ArrayFile,
  type ArrayFileWriter,
  type ArrayRef,
  kindOf,
  type TypedArray,
} from "./array-file.js";
import {
  allocate,
  type Column,
  type FixedColumn,
  isNull,
  type ObjectColumn,
  type TextColumn,
} from "./column.js";
import { type ColumnType, describeType } from "./column-type.js";
import { fromTagged, toTagged } from "./tagged-json.js";

/**
 * One column of many files, laid end to end: plain data that stands in the header of an `ArrayFile`, and refers to
 * arrays in it. Values that repeat are kept as codes of one byte, and one value a file where it is the same in all its
 * rows, so that an entry is small to read and to check; other numbers are kept as they are and read without a copy.
 */
export interface PackedColumn {
  /** The types found; files may differ in the unit of their instants. */
  readonly types: readonly ColumnType[];
  /** Per file: which of the types, or -1 where it lacks the column. */
  readonly typeOfPart: readonly number[];
  readonly values: PackedText | PackedNumbers | PackedObjects;
}

interface PackedText {
  readonly storage: "text";
  /** One string a line of JSON. */
  readonly dictionary: ArrayRef<"u8">;
  /** One more than the place in the dictionary; 0 is null. */
  readonly codes: ArrayRef<"u8" | "u16" | "u32">;
  /** Per file: where its codes start. Files that repeat each other's codes (each scrape the same board) share them. */
  readonly starts: ArrayRef<"u32">;
  /** A code a row, or one a file where all rows are the same. */
  readonly per: "row" | "part";
}

interface PackedNumbers {
  readonly storage: "fixed";
  /** The values; where there are `codes`, the distinct ones. */
  readonly values: ArrayRef;
  readonly codes: ArrayRef<"u8"> | undefined;
  readonly per: "row" | "part";
  /** A bit a row, 1 = present; left out where nothing is null. */
  readonly valid: ArrayRef<"u8"> | undefined;
}

interface PackedObjects {
  readonly storage: "object";
  /** The cells of each file as tagged JSON, and where each file's text starts. */
  readonly text: ArrayRef<"u8">;
  readonly starts: ArrayRef<"u32">;
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
  return { types, typeOfPart, values: pack(columns as never, offsets, out) };
}

/** A packed column by file. Nothing is unpacked before it is asked for. */
export function unpackColumn(
  { types, typeOfPart, values }: PackedColumn,
  offsets: Uint32Array,
  file: ArrayFile,
): (part: number) => Column | undefined {
  const read = {
    text: () => textReader(values as PackedText, offsets, file),
    fixed: () => numberReader(values as PackedNumbers, offsets, file),
    object: () => objectReader(values as PackedObjects, file),
  }[values.storage];
  let reader: ((part: number, type: ColumnType) => Column) | undefined;
  return (part) => {
    const type = typeOfPart[part]!;
    if (type < 0) return undefined;
    reader ??= read();
    return reader(part, types[type]!);
  };
}

function packText(
  columns: readonly (TextColumn | undefined)[],
  offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedText {
  const codeOf = new Map<string, number>();
  const codes = new Uint32Array(offsets[offsets.length - 1]!);
  columns.forEach((column, part) => {
    if (!column) return;
    const start = offsets[part]!;
    const known = new Uint32Array(column.dictionary.length);
    for (let row = 0; row < column.length; row++) {
      const own = column.codes[row]!;
      if (own < 0) continue;
      if (known[own] === 0) {
        const text = column.dictionary[own]!;
        if (!codeOf.has(text)) codeOf.set(text, codeOf.size + 1);
        known[own] = codeOf.get(text)!;
      }
      codes[start + row] = known[own]!;
    }
  });
  const isPerPart = isSameInEachPart(codes, offsets);
  const { starts, kept } = isPerPart
    ? { starts: Uint32Array.from(columns.keys()), kept: firstOfEachPart(codes, offsets) }
    : withoutRepeats(codes, offsets);
  const dictionary = new TextEncoder().encode(JSON.stringify([...codeOf.keys()]));
  return {
    storage: "text",
    dictionary: out.add("u8", dictionary),
    codes:
      codeOf.size < 2 ** 8
        ? out.add("u8", Uint8Array.from(kept))
        : codeOf.size < 2 ** 16
          ? out.add("u16", Uint16Array.from(kept))
          : out.add("u32", kept),
    starts: out.add("u32", starts),
    per: isPerPart ? "part" : "row",
  };
}

function textReader(packed: PackedText, offsets: Uint32Array, file: ArrayFile) {
  const dictionary = JSON.parse(new TextDecoder().decode(file.array(packed.dictionary))) as string[];
  const codes = file.array(packed.codes);
  const starts = file.array(packed.starts);
  return (part: number, type: ColumnType): TextColumn => {
    const start = starts[part]!;
    const length = offsets[part + 1]! - offsets[part]!;
    const own = new Int32Array(length);
    if (packed.per === "part") own.fill(codes[start]! - 1);
    else for (let row = 0; row < length; row++) own[row] = codes[start + row]! - 1;
    return { storage: "text", type, length, codes: own, dictionary };
  };
}

function packNumbers(
  columns: readonly (FixedColumn | undefined)[],
  offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedNumbers {
  const rows = offsets[offsets.length - 1]!;
  const first = columns.find((column) => column)!;
  const values = allocate(first.type, rows);
  const present = new Uint8Array((rows + 7) >> 3).fill(0xff);
  let nulls = 0;
  columns.forEach((column, part) => {
    if (!column) return;
    if (column.values.constructor !== values.constructor) throw new TypeError("numbers of different widths");
    values.set(column.values.subarray(0, column.length) as never, offsets[part]!);
    if (!column.valid) return;
    for (let i = 0; i < column.length; i++) {
      if (!isNull(column, i)) continue;
      const row = offsets[part]! + i;
      present[row >> 3]! &= ~(1 << (row & 7));
      values[row] = typeof values[row] === "bigint" ? 0n : 0; // what lies under a null is nothing
      nulls++;
    }
  });
  const kind = kindOf(values);
  const bits = bitsOf(values);
  const valid = nulls > 0 ? out.add("u8", present) : undefined;
  if (isSameInEachPart(bits, offsets))
    return {
      storage: "fixed",
      values: out.add(kind, firstOfEachPart(values, offsets) as never),
      codes: undefined,
      per: "part",
      valid,
    };
  const coded = values.BYTES_PER_ELEMENT > 1 ? codesOf(values, bits) : undefined;
  return {
    storage: "fixed",
    values: out.add(kind, (coded?.distinct ?? values) as never),
    codes: coded && out.add("u8", coded.codes),
    per: "row",
    valid,
  };
}

function numberReader(packed: PackedNumbers, offsets: Uint32Array, file: ArrayFile) {
  const values = file.array(packed.values) as FixedColumn["values"];
  const codes = packed.codes && file.array(packed.codes);
  const present = packed.valid && file.array(packed.valid);
  return (part: number, type: ColumnType): FixedColumn => {
    const start = offsets[part]!;
    const length = offsets[part + 1]! - start;
    return {
      storage: "fixed",
      type,
      length,
      values: valuesOf(part, type, start, length),
      ...(present && { valid: validOf(present, start, length) }),
    };
  };

  function valuesOf(part: number, type: ColumnType, start: number, length: number): FixedColumn["values"] {
    if (packed.per === "part") return allocate(type, length).fill(values[part] as never);
    if (!codes) return values.subarray(start, start + length);
    const own = allocate(type, length);
    for (let row = 0; row < length; row++) own[row] = values[codes[start + row]!]!;
    return own;
  }
}

function validOf(present: Uint8Array, start: number, length: number): Uint8Array {
  const valid = new Uint8Array(length);
  for (let i = 0; i < length; i++) valid[i] = (present[(start + i) >> 3]! >> ((start + i) & 7)) & 1;
  return valid;
}

function packObjects(
  columns: readonly (ObjectColumn | undefined)[],
  _offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedObjects {
  const encoder = new TextEncoder();
  const texts = columns.map((column) =>
    encoder.encode(column ? JSON.stringify(column.objects.map((value) => toTagged(value ?? null))) : ""),
  );
  const starts = new Uint32Array(texts.length + 1);
  texts.forEach((text, part) => {
    starts[part + 1] = starts[part]! + text.byteLength;
  });
  const all = new Uint8Array(starts[texts.length]!);
  texts.forEach((text, part) => void all.set(text, starts[part]!));
  return { storage: "object", text: out.add("u8", all), starts: out.add("u32", starts) };
}

function objectReader(packed: PackedObjects, file: ArrayFile) {
  const text = file.array(packed.text);
  const starts = file.array(packed.starts);
  return (part: number, type: ColumnType): ObjectColumn => {
    const own = new TextDecoder().decode(text.subarray(starts[part], starts[part + 1]));
    const objects = (JSON.parse(own) as unknown[]).map(fromTagged);
    return { storage: "object", type, length: objects.length, objects };
  };
}

/** The same memory as integers, by which NaN equals itself and -0 is not 0. */
function bitsOf(values: FixedColumn["values"]): Exclude<TypedArray, Float32Array | Float64Array> {
  if (values instanceof Float64Array)
    return new BigInt64Array(values.buffer, values.byteOffset, values.length);
  if (values instanceof Float32Array) return new Int32Array(values.buffer, values.byteOffset, values.length);
  return values;
}

function isSameInEachPart(values: TypedArray, offsets: Uint32Array): boolean {
  for (let part = 0; part + 1 < offsets.length; part++) {
    const end = offsets[part + 1]!;
    for (let row = offsets[part]! + 1; row < end; row++) if (values[row] !== values[row - 1]) return false;
  }
  return true;
}

/** The first value of each file; zero for a file without rows. */
function firstOfEachPart<Values extends TypedArray>(values: Values, offsets: Uint32Array): Values {
  const first = new (values.constructor as new (length: number) => Values)(offsets.length - 1);
  for (let part = 0; part + 1 < offsets.length; part++)
    if (offsets[part]! < offsets[part + 1]!) first[part] = values[offsets[part]!]!;
  return first;
}

/** The codes of files, those of a file that repeats another's left out. */
function withoutRepeats(
  codes: Uint32Array,
  offsets: Uint32Array,
): { starts: Uint32Array; kept: Uint32Array } {
  const starts = new Uint32Array(offsets.length - 1);
  const kept = new Uint32Array(codes.length);
  const startOf = new Map<string, number>();
  let length = 0;
  for (let part = 0; part < starts.length; part++) {
    const own = codes.subarray(offsets[part], offsets[part + 1]);
    const text = Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString("latin1");
    let start = startOf.get(text);
    if (start === undefined) {
      start = length;
      startOf.set(text, start);
      kept.set(own, start);
      length += own.length;
    }
    starts[part] = start;
  }
  return { starts, kept: kept.subarray(0, length) };
}

/** Codes of one byte and what they stand for; `undefined` where there are more than 256 different values. */
function codesOf(values: FixedColumn["values"], bits: TypedArray) {
  const codeOf = new Map<number | bigint, number>();
  const codes = new Uint8Array(values.length);
  const firsts: number[] = [];
  for (let row = 0; row < values.length; row++) {
    const value = bits[row]!;
    let code = codeOf.get(value);
    if (code === undefined) {
      code = codeOf.size;
      if (code === 256) return undefined;
      codeOf.set(value, code);
      firsts.push(row);
    }
    codes[row] = code;
  }
  const distinct = values.slice(0, firsts.length);
  const to = bitsOf(distinct);
  firsts.forEach((row, code) => {
    to[code] = bits[row]!;
  });
  return { codes, distinct };
}
