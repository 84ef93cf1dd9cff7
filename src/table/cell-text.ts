import { jsonSafe, shown } from "../shown.js";
import { formatInstant } from "../time/index.js";
import type { Cell } from "./cell.js";
import type { ColumnType } from "./column-type.js";

/*
 * Cells as text. For people: `cellText`, and `cutText` where a table is narrow; any other value in a message is
 * `shown`. For programs: `keyText` where cells are equal as keys are, `exactText` where they are equal in every bit.
 * What is written to files is defined next to the format (`parquet/key-digest.ts`, the covers of a snapshot).
 */

/** A cell for people: instants as ISO, on one line. Without its type an instant is just a number. */
export function cellText(cell: Cell, type?: ColumnType): string {
  if (typeof cell === "bigint" && type?.kind === "timestamp") return instantText(cell);
  if (cell instanceof Uint8Array) return shown(cell);
  return printable(typeof cell === "object" && cell !== null ? JSON.stringify(jsonSafe(cell)) : String(cell));
}

const MAX_WIDTH = 30;

/** A cell for a table: nothing longer than 30 characters. */
export function cutText(cell: Cell, type?: ColumnType): string {
  const text = cellText(cell, type);
  // Not in the middle of a surrogate pair.
  return text.length > MAX_WIDTH
    ? `${text.slice(0, MAX_WIDTH - 3).replace(/[\ud800-\udbff]$/, "")}...`
    : text;
}

/** Text without control characters, which would break a table or the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\u00b7");
}

/** ISO-8601, or the number where a file in coarser units holds more than an int64 of nanoseconds can. */
export function instantText(ns: bigint): string {
  return BigInt.asIntN(64, ns) === ns ? formatInstant(ns) : `${ns} ns`;
}

/**
 * Cells as one text: the same for cells that are equal as keys (see `compareCells`; -0 is 0), different for all others.
 */
export function keyText(cells: readonly Cell[]): string {
  return JSON.stringify(
    cells.map((cell) => {
      if (typeof cell === "bigint") return `n${cell}`;
      if (typeof cell === "string") return `s${cell}`;
      if (cell instanceof Uint8Array) return `b${Buffer.from(cell).toString("hex")}`;
      return cell === null ? null : `${typeof cell}${String(cell === 0 ? 0 : cell)}`;
    }),
  );
}

/**
 * Cells, or lists and objects of them, as one text: the same exactly where all of them are the same, with -0 and 0
 * different. Only cells of the same columns can be compared so. The digests of runs are made of it, so it must not
 * change.
 */
export function exactText(cells: unknown): string {
  return JSON.stringify(cells, (_, value: unknown) => {
    // JSON has no bigints, and writes null for NaN and infinities.
    if (typeof value === "bigint") return { bigint: String(value) };
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
      return { number: Object.is(value, -0) ? "-0" : String(value) };
    return value;
  });
}
