import type { HistoryData } from "./page/data.js";

/** The instants of a history, each once; what refers to them does so by rank. */
export interface InstantTable extends Pick<HistoryData, "instants" | "unit"> {
  /** -1 for null. */
  rankOf(ns: bigint | null): number;
}

/** Units in which most feeds' times are whole; the coarsest that fits all makes the smallest numbers. */
const UNITS = [1_000_000_000n, 1_000_000n, 1_000n, 1n];

export function instantTable(points: Iterable<bigint>): InstantTable {
  const sorted = [...new Set(points)].sort((a, b) => (a < b ? -1 : 1));
  const unit = UNITS.find((one) => sorted.every((ns) => ns % one === 0n))!;
  const ranks = new Map(sorted.map((ns, rank) => [ns, rank]));
  return {
    unit: Number(unit),
    instants: sorted.map((ns, i) => exactNumber((ns - (sorted[i - 1] ?? 0n)) / unit)),
    rankOf: (ns) => (ns === null ? -1 : ranks.get(ns)!),
  };
}

function exactNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
