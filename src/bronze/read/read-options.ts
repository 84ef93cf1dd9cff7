import { flag, given, type OptionTable, oneOf, whole } from "../../options.js";
import type { DurationLike } from "../../time/index.js";
import type { DayOptions } from "./day-files.js";
import type { DaySpan } from "./days.js";

/** How to read the files of some days. */
export interface ReadOptions extends DayOptions {
  /** What to do with a file that is not readable Parquet: refuse the question, or go on and report it. Default: `throw`. */
  readonly onCorrupt?: "throw" | "skip";
}

export const READ_OPTIONS: OptionTable<ReadOptions> = {
  prefer: oneOf("history", "latest"),
  includeRuns: flag,
  onCorrupt: oneOf("throw", "skip"),
};

export const SPAN_OPTIONS: OptionTable<DaySpan> = {
  date: given,
  dates: { is: "a list of dates", accepts: Array.isArray },
  from: given,
  to: given,
  lookbackDays: whole(0),
};

export const TIMELINE_OPTIONS: OptionTable<DaySpan & ReadOptions> = { ...SPAN_OPTIONS, ...READ_OPTIONS };

/** What to read through a view. */
export type ViewReadOptions = DaySpan &
  ReadOptions & {
    /** Keep only rows whose effective time is at most this long before the cutoff. */
    readonly maxAge?: DurationLike;
  };

export const VIEW_READ_OPTIONS: OptionTable<ViewReadOptions> = { ...TIMELINE_OPTIONS, maxAge: given };
