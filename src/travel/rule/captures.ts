import { counted } from "../../shown.js";
import { formatInstant } from "../../time/index.js";
import type { TimeNames } from "../frame/row-reader.js";
import type { VersionsFor } from "./indexed-frame.js";
import type { Question } from "./query.js";
import type { AskedVersions, Versions } from "./select.js";
import { isAfter, isAtOrBefore, isNullAt, type SplitInstant } from "./split-instants.js";

/**
 * How much of an answer hangs on what was captured after its cutoff, or nobody knows when. No key is counted twice, and
 * together the three are the number of keys that `knownBy: "cutoff"` answers otherwise: with all at 0 it answers the
 * same (`asOfUsableByCutoff` aside). Under a `knownBy` at or before the cutoff all are 0.
 *
 * @category Answers
 */
export interface CaptureCounts {
  /** Rows in the answer that were captured after the cutoff. */
  readonly rowsCapturedLater: number;
  /** Rows in the answer of which nobody knows when they were captured. */
  readonly rowsCaptureUnknown: number;
  /**
   * Other keys whose presence or absence hangs on a snapshot or a tombstone that was captured after the cutoff, or nobody
   * knows when: without what was captured then, the key would be absent, or present.
   */
  readonly keysByLaterEvidence: number;
}

/** Counts them over an answer: `selected` are its rows, in key order. */
export function captureCounts(
  versions: AskedVersions,
  question: Question,
  selected: Uint32Array,
): CaptureCounts {
  const rows = { "in time": 0, later: 0, unknown: 0 };
  for (const row of selected) rows[captureOf(versions, row, question.cutoff)]++;
  return {
    rowsCapturedLater: rows.later,
    rowsCaptureUnknown: rows.unknown,
    keysByLaterEvidence: countKeysByLaterEvidence(versions, question),
  };
}

/** When a row was captured, by a cutoff. */
export function captureOf(
  { times: { ingested } }: Versions,
  row: number,
  cutoff: SplitInstant,
): "in time" | "later" | "unknown" {
  if (isAtOrBefore(ingested, row, cutoff)) return "in time";
  return isNullAt(ingested, row) ? "unknown" : "later";
}

/** Whether versions that answer by `as_of_ts` would do so under `knownBy: "cutoff"` too. */
export function isUsableByCutoff(
  versionsFor: VersionsFor,
  versions: Versions,
  { cutoff, knownBy }: Question,
): boolean {
  const earlier = knownBy && !isAfter(knownBy, cutoff) ? knownBy : cutoff;
  return versionsFor({ knownBy: earlier }) === versions;
}

function countKeysByLaterEvidence(versions: AskedVersions, question: Question): number {
  const dependsOnLater = laterEvidence(versions, question);
  if (!dependsOnLater) return 0;
  const ends = versions.endsAt(question.cutoff);
  const winner = versions.winnerAt(question);
  let count = 0;
  for (let key = 0; key < ends.length; key++) {
    if (dependsOnLater(key, ends[key]!, winner(key, ends[key]!))) count++;
  }
  return count;
}

/**
 * For one key, given the end of its eligible versions and the row that won (-1: none): whether the answer depends on a
 * snapshot or tombstone that was not captured by the cutoff, that is, whether among what was captured by then none
 * would win, or one would. `undefined` where this is impossible for every key.
 *
 * A winning row that was not captured by the cutoff shows that itself. One that was also wins among what was captured
 * by then, unless an earlier snapshot ends its key.
 */
export function laterEvidence(
  versions: AskedVersions,
  question: Question,
): ((key: number, end: number, row: number) => boolean) | undefined {
  const { snapshots, isTombstone, times } = versions;
  const { cutoff, knownBy } = question;
  if (!snapshots && !isTombstone) return undefined;
  if (knownBy && !isAfter(knownBy, cutoff)) return undefined;
  const isLate = versions.lateAt(question);
  const inTime = versions.winnerAt({ ...question, knownBy: cutoff });
  return (key, end, row) => {
    if (row >= 0 && (!snapshots || !isAtOrBefore(times.ingested, row, cutoff))) return false;
    return isLate(key, end) && inTime(key, end) >= 0 !== row >= 0;
  };
}

/** What an answer or a join counts about itself. */
interface Noted extends CaptureCounts {
  readonly rowsByFallback: number;
  readonly rowsNotSelectable: number;
  readonly filesSkipped?: readonly string[];
  readonly filesPruned?: readonly string[];
  readonly filesIgnored?: readonly unknown[];
}

/**
 * What a person should know before trusting an answer, one line each; empty where there is nothing to report.
 *
 * @param beforeUsable answers that use the semantic time though no usable one had been captured by the cutoff
 */
export function notesOf(noted: Noted, beforeUsable: string | undefined, times: TimeNames): string[] {
  const { rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence } = noted;
  const later = [
    rowsCapturedLater > 0 && `${counted(rowsCapturedLater, "row")} captured after the cutoff`,
    rowsCaptureUnknown > 0 && `${counted(rowsCaptureUnknown, "row")} captured nobody knows when`,
    keysByLaterEvidence > 0 &&
      `${counted(keysByLaterEvidence, "key")} there or gone only by a snapshot or tombstone captured later, or nobody knows when`,
  ].filter((part) => part !== false);
  const { rowsByFallback, rowsNotSelectable, filesSkipped = [], filesPruned = [], filesIgnored = [] } = noted;
  return [
    ...(later.length > 0 ? [`${later.join(", ")}: knownBy: "cutoff" answers without that`] : []),
    ...(beforeUsable === undefined
      ? []
      : [`${beforeUsable} by ${times.asOf}, of which none that is usable had been captured by the cutoff`]),
    ...(rowsByFallback > 0 ? [`${counted(rowsByFallback, "row")} selected by ${times.ingested}`] : []),
    ...(rowsNotSelectable > 0
      ? [`${counted(rowsNotSelectable, "row")} passed over without a usable time`]
      : []),
    ...(filesSkipped.length > 0 ? [`${counted(filesSkipped.length, "corrupt file")} passed over`] : []),
    ...(filesPruned.length > 0
      ? [`${counted(filesPruned.length, "pruned file")} missing, from the counts too`]
      : []),
    ...(filesIgnored.length > 0
      ? [`${counted(filesIgnored.length, "name")} in the folders passed over`]
      : []),
  ];
}

/** The latest times in an answer, a line or none. */
export function latestText(
  { maxAsOfTs, maxIngestedTs }: { readonly maxAsOfTs: bigint | null; readonly maxIngestedTs: bigint | null },
  { asOf, ingested }: TimeNames,
): string[] {
  const text = (ns: bigint | null) => (ns === null ? "none" : formatInstant(ns));
  if (maxAsOfTs === null && maxIngestedTs === null) return [];
  const captured = `latest ${ingested} ${text(maxIngestedTs)}`;
  return [asOf === null ? captured : `latest ${asOf} ${text(maxAsOfTs)}, ${captured}`];
}
