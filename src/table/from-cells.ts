import { epochDay } from "../time/index.js";
import { allocate, type Column } from "./column.js";
import { type ColumnType, describeType, unitNs } from "./column-type.js";

/**
 * A column built from cells (see `Cell`), `null` and `undefined` being null.
 *
 * @throws RangeError when a cell cannot be held exactly by the type
 */
export function columnFromCells(type: ColumnType, cells: readonly unknown[]): Column {
  const length = cells.length;
  if (type.kind === "text") return textColumn(type, cells);
  if (type.kind === "bytes" || type.kind === "list" || type.kind === "nested" || type.kind === "null") {
    return { storage: "object", type, length, objects: cells.map((cell) => cell ?? null) };
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
      // Typed arrays wrap in silence; what was stored must be what was given.
      if ((values[row] as unknown) !== value && !(type.kind === "float" && acceptable(values[row], value))) {
        throw new RangeError(`${String(cell)} does not fit ${describeType(type)}`);
      }
    }
  }
  return { storage: "fixed", type, length, values, ...(valid && { valid }) };
}

/** A FLOAT keeps 32 bits of what was given, by declaration; NaN equals nothing, itself included. */
function acceptable(stored: unknown, given: unknown): boolean {
  return (
    typeof given === "number" && (Number.isNaN(given) ? Number.isNaN(stored) : stored === Math.fround(given))
  );
}

function textColumn(type: ColumnType, cells: readonly unknown[]): Column {
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null || cell === undefined) return -1;
    if (typeof cell !== "string") throw new RangeError(`${String(cell)} is not text`);
    let code = codeOf.get(cell);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(cell, code);
    }
    return code;
  });
  return { storage: "text", type, length: cells.length, codes, dictionary: [...codeOf.keys()] };
}

function toFixed(type: ColumnType, cell: unknown): number | bigint {
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
      if (typeof cell === "string") return epochDay(cell);
      break;
    case "timestamp":
      if (typeof cell === "bigint" && cell % unitNs(type.unit) === 0n) return cell / unitNs(type.unit);
      break;
    case "decimal":
      if (typeof cell === "string") return unscaled(cell, type.scale);
      break;
  }
  throw new RangeError(`${String(cell)} is not a ${describeType(type)}`);
}

function unscaled(text: string, scale: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match || (match[3] ?? "").replace(/0+$/, "").length > scale) {
    throw new RangeError(`${text} does not fit a scale of ${scale}`);
  }
  const digits = BigInt(match[2] + (match[3] ?? "").slice(0, scale).padEnd(scale, "0"));
  return match[1] ? -digits : digits;
}
