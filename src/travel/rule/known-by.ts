import { type InstantLike, toEpochNs } from "../../time/index.js";

/** A bound on capture: an instant, or `cutoff` for the question's own cutoff. */
export type KnownBy = InstantLike | "cutoff";

/**
 * A bound as epoch nanoseconds; `undefined` where there is none.
 * @throws BronzeError `INVALID_INSTANT`
 */
export function knownByNs(knownBy: KnownBy | undefined, cutoffNs: bigint): bigint | undefined {
  if (knownBy === undefined) return undefined;
  return knownBy === "cutoff" ? cutoffNs : toEpochNs(knownBy, "knownBy");
}
