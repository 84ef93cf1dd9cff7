import { BronzeError } from "../errors.js";
import type { Column, FixedColumn, ObjectColumn } from "./column.js";
import { isNull } from "./column.js";
import { unitNs } from "./column-type.js";
import { dateText, floorDiv, fractionText, wallTimeText } from "./iso-text.js";

/**
 * One value of a row as JavaScript sees it.
 *
 * | column | cell |
 * |---|---|
 * | BOOLEAN | `boolean` |
 * | INT8 to INT32, FLOAT, DOUBLE | `number` |
 * | INT64, UINT64 | `bigint` (`number` where the schema says `z.int()`) |
 * | STRING | `string` |
 * | TIMESTAMP, UTC | `bigint`, epoch nanoseconds |
 * | TIMESTAMP, naive | `string` without zone, since nobody said which instant it is |
 * | DATE | `string`, `YYYY-MM-DD` |
 * | TIME | `string`, `HH:MM:SS[.fraction]`; what is stored before or past the day is taken into it |
 * | DECIMAL | `string`, every digit of the scale |
 * | BYTES | `Uint8Array` |
 * | LIST, STRUCT, MAP | arrays and objects of the above |
 *
 * @category Answers
 */
export type Cell = boolean | number | bigint | string | Uint8Array | readonly unknown[] | object | null;

/** Reads cells of one column by row number. */
export type CellReader = (row: number) => Cell;

/**
 * How int64 cells appear: exact `bigint`, or `number` where the schema promised safe integers.
 *
 * @category Datasets
 */
export type IntegerCells = "bigint" | "number";

/** A reader for a column's cells; dates and instants repeat, so text is made once per distinct value. */
export function cellReader(column: Column, integers: IntegerCells = "bigint"): CellReader {
  switch (column.storage) {
    case "object":
      return objectReader(column, integers);
    case "text": {
      const { codes, dictionary } = column;
      return (row) => {
        const code = codes[row]!;
        return code < 0 ? null : dictionary[code]!;
      };
    }
    case "fixed": {
      const present = fixedReader(column.values, column.type, integers);
      return column.valid ? (row) => (isNull(column, row) ? null : present(row)) : present;
    }
    default:
      return column satisfies never;
  }
}

/** Lists, structs and bytes are copied: the caller may change a row, but not the column. */
function objectReader({ objects, type }: ObjectColumn, integers: IntegerCells): CellReader {
  const asNumbers =
    integers === "number" && type.kind === "list" && type.item.kind === "int" && type.item.bits === 64;
  return (row) => {
    const value = objects[row] ?? null;
    if (value === null || typeof value !== "object") return value as Cell;
    if (asNumbers)
      return (value as (bigint | null)[]).map((item) => (item === null ? null : safeNumber(item)));
    // Cloning a view would copy its whole underlying buffer.
    return value instanceof Uint8Array ? value.slice() : (structuredClone(value) as Cell);
  };
}

function fixedReader(
  values: FixedColumn["values"],
  type: FixedColumn["type"],
  integers: IntegerCells,
): CellReader {
  switch (type.kind) {
    case "bool":
      return (row) => values[row] === 1;
    case "date":
      return memoized((row) => values[row] as number, dateText);
    case "timestamp": {
      const perTick = unitNs(type.unit);
      if (!type.utc) return (row) => wallTimeText((values[row] as bigint) * perTick);
      return perTick === 1n ? (row) => values[row]! : (row) => (values[row] as bigint) * perTick;
    }
    case "time":
      return (row) => timeText((values[row] as bigint) * unitNs(type.unit));
    case "decimal":
      return (row) => decimalText(values[row] as bigint, type.scale);
    case "int":
      if (type.bits === 64 && integers === "number") return (row) => safeNumber(values[row] as bigint);
      return (row) => values[row]!;
    case "float":
      return (row) => values[row]!;
    default:
      return type satisfies never;
  }
}

/** The type says number; past 2^53 it could be a neighbour of the stored value. */
function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new BronzeError(
    "TYPE_CLASH",
    `${value} is stored where the schema promises z.int(), which ends at 2^53. Use z.bigint() for this column.`,
    { value },
  );
}

function memoized(key: (row: number) => number, text: (value: number) => string): CellReader {
  const known = new Map<number, string>();
  return (row) => {
    const value = key(row);
    let cell = known.get(value);
    if (cell === undefined) {
      cell = text(value);
      known.set(value, cell);
    }
    return cell;
  };
}

function timeText(ns: bigint): string {
  const seconds = Number(floorDiv(ns, 1_000_000_000n));
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    String(Math.floor(part)).padStart(2, "0"),
  );
  return parts.join(":") + fractionText(ns % 1_000_000_000n);
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
