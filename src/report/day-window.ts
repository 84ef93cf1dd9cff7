import { calendar } from "../index.js";
import type { DayData, EventData, FeedDay, HistoryData } from "./page/data.js";

const HOUR_NS = 3_600_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** The instants of a history in epoch nanoseconds, ascending. */
function historyInstants({ instants, unit }: Pick<HistoryData, "instants" | "unit">): bigint[] {
  let at = 0n;
  return instants.map((by) => {
    at += BigInt(by) * BigInt(unit);
    return at;
  });
}

/**
 * What a day's bar of time spans: the hours in which something was captured or is asked about, from the day's start to the
 * noon after it; without days, all of the history. Seconds of whole hours.
 */
export function dayWindow(
  date: string | null,
  timeZone: string,
  feeds: readonly (FeedDay | null)[],
  events: readonly EventData[],
  nowNs: bigint,
): DayData["window"] {
  const zone = calendar(timeZone);
  const captured = feeds.flatMap((feed) => {
    if (!feed?.history) return [];
    const instants = historyInstants(feed.history);
    return feed.history.captures.map((rank) => instants[rank]!);
  });
  const points = [...captured, ...events.map(({ at }) => BigInt(at))];
  if (date === null) {
    const [first, last] = bounds(points) ?? [nowNs, nowNs];
    return [hourOf(first - 1n), hourOf(last) + 3600];
  }
  const [start, end] = [zone.startOfDay(date), zone.endOfDay(date)];
  const found = bounds(points.filter((ns) => ns >= start && ns < end + 12n * HOUR_NS));
  if (!found) return [Number(start / SECOND_NS), Number(end / SECOND_NS)];
  const first = Math.max(Number(start / SECOND_NS), hourOf(found[0] - HOUR_NS / 2n));
  return [first, Math.max(hourOf(found[1] + HOUR_NS / 2n) + 3600, first + 6 * 3600)];
}

function bounds(points: readonly bigint[]): readonly [bigint, bigint] | undefined {
  if (points.length === 0) return undefined;
  const sorted = [...points].sort((a, b) => (a < b ? -1 : 1));
  return [sorted[0]!, sorted.at(-1)!];
}

function hourOf(ns: bigint): number {
  return Number(ns / HOUR_NS) * 3600;
}
