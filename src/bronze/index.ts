export type { Alteration } from "./alter-file.js";
export { type AlterationChoice, AlteredFiles, type LaterRow } from "./altered-storage.js";
export { BronzeDay } from "./bronze-day.js";
export { BronzeStore, type BronzeStoreOptions } from "./bronze-store.js";
export type { BronzeView, DatasetByName, ViewRead } from "./bronze-view.js";
export { type DayFile, type DayFiles, type DayOptions, type IgnoredFile, listDay } from "./day-files.js";
export { dayFileOf } from "./day-path.js";
export { type DaySpan, datesOf } from "./days.js";
export { assertKept } from "./frame-columns.js";
export type { DaysNeeded, JoinOptions } from "./join-options.js";
export { type DigestedFile, frameOf, loadFrame, type SkippedFile } from "./load-frame.js";
export { PARTS_KEY, type PartFacts, readPartFacts, writePartFacts } from "./part-facts.js";
export { holdsNothingUntil, ROWS_AHEAD_KEY } from "./prune.js";
export { type ReadOptions, SPAN_OPTIONS, type ViewReadOptions } from "./read-options.js";
export {
  type CompactedFile,
  encodeRetention,
  type FirstState,
  type GoneFile,
  holderOf,
  parseRetention,
  RETENTION_FILE,
  type RetentionState,
} from "./retained-files.js";
export {
  type CertificateTerms,
  type PlannedDay,
  type PlannedFile,
  type PlannedOutput,
  parsePlan,
  planId,
  type RefusedFile,
  type RetentionPlan,
  type RetentionRule,
  sealPlan,
} from "./retention-plan.js";
export { rowText, withoutRetries } from "./retries.js";
export { encodeRecord, recordPath, type TrashRecord, trashPath, trashRecords } from "./trash-record.js";
export { SNAPSHOT_OPTIONS, type SnapshotOptions, type WriteOptions, type WriteResult } from "./write.js";
export type { WrittenFile } from "./written-file.js";
