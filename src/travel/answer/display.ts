import { type Cell, type ColumnType, cutText, printable } from "../../table/index.js";
import { formatInstant } from "../../time/index.js";

/** A snapshot's own summary. */
export interface SnapshotView {
  readonly dataset: string;
  readonly cutoff: bigint;
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
  readonly head: readonly Record<string, Cell>[];
}

const MAX_COLUMNS = 12;

/** A table of at most the head's rows and 12 columns. */
export function renderText(view: SnapshotView): string {
  const names = view.names.slice(0, MAX_COLUMNS);
  const lines = [
    names.map(printable),
    ...view.head.map((row) => names.map((name) => cutText(row[name]!, view.typeOf(name)))),
  ];
  const widths = names.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const table = lines.map((line) =>
    `  ${line.map((text, i) => text.padEnd(widths[i]!)).join("  ")}`.trimEnd(),
  );
  if (view.length === 0) table.length = 1;
  return [title(view), ...table, ...rest(view).map((line) => `  ${line}`)].join("\n");
}

/** The same as an HTML table. */
export function renderHtml(view: SnapshotView): string {
  const names = view.names.slice(0, MAX_COLUMNS);
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((c) => `<${tag}>${escapeHtml(c)}</${tag}>`).join("")}</tr>`;
  const body = view.head.map((cells) =>
    row(
      names.map((name) => cutText(cells[name]!, view.typeOf(name))),
      "td",
    ),
  );
  return [
    `<div><b>${escapeHtml(title(view))}</b>`,
    `<table><thead>${row(names.map(printable), "th")}</thead><tbody>${body.join("")}</tbody></table>`,
    `${rest(view).map(escapeHtml).join("<br>")}</div>`,
  ].join("");
}

function title({ dataset, cutoff, length }: SnapshotView): string {
  return `Snapshot of ${dataset} at ${formatInstant(cutoff)}: ${length} ${length === 1 ? "row" : "rows"}`;
}

function rest({ length, head, names, omitted, emptyBecause, notes }: SnapshotView): string[] {
  const lines: string[] = emptyBecause === null ? [] : [emptyBecause];
  if (length > head.length) lines.push(`... ${length - head.length} more rows`);
  if (names.length > MAX_COLUMNS)
    lines.push(
      `... ${names.length - MAX_COLUMNS} more columns: ${printable(names.slice(MAX_COLUMNS).join(", "))}`,
    );
  if (omitted.length > 0) lines.push(leftOut(omitted));
  return [...lines, ...notes];
}

/** Names the omitted columns, which are in no row because of their type. */
export function leftOut(omitted: readonly string[]): string {
  return `left out, as their types are not kept exactly: ${printable(omitted.join(", "))}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
