import type * as z from "zod";
import { BronzeError } from "../errors.js";
import {
  assertOptions,
  callback,
  flag,
  given,
  group,
  type OptionTable,
  oneOf,
  required,
  text,
  texts,
  zodObject,
} from "../options.js";
import { assertName } from "../storage/index.js";
import {
  calendar,
  checkedSeason,
  type DurationLike,
  type InstantLike,
  nbaSeason,
  type SeasonRule,
  toDurationNs,
  toEpochNs,
} from "../time/index.js";
import { columnsOfSchema, type DayOf, type DeclaredColumn, type InstantColumn } from "./column-schema.js";
import type { AnyDataset, Dataset, FallbackPolicy, History, Layer, PartitionMeaning } from "./dataset.js";
import {
  EXPECT_OPTIONS,
  type ExpectOptions,
  expectationOf,
  FRESHNESS_LIMITS,
  type FreshnessAges,
  freshnessLimitsOf,
} from "./expectation.js";
import { isCompactedName, isPartName } from "./partition.js";
import type { DateLookup } from "./schedule.js";

/**
 * What `defineDataset` takes. `Column` is a column of the schema.
 *
 * @category Datasets
 */
export interface DatasetOptions<
  Name extends string,
  Schema extends z.core.$ZodObject,
  Key extends string,
  Dated extends string = keyof z.output<Schema> & string,
> {
  /** Folder name below the layer's. */
  readonly name: Name;
  /**
   * Folder it lies under. Default: `bronze`. A derived table, such as the latest lines a pipeline cleaned, goes to
   * `silver`: it has the same writer, and its latest view never regresses either.
   */
  readonly layer?: Layer;
  /** File name inside a partition. Default: `data.parquet`. */
  readonly file?: string;
  /** One row: an object of zod 4 or of `zod/mini`. Instants are `instant()`. */
  readonly schema: Schema;
  /** Columns that together say which thing a row is about. */
  readonly key: readonly Key[];
  /** Where the domain date comes from: an instant column (its day in `timeZone`), a date column, or a lookup. */
  readonly date: { readonly from: DayOf<Schema, Dated> | DateLookup<Dated> };
  /** Default: `history.none()`. */
  readonly history?: History<InstantColumn<Schema>>;
  /** Also keep the flat latest view ("dual-write"). Default: false; always true where there is no history. */
  readonly latestView?: boolean;
  /** Default: `changes`. */
  readonly partitionIs?: PartitionMeaning;
  /** For `snapshot`: key columns that bound what a file speaks for. Default: the whole feed. */
  readonly scope?: readonly Key[];
  /** For `snapshot`: the instant column that dates a file. Default: the hourly history's column, else `ingested_ts`. */
  readonly snapshotTime?: InstantColumn<Schema>;
  /** IANA zone of domain dates and hours. Default: `America/New_York`. */
  readonly timeZone?: string;
  /** Default: `nbaSeason`, a season starts in August. */
  readonly season?: SeasonRule;
  /**
   * Say `read` to take rows that do not belong to the day of their folder, as where the zone of a feed was changed
   * after days were written. Default: such a file is refused. Only where `date` names a column, not with a lookup.
   */
  readonly misfiled?: "read";
  readonly timestamps?: TimestampOptions<InstantColumn<Schema>>;
  /** When captures are due, for `coverage`. Default: it says only what is there. */
  readonly expect?: ExpectOptions;
  /** How old the newest row may be, for `freshness`. Default: its age is said, and no status. */
  readonly freshness?: FreshnessAges;
  /** Tells a row that says its key is gone (`row => row.status === "WITHDRAWN"`). */
  tombstone?(row: z.output<Schema>): boolean;
}

type AnyOptions = DatasetOptions<string, z.core.$ZodObject, string>;

/**
 * Which columns carry the times of a row and how far they are believed.
 *
 * @category Datasets
 */
export interface TimestampOptions<Column extends string> {
  /**
   * Column of the semantic time; null says that the feed has none, and every row selects by when it was captured.
   * Default: `as_of_ts`.
   */
  readonly asOf?: Column | null;
  /** Column of the observation time. Default: `ingested_ts`. */
  readonly ingested?: Column;
  /** The earliest plausible semantic time; anything before it is a sentinel. */
  readonly earliest?: InstantLike;
  /** How far a semantic time may lie after its observation. Default: no limit. */
  readonly maxLead?: DurationLike;
  /** The semantic time is never believed. */
  readonly unreliable?: boolean;
  /** What an unusable semantic time falls back to. Default: `row`. */
  readonly fallback?: FallbackPolicy;
  /** Say `utc` when this feed's files hold UTC without saying so. Default: such files are refused. */
  readonly naive?: "utc";
}

/**
 * Says what a feed is. The row types of everything that reads or writes it follow from `schema`.
 *
 * @throws BronzeError `INVALID_DATASET`, `INVALID_PATH` for a name that is no folder name, `INVALID_TIME_ZONE`,
 * `INVALID_ARGUMENT` for an option there is not, `INVALID_INSTANT` and `INVALID_DURATION` in `timestamps`
 * @example
 * ```ts
 * const injuries = defineDataset({
 *   name: "injuries_raw",
 *   file: "injuries.parquet",
 *   schema: z.object({
 *     game_id: z.string(),
 *     player_id: z.string(),
 *     status: z.string(),
 *     report_ts: instant(),
 *     as_of_ts: instant().nullable(),
 *     ingested_ts: instant(),
 *   }),
 *   key: ["game_id", "player_id"],
 *   date: { from: "report_ts" },
 *   history: history.hourly("report_ts"),
 *   partitionIs: "snapshot",
 * });
 * ```
 * @category Datasets
 */
export function defineDataset<
  const Name extends string,
  Schema extends z.core.$ZodObject,
  const Key extends keyof z.output<Schema> & string,
  const Dated extends keyof z.output<Schema> & string,
>(options: DatasetOptions<Name, Schema, Key, Dated>): Dataset<Name, Schema, Key, Dated> {
  assertKnown(options);
  const { name, schema, key } = options;
  assertName(name, "dataset name");
  const layer = options.layer ?? "bronze";
  const file = options.file ?? "data.parquet";
  assertName(file, "file name");
  if (!file.endsWith(".parquet"))
    throw invalid(name, `file "${file}" must end in .parquet, or no engine will read it`);
  if (isCompactedName(file) || isPartName(file))
    throw invalid(
      name,
      `file "${file}" is a name that ${isPartName(file) ? "later parts" : "compacted files"} get; give the plain one, such as "odds.parquet"`,
    );
  const columns = columnsOfSchema(schema, name);
  if (key.length === 0)
    throw invalid(name, "the key is empty; name the columns that say which thing a row is about");
  if (new Set(key).size !== key.length)
    throw invalid(name, `the key names a column twice: ${key.join(", ")}`);
  for (const column of key) {
    const type = need(columns, name, column, "key").type.kind;
    if (type === "list") throw invalid(name, `key column "${column}" is a list; a key needs plain values`);
  }

  const history: History = options.history ?? { kind: "none" };
  if (history.kind === "hourly") {
    if (history.column === undefined)
      throw invalid(name, 'the hourly history names no column; write history.hourly("report_ts")');
    needInstant(columns, name, history.column, "history");
  }
  const dateFrom = options.date.from;
  if (typeof dateFrom === "string") needDay(columns, name, dateFrom);
  else need(columns, name, dateFrom.column, "date lookup");

  const partitionIs = options.partitionIs ?? "changes";
  const scope: readonly string[] = options.scope ?? [];
  if (partitionIs === "changes" && (options.scope || options.snapshotTime)) {
    throw invalid(name, 'scope and snapshotTime only mean something with partitionIs: "snapshot"');
  }
  for (const column of scope) {
    if (!key.some((part) => part === column))
      throw invalid(name, `scope column "${column}" is not part of the key`);
  }
  const snapshotTime = options.snapshotTime ?? (history.kind === "hourly" ? history.column : undefined);
  if (options.snapshotTime) needInstant(columns, name, options.snapshotTime, "snapshotTime");

  const { timestamps = {} } = options;
  const asOf = timestamps.asOf === undefined ? "as_of_ts" : timestamps.asOf;
  const ingested = timestamps.ingested ?? "ingested_ts";
  if (asOf === null) assertNoAsOf(name, timestamps);
  else if (timestamps.asOf !== undefined || columns.has(asOf))
    needInstant(columns, name, asOf, "timestamps.asOf");
  else {
    const miss = nearMiss(columns, asOf);
    throw invalid(
      name,
      `the schema has no as_of_ts, by which rows are selected${miss === undefined ? "" : ` (it has "${miss}")`}; name the column with timestamps: { asOf }, or say timestamps: { asOf: null } where the feed has none and every row counts from when it was captured`,
    );
  }
  if (timestamps.ingested !== undefined || columns.has(ingested))
    needInstant(columns, name, ingested, "timestamps.ingested");

  const timeZone = options.timeZone ?? "America/New_York";
  calendar(timeZone);
  return {
    name,
    layer,
    file,
    schema,
    key,
    columns,
    dateFrom: dateFrom as string | DateLookup,
    history,
    latestView: options.latestView ?? history.kind === "none",
    partitionIs,
    scope,
    snapshotTime: partitionIs === "snapshot" ? snapshotTime : undefined,
    timeZone,
    season: options.season ? checkedSeason(options.season) : nbaSeason,
    misfiled: options.misfiled ?? "refuse",
    timestamps: {
      asOf,
      ingested,
      earliestNs:
        timestamps.earliest === undefined ? undefined : toEpochNs(timestamps.earliest, "timestamps.earliest"),
      maxLeadNs:
        timestamps.maxLead === undefined ? undefined : toDurationNs(timestamps.maxLead, "timestamps.maxLead"),
      unreliable: timestamps.unreliable ?? false,
      fallback: timestamps.fallback ?? "row",
      naiveIsUtc: timestamps.naive === "utc",
    },
    expect: options.expect && expectationOf(options.expect, (what) => invalid(name, what)),
    freshness: options.freshness && freshnessLimitsOf(options.freshness, (what) => invalid(name, what)),
    tombstone: options.tombstone && ((row) => options.tombstone!(row as z.output<Schema>)),
  } satisfies AnyDataset as AnyDataset as Dataset<Name, Schema, Key, Dated>;
}

function invalid(dataset: string, what: string): BronzeError {
  return new BronzeError("INVALID_DATASET", `Dataset "${dataset}": ${what}.`, { dataset });
}

/** A column that differs only in letter case. */
function nearMiss(columns: ReadonlyMap<string, DeclaredColumn>, column: string): string | undefined {
  return [...columns.keys()].find((name) => name.toLowerCase() === column.toLowerCase());
}

/** Rules about a time that does not exist would have no effect. */
function assertNoAsOf(dataset: string, timestamps: TimestampOptions<string>): void {
  const idle = (["earliest", "maxLead", "unreliable", "fallback"] as const).find(
    (name) => timestamps[name] !== undefined,
  );
  if (idle !== undefined)
    throw invalid(
      dataset,
      `timestamps.${idle} says how as_of_ts is trusted, and asOf: null that there is none; leave one of them out`,
    );
}

function need(
  columns: Map<string, DeclaredColumn>,
  dataset: string,
  column: string,
  role: string,
): DeclaredColumn {
  const declared = columns.get(column);
  if (!declared) {
    const miss = nearMiss(columns, column);
    throw invalid(
      dataset,
      `${role} names column "${column}", which the schema lacks; it has ${miss === undefined ? [...columns.keys()].join(", ") : `"${miss}"`}`,
    );
  }
  return declared;
}

function needInstant(
  columns: Map<string, DeclaredColumn>,
  dataset: string,
  column: string,
  role: string,
): void {
  if (need(columns, dataset, column, role).type.kind !== "timestamp") {
    throw invalid(dataset, `${role} names column "${column}", which is not an instant(); declare it so`);
  }
}

function needDay(columns: Map<string, DeclaredColumn>, dataset: string, column: string): void {
  const { type } = need(columns, dataset, column, "date");
  if (type.kind !== "timestamp" && type.kind !== "date") {
    throw invalid(dataset, `date names column "${column}", which is neither an instant() nor a domainDate()`);
  }
}

const DATE_OPTIONS: OptionTable<AnyOptions["date"]> = {
  from: {
    is: "a column, or a lookup such as schedule.gameDate(column)",
    accepts: (value) => typeof value === "string" || isLookup(value),
    required: true,
  },
};
const HISTORY_OPTIONS: OptionTable<History> = {
  kind: required(oneOf("hourly", "perRun", "none")),
  column: text,
};
const TIMESTAMP_OPTIONS: OptionTable<TimestampOptions<string>> = {
  asOf: { is: "a column, or null for none", accepts: (value) => value === null || typeof value === "string" },
  ingested: text,
  earliest: given,
  maxLead: given,
  unreliable: flag,
  fallback: oneOf("row", "dataset", "never"),
  naive: oneOf("utc"),
};
const OPTIONS: OptionTable<AnyOptions> = {
  name: given,
  layer: oneOf("bronze", "silver"),
  file: text,
  schema: required(zodObject),
  key: required(texts),
  date: required(group(DATE_OPTIONS)),
  history: group(HISTORY_OPTIONS),
  latestView: flag,
  partitionIs: oneOf("changes", "snapshot"),
  scope: texts,
  snapshotTime: text,
  timeZone: text,
  season: callback,
  misfiled: oneOf("read"),
  timestamps: group(TIMESTAMP_OPTIONS),
  expect: group(EXPECT_OPTIONS),
  freshness: group(FRESHNESS_LIMITS),
  tombstone: callback,
};

function isLookup(value: unknown): boolean {
  const { column, dateOf } = (value ?? {}) as Partial<DateLookup>;
  return typeof column === "string" && typeof dateOf === "function";
}

/** A misspelled option or word would silently mean its default, and the default of a bound is no bound. */
function assertKnown(options: unknown): void {
  try {
    assertOptions(options ?? null, OPTIONS, "defineDataset");
  } catch (error) {
    const name = (options as { name?: unknown } | null | undefined)?.name;
    throw invalid(
      typeof name === "string" ? name : "(without a name)",
      (error as Error).message.replace(/\.$/, ""),
    );
  }
}
