import { formatInstant } from "../time/index.js";

/**
 * An instant as ISO 8601 in UTC, every digit of it; past the years that calendars here reach (a file in coarser units can
 * hold them) the number of nanoseconds, with its unit.
 */
export function instantText(ns: bigint): string {
  if (BigInt.asIntN(64, ns) === ns) return formatInstant(ns);
  const wall = wallText(ns);
  return wall === undefined ? `${ns} ns` : `${wall}Z`;
}

/** A wall time, every digit of it; past the calendar as `instantText`. */
export function wallTimeText(ns: bigint): string {
  return wallText(ns) ?? `${ns} ns`;
}

/** A calendar date; past the calendar the number of days since 1970. */
export function dateText(days: number): string {
  const ms = days * 86_400_000;
  return Math.abs(ms) > MOST_MS ? `day ${days}` : new Date(ms).toISOString().split("T")[0]!;
}

function wallText(ns: bigint): string | undefined {
  const seconds = floorDiv(ns, 1_000_000_000n);
  const ms = Number(seconds) * 1000;
  if (Math.abs(ms) > MOST_MS) return undefined;
  return new Date(ms).toISOString().slice(0, -5) + fractionText(ns - seconds * 1_000_000_000n);
}

/** `.5` for half a second of nanoseconds; nothing for none. */
export function fractionText(ns: bigint): string {
  return ns === 0n ? "" : `.${String(ns).padStart(9, "0").replace(/0+$/, "")}`;
}

/** Rounded down, where a bigint's own division rounds to zero. */
export function floorDiv(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/** As far as a `Date` goes. */
const MOST_MS = 8.64e15;
