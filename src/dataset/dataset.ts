import type * as z from "zod";
import type { DeclaredColumn, InstantColumn } from "./column-schema.js";
import type { Expectation, FreshnessLimits } from "./expectation.js";
import type { Layout } from "./layout.js";
import type { DateLookup } from "./schedule.js";
import type { Tombstone } from "./tombstone.js";

/**
 * What a history file means.
 *
 * - `changes`: rows add up; the latest eligible row per key holds.
 * - `snapshot`: each file is the complete state of what it covers, so a key that is not in it is gone.
 *
 * @category Datasets
 */
export type PartitionMeaning = "changes" | "snapshot";

/**
 * What to do with rows whose `as_of_ts` cannot be trusted.
 *
 * - `row`: such a row falls back to `ingested_ts`.
 * - `dataset`: rows fall back only when no row at all in what is read has a usable `as_of_ts`; a row captured
 *   later can therefore switch the rule, which `row` never lets happen.
 * - `never`: such a row is not selectable.
 *
 * @category Datasets
 */
export type FallbackPolicy = "row" | "dataset" | "never";

/**
 * Which columns carry the two times of a row, and when the semantic one is believed. All instants in epoch ns.
 *
 * @category Datasets
 */
export interface TimestampRules {
  /** Column of the semantic time; null where the feed has none, so that every row selects by its capture. */
  readonly asOf: string | null;
  /** Column of the observation time. */
  readonly ingested: string;
  /** An `as_of_ts` before this is a sentinel, not a time. */
  readonly earliestNs: bigint | undefined;
  /** An `as_of_ts` later than `ingested_ts` by more than this is not believed. */
  readonly maxLeadNs: bigint | undefined;
  /** The source's `as_of_ts` is never believed. */
  readonly unreliable: boolean;
  readonly fallback: FallbackPolicy;
  /** Timestamps without zone are UTC in this dataset's files. */
  readonly naiveIsUtc: boolean;
}

/**
 * A feed: what its rows are, which of them are the same thing, and where they lie. Made by `defineDataset`.
 *
 * @category Datasets
 */
export interface Dataset<
  Name extends string = string,
  Schema extends z.core.$ZodObject = z.core.$ZodObject,
  Key extends string = string,
  Dated extends string = string,
  IsDated extends boolean = boolean,
> {
  readonly name: Name;
  /** Folder of its files, relative to the root. */
  readonly folder: string;
  /** Where they lie below it. @internal */
  readonly layout: Layout;
  readonly schema: Schema;
  readonly key: readonly Key[];
  /** The schema's columns, in its order. */
  readonly columns: ReadonlyMap<string, DeclaredColumn>;
  /** The column whose domain date is the row's day, or a lookup; `undefined` where rows have no day. */
  readonly dateFrom: Dated | DateLookup<Dated> | undefined;
  /** Whether the paths of its files say dates. Otherwise each question reads all of them. */
  readonly isDated: IsDated;
  /** The instant column behind `{hour}`. */
  readonly hour: string | undefined;
  /** Whether files are added, or replaced by their owner. */
  readonly files: "append" | "overwritten";
  /** Whether each file is a state, or all files of a folder together. */
  readonly state: "file" | "folder";
  readonly partitionIs: PartitionMeaning;
  /** Columns a snapshot file speaks for value by value; empty: the whole feed. */
  readonly scope: readonly string[];
  /** The column that dates a snapshot; `undefined`: `ingested_ts`. */
  readonly snapshotTime: string | undefined;
  readonly timeZone: string;
  /** Whether a file with rows of another day than its folder's is an error, or is read. */
  readonly misfiled: "refuse" | "read";
  readonly timestamps: TimestampRules;
  /** Which midnights of a file are dates: those without a zone, or those in UTC too. */
  readonly dates: "naive-midnight" | "utc-midnight";
  /** When captures are due; `undefined` where nobody said. */
  readonly expect: Expectation | undefined;
  /** How old the newest row may be; `undefined` where nobody said. */
  readonly freshness: FreshnessLimits | undefined;
  /** How a row says that its key is gone; `undefined` where none can. */
  readonly tombstone: Tombstone | undefined;
  /** The column behind each other name that files may have for it. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * A dataset of any row type.
 *
 * @category Datasets
 */
export type AnyDataset = Dataset<string, z.core.$ZodObject, string>;

/**
 * The type of a row as it is read: instants are `bigint` epoch nanoseconds, and what is not there is null.
 *
 * @category Datasets
 */
export type RowOf<D> =
  D extends Dataset<string, infer Schema, string> ? NullForAbsent<z.output<Schema>> : never;

/**
 * A file has no absent fields: what was left out is read back as null.
 *
 * @category Datasets
 */
export type NullForAbsent<Row> = {
  [Name in keyof Row]-?: undefined extends Row[Name] ? Exclude<Row[Name], undefined> | null : Row[Name];
};

/**
 * The type of a key: the key columns of a row.
 *
 * @category Datasets
 */
export type KeyOf<D> =
  D extends Dataset<string, infer Schema, infer Key>
    ? Pick<z.output<Schema>, Key & keyof z.output<Schema>>
    : never;

/**
 * The names of a dataset's instant columns; `string` where the types do not tell.
 *
 * @category Datasets
 */
export type InstantsOf<D> = D extends Dataset<string, infer Schema, string> ? InstantColumn<Schema> : string;

/**
 * The column by which rows are dated, itself or through a lookup; `string` where the types do not tell.
 *
 * @category Datasets
 */
export type DatedBy<D> = D extends Dataset<string, z.core.$ZodObject, string, infer Dated> ? Dated : string;

/**
 * Columns a writer puts on rows that lack them.
 *
 * @category Datasets
 */
export type Stamped = "ingested_ts" | "run_id";

/**
 * The type of a row as it is written: instants in any accepted form; `ingested_ts` and `run_id` may be left out.
 *
 * @category Datasets
 */
export type WriteRowOf<D> =
  D extends Dataset<string, infer Schema, string>
    ? Omit<z.input<Schema>, Stamped> & Partial<Pick<z.input<Schema>, Stamped & keyof z.input<Schema>>>
    : never;

/** The columns of the two times of a row: the semantic time, where the feed has one, and the capture. */
export function timeColumns({ timestamps: { asOf, ingested } }: AnyDataset): string[] {
  return asOf === null ? [ingested] : [asOf, ingested];
}

/** Columns that decide which rows answer a question, whatever columns are asked for. */
export function decidingColumns(dataset: AnyDataset): string[] {
  const { key, snapshotTime, dateFrom, misfiled, tombstone } = dataset;
  return [
    ...new Set([
      ...key,
      ...timeColumns(dataset),
      ...(snapshotTime === undefined ? [] : [snapshotTime]),
      ...(typeof dateFrom === "string" && misfiled === "refuse" ? [dateFrom] : []),
      ...(tombstone?.columns ?? []),
    ]),
  ];
}

/**
 * Columns that place a row in time and history and are not part of its facts: its two times, its run, and the columns
 * that its partition and snapshot come from.
 */
export function bookkeepingColumns(dataset: AnyDataset): string[] {
  const { snapshotTime, hour } = dataset;
  const columns = [...timeColumns(dataset), "run_id"];
  if (snapshotTime !== undefined) columns.push(snapshotTime);
  if (hour !== undefined) columns.push(hour);
  return columns;
}
