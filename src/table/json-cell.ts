import { types } from "node:util";
import { jsonSafe } from "../shown.js";
import { type InstantLike, toEpochNs } from "../time/index.js";
import type { ColumnType } from "./column-type.js";
import { instantText } from "./iso-text.js";

/**
 * A cell as JSON has it.
 *
 * @category Answers
 */
export type JsonCell =
  | string
  | number
  | boolean
  | null
  | readonly JsonCell[]
  | { readonly [name: string]: JsonCell };

const UNKNOWN: ColumnType = { kind: "null" };

/**
 * A cell as JSON can say it; never throws, whatever the cell.
 *
 * | cell | JSON |
 * |---|---|
 * | instant | ISO 8601 text in UTC, every digit |
 * | integer | number; beyond 2^53, where a number would be a neighbour, text |
 * | NaN, Infinity, -Infinity | text: `"NaN"` |
 * | bytes | text, base64 |
 * | date, time, naive timestamp, decimal | text, as in rows |
 * | list, struct, map | arrays and objects of these; a bigint in a struct is an integer, for its type is not kept |
 */
export function jsonCell(cell: unknown, type: ColumnType = UNKNOWN): JsonCell {
  try {
    return ofCell(cell, type, []);
  } catch {
    return unreadable(cell);
  }
}

function ofCell(cell: unknown, type: ColumnType, above: readonly unknown[]): JsonCell {
  switch (typeof cell) {
    case "boolean":
      return cell;
    case "number":
      return Number.isFinite(cell) ? cell : String(cell);
    case "bigint":
      if (type.kind === "timestamp") return instantText(cell);
      return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
    case "string":
      return type.kind === "timestamp" && type.utc ? instantText(toEpochNs(cell)) : cell;
    case "object":
      return cell === null ? null : ofObject(cell, type, above);
    default:
      return unreadable(cell);
  }
}

function ofObject(cell: object, type: ColumnType, above: readonly unknown[]): JsonCell {
  if (cell instanceof Uint8Array) return base64(cell);
  if (isInstant(cell)) return instantText(toEpochNs(cell));
  // A cycle, or what no column is as deep as: labels are the caller's own.
  if (above.length > 64 || above.includes(cell)) return unreadable(cell);
  const inside = [...above, cell];
  if (Array.isArray(cell)) {
    const item = type.kind === "list" ? type.item : UNKNOWN;
    return cell.map((own) => ofCell(own, item, inside));
  }
  const prototype = Object.getPrototypeOf(cell);
  if (prototype !== Object.prototype && prototype !== null) return unreadable(cell);
  return Object.fromEntries(Object.entries(cell).map(([name, own]) => [name, ofCell(own, UNKNOWN, inside)]));
}

/** Whether a value is an instant by its own form. */
export function isInstant(value: unknown): value is Exclude<InstantLike, string | bigint> {
  if (typeof value !== "object" || value === null) return false;
  return types.isDate(value) || typeof Reflect.get(value, "epochNanoseconds") === "bigint";
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function unreadable(value: unknown): JsonCell {
  return (jsonSafe(value) ?? null) as JsonCell;
}
