/**
 * A table that a statement reads what it was planned from out of, where that is too much for the statement's text.
 */
export interface PlanTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Literals of the dialect. */
  readonly rows: readonly (readonly string[])[];
}
