export { aBronzeStore, BronzeStore, type BronzeStoreOptions, someDatasets } from "./bronze-store.js";
export type { BronzeOnEngine } from "./engine/bronze-on-engine.js";
export type { EngineBatches, EngineWritten } from "./engine/engine-answers.js";
export type { DiffProvenance, EngineDiff } from "./engine/engine-diff.js";
export type { EngineJoin } from "./engine/engine-join.js";
export type { EngineView } from "./engine/engine-view.js";
export type { StatementsFor } from "./engine/known-engine.js";
export type { EngineDiffOptions } from "./engine/plan-diff.js";
export type { EngineLabels } from "./engine/queried-labels.js";
export type { SqlDiff, SqlDiffOptions } from "./engine/sql-diff.js";
export type { SqlJoin, SqlJoinOptions, SqlLabels } from "./engine/sql-join.js";
export type { SqlOptions, SqlQuestion, SqlStatements } from "./engine/sql-of.js";
export { type AlterationChoice, AlteredFiles, type LaterRow } from "./leak/altered-storage.js";
export { BronzeDay } from "./read/bronze-day.js";
export type { BronzeView, DatasetByName, InputFile, ViewRead } from "./read/bronze-view.js";
export { columnAsDeclared } from "./read/column-as.js";
export { holdsNothingUntil } from "./read/data-skipping.js";
export { compactedBelow, type DayFile, dayFileOf, unitFolderOf } from "./read/day-file.js";
export { type DayOptions, filesOf, listDays, listUnit } from "./read/day-files.js";
export type { SkippedFile } from "./read/fetch-files.js";
export { prunedPartOf } from "./read/gone-history.js";
export { partsNamed, type RetainedParts, retainedParts } from "./read/held-parts.js";
export type { DaysNeeded, JoinOptions } from "./read/join-options.js";
export type { DateRange } from "./read/list-dates.js";
export { type DigestedFile, frameOf, loadFrame } from "./read/load-frame.js";
export { twoNames, underOwnNames } from "./read/open-file.js";
export { openDayFile, openParts, partOrder } from "./read/open-parts.js";
export { assertOwnDays } from "./read/own-day.js";
export { contentOf, contentOfFile, contentsOf } from "./read/part-content.js";
export { partFactsOf } from "./read/part-facts-of.js";
export {
  type DaySpan,
  datesOf,
  type NoSpan,
  type OfColumns,
  type ReadOptions,
  type RowWithColumns,
  SPAN_OPTIONS,
  type SpanOf,
  type TimelineOptions,
  type ViewReadOptions,
} from "./read/question.js";
export { readUnit } from "./read/read-day.js";
export { snapshotEntries } from "./read/snapshot-metadata.js";
export type { IgnoredFile } from "./read/unit-files.js";
export { foundUnits, type Unit, unitOf, unitsOf } from "./read/unit-folders.js";
export { whyUnreachable } from "./read/unreachable.js";
export { encodeCompacted } from "./retained/compacted-file.js";
export { type PartFacts, readPartFacts } from "./retained/part-facts.js";
export {
  forgetGold,
  isRegistered,
  lockCommits,
  type RegisteredGold,
  registeredGold,
  registerGold,
} from "./retained/registered-gold.js";
export { isUnchanged } from "./retained/retained-day.js";
export {
  type CompactedFile,
  encodeRetention,
  type FirstState,
  type GoneFile,
  hasLost,
  holderOf,
  type PrunedPart,
  parseRetention,
  prunedHistory,
  RETENTION_FILE,
  type RetentionState,
} from "./retained/retained-files.js";
export {
  type CertificateTerms,
  type PlannedDay,
  type PlannedFile,
  type PlannedOutput,
  type PlannedPart,
  parsePlan,
  planId,
  type RefusedFile,
  type RetentionPlan,
  type RetentionRule,
  sealPlan,
} from "./retained/retention-plan.js";
export {
  encodeRecord,
  parseRecord,
  recordPath,
  TRASH,
  type TrashRecord,
  trashPath,
  trashRecords,
} from "./retained/trash-record.js";
export type { CoverageOptions } from "./survey/coverage.js";
export type {
  Coverage,
  CoverageCounts,
  CoverageDay,
  CoveragePartition,
  UnreadableFile,
} from "./survey/coverage-result.js";
export type { DatasetFreshness, Freshness, FreshnessOptions } from "./survey/freshness.js";
export type { SlotCoverage } from "./survey/slots.js";
export {
  type ExportVersionsOptions,
  VERSIONS_FOLDER,
  type VersionsExport,
} from "./versions/export-versions.js";
export type { VersionsManifest, VersionsSource } from "./versions/versions-manifest.js";
export { namedRows, ROWS_PER_WRITE, RowCut } from "./write/cut-rows.js";
export type { WrittenFile } from "./write/publish-group.js";
export { validateRows } from "./write/validate-rows.js";
export {
  SNAPSHOT_OPTIONS,
  type SnapshotOptions,
  type WriteOptions,
  type WriteResult,
} from "./write/write.js";
export { isAsyncIterable, type RowsToWrite, toldOfWrite } from "./write/write-any-rows.js";
export { assertCanWrite, inBatches, publishCut } from "./write/write-stream.js";
