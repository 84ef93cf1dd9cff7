import type { JoinProvenance } from "./as-of-join.js";
import type { FileRead, Frame } from "./frame.js";
import type { Matches } from "./join-as-of.js";

/** Adds up what the frames of a join come to. */
export class JoinTally {
  readonly #of: { readonly dataset: string; readonly labels: number };
  readonly #dates = new Set<string>();
  readonly #files = new Map<string, FileRead>();
  readonly #counts = {
    labelsMatched: 0,
    rowsSelected: 0,
    rowsByFallback: 0,
    rowsNotSelectable: 0,
    rowsAhead: 0,
  };
  #maxAsOfTs: bigint | null = null;
  #maxIngestedTs: bigint | null = null;

  constructor(dataset: string, labels: number) {
    this.#of = { dataset, labels };
  }

  add({ parts, pruned }: Frame, dates: readonly string[], matches: Matches): void {
    for (const date of dates) this.#dates.add(date);
    for (const { path, rows, sizeBytes } of [...parts, ...pruned])
      this.#files.set(path, { path, rows, sizeBytes });
    this.#counts.labelsMatched += matches.labelsMatched;
    this.#counts.rowsSelected += matches.rowsSelected;
    this.#counts.rowsByFallback += matches.rowsByFallback;
    this.#counts.rowsNotSelectable += matches.rowsNotSelectable;
    this.#counts.rowsAhead += matches.rowsAhead;
    this.#maxAsOfTs = laterOf(this.#maxAsOfTs, matches.maxAsOfTs);
    this.#maxIngestedTs = laterOf(this.#maxIngestedTs, matches.maxIngestedTs);
  }

  provenance(): JoinProvenance {
    const files = [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      ...this.#of,
      dates: [...this.#dates].sort(),
      files,
      rowsSeen: files.reduce((sum, { rows }) => sum + rows, 0),
      ...this.#counts,
      maxAsOfTs: this.#maxAsOfTs,
      maxIngestedTs: this.#maxIngestedTs,
    };
  }
}

function laterOf(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b > a) ? b : a;
}
