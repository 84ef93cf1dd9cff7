import { printable } from "../printed.js";
import { shown } from "../shown.js";
import type { Cell } from "./cell.js";
import type { ColumnType } from "./column-type.js";
import { instantText } from "./iso-text.js";
import { jsonCell } from "./json-cell.js";
import { cutToWidth } from "./text-width.js";

/*
 * Cells as text. For people: `cellText`, and `cutText` where a table is narrow; any other value in a message is
 * `shown`. For programs: `keyText` where cells are equal as keys are, `exactText` where they are equal in every bit.
 * What is written to files is defined next to the format (`parquet/key-digest.ts`, the covers of a snapshot).
 */

/** A cell for people: instants as ISO, on one line. Without its type an instant is a number like any other. */
export function cellText(cell: unknown, type?: ColumnType): string {
  if (typeof cell === "bigint") return type?.kind === "timestamp" ? instantText(cell) : String(cell);
  if (cell instanceof Uint8Array) return shown(cell);
  if (typeof cell !== "object" || cell === null) return printable(String(cell ?? null));
  const json = jsonCell(cell, type);
  return printable(typeof json === "string" ? json : JSON.stringify(json));
}

const MAX_WIDTH = 30;

/** A cell for a table: nothing wider than 30 columns of a terminal. */
export function cutText(cell: unknown, type?: ColumnType): string {
  return cutToWidth(cellText(cell, type), MAX_WIDTH);
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
