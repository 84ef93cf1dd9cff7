import { requireFromHere } from "../lazy-module.js";

type StringWidth = typeof import("string-width");

let stringWidth: StringWidth["default"] | undefined;
let graphemes: Intl.Segmenter | undefined;

/** Text whose characters take one column of a terminal each. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]*$/;

/** How many columns of a terminal a text takes: two for most of East Asia and for emoji. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  // Most tables need no table of Unicode.
  stringWidth ??= (requireFromHere("string-width") as StringWidth).default;
  return stringWidth(text);
}

/** A text filled up with blanks to a width. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
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
