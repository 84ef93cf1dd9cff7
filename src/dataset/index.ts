export { columnsOfSchema, type DeclaredColumn, decimal, domainDate, instant } from "./column-schema.js";
export {
  type AnyDataset,
  bookkeepingColumns,
  type Dataset,
  type DatedBy,
  decidingColumns,
  type FallbackPolicy,
  type History,
  history,
  type InstantsOf,
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
export type { DatasetOptions, TimestampOptions } from "./dataset-options.js";
export { defineDataset } from "./define-dataset.js";
export {
  type Expectation,
  type ExpectOptions,
  expectedSlots,
  type FreshnessAges,
  type FreshnessLimits,
  type Slot,
} from "./expectation.js";
export { givenCell } from "./given-cell.js";
export {
  compactedName,
  comparePartitions,
  datasetFolder,
  dateFolder,
  formatRunTs,
  type HistoryPartition,
  isCompactedName,
  parsePartitionName,
  parseRunTs,
  partitionName,
  partName,
} from "./partition.js";
export { problemLines, type RowProblem } from "./row-problems.js";
export {
  aSchedule,
  type DateLookup,
  defineSchedule,
  type Schedule,
  type ScheduledGame,
  type ScheduleOptions,
} from "./schedule.js";
export type { Tombstone, TombstoneValues } from "./tombstone.js";
