import { toEpochNs } from "./instant.js";

/**
 * The present as a store asks for it: the caller's clock, each time it gives being checked (one of milliseconds would
 * stamp rows with 1970), else the system's.
 *
 * @returns epoch nanoseconds; throws BronzeError `INVALID_INSTANT`
 */
export function clockOf(given: (() => bigint) | undefined): () => bigint {
  return given === undefined
    ? () => BigInt(Date.now()) * 1_000_000n
    : () => toEpochNs(given(), "the time of the clock");
}
