import { BronzeError } from "../../errors.js";
import { type Column, type ColumnType, columnFromCells, INSTANT } from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";

/**
 * A column of values as a caller gave them, for Arrow: text, numbers (DOUBLE), bigints (INT64), booleans, instants
 * (`Date`, `Temporal`), bytes; lists and objects as they are. What is absent is null.
 *
 * @param type what the column is known to be; instants are then taken in any of their forms
 * @throws BronzeError `TYPE_CLASH` naming the column and the value that does not fit
 */
export function labelColumn(name: string, values: readonly unknown[], known?: ColumnType): Column {
  const example = values.find((value) => value !== null && value !== undefined);
  const type = known ?? typeOfValue(example);
  const isInstant = type.kind === "timestamp" && type.utc;
  const cells = isInstant ? values.map((value) => (value == null ? null : nsOf(value))) : values;
  try {
    return columnFromCells(type, cells);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BronzeError(
      "TYPE_CLASH",
      `Column "${name}" of the labels cannot be an Arrow column: ${error.message}. Give its values one type.`,
      { column: name },
      { cause: error },
    );
  }
}

function nsOf(value: unknown): unknown {
  return typeof value === "object" || typeof value === "string" ? toEpochNs(value as InstantLike) : value;
}

function typeOfValue(value: unknown): ColumnType {
  switch (typeof value) {
    case "string":
      return { kind: "text" };
    case "number":
      return { kind: "float", bits: 64 };
    case "bigint":
      return { kind: "int", bits: 64, signed: true };
    case "boolean":
      return { kind: "bool" };
    case "undefined":
      return { kind: "null" };
  }
  if (value instanceof Uint8Array) return { kind: "bytes" };
  const isInstant =
    value instanceof Date || typeof (value as { epochNanoseconds?: unknown }).epochNanoseconds === "bigint";
  return isInstant ? INSTANT : { kind: "nested", shape: "of the labels" };
}
