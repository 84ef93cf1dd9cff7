import type { Cell, ColumnType } from "../table/index.js";
import { cast } from "./dialect/cast.js";
import type { Dialect } from "./dialect/dialect.js";
import type { StoredColumn } from "./plan.js";

/** A stored column in the type that all files are read as: every value exactly, or an error of the statement. */
export function storedExpression(
  dialect: Dialect,
  { name, type: stored }: StoredColumn,
  wanted: ColumnType,
): string {
  const own = `f.${dialect.quoted(name)}`;
  const type = dialect.type(wanted);
  const checked = (condition: string, expression: string, why: string) =>
    dialect.checked(
      `${own} IS NULL OR (${condition})`,
      expression,
      `TYPE_CLASH: column ${name} holds a value that ${why}`,
      type,
    );
  if (stored.kind === "null") return cast("NULL", type);
  if (stored.kind === "timestamp") return dialect.instantNs(own, stored);
  if (stored.kind === "date") {
    if (wanted.kind === "date") return dialect.days(own);
    const days = dialect.days(own);
    return checked(
      `${days} BETWEEN -719162 AND 2932896`,
      dialect.dateText(own),
      "is no date of the years 1 to 9999",
    );
  }
  if (stored.kind === "int" && wanted.kind === "int") {
    if (stored.bits === wanted.bits && stored.signed === wanted.signed) return cast(own, type);
    const [least, most] = boundsOf(wanted);
    return checked(
      `${dialect.wide(own)} BETWEEN ${least} AND ${most}`,
      cast(own, type),
      "its type cannot hold",
    );
  }
  if (stored.kind === "int" && wanted.kind === "float") {
    const most = wanted.bits === 32 ? 16_777_216 : Number.MAX_SAFE_INTEGER;
    return checked(`${own} BETWEEN -${most} AND ${most}`, cast(own, type), "a float may not hold exactly");
  }
  if (stored.kind === "float" && wanted.kind === "int") {
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    const [least, greatest] = boundsOf(wanted);
    const from = least > -most ? least : -most;
    const to = greatest < most ? greatest : most;
    return checked(
      `${own} BETWEEN ${from} AND ${to} AND ${own} = floor(${own})`,
      cast(own, type),
      "is no whole number of its type",
    );
  }
  return cast(own, type);
}

function boundsOf({ bits, signed }: Extract<ColumnType, { kind: "int" }>): [bigint, bigint] {
  return signed
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
}

/** A cell as a literal of the type in which its column is kept. */
export function literal(dialect: Dialect, cell: Cell, type: ColumnType): string {
  return castText(dialect, givenCell(cell, type), dialect.type(type));
}

/** The text of a cell that an engine casts to the type in which its column is kept. */
export function givenCell(cell: Cell, type: ColumnType): string | null {
  if (cell === null) return null;
  switch (type.kind) {
    case "date":
      return String(Math.round(Date.parse(`${cell as string}T00:00:00Z`) / 86_400_000));
    case "bool":
      return cell === true ? "true" : "false";
    case "bytes":
    case "list":
    case "nested":
    case "time":
    case "null":
      throw new RangeError(`a literal of ${type.kind} is refused before`);
    case "text":
    case "int":
    case "float":
    case "timestamp":
    case "decimal":
      return String(cell);
    default:
      return type satisfies never;
  }
}

/** The text of a number of 64 bits, or of none. */
export function givenInt64(value: bigint | number | null): string | null {
  return value === null ? null : String(value);
}

/** A number of 64 bits, or none. */
export function int64(dialect: Dialect, value: bigint | number | null): string {
  return castText(dialect, givenInt64(value), dialect.int64);
}

function castText(dialect: Dialect, text: string | null, type: string): string {
  return cast(text === null ? "NULL" : dialect.text(text), type);
}
