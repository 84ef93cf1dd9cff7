/** A column of what a statement is given, and what the dialect calls its type. */
export interface GivenColumn {
  readonly name: string;
  readonly type: string;
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
