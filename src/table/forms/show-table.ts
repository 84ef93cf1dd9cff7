import { escapeHtml, printable } from "../../printed.js";
import { cutText } from "../cell-text.js";
import type { ColumnType } from "../column-type.js";
import { textTable } from "../text-width.js";

/** What a table shows of itself. */
export interface TableView {
  /** What it is: `Snapshot of odds_raw at 2026-01-15T12:00:00Z: 2 rows`. */
  readonly title: string;
  readonly length: number;
  readonly names: readonly string[];
  /** Columns that were omitted. */
  readonly omitted: readonly string[];
  typeOf(name: string): ColumnType;
  /** Why there are no rows. */
  readonly emptyBecause: string | null;
  /** What else a person should know, one line each. */
  readonly notes: readonly string[];
  /** The first rows. */
  readonly head: readonly Readonly<Record<string, unknown>>[];
}

/** Ten rows are enough to see what it is; a million would end the terminal. */
export const HEAD = 10;
const MAX_COLUMNS = 12;

/** A table of at most the head's rows and 12 columns. */
export function renderText(view: TableView): string {
  const names = view.names.slice(0, MAX_COLUMNS);
  const lines = [
    names.map(printable),
    ...view.head.map((row) => names.map((name) => cutText(row[name], view.typeOf(name)))),
  ];
  const table = textTable(lines);
  if (view.length === 0) table.length = 1;
  return [view.title, ...table, ...rest(view).map((line) => `  ${line}`)].join("\n");
}

/** The same as an HTML table. */
export function renderHtml(view: TableView): string {
  const names = view.names.slice(0, MAX_COLUMNS);
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((c) => `<${tag}>${escapeHtml(c)}</${tag}>`).join("")}</tr>`;
  const body = view.head.map((cells) =>
    row(
      names.map((name) => cutText(cells[name], view.typeOf(name))),
      "td",
    ),
  );
  return [
    `<div><b>${escapeHtml(view.title)}</b>`,
    `<table><thead>${row(names.map(printable), "th")}</thead><tbody>${body.join("")}</tbody></table>`,
    `${rest(view).map(escapeHtml).join("<br>")}</div>`,
  ].join("");
}

function rest({ length, head, names, omitted, emptyBecause, notes }: TableView): string[] {
  const lines: string[] = emptyBecause === null ? [] : [emptyBecause];
  if (length > head.length) lines.push(`... ${length - head.length} more rows`);
  if (names.length > MAX_COLUMNS)
    lines.push(
      `... ${names.length - MAX_COLUMNS} more columns: ${printable(names.slice(MAX_COLUMNS).join(", "))}`,
    );
  if (omitted.length > 0)
    lines.push(`left out, as their types are not kept exactly: ${printable(omitted.join(", "))}`);
  return [...lines, ...notes];
}
