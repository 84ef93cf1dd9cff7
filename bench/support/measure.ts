/** One line of a benchmark: the same work done by us and by the rival, in turn, in one process run. */
export interface Race {
  readonly work: string;
  ours(): unknown | Promise<unknown>;
  rival(): unknown | Promise<unknown>;
  /** How many units one call does; times are given per unit. */
  readonly oursUnits?: number;
  readonly rivalUnits?: number;
}

/** What a race came to, in milliseconds per unit. */
export interface RaceResult {
  readonly work: string;
  readonly oursMs: number;
  readonly rivalMs: number;
  /** How many times faster we are, pair by pair, the median. */
  readonly ratio: number;
}

/** Runs both in turn, after three warm-ups each, and takes medians: absolute times drift here, ratios hold. */
export async function race(
  { work, ours, rival, oursUnits = 1, rivalUnits = 1 }: Race,
  rounds = 9,
): Promise<RaceResult> {
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    await ours();
    await rival();
  }
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push([(await timed(ours)) / oursUnits, (await timed(rival)) / rivalUnits]);
  }
  return {
    work,
    oursMs: median(pairs.map(([a]) => a)),
    rivalMs: median(pairs.map(([, b]) => b)),
    ratio: median(pairs.map(([a, b]) => b / a)),
  };
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Prints results as one table. */
export function printTable(title: string, rival: string, results: readonly RaceResult[]): void {
  const rows = [
    ["work", "ours, ms", `${rival}, ms`, "times faster"],
    ...results.map(({ work, oursMs, rivalMs, ratio }) => [work, show(oursMs), show(rivalMs), show(ratio)]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  console.log(`\n${title} (medians; Node ${process.version})\n`);
  for (const row of rows) {
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
    );
  }
}

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(4);
}
