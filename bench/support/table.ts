import type { Figure, Goal } from "./measure.js";

/** Figures as a Markdown table, aligned so that it reads well in a terminal too. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, unit, ours, rival, faster, goal, met, rounds }) => [
    what,
    quantity(ours, unit),
    rival === undefined
      ? ""
      : quantity(rival.value, unit) + (rival.name === "DuckDB" ? "" : ` (${rival.name})`),
    ratio(faster, unit, goal),
    goal === undefined ? "" : goalText(goal, unit),
    met === undefined ? "" : met ? "yes" : "no",
    String(rounds),
  ]);
  const head = ["work", "ours", "DuckDB", "ratio", "target", "met", "rounds"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function ratio(faster: number | undefined, unit: Figure["unit"], goal: Goal | undefined): string {
  if (faster === undefined) return "";
  const share = unit === "MB" || (goal !== undefined && "share" in goal);
  return share ? `${(1 / faster).toFixed(2)} of it` : `${number(faster)}x faster`;
}

function goalText(goal: Goal, unit: Figure["unit"]): string {
  if ("faster" in goal) return `>= ${goal.faster}x`;
  if ("share" in goal) return `<= ${goal.share}`;
  return `<= ${goal.atMost} ${unit}`;
}

function quantity(value: number, unit: Figure["unit"]): string {
  return unit === "x" ? `x ${number(value)}` : `${number(value)} ${unit}`;
}

function number(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toFixed(4);
}
