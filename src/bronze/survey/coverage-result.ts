import type { BronzeErrorCode } from "../../errors.js";
import type { IgnoredFile } from "../read/unit-files.js";
import type { SlotCoverage } from "./slots.js";

/**
 * What lies in a day, or in one partition of it. Instants are ISO-8601 UTC text, null where no row has one.
 *
 * @category Survey
 */
export interface CoverageCounts {
  readonly files: number;
  /** Rows of the files; one that a retry repeated counts each time. */
  readonly rows: number;
  /** Of the files. */
  readonly bytes: number;
  /** The smallest effective time. */
  readonly firstEffective: string | null;
  /** The greatest effective time. */
  readonly lastEffective: string | null;
  /** The smallest `ingested_ts`. */
  readonly firstCaptured: string | null;
  /** The greatest `ingested_ts`. */
  readonly lastCaptured: string | null;
  /** Rows whose effective time is `ingested_ts`. */
  readonly rowsByFallback: number;
  /** Rows without any usable time. */
  readonly rowsNotSelectable: number;
  /** Rows whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one). */
  readonly rowsAhead: number;
  /** Rows captured at the day's `lateAfter` or later. */
  readonly rowsCapturedLate: number;
  /** Rows without an `ingested_ts`. */
  readonly rowsCaptureUnknown: number;
  /** Keys that stand more than once in one file, added up over files; null where they were not asked for. */
  readonly repeatedKeys: number | null;
}

/**
 * One partition of a day.
 *
 * @category Survey
 */
export interface CoveragePartition extends CoverageCounts {
  /** `hour=17`, `run_ts=20260115T171500Z`, or `latest` for the latest view. A compacted file counts where it lies. */
  readonly partition: string;
}

/**
 * A file that could not be surveyed, and is in no count but the day's `unreadable`.
 *
 * @category Survey
 */
export interface UnreadableFile {
  readonly path: string;
  readonly code: BronzeErrorCode;
  readonly message: string;
}

/**
 * One domain date.
 *
 * @category Survey
 */
export interface CoverageDay extends CoverageCounts {
  readonly date: string;
  /** What a question about the day reads: history or latest view, never both. */
  readonly source: "history" | "latest" | "none";
  /** When a capture of the day's rows begins to be late: the day's end in its zone, or that of its last slot if later. */
  readonly lateAfter: string;
  /** In partition order. */
  readonly partitions: readonly CoveragePartition[];
  /** Against what the dataset expects; null where it says nothing of that. */
  readonly slots: SlotCoverage | null;
  /** Whether history of the day was pruned: what is left is not all there was. */
  readonly pruned: boolean;
  readonly unreadable: readonly UnreadableFile[];
  /** Names that were passed over, and why. */
  readonly ignored: readonly IgnoredFile[];
}

/**
 * What `coverage` found. Plain data that JSON takes; `console.log` and `String(...)` show a table.
 *
 * @category Survey
 */
export interface Coverage {
  readonly dataset: string;
  readonly timeZone: string;
  /** Each date that was asked for, ascending. */
  readonly days: readonly CoverageDay[];
  /** Files that were looked at, also in the folders beside the days. */
  readonly filesRead: number;
  /** Those of which the time columns were decoded, for their footers left a doubt. */
  readonly filesDecoded: number;
}
