import type { DayOptions } from "./day-files.js";

/** How to read the files of some days. */
export interface ReadOptions extends DayOptions {
  /** What to do with a file that is not readable Parquet: refuse the question, or go on and report it. Default: `throw`. */
  readonly onCorrupt?: "throw" | "skip";
}
