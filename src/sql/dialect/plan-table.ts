/** A column of what a statement is given, and what the dialect calls its type. */
export interface GivenColumn {
  readonly name: string;
  readonly type: string;
}

/** Columns of 64 bits. */
export function int64Columns({ int64 }: { readonly int64: string }, names: readonly string[]): GivenColumn[] {
  return names.map((name) => ({ name, type: int64 }));
}

/**
 * A table that a statement reads what it was planned from out of, where that is too much for the statement's text.
 */
export interface PlanTable {
  readonly name: string;
  readonly columns: readonly GivenColumn[];
  readonly rows: readonly GivenRow[];
}

/** The texts of its cells, each of which the engine casts to the type of its column; null for none. */
export type GivenRow = readonly (string | null)[];
