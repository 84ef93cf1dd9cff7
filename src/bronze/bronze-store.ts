import type { AnyDataset, KeyOf, RowOf, WriteRowOf } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { localDisk, type Storage } from "../storage/index.js";
import { assertDate, type InstantLike, toEpochNs } from "../time/index.js";
import { type AsOfOptions, type Frame, type Snapshot, Timeline } from "../travel/index.js";
import { BronzeDay } from "./bronze-day.js";
import type { BronzeView, DatasetByName, ViewRead, ViewReadOptions } from "./bronze-view.js";
import { type DayOptions, listDay } from "./day-files.js";
import { type DaySpan, datesOf } from "./days.js";
import { latestOnlyKeys } from "./latest-only.js";
import { type Loaded, type LoadOptions, loadFrame } from "./load-frame.js";
import { type WriteOptions, type WriteResult, writeRows } from "./write.js";

/** Where a store lives and what is in it. */
export type BronzeStoreOptions<Datasets extends readonly AnyDataset[]> = (
  | {
      /** Folder that holds `bronze/`. */
      readonly root: string;
      readonly storage?: undefined;
    }
  | {
      readonly root?: undefined;
      /** Where the bytes live, if not on local disk. */
      readonly storage: Storage;
    }
) & {
  readonly datasets: Datasets;
  /** The present, in epoch nanoseconds. Default: the system clock. */
  readonly clock?: () => bigint;
};

type OnCorrupt = Pick<LoadOptions, "onCorrupt">;

/** What gold puts between a view and the files. @internal */
export interface ViewHooks {
  /** Which of the listed files to load. Default: all. */
  readonly onlyFiles?: (path: string) => boolean;
  /** What to make of the rows before they are asked. Default: nothing. */
  readonly rewrite?: (frame: Frame) => Frame;
}

/**
 * Append-only history of what was scraped, and the door to asking what was known when.
 *
 * @example
 * ```ts
 * const bronze = new BronzeStore({ root: "data", datasets: [injuries, odds] });
 * await bronze.write("injuries_raw", rows);
 * const snapshot = await bronze.asOf("2026-01-15T23:45:00Z").read("injuries_raw", { date: "2026-01-15", lookbackDays: 1 });
 * ```
 */
export class BronzeStore<const Datasets extends readonly AnyDataset[]> {
  /** Where the bytes live. */
  readonly storage: Storage;
  readonly #datasets: ReadonlyMap<string, AnyDataset>;
  readonly #clock: () => bigint;

  /** @throws BronzeError `INVALID_DATASET` when two datasets share a name */
  constructor(options: BronzeStoreOptions<Datasets>) {
    this.storage = options.storage ?? localDisk(options.root);
    this.#clock = options.clock ?? (() => BigInt(Date.now()) * 1_000_000n);
    const byName = new Map<string, AnyDataset>();
    for (const dataset of options.datasets) {
      if (byName.has(dataset.name)) {
        throw new BronzeError(
          "INVALID_DATASET",
          `Two datasets are named "${dataset.name}"; give each its own name.`,
          {
            dataset: dataset.name,
          },
        );
      }
      byName.set(dataset.name, dataset);
    }
    this.#datasets = byName;
  }

  /**
   * Writes rows to their history partitions (and the latest view, where the dataset keeps one). Nothing is written
   * unless every row fits the schema and every date is known; rows that are already there are left alone.
   *
   * @throws BronzeError `INVALID_ROWS`, `UNKNOWN_LOOKUP`, `MISSING_RUN`, `SNAPSHOT_SPLIT`, `STORAGE_FAILED`, ...
   * @example
   * ```ts
   * const { partitions } = await bronze.write("odds_raw", rows, { run: { id: "r1", startedAt: "2026-01-15T17:15:00Z" } });
   * partitions[0].path; // "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T171500Z/odds.parquet"
   * ```
   */
  async write<const Name extends Datasets[number]["name"]>(
    dataset: Name,
    rows: readonly WriteRowOf<DatasetByName<Datasets, Name>>[],
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    return writeRows(this.storage, this.dataset(dataset), rows, { ...options, nowNs: this.#clock() });
  }

  /**
   * Reads one domain date: its history, or its latest view where there is no history; never both.
   *
   * @throws BronzeError `UNKNOWN_DATASET`, `INVALID_DATE`, `CORRUPT_FILE`, `TYPE_CLASH`, `NAIVE_TIMESTAMP`, ...
   * @example
   * ```ts
   * const day = await bronze.readBronzeDay("odds_raw", "2026-01-15", { includeRuns: false });
   * ```
   */
  async readBronzeDay<const Name extends Datasets[number]["name"]>(
    name: Name,
    date: string,
    options: DayOptions & OnCorrupt = {},
  ): Promise<BronzeDay<RowOf<DatasetByName<Datasets, Name>>, KeyOf<DatasetByName<Datasets, Name>>>> {
    const dataset = this.dataset(name);
    assertDate(date);
    const files = await listDay(this.storage, dataset, date, options);
    const { frame, skipped } = await loadFrame(this.storage, dataset, files.files, options);
    const latestOnly = await latestOnlyKeys(this.storage, frame, files, options);
    return new BronzeDay({
      date,
      files,
      frame,
      skipped: [...skipped, ...latestOnly.skipped],
      latestOnly: latestOnly.keys,
    });
  }

  /**
   * The whole store pinned at a cutoff.
   *
   * @throws BronzeError `INVALID_INSTANT` for a cutoff without a zone
   * @example
   * ```ts
   * const at = bronze.asOf("2026-01-15T23:45:00Z", { knownBy: "2026-01-15T23:45:00Z" });
   * ```
   */
  asOf(cutoff: InstantLike, options: Pick<AsOfOptions, "knownBy"> = {}): BronzeView<Datasets> {
    return this.viewWith(cutoff, options);
  }

  /**
   * A view with a say in what is loaded: replays read the recorded files only, leak checks read altered rows.
   * @internal
   */
  viewWith(
    cutoff: InstantLike,
    options: Pick<AsOfOptions, "knownBy"> & ViewHooks = {},
  ): BronzeView<Datasets> {
    const { onlyFiles, rewrite = (frame: Frame) => frame } = options;
    const cutoffNs = toEpochNs(cutoff, "cutoff");
    const knownBy = options.knownBy === undefined ? undefined : toEpochNs(options.knownBy, "knownBy");
    const reads: ViewRead[] = [];
    const read = async (name: string, options: ViewReadOptions): Promise<Snapshot> => {
      const { frame, files, skipped, dates } = await this.#load(name, options, cutoffNs, onlyFiles);
      const timeline = new Timeline(rewrite(frame));
      const snapshot = timeline.at(cutoffNs, { knownBy, maxAge: options.maxAge });
      const { paths, rowsNotSelectable, rowsAhead } = timeline.standing(cutoffNs);
      reads.push({
        dataset: name,
        dates,
        options,
        files: files.filter(({ path }) => paths.has(path)),
        rowsNotSelectable,
        rowsAhead,
        skipped,
        get provenance() {
          return snapshot.provenance;
        },
      });
      return snapshot;
    };
    return { cutoff: cutoffNs, knownBy, reads, read: read as BronzeView<Datasets>["read"] };
  }

  /**
   * The history of some days, indexed for thousands of questions.
   *
   * @throws BronzeError as `readBronzeDay`
   * @example
   * ```ts
   * const timeline = await bronze.timeline("odds_raw", { from: "2026-01-01", to: "2026-01-31" });
   * ```
   */
  async timeline<const Name extends Datasets[number]["name"]>(
    name: Name,
    options: DaySpan & DayOptions & OnCorrupt,
  ): Promise<Timeline<RowOf<DatasetByName<Datasets, Name>>, KeyOf<DatasetByName<Datasets, Name>>>> {
    const { frame } = await this.#load(name, options, undefined);
    return new Timeline(frame);
  }

  async #load(
    name: string,
    options: DaySpan & DayOptions & OnCorrupt,
    horizonNs: bigint | undefined,
    onlyFiles: (path: string) => boolean = () => true,
  ): Promise<Loaded & { dates: string[] }> {
    const dataset = this.dataset(name);
    const dates = datesOf(options);
    const files = [];
    for (const date of dates) files.push(...(await listDay(this.storage, dataset, date, options)).files);
    const loaded = await loadFrame(
      this.storage,
      dataset,
      files.filter(({ path }) => onlyFiles(path)),
      {
        horizonNs,
        onCorrupt: options.onCorrupt,
      },
    );
    return { ...loaded, dates };
  }

  /**
   * The definition of a dataset this store was given.
   * @throws BronzeError `UNKNOWN_DATASET`
   */
  dataset(name: string): AnyDataset {
    const dataset = this.#datasets.get(name);
    if (dataset) return dataset;
    const known = [...this.#datasets.keys()].join(", ") || "none";
    throw new BronzeError("UNKNOWN_DATASET", `This store has no dataset "${name}"; it was given ${known}.`, {
      dataset: name,
    });
  }
}
