import type * as z from "zod";
import { BronzeError } from "../errors.js";
import {
  anObject,
  assertOptions,
  callback,
  either,
  flag,
  given,
  group,
  type OptionTable,
  oneOf,
  required,
  text,
  texts,
  zodObject,
  zoneName,
} from "../options.js";
import type { DurationLike, InstantLike, SeasonRule } from "../time/index.js";
import type { DayOf, InstantColumn } from "./column-schema.js";
import type { FallbackPolicy, PartitionMeaning } from "./dataset.js";
import { EXPECT_OPTIONS, type ExpectOptions, FRESHNESS_LIMITS, type FreshnessAges } from "./expectation.js";
import { aLayout, type LayoutOption } from "./layout-option.js";
import type { DateLookup } from "./schedule.js";
import type { TombstoneValues } from "./tombstone.js";

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
  Layout extends LayoutOption = LayoutOption,
> {
  /** A folder name: letters, digits and any of `._-`. */
  readonly name: Name;
  /**
   * Folder of its files, below the root; `{name}` in it is the name. Default: `bronze/{name}`. A derived table, such as
   * the latest lines a pipeline cleaned, goes to `silver/{name}`: it has the same writer.
   */
  readonly folder?: string;
  /** Where its files lie below that folder. */
  readonly layout: Layout;
  /** One row: an object of zod 4 or of `zod/mini`. Instants are `instant()`. */
  readonly schema: Schema;
  /** Columns that together say which thing a row is about. */
  readonly key: readonly Key[];
  /**
   * Where the domain date comes from: an instant column (its day in `timeZone`), a date column, or a lookup. Needed where
   * the layout has a token of a date.
   */
  readonly date?: { readonly from: DayOf<Schema, Dated> | DateLookup<Dated> };
  /** The instant column behind `{hour}`: needed to write one, and the default of `snapshotTime`. */
  readonly hour?: { readonly from: InstantColumn<Schema> };
  /** The rule behind `{season}`; needed where the layout has it. */
  readonly season?: SeasonRule;
  /**
   * How files are kept: `append`, where other rows of the same place come beside those that are there, or `overwritten`, where
   * their owner replaces them: those have no past, and are only read. Needed where the first template of history has neither
   * `{run}` nor `{hour}`.
   */
  readonly files?: "append" | "overwritten";
  /** For `snapshot`, where file names have a `*`: whether each file is a state, or all files of a folder together. */
  readonly state?: "file" | "folder";
  /** Default: `changes`. */
  readonly partitionIs?: PartitionMeaning;
  /** For `snapshot`: key columns that bound what a file speaks for. Default: the whole feed. */
  readonly scope?: readonly Key[];
  /** For `snapshot`: the instant column that dates a file. Default: that of `hour`, else `ingested_ts`. */
  readonly snapshotTime?: InstantColumn<Schema>;
  /** IANA zone of domain dates and hours, such as `America/New_York`. */
  readonly timeZone: string;
  /**
   * Say `read` to take rows that do not belong to the day of their folder, as where the zone of a feed was changed
   * after days were written. Default: such a file is refused. Only where `date` names a column, not with a lookup.
   */
  readonly misfiled?: "read";
  readonly timestamps?: TimestampOptions<InstantColumn<Schema>>;
  /**
   * Say `utc-midnight` when this feed's files hold dates as instants, each midnight of its day in UTC. Default: an instant
   * is no date; a timestamp without a zone is one where it is midnight.
   */
  readonly dates?: "utc-midnight";
  /** When captures are due, for `coverage`. Default: it says only what is there. */
  readonly expect?: ExpectOptions;
  /** How old the newest row may be, for `freshness`. Default: its age is said, and no status. */
  readonly freshness?: FreshnessAges;
  /**
   * Which rows say that their key is gone: values of columns (`{ status: ["WITHDRAWN"] }`; of several columns any one
   * will do), or a function of the schema's columns (`row => row.status === "WITHDRAWN"`). Values are equal as keys are,
   * exactly; null is one.
   */
  readonly tombstone?: TombstoneValues<Schema> | ((row: z.output<Schema>) => boolean);
  /**
   * Other names that columns have had, by the column: `{ price: ["odds", "line"] }`. Files that have one of them are read as
   * if it were the column; a file that has two of a column's names is refused (`TYPE_CLASH`) where it is needed. What is
   * written has the column's own name.
   */
  readonly aliases?: { readonly [Column in keyof z.output<Schema> & string]?: readonly string[] };
}

export type AnyOptions = DatasetOptions<string, z.core.$ZodObject, string>;

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

const DATE_OPTIONS: OptionTable<NonNullable<AnyOptions["date"]>> = {
  from: {
    is: "a column, or a lookup such as schedule.gameDate(column)",
    accepts: (value) => typeof value === "string" || isLookup(value),
    required: true,
  },
};
const HOUR_OPTIONS: OptionTable<NonNullable<AnyOptions["hour"]>> = { from: required(text) };
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
  folder: text,
  layout: required(aLayout),
  schema: required(zodObject),
  key: required(texts),
  date: group(DATE_OPTIONS),
  hour: group(HOUR_OPTIONS),
  files: oneOf("append", "overwritten"),
  state: oneOf("file", "folder"),
  partitionIs: oneOf("changes", "snapshot"),
  scope: texts,
  snapshotTime: text,
  timeZone: required(zoneName),
  season: callback,
  misfiled: oneOf("read"),
  timestamps: group(TIMESTAMP_OPTIONS),
  dates: oneOf("utc-midnight"),
  expect: group(EXPECT_OPTIONS),
  freshness: group(FRESHNESS_LIMITS),
  tombstone: either(callback, anObject),
  aliases: anObject,
};

function isLookup(value: unknown): boolean {
  const { column, dateOf } = (value ?? {}) as Partial<DateLookup>;
  return typeof column === "string" && typeof dateOf === "function";
}

/** A misspelled option or word would silently mean its default, and the default of a bound is no bound. */
export function assertDatasetOptions(options: unknown): void {
  try {
    assertOptions(options ?? null, OPTIONS, "defineDataset");
  } catch (error) {
    const name = (options as { name?: unknown } | null | undefined)?.name;
    throw invalidDataset(
      typeof name === "string" ? name : "(without a name)",
      (error as Error).message.replace(/\.$/, ""),
    );
  }
}

/** The error of a definition that contradicts itself. */
export function invalidDataset(dataset: string, what: string): BronzeError {
  return new BronzeError("INVALID_DATASET", `Dataset "${dataset}": ${what}.`, { dataset });
}
