export type { Alteration } from "./alter-file.js";
export { type AlterationChoice, AlteredFiles, type LaterRow } from "./altered-storage.js";
export { BronzeDay } from "./bronze-day.js";
export { BronzeStore, type BronzeStoreOptions } from "./bronze-store.js";
export type { BronzeView, DatasetByName, ViewRead, ViewReadOptions } from "./bronze-view.js";
export { type DayFile, type DayFiles, type DayOptions, type IgnoredFile, listDay } from "./day-files.js";
export { type DaySpan, datesOf } from "./days.js";
export type { DaysNeeded, JoinOptions } from "./join-options.js";
export { type DigestedFile, frameOf, loadFrame, type SkippedFile } from "./load-frame.js";
export { holdsNothingUntil, ROWS_AHEAD_KEY } from "./prune.js";
export type { ReadOptions } from "./read-options.js";
export {
  encodeRetention,
  parseRetention,
  RETENTION_FILE,
  type RetentionState,
} from "./retained-files.js";
export { withoutRetries } from "./retries.js";
export type { SnapshotOptions, WriteOptions, WriteResult } from "./write.js";
export type { WrittenFile } from "./written-file.js";
