/** What is wrong with one row. */
export interface RowProblem {
  readonly row: number;
  /** Where it came from, in words: `odds.csv, line 12`. Default: `row 12`. */
  readonly at?: string;
  /** Path of the field; empty where the row itself is the problem. */
  readonly field: string;
  readonly problem: string;
}

const MOST_LINES = 20;

/** Problems of rows for a message, one line each: a problem that many rows share is listed once. */
export function problemLines(problems: readonly RowProblem[]): string {
  const alike = new Map<string, { readonly first: RowProblem; count: number }>();
  for (const own of problems) {
    const known = alike.get(`${own.field}: ${own.problem}`);
    if (known) known.count++;
    else alike.set(`${own.field}: ${own.problem}`, { first: own, count: 1 });
  }
  const lines = [...alike.values()].map(({ first: { row, at, field, problem }, count }) => {
    const others = count === 1 ? "" : ` (and ${count - 1} more of the rows)`;
    return `  ${at ?? `row ${row}`}${field && `, ${field}`}: ${problem}${others}`;
  });
  const unsaid = lines.length - MOST_LINES;
  return [
    ...lines.slice(0, MOST_LINES),
    ...(unsaid > 0 ? [`  ... and ${unsaid} more (all in details.problems)`] : []),
  ].join("\n");
}
