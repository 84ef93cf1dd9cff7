/** What was asked for: how many times faster, at most what share of the rival's cost, or at most how much. */
export type Goal = { readonly faster: number } | { readonly share: number } | { readonly atMost: number };

/** One line of the table. */
export interface Figure {
  /** Name of the work, as `--only` takes it. */
  readonly work: string;
  readonly what: string;
  readonly unit: "ms" | "s" | "MB" | "x";
  readonly ours: number;
  readonly rival?: { readonly name: string; readonly value: number };
  /** How many times faster, the median of rounds in which both ran in turn. */
  readonly faster?: number;
  readonly goal?: Goal;
  readonly met?: boolean;
  readonly rounds: number;
}

/** What both sides took, round by round. */
type Pairs = readonly (readonly [ours: number, rival: number])[];

/** Runs both in turn and keeps what each returns: a busy minute then falls on both. */
export async function inTurn<T>(
  rounds: number,
  warmUps: number,
  ours: () => T | Promise<T>,
  rival: () => T | Promise<T>,
): Promise<[T, T][]> {
  const pairs: [T, T][] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const pair: [T, T] = [await ours(), await rival()];
    if (round >= 0) pairs.push(pair);
  }
  return pairs;
}

/** Milliseconds that something takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Both sides' medians, and the median of their ratio. */
export function compared(
  line: Pick<Figure, "work" | "what" | "unit" | "goal">,
  pairs: Pairs,
  name = "DuckDB",
): Figure {
  const faster = median(pairs.map(([ours, rival]) => rival / ours));
  const ours = median(pairs.map(([own]) => own));
  const rival = { name, value: median(pairs.map(([, other]) => other)) };
  return withVerdict({ ...line, ours, rival, faster, rounds: pairs.length });
}

/** A figure without a rival. */
export function alone(
  line: Pick<Figure, "work" | "what" | "unit" | "goal">,
  values: readonly number[],
): Figure {
  return withVerdict({ ...line, ours: median(values), rounds: values.length });
}

function withVerdict(figure: Figure): Figure {
  const { goal, faster = Number.NaN, ours } = figure;
  if (!goal) return figure;
  const met =
    "faster" in goal
      ? faster >= goal.faster
      : "share" in goal
        ? 1 / faster <= goal.share
        : ours <= goal.atMost;
  return { ...figure, met };
}

/** The middle value. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
