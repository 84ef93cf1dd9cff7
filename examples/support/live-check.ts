/** What one look at the tree found. */
export interface Finding {
  /** What must be so. */
  readonly what: string;
  /** What was looked at, with counts. */
  readonly found: string;
  /** What is not so; empty when all is well. */
  readonly problems: readonly string[];
}
