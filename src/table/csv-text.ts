import type { ColumnType } from "./column-type.js";
import { jsonCell } from "./json-cell.js";

/** One column, as cells. */
interface CellColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly cells: readonly unknown[];
}

/**
 * Columns as CSV (RFC 4180: a line of names, commas, CRLF), cells as `jsonCell` has them, but for integers, which have
 * all their digits. Null is an empty field and empty text is `""`; lists, structs and maps are JSON text.
 */
export function csvText(columns: readonly CellColumn[], length: number): string {
  const lines = [columns.map(({ name }) => quoted(name)).join(",")];
  for (let row = 0; row < length; row++)
    lines.push(columns.map(({ cells, type }) => field(cells[row], type)).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function field(cell: unknown, type: ColumnType): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return Object.is(cell, -0) ? "-0" : String(cell);
  if (typeof cell === "bigint" && type.kind !== "timestamp") return String(cell);
  const json = jsonCell(cell, type);
  return typeof json === "string" ? quoted(json) : quoted(JSON.stringify(json));
}

/** Blanks at the ends are kept by readers that trim only where they are quoted. */
function quoted(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
