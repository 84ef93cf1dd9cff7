/**
 * Time travel over append-only Parquet history: what did we know at that moment?
 *
 * @packageDocumentation
 */
export {
  AsOfJoin,
  BronzeDay,
  BronzeStore,
  type BronzeStoreOptions,
  type BronzeView,
  type DatasetByName,
  type DayOptions,
  type DaySpan,
  type DigestedFile,
  type IgnoredFile,
  type JoinedRow,
  type JoinOptions,
  type JoinProvenance,
  type ReadOptions,
  type SkippedFile,
  type SnapshotOptions,
  type ViewRead,
  type ViewReadOptions,
  type WriteOptions,
  type WriteResult,
  type WrittenFile,
} from "./bronze/index.js";
export {
  type AnyDataset,
  type Dataset,
  type DatasetOptions,
  type DateLookup,
  type DeclaredColumn,
  decimal,
  defineDataset,
  defineSchedule,
  domainDate,
  type FallbackPolicy,
  formatRunTs,
  type History,
  history,
  instant,
  type KeyOf,
  type PartitionMeaning,
  parseRunTs,
  type RowOf,
  type Schedule,
  type ScheduledGame,
  type Stamped,
  type TimestampOptions,
  type TimestampRules,
  type WriteRowOf,
} from "./dataset/index.js";
export { BronzeError, type BronzeErrorCode, isBronzeError } from "./errors.js";
export * from "./gold/index.js";
export {
  type LockOptions,
  localDisk,
  memoryStorage,
  type Storage,
  type StorageEntry,
  type StorageLock,
  type StorageStat,
} from "./storage/index.js";
export type { Cell, ColumnType, IntegerCells, TimeUnit } from "./table/index.js";
export {
  type Calendar,
  calendar,
  calendarYear,
  type DurationLike,
  type DurationParts,
  formatInstant,
  type InstantLike,
  nbaSeason,
  parseInstant,
  type SeasonRule,
  seasonStartingIn,
  toEpochNs,
  toTemporalInstant,
} from "./time/index.js";
export {
  type AsOfOptions,
  type Change,
  type Diff,
  Explanation,
  type FileRead,
  type Loser,
  type LosingRule,
  type Provenance,
  Snapshot,
  Timeline,
  type Version,
} from "./travel/index.js";
