import { bold, cyan } from "./paint.js";

/** A numbered headline. */
export function headline(text: string): void {
  console.log(`\n${bold(cyan(text))}`);
}

/** Columns as wide as their widest cell, numbers to the right. Cells may be coloured. */
export function table(rows: readonly (readonly (string | number)[])[], indent = "  "): void {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === "number" ? thousands(cell) : cell)));
  const widths = texts[0]!.map((_, column) => Math.max(...texts.map((row) => visibleWidth(row[column]!))));
  texts.forEach((row, i) => {
    const cells = row.map((text, column) => {
      const space = " ".repeat(widths[column]! - visibleWidth(text));
      return typeof rows[i]![column] === "number" ? space + text : text + space;
    });
    console.log((indent + cells.join("  ")).trimEnd());
  });
}

/** `12345` as `12,345`. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** An American price with its sign: `-110`, `+120`. */
export function american(price: number | undefined): string {
  return price === undefined ? "-" : price > 0 ? `+${price}` : String(price);
}

function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that starts a colour
  return text.replace(/\u001b\[\d+m/g, "").length;
}
