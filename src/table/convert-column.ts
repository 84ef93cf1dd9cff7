import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { epochDay, parseInstant } from "../time/index.js";
import { cellReader } from "./cell.js";
import {
  allocate,
  type Column,
  type FixedColumn,
  isNull,
  nullColumn,
  type ObjectColumn,
  type TextColumn,
} from "./column.js";
import { type ColumnType, describeType, sameType, type TimeUnit, unitNs } from "./column-type.js";

/** Where a column came from, for messages. */
interface ColumnOrigin {
  readonly path: string;
  readonly name: string;
}

/** How the files of other writers are meant, where they do not say it themselves. */
export interface ForeignTimes {
  /** Instants in text without a zone are UTC. */
  readonly naiveIsUtc?: boolean;
  /** A UTC midnight is a date; else only one without a zone is. */
  readonly utcIsDate?: boolean;
}

/**
 * The same values under another type, exactly, or an error.
 *
 * Beyond what unifying needs, it reads how other writers store a declared type: instants as ISO-8601 text or as epoch
 * seconds in text, dates as text, as midnights and text as dates, whole numbers in a DOUBLE column (pandas makes one as
 * soon as a value is missing).
 *
 * @throws BronzeError `TYPE_CLASH` naming file, column and, if a single value is at fault, the value; `NAIVE_TIMESTAMP`
 */
export function convertColumn(
  column: Column,
  to: ColumnType,
  origin: ColumnOrigin,
  meant: ForeignTimes = {},
): Column {
  if (sameType(column.type, to)) return column;
  const convert = conversionOf(column.type, to, meant);
  if (convert) return convert(column, origin);
  throw clash(origin, `is ${describeType(column.type)}, which cannot be read as ${describeType(to)}`);
}

/** Whether columns of one type can be read as another at all; single values may still not fit. */
export function canConvert(from: ColumnType, to: ColumnType, meant: ForeignTimes = {}): boolean {
  return sameType(from, to) || conversionOf(from, to, meant) !== undefined;
}

/** Converts a column of one type to another. */
type Conversion = (column: Column, origin: ColumnOrigin) => Column;

/** How to convert columns of one type to another; `undefined` where that is impossible. The types differ. */
function conversionOf(
  from: ColumnType,
  to: ColumnType,
  { naiveIsUtc = false, utcIsDate = false }: ForeignTimes,
): Conversion | undefined {
  switch (from.kind) {
    case "null":
      return (column) => nullColumn(to, column.length);
    case "text":
      if (to.kind === "timestamp" && to.utc)
        return (column, origin) =>
          textTo(column, to, origin, (text) => inTicks(instantOfText(text, naiveIsUtc), to.unit));
      if (to.kind === "date") return (column, origin) => textTo(column, to, origin, epochDay);
      return undefined;
    case "int":
      if (to.kind === "int") return (column, origin) => integers(column, to, origin);
      if (to.kind === "float") return (column, origin) => integersToFloat(column, to, origin);
      return undefined;
    case "float":
      if (to.kind === "int") return (column, origin) => floatToIntegers(column, to, origin);
      if (to.kind === "float") return (column, origin) => floats(column, to, origin);
      return undefined;
    case "timestamp":
      if (to.kind === "date" && (utcIsDate || !from.utc))
        return (column, origin) => midnights(column, from, to, origin);
      if (to.kind !== "timestamp" || from.utc !== to.utc) return undefined;
      return (column, origin) => times(column, from.unit, to, origin);
    case "time":
      if (to.kind !== "time") return undefined;
      return (column, origin) => times(column, from.unit, to, origin);
    case "decimal":
      if (to.kind !== "decimal" || from.scale !== to.scale) return undefined;
      return (column, origin) => decimals(column, to, origin);
    case "date":
      return to.kind === "text" ? (column) => datesToText(column, to) : undefined;
    case "list":
      if (to.kind !== "list" || !(from.item.kind === "null" || sameType(from.item, to.item)))
        return undefined;
      return (column) => ({ ...(column as ObjectColumn), type: to });
    case "bool":
    case "bytes":
    case "nested":
      return undefined;
    default:
      return from satisfies never;
  }
}

function clash(origin: ColumnOrigin, what: string, at: Record<string, unknown> = {}): BronzeError {
  return new BronzeError(
    "TYPE_CLASH",
    `Column "${origin.name}" of ${origin.path} ${what}. Rewrite the file, or change the dataset's schema.`,
    { file: origin.path, column: origin.name, ...at },
  );
}

/**
 * Converts value by value; `convert` returns undefined where the value cannot be represented.
 * @param words the value of such a row, and why it cannot be
 */
function mapFixed(
  from: Column,
  to: FixedColumn["type"],
  origin: ColumnOrigin,
  convert: (value: number | bigint) => number | bigint | undefined,
  words: { cell(row: number): unknown; why: string } = {
    cell: (row) => (from as FixedColumn).values[row],
    why: `${describeType(to)} cannot hold exactly`,
  },
): Column {
  const column = from as FixedColumn;
  const values = allocate(to, column.length);
  for (let row = 0; row < column.length; row++) {
    if (isNull(column, row)) continue;
    const value = convert(column.values[row]!);
    if (value === undefined) {
      const value = column.values[row];
      throw clash(origin, `holds ${words.cell(row)} in row ${row}, which ${words.why}`, { row, value });
    }
    (values as Float64Array)[row] = value as number;
  }
  return {
    storage: "fixed",
    type: to,
    length: column.length,
    values,
    ...(column.valid && { valid: column.valid }),
  };
}

type IntType = Extract<ColumnType, { kind: "int" }>;
type FloatType = Extract<ColumnType, { kind: "float" }>;

function fitsInteger(value: bigint, { bits, signed }: IntType): boolean {
  return (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
}

function integers(column: Column, to: IntType, origin: ColumnOrigin): Column {
  return mapFixed(column, to, origin, (value) => {
    const exact = BigInt(value);
    if (!fitsInteger(exact, to)) return undefined;
    return to.bits === 64 ? exact : Number(exact);
  });
}

function integersToFloat(column: Column, to: FloatType, origin: ColumnOrigin): Column {
  return mapFixed(column, to, origin, (value) => {
    const float = to.bits === 32 ? Math.fround(Number(value)) : Number(value);
    // Past 2^53 a double may stand for a neighbour; by the specification an error even where it happens to be exact.
    return Number.isSafeInteger(float) && BigInt(float) === BigInt(value) ? float : undefined;
  });
}

function floatToIntegers(column: Column, to: IntType, origin: ColumnOrigin): Column {
  return mapFixed(column, to, origin, (value) => {
    if (!Number.isSafeInteger(value) || !fitsInteger(BigInt(value), to)) return undefined;
    return to.bits === 64 ? BigInt(value) : value;
  });
}

function floats(column: Column, to: FloatType, origin: ColumnOrigin): Column {
  return mapFixed(column, to, origin, (value) => {
    if (to.bits === 64) return value;
    return Number.isNaN(value) || Math.fround(value as number) === value ? value : undefined;
  });
}

function times(
  column: Column,
  from: TimeUnit,
  to: Extract<ColumnType, { unit: TimeUnit }>,
  origin: ColumnOrigin,
): Column {
  const up = unitNs(from);
  const down = unitNs(to.unit);
  return mapFixed(column, to, origin, (value) => {
    const ns = (value as bigint) * up;
    const ticks = ns / down;
    return ns % down === 0n && BigInt.asIntN(64, ticks) === ticks ? ticks : undefined;
  });
}

/** The days of midnights. Another time of day is no date, and in which zone it would be one nobody said. */
function midnights(
  column: Column,
  from: Extract<ColumnType, { kind: "timestamp" }>,
  to: Extract<ColumnType, { kind: "date" }>,
  origin: ColumnOrigin,
): Column {
  const perDay = NS_PER_DAY / unitNs(from.unit);
  const text = cellReader({ ...column, type: { ...from, utc: false } } as Column);
  return mapFixed(
    column,
    to,
    origin,
    (ticks) => ((ticks as bigint) % perDay === 0n ? Number((ticks as bigint) / perDay) : undefined),
    { cell: (row) => `${text(row)}${from.utc ? "Z" : ""}`, why: "is not midnight, and so no date" },
  );
}

const NS_PER_DAY = 86_400_000_000_000n;

function decimals(
  column: Column,
  to: Extract<ColumnType, { kind: "decimal" }>,
  origin: ColumnOrigin,
): Column {
  const limit = 10n ** BigInt(to.precision);
  return mapFixed(column, to, origin, (value) =>
    (value as bigint) < limit && (value as bigint) > -limit ? value : undefined,
  );
}

function textTo(
  from: Column,
  to: FixedColumn["type"],
  origin: ColumnOrigin,
  parse: (text: string) => number | bigint,
): Column {
  const column = from as TextColumn;
  // A dictionary may hold strings no row uses; only used ones must parse.
  const parsed = new Map<number, number | bigint>();
  const values = allocate(to, column.length);
  let valid: Uint8Array | undefined;
  for (let row = 0; row < column.length; row++) {
    const code = column.codes[row]!;
    if (code < 0) {
      valid ??= new Uint8Array(column.length).fill(1);
      valid[row] = 0;
      continue;
    }
    let value = parsed.get(code);
    if (value === undefined) {
      const text = column.dictionary[code]!;
      try {
        value = parse(text);
      } catch (error) {
        throw new BronzeError(
          isNaive(error, text, to) ? "NAIVE_TIMESTAMP" : "TYPE_CLASH",
          `Column "${origin.name}" of ${origin.path} holds ${shown(text)} in row ${row}, which is no ${describeType(to)}: ${(error as Error).message}.` +
            (to.kind === "timestamp" ? adviceFor(text) : ""),
          { file: origin.path, column: origin.name, row, value: text },
          { cause: error },
        );
      }
      parsed.set(code, value);
    }
    (values as Float64Array)[row] = value as number;
  }
  return { storage: "fixed", type: to, length: column.length, values, ...(valid && { valid }) };
}

/** What a text in a column of instants was probably meant to be. */
function adviceFor(text: string): string {
  if (WALL_TIME.test(text))
    return ' If this feed\'s files are UTC, say timestamps: { naive: "utc" } in its dataset.';
  return text !== "" && Number.isFinite(Number(text))
    ? " A number in text is seconds since 1970, up to 11 digits and 9 decimals, and none that spells a date; rewrite the column if it is in another unit."
    : "";
}

/** Seconds since the epoch need no zone, so their problem is a different one. */
function isNaive(error: unknown, text: string, to: ColumnType): boolean {
  return to.kind === "timestamp" && !(error instanceof RangeError) && !/[Zz]|[+-]\d\d:?\d\d$/.test(text);
}

/**
 * ISO-8601 with an offset (without one too, where naive times are UTC), or seconds since the epoch with up to nine decimals.
 * @throws RangeError, BronzeError `INVALID_INSTANT`, `INVALID_DATE`
 */
export function instantOfText(text: string, naiveIsUtc: boolean): bigint {
  const epoch = /^(-?)(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text);
  // Eight digits that spell a present-day date are a date: as seconds they would fall in August 1970.
  if (!epoch || /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(text))
    return parseInstant(naiveIsUtc && WALL_TIME.test(text) ? `${text}Z` : text);
  const ns = BigInt(epoch[2]!) * 1_000_000_000n + BigInt((epoch[3] ?? "").padEnd(9, "0"));
  return epoch[1] ? -ns : ns;
}

/** A date and a time without a zone. A date alone is not a time, and is refused whatever the dataset declares. */
const WALL_TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d[T t]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;

/** Nanoseconds in a coarser unit, when that is exact and fits. */
function inTicks(ns: bigint, unit: TimeUnit): bigint {
  const ticks = ns / unitNs(unit);
  if (ns % unitNs(unit) !== 0n) throw new RangeError(`it has more digits than ${unit} can keep`);
  if (BigInt.asIntN(64, ticks) !== ticks) throw new RangeError("it is outside 64 bits");
  return ticks;
}

function datesToText(column: Column, to: TextColumn["type"]): Column {
  const cell = cellReader(column);
  const codeOf = new Map<string, number>();
  const codes = new Int32Array(column.length);
  for (let row = 0; row < column.length; row++) {
    const date = cell(row) as string | null;
    if (date === null) {
      codes[row] = -1;
      continue;
    }
    if (!codeOf.has(date)) codeOf.set(date, codeOf.size);
    codes[row] = codeOf.get(date)!;
  }
  return { storage: "text", type: to, length: column.length, codes, dictionary: [...codeOf.keys()] };
}
