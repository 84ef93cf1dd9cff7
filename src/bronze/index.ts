export { BronzeDay } from "./bronze-day.js";
export { BronzeStore, type BronzeStoreOptions } from "./bronze-store.js";
export type { BronzeView, DatasetByName, ViewRead, ViewReadOptions } from "./bronze-view.js";
export { type DayFile, type DayFiles, type DayOptions, type IgnoredFile, listDay } from "./day-files.js";
export type { DaySpan } from "./days.js";
export { type DigestedFile, frameOf, type SkippedFile } from "./load-frame.js";
export type { SnapshotOptions, WriteOptions, WriteResult } from "./write.js";
export type { WrittenFile } from "./written-file.js";
