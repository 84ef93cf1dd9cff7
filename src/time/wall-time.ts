import type { Calendar } from "./calendar.js";
import { epochDay } from "./date.js";

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_DAY = 86_400n * NS_PER_SECOND;

/** Seconds after midnight that a wall clock shows at `HH:MM`; `undefined` for any other text. */
export function wallTimeSeconds(text: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 : undefined;
}

/**
 * When the wall clock of a zone shows a time of a day, in epoch nanoseconds. A time that comes twice is the first of the
 * two; one that spring skips is as long after the change as it would have been after the hour before it. Both are what
 * `Temporal` does unless told otherwise.
 *
 * @param seconds after midnight
 * @throws BronzeError `INVALID_DATE`
 */
export function instantOfWallTime(zone: Calendar, date: string, seconds: number): bigint {
  const local = BigInt(epochDay(date)) * NS_PER_DAY + BigInt(seconds) * NS_PER_SECOND;
  const [before, after] = [zone.offsetNs(local - NS_PER_DAY), zone.offsetNs(local + NS_PER_DAY)];
  const possible = [local - before, local - after].filter((ns) => zone.offsetNs(ns) === local - ns);
  if (possible.length === 0) return local - before;
  return possible.reduce((first, ns) => (ns < first ? ns : first));
}
