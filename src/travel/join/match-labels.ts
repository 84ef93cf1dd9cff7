import type { Cell } from "../../table/index.js";
import { captureOf, isUsableByCutoff, laterEvidence } from "../rule/captures.js";
import type { IndexedFrame } from "../rule/indexed-frame.js";
import { questionOf } from "../rule/query.js";
import { laterRow, nsAt } from "../rule/split-instants.js";
import { endOf } from "../rule/version-index.js";
import type { JoinProvenance } from "./as-of-join.js";

/** One question of a point-in-time join. */
export interface JoinLabel {
  /** The values to match, in the order of the `on` columns. */
  readonly cells: readonly Cell[];
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | undefined;
}

/** What is counted over the rows of a frame that hold for some labels. */
export type MatchCounts = Pick<
  JoinProvenance,
  | "labelsMatched"
  | "rowsSelected"
  | "rowsByFallback"
  | "rowsNotSelectable"
  | "rowsAhead"
  | "rowsCapturedLater"
  | "rowsCaptureUnknown"
  | "keysByLaterEvidence"
  | "labelsBeforeUsable"
  | "maxAsOfTs"
  | "maxIngestedTs"
>;

/** Those of nothing. */
export const NO_MATCHES: MatchCounts = Object.freeze({
  labelsMatched: 0,
  rowsSelected: 0,
  rowsByFallback: 0,
  rowsNotSelectable: 0,
  rowsAhead: 0,
  rowsCapturedLater: 0,
  rowsCaptureUnknown: 0,
  keysByLaterEvidence: 0,
  labelsBeforeUsable: 0,
  maxAsOfTs: null,
  maxIngestedTs: null,
});

/** Which rows hold for which labels: pairs in label order, then key order; every label has at least one. */
interface Matches extends MatchCounts {
  /** Per pair, the label's number. */
  readonly labels: readonly number[];
  /** Per pair, the frame row, or -1 where nothing held for the label. */
  readonly rows: readonly number[];
}

/**
 * Matches each label with the rows that held at its own cutoff (SPEC 4): every key that has the label's values
 * in the `on` columns, one pair per key. A label nothing held for gets one pair without a row.
 *
 * @param on key columns; the whole key gives each label at most one row
 */
export function joinAsOf(
  { versionsFor, keysBy }: IndexedFrame,
  on: readonly string[],
  questions: Iterable<JoinLabel>,
  maxAgeNs?: bigint,
): Matches {
  const keysOf = keysBy(on);
  const { times } = versionsFor({ knownBy: undefined });
  const labels: number[] = [];
  const rows: number[] = [];
  let label = 0;
  let labelsMatched = 0;
  let rowsSelected = 0;
  let rowsByFallback = 0;
  let rowsNotSelectable: number | undefined;
  const captured = { "in time": 0, later: 0, unknown: 0 };
  let keysByLaterEvidence = 0;
  let labelsBeforeUsable = 0;
  // Both times of a row count as captured, whatever the rules do with them: they are the same in all versions.
  let latestAsOf = -1;
  let latestIngested = -1;
  for (const { cells, cutoffNs, knownByNs } of questions) {
    const question = questionOf({ cutoffNs, knownByNs, maxAgeNs });
    const versions = versionsFor(question);
    // Where labels use different rules, a row is counted if no label can select it.
    rowsNotSelectable = Math.min(versions.times.notSelectable, rowsNotSelectable ?? Number.POSITIVE_INFINITY);
    if (!isUsableByCutoff(versionsFor, versions, question)) labelsBeforeUsable++;
    const winner = versions.winnerAt(question);
    const dependsOnLater = laterEvidence(versions, question);
    const before = rows.length;
    for (const key of keysOf(cells)) {
      const end = endOf(versions.index, key, question.cutoff);
      const row = winner(key, end);
      if (dependsOnLater?.(key, end, row)) keysByLaterEvidence++;
      if (row < 0) continue;
      labels.push(label);
      rows.push(row);
      captured[captureOf(versions, row, question.cutoff)]++;
      rowsByFallback += versions.times.byFallback[row]!;
      latestAsOf = laterRow(times.asOf, latestAsOf, row);
      latestIngested = laterRow(times.ingested, latestIngested, row);
    }
    if (rows.length > before) {
      labelsMatched++;
      rowsSelected += rows.length - before;
    } else {
      labels.push(label);
      rows.push(-1);
    }
    label++;
  }
  return {
    labels,
    rows,
    labelsMatched,
    rowsSelected,
    rowsByFallback,
    rowsNotSelectable: rowsNotSelectable ?? times.notSelectable,
    rowsAhead: times.ahead,
    rowsCapturedLater: captured.later,
    rowsCaptureUnknown: captured.unknown,
    keysByLaterEvidence,
    labelsBeforeUsable,
    maxAsOfTs: latestAsOf < 0 ? null : nsAt(times.asOf, latestAsOf),
    maxIngestedTs: latestIngested < 0 ? null : nsAt(times.ingested, latestIngested),
  };
}
