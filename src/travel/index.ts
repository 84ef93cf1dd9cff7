export { type Answer, answerOnce } from "./answer-once.js";
export { AsOfJoin, type JoinProvenance } from "./as-of-join.js";
export type { AsOfOptions } from "./ask.js";
export type { CaptureCounts } from "./captures.js";
export { type Change, type Diff, sameCell } from "./diff.js";
export { cellText, counted, leftOut } from "./display.js";
export { Explanation, type Loser, type LosingRule, type Version } from "./explain.js";
export {
  type DeclaredSnapshot,
  type FileRead,
  type Frame,
  type FrameColumn,
  type OmittedColumn,
  type Part,
  type PartBounds,
  partOffsets,
} from "./frame.js";
export { type HiddenRows, hiddenRows } from "./hidden-rows.js";
export { type IndexedFrame, indexedFrame } from "./indexed-frame.js";
export { type JoinLabel, joinAsOf, type Matches } from "./join-as-of.js";
export { startJoin } from "./join-labels.js";
export { JOIN_OPTIONS, type JoinedRow, type TimelineJoinOptions } from "./join-options.js";
export { assertLabelColumn, type Label } from "./join-questions.js";
export type { JoinOn } from "./join-types.js";
export { distinctKeys, keyText } from "./key-codes.js";
export { type KnownBy, knownByNs } from "./known-by.js";
export { type Latest, latestRows, type ScopeTimes } from "./latest-rows.js";
export type { EmptyReason, Provenance } from "./provenance.js";
export { rowReader } from "./row-reader.js";
export { Snapshot } from "./snapshot.js";
export type { Standing } from "./standing.js";
export { Timeline } from "./timeline.js";
export { unknownColumn } from "./unknown-column.js";
