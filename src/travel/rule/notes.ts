import { counted } from "../../shown.js";
import type { CaptureCounts } from "./captures.js";

/** What an answer or a join counts of itself. */
interface Noted extends CaptureCounts {
  readonly rowsByFallback: number;
  readonly rowsNotSelectable: number;
  readonly filesSkipped?: readonly string[];
}

/**
 * What a person should know before believing an answer, a line each; nothing where there is nothing to know.
 *
 * @param beforeUsable what is answered by `as_of_ts` though none that is usable had been captured by the cutoff
 */
export function notesOf(noted: Noted, beforeUsable: string | undefined): string[] {
  const { rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence } = noted;
  const later = [
    rowsCapturedLater > 0 && `${counted(rowsCapturedLater, "row")} captured after the cutoff`,
    rowsCaptureUnknown > 0 && `${counted(rowsCaptureUnknown, "row")} captured nobody knows when`,
    keysByLaterEvidence > 0 &&
      `${counted(keysByLaterEvidence, "key")} there or gone only by a snapshot or tombstone captured later, or nobody knows when`,
  ].filter((part) => part !== false);
  const { rowsByFallback, rowsNotSelectable, filesSkipped = [] } = noted;
  return [
    ...(later.length > 0 ? [`${later.join(", ")}: knownBy: "cutoff" answers without that`] : []),
    ...(beforeUsable === undefined
      ? []
      : [`${beforeUsable} by as_of_ts, of which none that is usable had been captured by the cutoff`]),
    ...(rowsByFallback > 0 ? [`${counted(rowsByFallback, "row")} selected by ingested_ts`] : []),
    ...(rowsNotSelectable > 0
      ? [`${counted(rowsNotSelectable, "row")} passed over without a usable time`]
      : []),
    ...(filesSkipped.length > 0 ? [`${counted(filesSkipped.length, "corrupt file")} passed over`] : []),
  ];
}
