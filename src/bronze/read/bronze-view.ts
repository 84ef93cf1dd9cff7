import type { AnyDataset, InstantsOf, KeyOf, RowOf } from "../../dataset/index.js";
import type { Provenance, Snapshot } from "../../travel/index.js";
import type { SkippedFile } from "./fetch-files.js";
import type { DigestedFile } from "./load-frame.js";
import type { OfColumns, RowWithColumns, ViewReadOptions } from "./question.js";

/**
 * A file an answer stands on.
 *
 * @category Bronze
 */
export interface InputFile extends DigestedFile {
  /** In the view of a freeze: the digest of its rows and of what its writer declared. */
  readonly content?: string;
  /** In the view of a freeze: whether the answer may be another without it. */
  readonly decides?: boolean;
}

/**
 * One read through a view, as it was observed.
 *
 * @category Bronze
 */
export interface ViewRead {
  readonly dataset: string;
  /** The domain dates read, ascending. */
  readonly dates: readonly string[];
  readonly provenance: Provenance;
  /** The files the answer stands on, with their digests: those that hold anything at or before the cutoff. */
  readonly files: readonly InputFile[];
  /** Rows of those files without any usable time. */
  readonly rowsNotSelectable: number;
  /** Rows of those files whose `as_of_ts` lies after their `ingested_ts`. */
  readonly rowsAhead: number;
  /** How it was asked. */
  readonly options: ViewReadOptions<string>;
  /** Corrupt files passed over on request. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * The datasets of a store by name.
 *
 * @category Bronze
 */
export type DatasetByName<Datasets extends readonly AnyDataset[], Name extends string> = Extract<
  Datasets[number],
  { readonly name: Name }
>;

/**
 * A whole store pinned at one cutoff: no row of a later effective time can be read through it, and with `knownBy` none
 * that was captured later. It keeps a record of every read.
 *
 * @example
 * ```ts
 * const at = bronze.asOf(tipOff);
 * const injuries = await at.read("injuries_raw", { date: gameDate, lookbackDays: 1 });
 * at.reads[0].provenance.rowsSelected;
 * ```
 * @category Bronze
 */
export interface BronzeView<Datasets extends readonly AnyDataset[]> {
  /** Epoch nanoseconds. */
  readonly cutoff: bigint;
  /** Epoch nanoseconds; `undefined` without a bound. */
  readonly knownBy: bigint | undefined;
  /** What has been read so far, in order. */
  readonly reads: readonly ViewRead[];
  /**
   * The state of a dataset at the view's cutoff, from the days it needs.
   *
   * @throws BronzeError `PRUNED`; of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and
   * `INVALID_DURATION`; of the files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`,
   * `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const lines = await at.read("odds_raw", { from: "2026-01-14", to: "2026-01-15", maxAge: "PT6H" });
   * ```
   */
  read<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    dataset: Name,
    options: ViewReadOptions<Column, DatasetByName<Datasets, Name>>,
  ): Promise<
    Snapshot<
      RowWithColumns<RowOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>,
      KeyOf<DatasetByName<Datasets, Name>>,
      OfColumns<InstantsOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>
    >
  >;
  /** A line for the view and one for each read; so it prints itself. */
  toString(): string;
}
