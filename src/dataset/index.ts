export { columnsOfSchema, type DeclaredColumn, decimal, domainDate, instant } from "./column-schema.js";
export {
  type AnyDataset,
  bookkeepingColumns,
  type Dataset,
  type DatedBy,
  type FallbackPolicy,
  type KeyOf,
  type Layer,
  type NullForAbsent,
  type PartitionMeaning,
  type RowOf,
  type Stamped,
  type TimestampRules,
  timeColumns,
  type WriteRowOf,
} from "./dataset.js";
export { type DatasetOptions, defineDataset, type TimestampOptions } from "./define-dataset.js";
export { compactedName, isCompactedName, isPartName, partName } from "./file-name.js";
export { type History, history } from "./history.js";
export {
  comparePartitions,
  datasetFolder,
  dateFolder,
  formatRunTs,
  type HistoryPartition,
  parsePartitionName,
  parseRunTs,
  partitionName,
} from "./partition.js";
export {
  aSchedule,
  type DateLookup,
  defineSchedule,
  type Schedule,
  type ScheduledGame,
  type ScheduleOptions,
} from "./schedule.js";
