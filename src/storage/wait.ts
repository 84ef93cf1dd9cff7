import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

const DEFAULT_WAIT_MS = 60_000;

/**
 * How long to wait for a lock, in milliseconds; `Infinity` is allowed.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * assertWaitMs(undefined); // 60,000
 * ```
 */
export function assertWaitMs(waitMs: number = DEFAULT_WAIT_MS): number {
  if (typeof waitMs === "number" && waitMs >= 0) return waitMs;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `waitMs is ${shown(waitMs)}; give the milliseconds to wait for the lock, 0 to fail at once`,
    { waitMs },
  );
}
