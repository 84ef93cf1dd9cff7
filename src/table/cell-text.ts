import { formatInstant } from "../time/index.js";
import type { Cell } from "./cell.js";
import type { ColumnType } from "./column-type.js";

const MAX_WIDTH = 30;

/** A cell for people: instants as ISO, nothing longer than 30 characters. */
export function cellText(cell: Cell, type: ColumnType): string {
  const text =
    typeof cell === "bigint" && type.kind === "timestamp"
      ? instantText(cell)
      : typeof cell === "object" && cell !== null
        ? jsonText(cell)
        : String(cell);
  const clean = printable(text);
  // Not through the middle of a surrogate pair.
  return clean.length > MAX_WIDTH
    ? `${clean.slice(0, MAX_WIDTH - 3).replace(/[\ud800-\udbff]$/, "")}...`
    : clean;
}

/** Text without control characters, which would break the table, or the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\u00b7");
}

/** ISO-8601, or the number where a file in coarser units holds what no int64 of nanoseconds can. */
export function instantText(ns: bigint): string {
  return BigInt.asIntN(64, ns) === ns ? formatInstant(ns) : `${ns} ns`;
}

function jsonText(cell: object): string {
  return JSON.stringify(cell, (_, value) => (typeof value === "bigint" ? String(value) : value));
}
