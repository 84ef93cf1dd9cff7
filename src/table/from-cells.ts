import { shown } from "../shown.js";
import { epochDay } from "../time/index.js";
import { type Cell, cellReader, type IntegerCells } from "./cell.js";
import { allocate, type Column, type FixedColumn, type ObjectColumn, type TextColumn } from "./column.js";
import { type ColumnType, describeType, isStoredAs, unitNs } from "./column-type.js";

/**
 * A column built from cells (see `Cell`), `null` and `undefined` being null.
 *
 * @throws RangeError when a cell cannot be held exactly by the type
 */
export function columnFromCells(type: ColumnType, cells: readonly unknown[]): Column {
  const length = cells.length;
  if (isStoredAs(type, "text")) return textColumn(type, cells);
  if (isStoredAs(type, "object")) {
    for (const cell of cells) if (cell !== null && cell !== undefined) assertObject(type, cell);
    return { storage: "object", type, length, objects: Array.from(cells, (cell) => cell ?? null) };
  }
  const values = allocate(type, length);
  let valid: Uint8Array | undefined;
  for (let row = 0; row < length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) {
      valid ??= new Uint8Array(length).fill(1);
      valid[row] = 0;
    } else {
      const value = toFixed(type, cell);
      (values as Float64Array)[row] = value as number;
      // Typed arrays wrap silently; the stored value must equal the given one.
      if ((values[row] as unknown) !== value && !(type.kind === "float" && acceptable(values[row], value))) {
        throw new RangeError(`${shown(cell)} does not fit ${describeType(type)}`);
      }
    }
  }
  return { storage: "fixed", type, length, values, ...(valid && { valid }) };
}

function assertObject(type: ObjectColumn["type"], cell: unknown): void {
  if (!isObject(type, cell)) throw notA(cell, type);
  if (type.kind === "list") columnFromCells(type.item, cell as readonly unknown[]);
}

function isObject(type: ObjectColumn["type"], cell: unknown): boolean {
  switch (type.kind) {
    case "bytes":
      return cell instanceof Uint8Array;
    case "list":
      return Array.isArray(cell);
    case "nested":
      return typeof cell === "object";
    case "null":
      return false;
    default:
      return type satisfies never;
  }
}

/** A declared FLOAT keeps 32 bits of the given value; NaN does not equal even itself. */
function acceptable(stored: unknown, given: unknown): boolean {
  return (
    typeof given === "number" && (Number.isNaN(given) ? Number.isNaN(stored) : stored === Math.fround(given))
  );
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function textColumn(type: TextColumn["type"], cells: readonly unknown[]): Column {
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null || cell === undefined) return -1;
    if (typeof cell !== "string") throw new RangeError(`${shown(cell)} is not text`);
    let code = codeOf.get(cell);
    if (code === undefined) {
      // UTF-8 has no half of a surrogate pair; writing one would turn it into U+FFFD.
      if (LONE_SURROGATE.test(cell)) throw new RangeError(`${shown(cell)} is not well-formed Unicode`);
      code = codeOf.size;
      codeOf.set(cell, code);
    }
    return code;
  });
  return { storage: "text", type, length: cells.length, codes, dictionary: [...codeOf.keys()] };
}

function toFixed(type: FixedColumn["type"], cell: unknown): number | bigint {
  switch (type.kind) {
    case "bool":
      if (typeof cell === "boolean") return cell ? 1 : 0;
      break;
    case "int":
      if (type.bits === 64 && typeof cell === "bigint") return cell;
      if (typeof cell === "number" && Number.isSafeInteger(cell))
        return type.bits === 64 ? BigInt(cell) : cell;
      break;
    case "float":
      if (typeof cell === "number") return cell;
      break;
    case "date":
      if (typeof cell === "string") return dayOf(cell, type);
      break;
    case "timestamp": {
      // A naive wall time is text; a bigint is stored as it is.
      const ns = typeof cell === "string" && !type.utc ? wallTimeNs(cell, type) : cell;
      if (typeof ns === "bigint" && ns % unitNs(type.unit) === 0n) return ns / unitNs(type.unit);
      break;
    }
    case "time":
      if (typeof cell === "string") {
        const ns = timeOfDayNs(cell, type);
        if (ns % unitNs(type.unit) === 0n) return ns / unitNs(type.unit);
      }
      break;
    case "decimal":
      if (typeof cell === "string") return unscaled(cell, type);
      break;
    default:
      return type satisfies never;
  }
  throw notA(cell, type);
}

function dayOf(text: string, type: ColumnType): number {
  try {
    return epochDay(text);
  } catch {
    throw notA(text, type);
  }
}

/** `2026-01-15T23:45:00.5`, as `cellReader` writes it; exact for the years 0000 to 9999. */
function wallTimeNs(text: string, type: ColumnType): bigint {
  const [date, time] = text.split(/[T ]/, 2);
  if (date === undefined || time === undefined) throw notA(text, type);
  return BigInt(dayOf(date, type)) * 86_400_000_000_000n + timeOfDayNs(time, type);
}

function timeOfDayNs(text: string, type: ColumnType): bigint {
  const match = /^(\d\d):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (!match || Number(match[1]) > 24) throw notA(text, type);
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return BigInt(seconds) * 1_000_000_000n + BigInt((match[4] ?? "").padEnd(9, "0"));
}

function unscaled(text: string, type: ColumnType & { precision: number; scale: number }): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[3] ?? "";
  if (!match || fraction.replace(/0+$/, "").length > type.scale) throw notA(text, type);
  const digits = BigInt(match[2] + fraction.slice(0, type.scale).padEnd(type.scale, "0"));
  if (digits >= 10n ** BigInt(type.precision)) throw notA(text, type);
  return match[1] ? -digits : digits;
}

function notA(cell: unknown, type: ColumnType): RangeError {
  return new RangeError(`${shown(cell)} is no ${describeType(type)}`);
}

/**
 * A value as it reads back from a column of a type: `"2.5"` with a scale of 2 is `"2.50"`. `undefined` where it does
 * not fit.
 */
export function storedCell(value: unknown, type: ColumnType, integers: IntegerCells): Cell | undefined {
  try {
    return cellReader(columnFromCells(type, [value]), integers)(0);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
