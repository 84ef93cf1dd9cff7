import { calendar, formatInstant } from "bronzestore";

const eastern = calendar("America/New_York");

/** What clocks in New York show: `22:15`. */
export function easternClock(ns: bigint): string {
  return formatInstant(ns + eastern.offsetNs(ns)).slice(11, 16);
}
