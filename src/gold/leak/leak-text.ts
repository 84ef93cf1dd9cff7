import type { AnyDataset } from "../../dataset/index.js";
import { cellText, INSTANT } from "../../table/index.js";
import type { MovedCell } from "./output-cells.js";

/** Cells of a leak report in words, instants as ISO text. */
export interface LeakText {
  row(cells: Readonly<Record<string, unknown>>): string;
  moves(moved: readonly MovedCell[], count: number): string;
}

/** An output has no types: a cell is an instant where it is called as an instant column of these datasets. */
export function leakText(datasets: readonly AnyDataset[]): LeakText {
  const instants = new Set(
    datasets.flatMap(({ columns }) =>
      [...columns].flatMap(([name, { type }]) => (type.kind === "timestamp" ? [name] : [])),
    ),
  );
  const text = (name: string, value: unknown): string => {
    if (value === undefined) return "nothing";
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value !== "bigint") return cellText(value);
    if (instants.has(name)) return cellText(value, INSTANT);
    // Under another name it may be a number; both are said.
    return value >= FIRST && value <= LAST
      ? `${value} (as an instant ${cellText(value, INSTANT)})`
      : String(value);
  };
  return {
    row(cells) {
      const parts = Object.entries(cells).map(([name, cell]) => `${name}: ${text(name, cell)}`);
      return `{ ${parts.join(", ")} }`;
    },
    moves(moved, count) {
      const shown = moved.slice(0, 3).map(({ path, before, after }) => {
        const name = path.slice(path.lastIndexOf(".") + 1).replace(/(\[\d+\])+$/, "");
        return `${path} is ${text(name, after)} instead of ${text(name, before)}`;
      });
      return `${shown.join(", ")}${count > shown.length ? ` and ${count - shown.length} more cells` : ""}`;
    },
  };
}

/** From 2000 on, a bigint that is so large is most likely an instant. */
const FIRST = 946_684_800_000_000_000n;
const LAST = 2n ** 63n - 1n;
