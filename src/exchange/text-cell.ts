import type { DeclaredColumn, TimestampRules } from "../dataset/index.js";
import { isBronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { instantOfText } from "../table/index.js";

/** A text that a column cannot take, and why. */
export class NotACell extends Error {}

const INTEGER = /^[+-]?\d+(?:\.0*)?$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * What a text in a CSV file is in a column, by the column's type alone.
 *
 * | column | texts |
 * |---|---|
 * | `z.string()`, enum | any, as it stands |
 * | `z.int()`, `z.bigint()` | digits with a sign; `12.0` is 12, as pandas writes whole numbers with gaps |
 * | `z.number()` | decimal or exponent, with a point |
 * | `z.boolean()` | `true` and `false`, in any case |
 * | `instant()` | ISO-8601 with `Z` or an offset, or without where the dataset says that such times are UTC; seconds since 1970 |
 * | `domainDate()` | `YYYY-MM-DD` |
 * | `decimal()` | digits with a point |
 *
 * @throws NotACell
 */
export function cellOfText(
  text: string,
  { type, integers }: DeclaredColumn,
  timestamps: TimestampRules,
): unknown {
  switch (type.kind) {
    case "timestamp":
      return instantIn(text, timestamps);
    // The schema reads these from text itself.
    case "text":
    case "date":
    case "decimal":
      return text;
    case "bool": {
      const word = text.toLowerCase();
      if (word === "true" || word === "false") return word === "true";
      throw new NotACell(`${shown(text)} is neither true nor false`);
    }
    case "int": {
      if (!INTEGER.test(text)) throw new NotACell(`${shown(text)} is no whole number`);
      return wholeNumber(
        BigInt(text.replace(/^\+/, "").replace(/\..*$/, "")),
        integers === "bigint" && type.bits === 64,
      );
    }
    case "float": {
      const number = NUMBER.test(text) ? Number(text) : Number.NaN;
      if (Number.isFinite(number)) return number;
      throw new NotACell(`${shown(text)} is no number`);
    }
    case "time":
    case "list":
    case "bytes":
    case "nested":
    case "null":
      throw new NotACell(
        `${shown(text)} is text, which a ${type.kind} column takes only through a parse of its own`,
      );
    default:
      return type satisfies never;
  }
}

/** A text of an instant as a column of texts in a Parquet file is read. What is none, the schema says. */
function instantIn(text: string, { naiveIsUtc }: TimestampRules): unknown {
  try {
    // A bigint of before 1971 would be taken for milliseconds.
    return { epochNanoseconds: instantOfText(text, naiveIsUtc) };
  } catch (error) {
    if (!isBronzeError(error) && !(error instanceof RangeError)) throw error;
    return text;
  }
}

/** What a value in a JSON file is in a column: JSON has neither int64 nor instants. */
export function cellOfJson(
  value: unknown,
  { type, integers }: DeclaredColumn,
  timestamps: TimestampRules,
): unknown {
  if (type.kind === "timestamp" && typeof value === "string") return instantIn(value, timestamps);
  if (type.kind !== "int" || type.bits !== 64 || integers !== "bigint") return value;
  if (typeof value === "string" && /^[+-]?\d+$/.test(value)) return BigInt(value.replace(/^\+/, ""));
  if (typeof value !== "number") return value;
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw new NotACell(
    `${shown(value)} may have lost digits when it was read; write whole numbers past 2^53 as text`,
  );
}

/** What a cell of a Parquet file is in a column: numbers in the form the schema has. */
export function cellOfTable(value: unknown, { type, integers }: DeclaredColumn): unknown {
  if (type.kind === "int" && type.bits === 64 && integers === "bigint")
    return Number.isSafeInteger(value) ? BigInt(value as number) : value;
  if (typeof value !== "bigint" || (type.kind !== "int" && type.kind !== "float")) return value;
  return wholeNumber(value, false);
}

function wholeNumber(value: bigint, asBigint: boolean): number | bigint {
  if (asBigint) return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new NotACell(`${value} is past 2^53, which a number does not hold; use z.bigint() for this column`);
}
