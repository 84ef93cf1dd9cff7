import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import {
  type Cell,
  type ColumnType,
  describeType,
  type IntegerCells,
  storedCell,
} from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";

/**
 * A value of a caller's as the cell of a dataset's column that it must equal. One of another type could match nothing,
 * which would look like absence.
 *
 * @param what names the value in errors: `"game_id" of label 3`
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`
 */
export function cellToMatch(dataset: AnyDataset, name: string, value: unknown, what: string): Cell {
  const { type, integers } = dataset.columns.get(name)!;
  if (value === null) return null;
  if (type.kind === "timestamp" && value !== undefined) return toEpochNs(value as InstantLike, what);
  const cell = cellOf(type, integers, value);
  if (cell !== undefined) return cell;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${what} is ${shown(value)}, a ${typeof value}, but "${dataset.name}" has ${describeType(type)} there: it could match nothing.`,
    { dataset: dataset.name, column: name, value },
  );
}

function cellOf(type: ColumnType, integers: IntegerCells, value: unknown): Cell | undefined {
  switch (type.kind) {
    case "int": {
      if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
      const isBig = type.bits === 64 && integers === "bigint";
      return isBig ? BigInt(value as number) : Number(value);
    }
    case "float":
      return typeof value === "number" ? value : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "bytes":
      return value instanceof Uint8Array ? value : undefined;
    case "decimal":
      // "9.5" and "9.50" are one decimal; cells have every digit of the scale.
      return typeof value === "string" ? (storedCell(value, type, "bigint") ?? value) : undefined;
    default:
      return typeof value === "string" ? value : undefined;
  }
}
