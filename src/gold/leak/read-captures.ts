import type { ViewRead } from "../../bronze/index.js";
import type { CaptureCounts } from "../../travel/index.js";

/** How much of what was read through views depends on captures after their cutoffs, added up over the reads. */
export interface ReadCaptures extends CaptureCounts {
  /**
   * Reads that were answered by `as_of_ts`, under fallback `dataset`, though no usable one had been captured by the
   * cutoff: `knownBy: "cutoff"` then uses `ingested_ts`, whatever the counts are.
   */
  readonly readsBeforeUsable: number;
}

/** For no reads. */
export const NO_CAPTURES: ReadCaptures = {
  rowsCapturedLater: 0,
  rowsCaptureUnknown: 0,
  keysByLaterEvidence: 0,
  readsBeforeUsable: 0,
};

/** Adds them up. */
export function capturesOf(reads: readonly ViewRead[]): ReadCaptures {
  return reads.reduce(
    (sum, { provenance }) =>
      addCaptures(sum, { ...provenance, readsBeforeUsable: provenance.asOfUsableByCutoff ? 0 : 1 }),
    NO_CAPTURES,
  );
}

/** The sum of two. */
export function addCaptures(a: ReadCaptures, b: ReadCaptures): ReadCaptures {
  return {
    rowsCapturedLater: a.rowsCapturedLater + b.rowsCapturedLater,
    rowsCaptureUnknown: a.rowsCaptureUnknown + b.rowsCaptureUnknown,
    keysByLaterEvidence: a.keysByLaterEvidence + b.keysByLaterEvidence,
    readsBeforeUsable: a.readsBeforeUsable + b.readsBeforeUsable,
  };
}
