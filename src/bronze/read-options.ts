import { assertOneOf, assertOptions } from "../options.js";
import type { DayOptions } from "./day-files.js";

/** How to read the files of some days. */
export interface ReadOptions extends DayOptions {
  /** What to do with a file that is not readable Parquet: refuse the question, or go on and report it. Default: `throw`. */
  readonly onCorrupt?: "throw" | "skip";
}

const READ_OPTIONS = ["prefer", "includeRuns", "onCorrupt"];
const SPAN_OPTIONS = ["date", "dates", "from", "to", "lookbackDays"];

/**
 * Checks the options of a read, `more` being those this kind of read has besides.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertReadOptions(options: ReadOptions, where: string, more: readonly string[] = []): void {
  assertOptions(options, [...READ_OPTIONS, ...more], where);
  assertOneOf(options.prefer, ["history", "latest"], "prefer");
  assertOneOf(options.onCorrupt, ["throw", "skip"], "onCorrupt");
}

/** The same where the days are part of the options. */
export function assertSpanOptions(options: ReadOptions, where: string, more: readonly string[] = []): void {
  if (options !== undefined) assertReadOptions(options, where, [...SPAN_OPTIONS, ...more]);
}
