import { calendar, type InstantLike, toEpochNs } from "../index.js";
import { cellWords } from "./cell-words.js";
import type { EventData } from "./page/data.js";

/**
 * An instant that people ask about: a game's start, an auction, a release.
 *
 * @category Report
 */
export interface ReportEvent {
  /** What it is called: `LAL at BOS`. */
  readonly name: string;
  readonly at: InstantLike;
  /** The day it belongs to, `YYYY-MM-DD`. Default: its own in the dataset's zone. */
  readonly date?: string;
  /**
   * Value of the first key column whose keys it is about, which then bears its name: a game's id. Default: all keys.
   */
  readonly of?: string | number;
}

/** Those of a day, in time; without days, all of them. */
export function dayEvents(
  events: readonly ReportEvent[],
  date: string | null,
  timeZone: string,
): EventData[] {
  const zone = calendar(timeZone);
  const own = events.filter(
    (event) => date === null || (event.date ?? zone.date(toEpochNs(event.at, "at of an event"))) === date,
  );
  return own
    .map(({ name, at, of }) => ({
      name,
      ns: toEpochNs(at, "at of an event"),
      group: of === undefined ? null : cellWords(of),
    }))
    .sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0))
    .map(({ name, ns, group }) => ({ name, at: String(ns), group, isCutoff: false }));
}
