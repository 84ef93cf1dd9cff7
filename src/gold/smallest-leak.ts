/** One row that moves the output, and the two outputs it stands between. */
export interface Pivot<Row, Outcome> {
  readonly row: Row;
  readonly before: Outcome;
  readonly after: Outcome;
  /** Whether altering this row, and no other, moves the output; else only together with earlier ones. */
  readonly alone: boolean;
}

/**
 * Finds one row by which the output moves, given that altering none leaves it and altering all moves it: by halving
 * the rows in order, then by altering that row alone, then by altering all but it.
 */
export async function smallestLeak<Row, Outcome>(
  rows: readonly Row[],
  untouched: Outcome,
  altered: Outcome,
  attempt: (chosen: ReadonlySet<Row>) => Promise<Outcome>,
  isSame: (a: Outcome, b: Outcome) => boolean,
): Promise<Pivot<Row, Outcome>> {
  let low = 0;
  let high = rows.length;
  let [before, after] = [untouched, altered];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const outcome = await attempt(new Set(rows.slice(0, middle)));
    if (isSame(outcome, untouched)) [low, before] = [middle, outcome];
    else [high, after] = [middle, outcome];
  }
  const row = rows[high - 1]!;
  const only = await attempt(new Set([row]));
  if (!isSame(only, untouched)) return { row, before: untouched, after: only, alone: true };
  const others = await attempt(new Set(rows.filter((other) => other !== row)));
  if (!isSame(others, altered)) return { row, before: others, after: altered, alone: true };
  return { row, before, after, alone: false };
}
