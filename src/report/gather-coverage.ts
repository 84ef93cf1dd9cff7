import { type CoverageDay, type CoveragePartition, calendar, toEpochNs } from "../index.js";
import type { CoverageData, HourData } from "./page/data.js";

/** A day's counts, by the hours of the wall clock in which rows were captured and were due. */
export function gatherCoverage(day: CoverageDay, timeZone: string): CoverageData {
  const { files, rows, bytes, rowsNotSelectable, rowsAhead, pruned, source, unreadable } = day;
  const hours = new Hours(day.date, timeZone);
  for (const partition of day.partitions) {
    if (partition.firstCaptured === null) continue;
    addPartition(hours.at(partition.firstCaptured), partition);
  }
  const { slots } = day;
  if (slots) {
    for (const { at, rows: captured } of slots.due) {
      const hour = hours.at(at);
      hour.due = (hour.due ?? 0) + 1;
      if (captured > 0) hour.came++;
      else hour.pending++; // unless it is missing
    }
    for (const at of slots.missing) {
      hours.at(at).missing++;
      hours.at(at).pending--;
    }
    for (const { at } of slots.thin) hours.at(at).thin++;
    for (const { at } of slots.late) hours.at(at).late++;
  }
  return {
    ...{ files, rows, bytes, rowsNotSelectable, rowsAhead, pruned },
    isLatest: source === "latest",
    unreadable: unreadable.map(({ path, message }) => `${path}: ${message}`),
    hours: hours.all(),
  };
}

function addPartition(
  hour: Filling,
  { files, rows, rowsByFallback, rowsCapturedLate }: CoveragePartition,
): void {
  hour.files += files;
  hour.rows += rows;
  hour.fallback += rowsByFallback;
  if (rowsCapturedLate > 0) hour.late++;
}

type Filling = { -readonly [Name in keyof HourData]: HourData[Name] };

const HOUR_NS = 3_600_000_000_000n;

/** The hours of a day in which something is, made when they are first asked for. */
class Hours {
  readonly #date: string;
  readonly #zone: ReturnType<typeof calendar>;
  readonly #hours = new Map<string, Filling>();

  constructor(date: string, timeZone: string) {
    this.#date = date;
    this.#zone = calendar(timeZone);
  }

  at(instant: string): Filling {
    const ns = toEpochNs(instant);
    const date = this.#zone.date(ns);
    const own = this.#zone.hour(ns);
    const hour = date < this.#date ? -1 : date === this.#date ? own : ns < this.#lastNs() ? 24 + own : LATER;
    const fold = hour >= 0 && hour < 24 && this.#isRepeated(ns, own) ? 1 : 0;
    const name = `${hour} ${fold}`;
    let filling = this.#hours.get(name);
    if (!filling) {
      const counts = {
        files: 0,
        rows: 0,
        fallback: 0,
        late: 0,
        came: 0,
        missing: 0,
        thin: 0,
        pending: 0,
      };
      filling = { hour, fold, due: null, ...counts };
      this.#hours.set(name, filling);
    }
    return filling;
  }

  all(): HourData[] {
    return [...this.#hours.values()].sort((a, b) => a.hour - b.hour || a.fold - b.fold);
  }

  /** Whether the wall clock showed this hour an hour before as well: autumn's second 01. */
  #isRepeated(ns: bigint, hour: number): boolean {
    const before = ns - HOUR_NS;
    return this.#zone.date(before) === this.#date && this.#zone.hour(before) === hour;
  }

  #lastNs(): bigint {
    return this.#zone.endOfDay(this.#date) + 24n * HOUR_NS;
  }
}

/** The column of what was captured more than a day after the day. */
const LATER = 48;
