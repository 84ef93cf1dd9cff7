import type { FileRead, Frame } from "../frame/frame.js";
import { effectiveTimes } from "../rule/effective-time.js";
import type { JoinProvenance } from "./as-of-join.js";
import type { Matches } from "./match-labels.js";

/** Adds up what the frames of a join come to. */
export class JoinTally {
  readonly #of: { readonly dataset: string; readonly labels: number };
  readonly #dates = new Set<string>();
  readonly #without = new Set<string>();
  readonly #files = new Map<string, FileRead>();
  readonly #counts = {
    labelsMatched: 0,
    rowsSelected: 0,
    rowsByFallback: 0,
    rowsNotSelectable: 0,
    rowsAhead: 0,
    rowsCapturedLater: 0,
    rowsCaptureUnknown: 0,
    keysByLaterEvidence: 0,
    labelsBeforeUsable: 0,
  };
  #maxAsOfTs: bigint | null = null;
  #maxIngestedTs: bigint | null = null;

  constructor(dataset: string, labels: number) {
    this.#of = { dataset, labels };
  }

  /** @param indexed the frame the matches are of: the whole, or the files of it that can hold an answer */
  add(whole: Frame, indexed: Frame, dates: readonly string[], matches: Matches): void {
    for (const date of dates) this.#dates.add(date);
    for (const date of whole.datesWithoutFiles ?? []) this.#without.add(date);
    for (const { path, rows, sizeBytes } of [...whole.parts, ...whole.pruned])
      this.#files.set(path, { path, rows, sizeBytes });
    this.#counts.labelsMatched += matches.labelsMatched;
    this.#counts.rowsSelected += matches.rowsSelected;
    this.#counts.rowsByFallback += matches.rowsByFallback;
    this.#counts.rowsNotSelectable += matches.rowsNotSelectable;
    this.#counts.rowsAhead += matches.rowsAhead + rowsAheadBeside(indexed, whole);
    this.#counts.rowsCapturedLater += matches.rowsCapturedLater;
    this.#counts.rowsCaptureUnknown += matches.rowsCaptureUnknown;
    this.#counts.keysByLaterEvidence += matches.keysByLaterEvidence;
    this.#counts.labelsBeforeUsable += matches.labelsBeforeUsable;
    this.#maxAsOfTs = laterOf(this.#maxAsOfTs, matches.maxAsOfTs);
    this.#maxIngestedTs = laterOf(this.#maxIngestedTs, matches.maxIngestedTs);
  }

  provenance(): JoinProvenance {
    const files = [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      ...this.#of,
      dates: [...this.#dates].sort(),
      datesWithoutFiles: [...this.#without].sort(),
      files,
      rowsSeen: files.reduce((sum, { rows }) => sum + rows, 0),
      ...this.#counts,
      maxAsOfTs: this.#maxAsOfTs,
      maxIngestedTs: this.#maxIngestedTs,
    };
  }
}

/**
 * Rows that are ahead in the files that were not indexed. Their footers bound the times of each of their rows, so that
 * all are selectable, and mostly show that none is ahead; else the two columns are read after all.
 */
function rowsAheadBeside(indexed: Frame, whole: Frame): number {
  if (indexed === whole) return 0;
  const isIndexed = new Set(indexed.parts);
  const doubtful = whole.parts.filter((part) => !isIndexed.has(part) && !part.bounds?.()?.noneAhead);
  return effectiveTimes({ ...whole, parts: doubtful }).ahead;
}

function laterOf(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b > a) ? b : a;
}
