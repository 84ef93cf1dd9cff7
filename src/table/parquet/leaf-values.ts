import type { SchemaElement } from "hyparquet";
import { parseFloat16 } from "hyparquet/src/convert.js";
import type { DataReader } from "hyparquet/src/types.js";
import { allocate, type Column, type FixedColumn, type FixedValues } from "../column.js";
import { type ColumnType, isStoredAs, type TimeUnit, unitNs } from "../column-type.js";
import { NotKept } from "./damage.js";
import type { PhysicalValues } from "./values.js";

/** Physical values, as stored in a page, as a column of their logical type. Nothing in it is null. */
export function columnOfValues(values: PhysicalValues, type: ColumnType, element: SchemaElement): Column {
  const { length } = values;
  if (isStoredAs(type, "text")) {
    const dictionary = Array.from(values as Uint8Array[], textReader(element));
    return { storage: "text", type, length, codes: Int32Array.from({ length }, (_, i) => i), dictionary };
  }
  if (isStoredAs(type, "object")) {
    return { storage: "object", type, length, objects: Array.from(values as ArrayLike<unknown>) };
  }
  return { storage: "fixed", type, length, values: fixedValues(values, type, element) };
}

/** Physical values in the typed array of their logical type. */
export function fixedValues(
  values: PhysicalValues,
  type: FixedColumn["type"],
  element: SchemaElement,
): FixedValues {
  const fixed = widen(values, type, element);
  switch (type.kind) {
    case "date":
      assertDates(fixed as Int32Array);
      return fixed;
    case "timestamp":
      if (!type.utc) assertWallTimes(fixed as BigInt64Array, type.unit);
      return fixed;
    case "time":
      return withinDay(fixed as BigInt64Array, unitNs(type.unit));
    case "bool":
    case "int":
    case "float":
    case "decimal":
      return fixed;
    default:
      return type satisfies never;
  }
}

function widen(values: PhysicalValues, type: FixedColumn["type"], element: SchemaElement): FixedValues {
  const out = allocate(type, values.length);
  if (values.constructor === out.constructor) return values as FixedValues;
  if (type.kind === "decimal" && values[0] instanceof Uint8Array) {
    const unscaled = out as BigInt64Array;
    for (let i = 0; i < values.length; i++) unscaled[i] = bigEndian(values[i] as Uint8Array);
    return unscaled;
  }
  if (element.type === "INT96" && type.kind === "timestamp") {
    const instants = out as BigInt64Array;
    const perTick = unitNs(type.unit);
    for (let i = 0; i < values.length; i++) instants[i] = int96Ticks(values[i] as bigint, perTick);
    return instants;
  }
  if (element.logical_type?.type === "FLOAT16") {
    const floats = out as Float32Array;
    for (let i = 0; i < values.length; i++) floats[i] = parseFloat16(values[i] as Uint8Array) ?? Number.NaN;
    return floats;
  }
  if (out instanceof BigUint64Array && values instanceof BigInt64Array) {
    return new BigUint64Array(values.buffer, values.byteOffset, values.length);
  }
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = BigInt(values[i] as number | bigint);
    return out;
  }
  // Narrow integers are stored as INT32; typed arrays wrap them back to their width and sign.
  (out as Float64Array).set(values as ArrayLike<number>);
  return out;
}

// The range that a JavaScript Date, and so a cell written as text, can name.
const MAX_DATE_DAYS = 100_000_000;
const MAX_DATE_MS = 8_640_000_000_000_000n;

/** Dates and wall times become text; those beyond any calendar (DuckDB's `infinity`) are refused here. */
function assertDates(values: Int32Array): void {
  for (const days of values) {
    if (days > MAX_DATE_DAYS || days < -MAX_DATE_DAYS)
      throw new NotKept(`it holds the date ${days} days from 1970, which no calendar has (an infinite one)`);
  }
}

function assertWallTimes(values: BigInt64Array, unit: TimeUnit): void {
  const limit = (MAX_DATE_MS * 1_000_000n) / unitNs(unit);
  if (BigInt.asIntN(64, limit) !== limit) return; // all of int64 is within
  for (const ticks of values) {
    if (ticks > limit || ticks < -limit) {
      throw new NotKept(
        `it holds the time ${ticks} ${unit} from 1970, which no calendar has (an infinite one)`,
      );
    }
  }
}

/**
 * The strings of a PLAIN page, without an array of bytes for each.
 * @throws Error when the page cannot hold them or they are not UTF-8
 */
export function readPlainTexts({ view, offset }: DataReader, count: number): string[] {
  const page = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  if (count * 4 > page.length - offset) throw new Error(`${page.length} bytes cannot hold ${count} values`);
  const texts = new Array<string>(count);
  let at = offset;
  for (let i = 0; i < count; i++) {
    const start = at + 4;
    if (start > page.length) throw new Error("values run past their page");
    at = start + page.readUInt32LE(at);
    if (at > page.length) throw new Error("values run past their page");
    const text = page.toString("utf8", start, at);
    texts[i] = text.includes("\uFFFD") ? strictUtf8.decode(page.subarray(start, at)) : text;
  }
  return texts;
}

/** How bytes of a text column read as strings. */
export function textReader(element: SchemaElement): (bytes: Uint8Array) => string {
  return element.logical_type?.type === "UUID" ? uuidText : utf8Text;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8Text(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  // U+FFFD may be in the data, or may replace bytes that are not UTF-8; only the strict decoder can tell.
  return text.includes("\uFFFD") ? strictUtf8.decode(bytes) : text;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Two's complement, most significant byte first, as the format stores decimals. */
function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return int64(BigInt.asIntN(bytes.length * 8, value), "decimal");
}

const NS_PER_DAY = 86_400_000_000_000n;

/** INT96: nanoseconds of the day in the low 64 bits, Julian day in the high 32. */
function int96Ticks(value: bigint, perTick: bigint): bigint {
  const nsOfDay = BigInt.asUintN(64, value);
  const ns = ((value >> 64n) - 2_440_588n) * NS_PER_DAY + nsOfDay;
  const ticks = ns / perTick;
  if (ns % perTick === 0n && BigInt.asIntN(64, ticks) === ticks) return ticks;
  throw new NotKept(
    "it has times outside the years 1677 to 2262, which 64 bits of nanoseconds cannot hold, and others that need nanoseconds",
  );
}

/**
 * INT96 reaches further than 64 bits of nanoseconds (the years 1677 to 2262). A column that does, usually to
 * 9999-12-31, is held in microseconds: as others write such instants, and as they then read.
 *
 * @param decode decodes a column of INT96 in a unit
 * @throws NotKept where it also has nanoseconds
 */
export function inUnitOfInt96<T>(type: ColumnType, decode: (type: ColumnType) => T): T {
  try {
    return decode(type);
  } catch (error) {
    // Nanoseconds never reach past the calendar, so it is for want of room that they were not kept.
    if (!(error instanceof NotKept) || type.kind !== "timestamp" || type.unit !== "ns") throw error;
    return decode({ ...type, unit: "us" });
  }
}

/**
 * A time of day must be within the day. Some writers subtract an offset from it and store the result, before the day or
 * past its end: -3:51:39 is 20:08:21. 24:00:00, the day's end, stays.
 */
function withinDay(ticks: BigInt64Array, perTick: bigint): BigInt64Array {
  const day = NS_PER_DAY / perTick;
  let out = ticks;
  for (let i = 0; i < ticks.length; i++) {
    const tick = ticks[i]!;
    if (tick >= 0n && tick <= day) continue;
    if (out === ticks) out = ticks.slice(); // the page's own bytes
    out[i] = ((tick % day) + day) % day;
  }
  return out;
}

/** A BigInt64Array would wrap a larger value silently. */
function int64(value: bigint, what: string): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new Error(`${what} ${value} does not fit 64 bits`);
}
