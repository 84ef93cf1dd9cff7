import {
  type ArrayFile,
  type ArrayFileWriter,
  type ArrayRef,
  kindOf,
  type TypedArray,
} from "./array-file.js";
import { allocate, type FixedColumn, isNull } from "./column.js";
import type { ColumnType } from "./column-type.js";
import type { PackedReader } from "./packed-column.js";
import { firstOfEachPart, isSameInEachPart } from "./part-arrays.js";

/** Numbers of a fixed width, in whichever of four layouts is least. */
export interface PackedNumbers {
  readonly storage: "fixed";
  readonly layout: OnePerPart | Coded | Stepped | Plain;
  /** A bit a row, 1 = present; left out where nothing is null. What lies under a null is nothing. */
  readonly valid: ArrayRef<"u8"> | undefined;
}

/** A value a file, which all of its rows repeat. */
interface OnePerPart {
  readonly is: "one a part";
  readonly values: ArrayRef;
}

/** A byte a row, for up to 256 different values. */
interface Coded {
  readonly is: "coded";
  readonly values: ArrayRef;
  readonly codes: ArrayRef<"u8">;
}

/**
 * Integers of eight bytes that lie close together: `first + steps[row] * step`, as instants of some days do.
 * Invariant: the last lies less than 2^53 after the first, so that a double holds every distance.
 */
interface Stepped {
  readonly is: "stepped";
  /** One value. */
  readonly first: ArrayRef<"i64" | "u64">;
  readonly step: number;
  readonly steps: ArrayRef<"u16" | "u32">;
}

/** The values. */
interface Plain {
  readonly is: "plain";
  readonly values: ArrayRef;
}

/** Packs the columns of files whose rows start at `offsets`. */
export function packNumbers(
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
      values[row] = typeof values[row] === "bigint" ? 0n : 0;
      nulls++;
    }
  });
  return {
    storage: "fixed",
    layout: layOut(values, present, offsets, out),
    valid: nulls > 0 ? out.add("u8", present) : undefined,
  };
}

function layOut(
  values: FixedColumn["values"],
  present: Uint8Array,
  offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedNumbers["layout"] {
  const kind = kindOf(values);
  const bits = bitsOf(values);
  if (isSameInEachPart(bits, offsets))
    return { is: "one a part", values: out.add(kind, firstOfEachPart(values, offsets) as never) };
  const coded = values.BYTES_PER_ELEMENT > 1 ? codesOf(values, bits) : undefined;
  if (coded)
    return {
      is: "coded",
      values: out.add(kind, coded.distinct as never),
      codes: out.add("u8", coded.codes),
    };
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const stepped = stepsOf(values, present);
    if (stepped)
      return {
        is: "stepped",
        first: out.add(kind as "i64", stepped.first as BigInt64Array),
        step: stepped.step,
        steps: out.add(kindOf(stepped.steps) as "u32", stepped.steps as Uint32Array),
      };
  }
  return { is: "plain", values: out.add(kind, values as never) };
}

/** Reads them again. */
export function numberReader(packed: PackedNumbers, offsets: Uint32Array, file: ArrayFile): PackedReader {
  const { layout } = packed;
  const read = {
    "one a part": () => onePerPartReader(layout as OnePerPart, offsets, file),
    coded: () => codedReader(layout as Coded, offsets, file),
    stepped: () => steppedReader(layout as Stepped, offsets, file),
    plain: () => plainReader(layout as Plain, offsets, file),
  }[layout.is]();
  const present = packed.valid && file.array(packed.valid);
  return {
    part(part, type): FixedColumn {
      const start = offsets[part]!;
      const length = offsets[part + 1]! - start;
      const column = { storage: "fixed" as const, type, length, values: read.part(part, type) };
      return present ? { ...column, valid: validOf(present, start, length) } : column;
    },
    rows(rows, parts, type): FixedColumn {
      const column = {
        storage: "fixed" as const,
        type,
        length: rows.length,
        values: read.rows(rows, parts, type),
      };
      return present ? { ...column, valid: validAt(present, rows) } : column;
    },
    atMost: read.atMost,
  };
}

/** Values without their nulls. */
interface ValuesReader {
  part(part: number, type: ColumnType): FixedColumn["values"];
  rows(rows: ArrayLike<number>, parts: ArrayLike<number>, type: ColumnType): FixedColumn["values"];
  atMost(limit: bigint, parts: () => ArrayLike<number>): (row: number) => boolean;
}

function onePerPartReader(layout: OnePerPart, offsets: Uint32Array, file: ArrayFile): ValuesReader {
  const values = file.array(layout.values);
  return {
    part: (part, type) =>
      allocate(type, offsets[part + 1]! - offsets[part]!).fill(
        values[part] as never,
      ) as FixedColumn["values"],
    rows(rows, parts, type) {
      const own = allocate(type, rows.length);
      for (let i = 0; i < rows.length; i++) own[i] = values[parts[rows[i]!]!]!;
      return own;
    },
    atMost(limit, parts) {
      const is = eachAtMost(values, limit);
      const partOf = parts();
      return (row) => is[partOf[row]!] === 1;
    },
  };
}

function codedReader(layout: Coded, offsets: Uint32Array, file: ArrayFile): ValuesReader {
  const values = file.array(layout.values);
  const codes = file.array(layout.codes);
  return {
    part(part, type) {
      const start = offsets[part]!;
      const own = allocate(type, offsets[part + 1]! - start);
      for (let i = 0; i < own.length; i++) own[i] = values[codes[start + i]!]!;
      return own;
    },
    rows(rows, _, type) {
      const own = allocate(type, rows.length);
      for (let i = 0; i < rows.length; i++) own[i] = values[codes[rows[i]!]!]!;
      return own;
    },
    atMost(limit) {
      const is = eachAtMost(values, limit);
      return (row) => is[codes[row]!] === 1;
    },
  };
}

function plainReader(layout: Plain, offsets: Uint32Array, file: ArrayFile): ValuesReader {
  const values = file.array(layout.values) as FixedColumn["values"];
  return {
    part: (part) => values.subarray(offsets[part], offsets[part + 1]),
    rows(rows, _, type) {
      const own = allocate(type, rows.length);
      for (let i = 0; i < rows.length; i++) own[i] = values[rows[i]!]!;
      return own;
    },
    atMost: (limit) => (row) => values[row]! <= limit,
  };
}

function steppedReader(layout: Stepped, offsets: Uint32Array, file: ArrayFile): ValuesReader {
  const first = wordsOf(file.array(layout.first));
  const steps = file.array(layout.steps);
  const { step } = layout;
  const write = (to: Uint32Array, i: number, row: number) => {
    // Without a bigint a row: the low words are added as doubles, and what they carry goes to the high word.
    const distance = steps[row]! * step;
    const high = Math.floor(distance / WORD);
    const low = first[0]! + (distance - high * WORD);
    to[i << 1] = low;
    to[(i << 1) + 1] = first[1]! + high + (low >= WORD ? 1 : 0);
  };
  return {
    part(part, type) {
      const start = offsets[part]!;
      const own = allocate(type, offsets[part + 1]! - start);
      const words = wordsOf(own as BigInt64Array);
      for (let i = 0; i < own.length; i++) write(words, i, start + i);
      return own;
    },
    rows(rows, _, type) {
      const own = allocate(type, rows.length);
      const words = wordsOf(own as BigInt64Array);
      for (let i = 0; i < rows.length; i++) write(words, i, rows[i]!);
      return own;
    },
    atMost(limit) {
      const distance = limit - file.array(layout.first)[0]!;
      const last = distance < 0n ? -1 : Number(distance / BigInt(step));
      return (row) => steps[row]! <= last;
    },
  };
}

function eachAtMost(values: TypedArray, limit: bigint): Uint8Array {
  return Uint8Array.from(values as ArrayLike<number | bigint>, (value) => (value <= limit ? 1 : 0));
}

function validOf(present: Uint8Array, start: number, length: number): Uint8Array {
  const valid = new Uint8Array(length);
  for (let i = 0; i < length; i++) valid[i] = (present[(start + i) >> 3]! >> ((start + i) & 7)) & 1;
  return valid;
}

function validAt(present: Uint8Array, rows: ArrayLike<number>): Uint8Array {
  const valid = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) valid[i] = (present[rows[i]! >> 3]! >> (rows[i]! & 7)) & 1;
  return valid;
}

/** The same memory as integers, by which NaN equals itself and -0 is not 0. */
function bitsOf(values: FixedColumn["values"]): Exclude<TypedArray, Float32Array | Float64Array> {
  if (values instanceof Float64Array)
    return new BigInt64Array(values.buffer, values.byteOffset, values.length);
  if (values instanceof Float32Array) return new Int32Array(values.buffer, values.byteOffset, values.length);
  return values;
}

/** Little-endian halves of each integer: low word, high word. */
function wordsOf(values: BigInt64Array | BigUint64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

const WORD = 2 ** 32;

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

/** Steps from the least of the values that are present; `undefined` where they lie too far apart. */
function stepsOf(values: BigInt64Array | BigUint64Array, present: Uint8Array) {
  const words = wordsOf(values);
  const isPresent = (row: number) => ((present[row >> 3]! >> (row & 7)) & 1) === 1;
  let any = 0;
  while (any < values.length && !isPresent(any)) any++;
  if (any === values.length) return undefined;
  const distances = new Float64Array(values.length);
  let least = any;
  let most = 0;
  for (let row = any; row < values.length; row++) {
    if (!isPresent(row)) continue;
    const high = (words[(row << 1) + 1]! | 0) - (words[(any << 1) + 1]! | 0);
    const distance = high * WORD + (words[row << 1]! - words[any << 1]!);
    if (!Number.isSafeInteger(distance)) return undefined;
    distances[row] = distance;
    if (distance < distances[least]!) least = row;
    if (distance > most) most = distance;
  }
  const start = distances[least]!;
  if (!Number.isSafeInteger(most - start)) return undefined;
  // Of nanoseconds: whole seconds, or milli- or microseconds.
  let step = 1_000_000_000;
  for (let row = any; row < values.length && step > 1; row++)
    while (isPresent(row) && (distances[row]! - start) % step !== 0) step /= 1000;
  const last = (most - start) / step;
  if (last >= WORD) return undefined;
  const steps = new (last < 2 ** 16 ? Uint16Array : Uint32Array)(values.length);
  for (let row = any; row < values.length; row++)
    if (isPresent(row)) steps[row] = (distances[row]! - start) / step;
  return { first: values.slice(least, least + 1), step, steps };
}
