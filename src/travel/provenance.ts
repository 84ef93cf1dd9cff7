import type { FileRead } from "./frame.js";

/**
 * Where a selection came from: enough to say later what it stood on. Instants are epoch nanoseconds.
 */
export interface Provenance {
  readonly dataset: string;
  readonly cutoff: bigint;
  readonly knownBy: bigint | null;
  /** Nanoseconds; null without a bound. */
  readonly maxAge: bigint | null;
  /** Every file taken into account, in partition order. */
  readonly files: readonly FileRead[];
  /** Rows in those files. */
  readonly rowsSeen: number;
  /** Rows that passed cutoff, `knownBy` and `maxAge`. */
  readonly rowsEligible: number;
  /** Rows in the answer. */
  readonly rowsSelected: number;
  /** Rows in the answer whose effective time is `ingested_ts`. */
  readonly rowsByFallback: number;
  /** Rows seen without any usable time. */
  readonly rowsNotSelectable: number;
  /** Rows seen whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one). */
  readonly rowsAhead: number;
  /** The latest `as_of_ts` in the answer. */
  readonly maxAsOfTs: bigint | null;
  /** The latest `ingested_ts` in the answer. */
  readonly maxIngestedTs: bigint | null;
}
