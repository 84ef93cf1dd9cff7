const ROWS_PER_STATEMENT = 1_000;

/** Rows of literals as VALUES takes them. */
export function tuples(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `(${row.join(", ")})`).join(", ");
}

/** Rows in as many lists as it takes to keep statements short. */
export function inBatches<Row>(rows: readonly Row[], most = ROWS_PER_STATEMENT): Row[][] {
  const count = Math.ceil(rows.length / most);
  return Array.from({ length: count }, (_, i) => rows.slice(i * most, (i + 1) * most));
}
