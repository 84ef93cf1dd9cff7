import { printable } from "../../printed.js";
import type { JsonCell } from "../../table/index.js";
import { type Answer, cellText } from "./answer.js";

/** How a table fits into a terminal. */
interface TableOptions {
  /** Columns of the terminal; `undefined` where nobody looks, and nothing is cut. */
  readonly width: number | undefined;
  readonly colour: boolean;
}

/** A table, and the columns that did not fit. */
interface Drawn {
  readonly text: string;
  readonly leftOut: readonly string[];
}

/** No column is cut to less than this, so that instants and ids are whole. */
const LEAST = 24;
const GAP = 2;

/** An answer as a table for people: numbers to the right, long cells cut, columns that do not fit left out and named. */
export async function drawTable(answer: Answer, { width, colour }: TableOptions): Promise<Drawn> {
  const [{ default: CliTable }, { default: stringWidth }, { styleText }] = await Promise.all([
    import("cli-table3"),
    import("string-width"),
    import("node:util"),
  ]);
  const rows = answer.rows();
  const columns = answer.names.map((name) => {
    const cells = rows.map((row) => row[name] ?? null);
    const texts = cells.map((cell) => printable(shownCell(cell)));
    const title = printable(name);
    const wanted = Math.max(stringWidth(title), ...texts.map((text) => stringWidth(text)));
    return { title, texts, wanted, toRight: cells.some((cell) => typeof cell === "number") };
  });
  const widths = fitted(
    columns.map(({ wanted }) => wanted),
    width,
  );
  const kept = columns.slice(0, widths.length);
  const head = (text: string) =>
    colour ? styleText("bold", text, { validateStream: false } as never) : text;
  const table = new CliTable({
    chars: NO_BORDERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    head: kept.map(({ title }, i) => head(cutTo(title, widths[i]!, stringWidth))),
    colAligns: kept.map(({ toRight }) => (toRight ? "right" : "left")),
    colWidths: widths,
  });
  for (let row = 0; row < rows.length; row++)
    table.push(kept.map(({ texts }, i) => cutTo(texts[row]!, widths[i]!, stringWidth)));
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return { text: `${lines.join("\n")}\n`, leftOut: answer.names.slice(widths.length) };
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ".repeat(GAP),
};

function shownCell(cell: JsonCell): string {
  return cellText(cell) ?? "";
}

/** The widths of the columns that fit, the widest cut first; one column is always shown. */
function fitted(wanted: readonly number[], width: number | undefined): number[] {
  // Nothing is as wide as 0 columns, and cli-table3 counts a column of it as one without a width.
  const widths = wanted.map((own) => Math.max(own, 1));
  if (width === undefined) return widths;
  const total = () => widths.reduce((sum, own) => sum + own, 0) + GAP * (widths.length - 1);
  const least = wanted.map((own) => Math.max(1, Math.min(own, LEAST)));
  for (;;) {
    let over = total() - width;
    while (over > 0) {
      const widest = Math.max(...widths.filter((own, i) => own > least[i]!));
      const at = widths.findIndex((own, i) => own === widest && own > least[i]!);
      if (at < 0) break;
      widths[at]!--;
      over--;
    }
    if (widths.length === 1) return [Math.min(widths[0]!, width)];
    if (over <= 0) return widths;
    widths.pop();
    widths.splice(0, widths.length, ...wanted.slice(0, widths.length).map((own) => Math.max(own, 1)));
  }
}

function cutTo(text: string, width: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= width) return text;
  let cut = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    if (widthOf(cut + segment) > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}
