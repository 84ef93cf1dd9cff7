import type { Asked } from "./ask.js";
import type { FileRead, Frame } from "./frame.js";
import { countEligible, endsAt, type Versions } from "./select.js";
import { latestNs } from "./ticks.js";

/**
 * Where a selection came from: enough to say later what it stood on. Instants are epoch nanoseconds.
 */
export interface Provenance {
  readonly dataset: string;
  readonly cutoff: bigint;
  readonly knownBy: bigint | null;
  /** Nanoseconds; null without a bound. */
  readonly maxAge: bigint | null;
  /** Every file taken into account, by path. */
  readonly files: readonly FileRead[];
  /** Rows in those files. */
  readonly rowsSeen: number;
  /** Rows that passed cutoff, `knownBy` and `maxAge`. */
  readonly rowsEligible: number;
  /** Rows in the answer. */
  readonly rowsSelected: number;
  /** Rows in the answer whose effective time is `ingested_ts`. */
  readonly rowsByFallback: number;
  /** Rows seen without any usable time. */
  readonly rowsNotSelectable: number;
  /** Rows seen whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one). */
  readonly rowsAhead: number;
  /** The latest `as_of_ts` in the answer. */
  readonly maxAsOfTs: bigint | null;
  /** The latest `ingested_ts` in the answer. */
  readonly maxIngestedTs: bigint | null;
}

/** Counts what a selection stands on. */
export function provenanceOf(
  { dataset, parts, pruned }: Frame,
  versions: Versions,
  { question, cutoffNs, knownByNs, maxAgeNs }: Asked,
  selected: Uint32Array,
): Provenance {
  const { times, index } = versions;
  const files = [...parts, ...pruned].map(({ path, rows, sizeBytes }) => ({ path, rows, sizeBytes }));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  let rowsByFallback = 0;
  for (const row of selected) rowsByFallback += times.byFallback[row]!;
  return {
    dataset: dataset.name,
    cutoff: cutoffNs,
    knownBy: knownByNs,
    maxAge: maxAgeNs,
    files,
    rowsSeen: files.reduce((sum, { rows }) => sum + rows, 0),
    rowsEligible: countEligible(versions, endsAt(index, question.cutoff), question),
    rowsSelected: selected.length,
    rowsByFallback,
    rowsNotSelectable: times.notSelectable,
    rowsAhead: times.ahead,
    maxAsOfTs: latestNs(times.asOf, selected),
    maxIngestedTs: latestNs(times.ingested, selected),
  };
}
