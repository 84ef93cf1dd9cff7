import { requireFromHere } from "../lazy-module.js";

type StringWidth = typeof import("string-width");

let stringWidth: StringWidth["default"] | undefined;
let graphemes: Intl.Segmenter | undefined;

/** Text whose characters take one column of a terminal each. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]*$/;

/** How many columns of a terminal a text takes: two for most of East Asia and for emoji. */
function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  // Most tables need no table of Unicode.
  stringWidth ??= (requireFromHere("string-width") as StringWidth).default;
  return stringWidth(text);
}

/**
 * Lines of cells in columns of a terminal, two blanks apart and in.
 *
 * @param lines each with as many cells, the head first
 * @param toRight whether a column is aligned to the right, as numbers are
 */
export function textTable(
  lines: readonly (readonly string[])[],
  toRight: (column: number) => boolean = () => false,
): string[] {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => widthOf(line[i]!))));
  const cellText = (cell: string, i: number) => {
    const blanks = " ".repeat(widths[i]! - widthOf(cell));
    return toRight(i) ? blanks + cell : cell + blanks;
  };
  return lines.map((line) => `  ${line.map(cellText).join("  ")}`.trimEnd());
}

/** A text of at most `most` columns, cut between the characters that people see; `...` says that it is cut. */
export function cutToWidth(text: string, most: number): string {
  if (text.length <= most && NARROW.test(text)) return text;
  // No character takes less than a column by much; a megabyte is not gone through.
  const start = text.slice(0, most * 20);
  if (start.length === text.length && widthOf(text) <= most) return text;
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  let cut = "";
  let width = 0;
  for (const { segment } of graphemes.segment(start)) {
    width += widthOf(segment);
    if (width > most - 3) break;
    cut += segment;
  }
  return `${cut}...`;
}
