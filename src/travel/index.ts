export { type Change, Diff, diffSelections, sameCell } from "./answer/diff.js";
export { Explanation, type Loser, type LosingRule, type Version } from "./answer/explain.js";
export { type HiddenRows, hiddenRows } from "./answer/hidden-rows.js";
export { type Latest, latestRows, type ScopeTimes } from "./answer/latest-rows.js";
export {
  type EmptyReason,
  type Provenance,
  provenanceOfCounts,
  provenanceText,
  type SelectionCounts,
} from "./answer/provenance.js";
export { type RowTimes, repeatedKeys, rowTimes } from "./answer/row-times.js";
export { type Answer, answerSingleQuery } from "./answer/single-query.js";
export { Snapshot } from "./answer/snapshot.js";
export type { Step } from "./answer/steps.js";
export { Timeline } from "./answer/timeline.js";
export {
  type Rectangle,
  type VersionsAxes,
  type VersionsTable,
  versionsTable,
} from "./answer/versions-table.js";
export {
  type DeclaredSnapshot,
  type FileRead,
  type Frame,
  type FrameColumn,
  type GoneHistory,
  type GonePart,
  type GoneProof,
  type OmittedColumn,
  type Part,
  type PartBounds,
  partOffsets,
} from "./frame/frame.js";
export { heldType, placeOfRow, type RowSource, rowReader, unknownColumn } from "./frame/row-reader.js";
export { AsOfJoin, type JoinProvenance, labelColumn } from "./join/as-of-join.js";
export {
  collectJoin,
  type JoinCollection,
  type JoinRead,
  labelTypes,
  startJoin,
} from "./join/join-labels.js";
export type { JoinOn } from "./join/join-options.js";
export { JOIN_OPTIONS, type JoinedRow, type TimelineJoinOptions } from "./join/join-options.js";
export {
  assertLabelColumn,
  assertNoCollision,
  assertOn,
  boundColumn,
  type Label,
} from "./join/join-questions.js";
export { type JoinLabel, joinAsOf, type MatchCounts, NO_MATCHES } from "./join/match-labels.js";
export type { MatchedColumn, MatchedRows } from "./join/matched-columns.js";
export type { CaptureCounts } from "./rule/captures.js";
export { indexedFrame } from "./rule/indexed-frame.js";
export { distinctKeys } from "./rule/key-codes.js";
export {
  AS_OF_OPTIONS,
  type AsOfOptions,
  type KnownBy,
  knownByNs,
  type Query,
  queryOf,
} from "./rule/query.js";
export { assertNothingGone, assertNotPruned, goneOfJoin } from "./skip/gone-parts.js";
export type { PointInTime } from "./skip/ordered-cutoffs.js";
export { timeBounds } from "./skip/time-bounds.js";
