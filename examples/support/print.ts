/** What examples print: headlines, notes and tables, in colour for people at a terminal. */
import { calendar, formatInstant } from "bronzestore";

// `npm run demo | head` closes the pipe early, which is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

/** Plain text in a pipe, a file, or under NO_COLOR. */
const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

const style = (on: number, off: number) => (text: string) =>
  isColoured ? `\u001b[${on}m${text}\u001b[${off}m` : text;

export const bold = style(1, 22);
export const dim = style(2, 22);
export const red = style(31, 39);
export const green = style(32, 39);
export const yellow = style(33, 39);
const cyan = style(36, 39);

/** A section begins. */
export function headline(text: string): void {
  console.log(`\n${bold(cyan(text))}`);
}

/** Small print. */
export function note(...lines: string[]): void {
  for (const line of lines) console.log(dim(`  ${line}`));
}

/** A point with its title. */
export function bullet(title: string, ...lines: string[]): void {
  console.log(`  ${bold(title)}`);
  for (const line of lines) console.log(`    ${line}`);
}

/** Columns as wide as their widest cell, numbers to the right. Cells may be coloured. */
export function table(rows: readonly (readonly (string | number)[])[]): void {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === "number" ? thousands(cell) : cell)));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => visibleWidth(row[column]!))),
  );
  texts.forEach((row, i) => {
    const cells = row.map((text, column) => {
      const space = " ".repeat(widths[column]! - visibleWidth(text));
      return typeof rows[i]![column] === "number" ? space + text : text + space;
    });
    console.log(`  ${cells.join("  ")}`.trimEnd());
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

/** A share of one as `60.8 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const eastern = calendar("America/New_York");

/** What clocks in New York show: `22:15`. */
export function easternClock(ns: bigint): string {
  return formatInstant(ns + eastern.offsetNs(ns)).slice(11, 16);
}

function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that starts a colour
  return text.replace(/\u001b\[\d+m/g, "").length;
}
