import type { ZoneSpans } from "./data.js";

/*
 * Wall clocks from a list of offsets: the zone's rules were read in Node. Times are epoch seconds here, for nothing is
 * selected by them.
 */

const HOUR = 3600;
const DAY = 86_400;

/** What the zone adds to UTC in seconds; `undefined` where it is not known. */
function offsetAt(spans: ZoneSpans, seconds: number): number | undefined {
  if (seconds < spans[0]![0] || seconds > spans.at(-1)![0]) return undefined;
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]![0] <= seconds) low = middle + 1;
    else high = middle;
  }
  return spans[low - 1]![1];
}

/** An instant on the wall clock: its date, and its time to the second. */
interface WallTime {
  readonly date: string;
  readonly time: string;
  /** False where the zone is not known then, and this is UTC. */
  readonly isLocal: boolean;
}

export function wallTime(spans: ZoneSpans, ns: bigint): WallTime {
  const seconds = Math.floor(Number(ns / 1_000_000n) / 1000);
  const offset = offsetAt(spans, seconds);
  const date = new Date((seconds + (offset ?? 0)) * 1000);
  if (Number.isNaN(date.getTime())) return { date: `${ns} ns`, time: "", isLocal: false };
  const text = date.toISOString();
  const end = text.indexOf("T");
  return {
    date: text.slice(0, end),
    time: text.slice(end + 1, end + 9),
    isLocal: offset !== undefined,
  };
}

/** A tick of an axis of time. */
interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Whole wall-clock hours, or days, of a stretch: at most so many. An hour that autumn repeats comes twice. */
export function ticksOf(spans: ZoneSpans, from: number, to: number, most: number): Tick[] {
  const step =
    [1, 2, 3, 6, 12, 24, 48, 168, 720, 8760].find((hours) => (to - from) / HOUR / hours <= most) ?? 87_600;
  const ticks: Tick[] = [];
  // Whole hours of the wall clock, from the first on; where clocks change by half an hour they are found anew.
  for (let at = nextHour(spans, from); at <= to; at = nextHour(spans, at + 1)) {
    const wall = at + (offsetAt(spans, at) ?? 0);
    if (Math.floor(wall / HOUR) % step !== 0) continue;
    ticks.push({ at, label: step >= 24 ? shortDate(wall) : hourLabel(wall) });
    if (step > 24) at += (step - 2) * HOUR;
  }
  return ticks;
}

function nextHour(spans: ZoneSpans, from: number): number {
  const wall = from + (offsetAt(spans, from) ?? 0);
  return from + ((HOUR - (((wall % HOUR) + HOUR) % HOUR)) % HOUR);
}

function hourLabel(wall: number): string {
  return String(Math.floor((((wall % DAY) + DAY) % DAY) / HOUR)).padStart(2, "0");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function shortDate(wall: number): string {
  const date = new Date(wall * 1000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `Thu 15 Jan`. */
export function dayName(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  return `${DAYS[day.getUTCDay()]} ${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`;
}
