import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import type { Cell, IntegerCells } from "./cell.js";
import { type ColumnType, unitNs } from "./column-type.js";
import { dateText } from "./iso-text.js";

/**
 * A table of apache-arrow, of any copy and build of it.
 *
 * @category Bronze
 */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChildAt(index: number): unknown;
}

/** One piece of an Arrow column, as all versions have it. */
interface ArrowData {
  readonly type: ArrowType;
  readonly length: number;
  readonly offset: number;
  readonly values: ArrayLike<number | bigint> & Partial<ArrayBufferView>;
  getValid(row: number): boolean;
}

/** The members of the types that are asked for; numbers are those of Arrow's own enums. */
interface ArrowType {
  readonly typeId: number;
  readonly bitWidth?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  readonly scale?: number;
  readonly dictionary?: ArrowType;
  readonly children?: readonly { readonly type: ArrowType }[] | null;
}

interface ArrowVector {
  readonly type: ArrowType;
  readonly data: readonly ArrowData[];
  get(row: number): unknown;
}

/** What the rows are for. */
interface ArrowTarget {
  readonly columns: ReadonlyMap<string, { readonly type: ColumnType; readonly integers: IntegerCells }>;
  readonly naiveIsUtc: boolean;
  /** For messages. */
  readonly table: string;
}

/** By form: one process may have several copies of apache-arrow. */
export function isArrowTable(value: unknown): value is ArrowTable {
  const table = value as Partial<ArrowTable> | null | undefined;
  return (
    typeof value === "object" &&
    typeof table?.numRows === "number" &&
    typeof table.getChildAt === "function" &&
    Array.isArray(table.schema?.fields)
  );
}

/**
 * The rows of an Arrow table, as `write` takes them: instants and int64 exactly, from Arrow's buffers, whose own `get`
 * rounds them. Absent values are null.
 *
 * @throws BronzeError `NAIVE_TIMESTAMP`, `UNSUPPORTED_TYPE` naming the column
 */
export function rowsOfArrow(table: ArrowTable, target: ArrowTarget): Record<string, Cell>[] {
  const rows = Array.from({ length: table.numRows }, (): Record<string, Cell> => ({}));
  for (const [i, { name }] of table.schema.fields.entries()) {
    const vector = table.getChildAt(i) as ArrowVector;
    const declared = target.columns.get(name);
    let first = 0;
    for (const data of vector.data) {
      const cell = readerOf(vector, data, first, { name, target, declared });
      for (let row = 0; row < data.length; row++)
        rows[first + row]![name] = data.getValid(row) ? cell(row) : null;
      first += data.length;
    }
  }
  return rows;
}

interface ArrowColumn {
  readonly name: string;
  readonly target: ArrowTarget;
  readonly declared: { readonly type: ColumnType; readonly integers: IntegerCells } | undefined;
}

/** Reads the present cells of a piece, by row of the piece. */
function readerOf(
  vector: ArrowVector,
  data: ArrowData,
  first: number,
  column: ArrowColumn,
): (row: number) => Cell {
  const { type } = data;
  switch (type.typeId) {
    case 2: // Int
      if (type.bitWidth !== 64) return (row) => vector.get(first + row) as number;
      return (row) => integer(vector.get(first + row) as bigint, column);
    case 3: // Float
    case 5: // Utf8
    case 6: // Bool
    case 20: // LargeUtf8
      return (row) => vector.get(first + row) as Cell;
    case 7: // Decimal
      return decimalReader(data);
    case 8: // Date
      return type.unit === 0 ? (row) => dateText(Number(data.values[row])) : dateOfMilliseconds(data);
    case 10: // Timestamp
      return timestampReader(data, column);
    case -1: // Dictionary
      if (isPlain(type)) return (row) => vector.get(first + row) as string;
      break;
    case 12: // List
      if (isPlain(type.children?.[0]?.type))
        return (row) =>
          Array.from(vector.get(first + row) as Iterable<unknown>, (item) =>
            typeof item === "bigint" ? integer(item, column) : item,
          );
      break;
  }
  throw new BronzeError(
    "UNSUPPORTED_TYPE",
    `Column "${column.name}" of the Arrow table ${column.target.table} is ${String(type)}, which a row cannot hold; cast it first.`,
    { column: column.name },
  );
}

/** Int, Float, Utf8, Bool and LargeUtf8, and dictionaries of text: what Arrow's own `get` gives exactly. */
function isPlain(type: ArrowType | undefined): boolean {
  if (type?.typeId === -1) return type.dictionary?.typeId === 5 || type.dictionary?.typeId === 20;
  return type !== undefined && [2, 3, 5, 6, 20].includes(type.typeId);
}

/** An integer as the schema has it. */
function integer(value: bigint, { declared }: ArrowColumn): Cell {
  const type = declared?.type.kind === "list" ? declared.type.item : declared?.type;
  const isNumber = type?.kind === "float" || (type?.kind === "int" && declared?.integers === "number");
  // Beyond 2^53 it stays what it is, and the schema refuses it.
  return isNumber && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Int64 values, which some versions of Arrow keep as pairs of int32. */
function wide({ values }: ArrowData): ArrayLike<bigint> {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return values;
  const { buffer, byteOffset, byteLength } = values as unknown as Int32Array<ArrayBuffer>;
  return new BigInt64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

function dateOfMilliseconds(data: ArrowData): (row: number) => Cell {
  const values = wide(data);
  return (row) => dateText(Number(values[row]! / 86_400_000n));
}

const UNITS = ["s", "ms", "us", "ns"] as const;

function timestampReader(data: ArrowData, { name, target, declared }: ArrowColumn): (row: number) => Cell {
  const { unit = 0, timezone } = data.type;
  if (!timezone && !target.naiveIsUtc && declared) {
    throw new BronzeError(
      "NAIVE_TIMESTAMP",
      `Column "${name}" of the Arrow table ${target.table} is a timestamp without a zone, so it is no instant. ` +
        'Give it one, or declare timestamps: { naive: "utc" } in the dataset if it is UTC.',
      { column: name },
    );
  }
  const word = UNITS[unit];
  if (word === undefined)
    throw new BronzeError("UNSUPPORTED_TYPE", `Column "${name}" has the unit ${shown(unit)}.`, {
      column: name,
    });
  const perTick = word === "s" ? 1_000_000_000n : unitNs(word);
  const values = wide(data);
  // An instant of before 1971 would be taken for milliseconds if it were a plain bigint.
  return (row) => ({ epochNanoseconds: values[row]! * perTick });
}

/** Arrow keeps a decimal as little-endian words of 32 bits. */
function decimalReader({ values, type }: ArrowData): (row: number) => Cell {
  const scale = type.scale ?? 0;
  const words = (type.bitWidth ?? 128) / 32;
  return (row) => {
    let unscaled = 0n;
    for (let word = words - 1; word >= 0; word--)
      unscaled = (unscaled << 32n) | BigInt((values[row * words + word] as number) >>> 0);
    unscaled = BigInt.asIntN(words * 32, unscaled);
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
    const sign = unscaled < 0n ? "-" : "";
    return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  };
}
