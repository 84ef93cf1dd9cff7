import { type AnyDataset, expectedSlots, type Slot } from "../../dataset/index.js";
import { addDays, calendar, dateRange, formatInstant } from "../../time/index.js";
import type { Captures } from "./file-times.js";

/**
 * How the captures of a day compare with what its dataset expects. Instants are ISO-8601 UTC text.
 *
 * @category Survey
 */
export interface SlotCoverage {
  /** How many captures are due for the day. */
  readonly expected: number;
  /** Each of them in time, and how many rows were captured in its slot. */
  readonly due: readonly { readonly at: string; readonly rows: number }[];
  /** How many of them came in time, with rows enough. */
  readonly met: number;
  /** How many may still come, or fill up: the next one is not due yet. */
  readonly pending: number;
  /** When a capture was due and none came before the next one was. */
  readonly missing: readonly string[];
  /** Captures of fewer rows than `minRows`, together. */
  readonly thin: readonly { readonly at: string; readonly rows: number }[];
  /** Captures of which the first row came later than `grace` after the slot; they may be thin too. */
  readonly late: readonly { readonly at: string; readonly firstCaptured: string }[];
}

/** The captures that are due for a date; none where the dataset expects nothing. */
export function slotsOf({ expect, timeZone }: AnyDataset, date: string): Slot[] {
  return expect ? expectedSlots(expect, timeZone, date) : [];
}

/**
 * The dates in whose folders a capture that is due for a date may lie. Where a row's own time dates it, the folders beside
 * too: a report published after midnight lies in the next day's, and an old one captured again in the one before. A date
 * that is looked up, or stands in a column, is what the slots are about, so there the own folder is all.
 */
export function foldersOfSlots(dataset: AnyDataset, date: string): string[] {
  const { dateFrom, columns, timeZone } = dataset;
  const last = slotsOf(dataset, date).at(-1);
  if (!last || typeof dateFrom !== "string" || columns.get(dateFrom)?.type.kind !== "timestamp")
    return [date];
  return dateRange(addDays(date, -1), calendar(timeZone).date(last.endNs - 1n));
}

/**
 * When captures of a day's rows begin to be late: at its end, or at the end of its last slot, where that is later.
 */
export function lateAfterNs(dataset: AnyDataset, date: string): bigint {
  const endOfDay = calendar(dataset.timeZone).endOfDay(date);
  const last = slotsOf(dataset, date).at(-1);
  return last && last.endNs > endOfDay ? last.endNs : endOfDay;
}

/** @param captures of all folders of the date's slots; of none do two slots have a part */
export function compareSlots(
  { expect }: AnyDataset,
  slots: readonly Slot[],
  captures: readonly Captures[],
  nowNs: bigint,
): SlotCoverage | null {
  if (!expect) return null;
  const inTime = [...captures].sort((a, b) => (a.firstNs < b.firstNs ? -1 : a.firstNs > b.firstNs ? 1 : 0));
  const due: SlotCoverage["due"][number][] = [];
  const missing: string[] = [];
  const thin: SlotCoverage["thin"][number][] = [];
  const late: SlotCoverage["late"][number][] = [];
  let [met, pending, next] = [0, 0, 0];
  for (const { atNs, endNs } of slots) {
    while (next < inTime.length && inTime[next]!.firstNs < atNs) next++;
    const first = inTime[next];
    let rows = 0;
    for (; next < inTime.length && inTime[next]!.firstNs < endNs; next++) rows += inTime[next]!.rows;
    const at = formatInstant(atNs);
    due.push({ at, rows });
    const isOver = nowNs >= endNs;
    const isLate = rows > 0 && first!.firstNs > atNs + expect.graceNs;
    if (isLate) late.push({ at, firstCaptured: formatInstant(first!.firstNs) });
    if (rows >= expect.minRows) met += isLate ? 0 : 1;
    else if (!isOver) pending++;
    else if (rows === 0) missing.push(at);
    else thin.push({ at, rows });
  }
  return { expected: slots.length, due, met, pending, missing, thin, late };
}
