import { cast } from "./cast.js";
import type { GivenColumn, GivenRow } from "./plan-table.js";

const ROWS_PER_STATEMENT = 1_000;

/** Rows as VALUES takes them: of texts, whatever the types of their columns. */
export function tuples(rows: readonly GivenRow[], text: (value: string) => string): string {
  return rows
    .map((row) => `(${row.map((cell) => (cell === null ? "NULL" : text(cell))).join(", ")})`)
    .join(", ");
}

/** The same as a query: each column is cast once, for a cast of each cell takes an engine longer than all else. */
export function castValues(
  columns: readonly GivenColumn[],
  rows: readonly GivenRow[],
  text: (value: string) => string,
): string {
  const own = columns.map(({ name, type }) => `${cast(`v_.${name}`, type)} AS ${name}`);
  const names = columns.map(({ name }) => name);
  return `SELECT ${own.join(", ")} FROM (VALUES ${tuples(rows, text)}) AS v_(${names.join(", ")})`;
}

/** Rows in as many lists as it takes to keep statements short. */
export function inBatches<Row>(rows: readonly Row[], most = ROWS_PER_STATEMENT): Row[][] {
  const count = Math.ceil(rows.length / most);
  return Array.from({ length: count }, (_, i) => rows.slice(i * most, (i + 1) * most));
}
