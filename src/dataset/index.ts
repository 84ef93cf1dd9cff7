export { columnsOfSchema, type DeclaredColumn, decimal, domainDate, instant } from "./column-schema.js";
export {
  type AnyDataset,
  bookkeepingColumns,
  type Dataset,
  type DatedBy,
  decidingColumns,
  type FallbackPolicy,
  type InstantsOf,
  type KeyOf,
  type NullForAbsent,
  type PartitionMeaning,
  type RowOf,
  type Stamped,
  type TimestampRules,
  timeColumns,
  type WriteRowOf,
} from "./dataset.js";
export type { DatasetOptions, TimestampOptions } from "./dataset-options.js";
export { datingColumn, dayOfTime, daysOfCells, type UnknownDay } from "./day-of.js";
export { defineDataset } from "./define-dataset.js";
export { definitionDigest } from "./definition-digest.js";
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
  comparePlaces,
  type DayRange,
  daysOf,
  type Layout,
  type Place,
  placeOf,
  type UnitPattern,
  valuesOfDate,
} from "./layout.js";
export {
  type IsDated,
  type LayoutNeeds,
  type LayoutOption,
  type LayoutTemplates,
  layouts,
  type PresetOptions,
} from "./layout-option.js";
export { compactedName, formatRunTs, isCompactedName, parseRunTs, partName } from "./partition.js";
export {
  formatPath,
  matchName,
  mayHold,
  NO_VALUES,
  namesOf,
  type PathTemplate,
  type PathValues,
  plainName,
  type Segment,
} from "./path-template.js";
export { DATE_TOKENS, isColumnToken } from "./path-token.js";
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
