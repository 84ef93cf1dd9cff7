import { Ambient } from "../ambient.js";
import type { AnyDataset, InstantsOf, KeyOf, RowOf, WriteRowOf } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { assertOptions, callback, given, type Kind, type OptionTable, required, text } from "../options.js";
import { forNotebook, Printed, withText } from "../printed.js";
import { counted, shown } from "../shown.js";
import type { Engine } from "../sql/index.js";
import { aStorage, localDisk, type Storage } from "../storage/index.js";
import type { InstantsOfJoin } from "../table/index.js";
import { assertDate, assertDateRange, clockOf, exactly, type InstantLike, toEpochNs } from "../time/index.js";
import {
  type Label as AnyLabel,
  type AsOfJoin,
  type AsOfOptions,
  answerSingleQuery,
  type JoinedRow,
  type JoinOn,
  knownByNs,
  type Snapshot,
  Timeline,
} from "../travel/index.js";
import { type BronzeOnEngine, storeOnEngine } from "./engine/bronze-on-engine.js";
import { executing } from "./engine/known-engine.js";
import { SQL_DIFF_OPTIONS, type SqlDiff, type SqlDiffOptions, sqlOfDiff } from "./engine/sql-diff.js";
import {
  SQL_JOIN_OPTIONS,
  type SqlJoin,
  type SqlJoinOptions,
  type SqlLabels,
  sqlOfJoin,
} from "./engine/sql-join.js";
import { SQL_OPTIONS, type SqlOptions, type SqlQuestion, sqlOf } from "./engine/sql-of.js";
import type { BronzeDay } from "./read/bronze-day.js";
import type { BronzeView, DatasetByName } from "./read/bronze-view.js";
import { joinLabels } from "./read/join-as-of.js";
import { type DaysNeeded, type JoinOptions, STORE_JOIN_OPTIONS } from "./read/join-options.js";
import { type DateRange, listDates } from "./read/list-dates.js";
import { loadDays, type ViewHooks } from "./read/load-days.js";
import {
  datesAsked,
  type OfColumns,
  READ_OPTIONS,
  type ReadOptions,
  type RowWithColumns,
  TIMELINE_OPTIONS,
  type TimelineOptions,
  VIEW_READ_OPTIONS,
  type ViewReadOptions,
} from "./read/question.js";
import { readDay } from "./read/read-day.js";
import { copyOfAsked, ReadLog } from "./read/record-read.js";
import { outcomeOf, tracedRead } from "./read/traced-read.js";
import { COVERAGE_OPTIONS, type CoverageOptions, coverageOf } from "./survey/coverage.js";
import type { Coverage } from "./survey/coverage-result.js";
import { FRESHNESS_OPTIONS, type Freshness, type FreshnessOptions, freshnessOf } from "./survey/freshness.js";
import {
  type ExportVersionsOptions,
  type VersionsExport,
  writeVersions,
} from "./versions/export-versions.js";
import type { WriteOptions, WriteResult } from "./write/write.js";
import { type RowsToWrite, writeAnyRows } from "./write/write-any-rows.js";
import { writeText } from "./write/write-text.js";

/**
 * Where a store lives and what is in it.
 *
 * @category Bronze
 */
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
  /** The present, in epoch nanoseconds; one that gives none is `INVALID_INSTANT` wherever it is asked. Default: the system clock. */
  readonly clock?: () => bigint;
};

/**
 * Append-only history of what was scraped, and the door to asking what was known when.
 *
 * @example
 * ```ts
 * const bronze = new BronzeStore({ root: "data", datasets: [injuries, odds] });
 * await bronze.write("injuries_raw", rows);
 * const snapshot = await bronze.asOf("2026-01-15T23:45:00Z").read("injuries_raw", { date: "2026-01-15", lookbackDays: 1 });
 * ```
 * @category Bronze
 */
export class BronzeStore<const Datasets extends readonly AnyDataset[]> extends Printed {
  readonly #storage: Storage;
  readonly #lent = new Ambient<Storage>();
  readonly #datasets: ReadonlyMap<string, AnyDataset>;
  readonly #clock: () => bigint;

  /**
   * @throws BronzeError `INVALID_ARGUMENT` for options that make no sense; `INVALID_DATASET` when two datasets
   * share a name
   */
  constructor(options: BronzeStoreOptions<Datasets>) {
    super();
    assertStoreOptions(options);
    this.#storage = options.storage ?? localDisk(options.root);
    this.#clock = clockOf(options.clock);
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

  /** Where the bytes live. */
  get storage(): Storage {
    return this.#lent.get() ?? this.#storage;
  }

  /**
   * Runs work during which this store uses another storage; all other work continues with its own. So a leak check also
   * covers code that got the store from elsewhere.
   * @internal
   */
  withStorage<T>(storage: Storage, work: () => Promise<T>): Promise<T> {
    return this.#lent.during(storage, work);
  }

  /**
   * Writes rows to the files that the layout gives them (and the latest view, where it has one). Nothing is written
   * unless every row fits the schema and every date is known; rows that are already there are left alone.
   *
   * Rows that come one by one (an async iterable) are all taken in first, beyond 10,000 to a temporary file: one that
   * throws half way has written nothing. Of a `snapshot` dataset they are one state, as in a list. Of a `changes` dataset
   * every folder gets a file per 20,000 rows, which are made one after the other: each is whole or absent, and a failure
   * between two names those that are made in `details.written`.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `INVALID_INSTANT`, `INVALID_DATE`
   * and `MISSING_RUN`; `READ_ONLY` where the layout does not say in which file rows belong, or their owner overwrites
   * the files; of the rows, `INVALID_ROWS`, `UNKNOWN_LOOKUP` and `SNAPSHOT_SPLIT`; of a day that lies
   * under another season, `MISFILED_DAY`; of files that are there already, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
   * `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN` and `RETENTION_INVALID`; of a latest
   * view's lock, `LOCK_UNAVAILABLE`, `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
   * `STORAGE_FAILED`. Where some history files are written all the same, `details.written` names them
   * @example
   * ```ts
   * const { partitions } = await bronze.write("odds_raw", rows, { run: { id: "r1", startedAt: "2026-01-15T17:15:00Z" } });
   * partitions[0].path; // "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T171500Z/odds.parquet"
   * ```
   */
  async write<const Name extends Datasets[number]["name"]>(
    dataset: Name,
    rows: RowsToWrite<WriteRowOf<DatasetByName<Datasets, Name>>>,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const known = this.dataset(dataset);
    const written = await writeAnyRows(this.storage, known, rows, options, this.#clock());
    return withText(written, (result) => writeText(known.name, result));
  }

  /**
   * Reads one domain date: its history, or its latest view where there is no history; never both.
   *
   * @throws BronzeError `PRUNED`; of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `UNKNOWN_COLUMN` and `INVALID_DATE`; of the
   * files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`,
   * `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of a file of several days whose rows
   * a lookup dates, `UNKNOWN_LOOKUP`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const day = await bronze.readBronzeDay("odds_raw", "2026-01-15", { includeRuns: false });
   * ```
   */
  async readBronzeDay<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    name: Name,
    date: string,
    options: ReadOptions<Column> = {},
  ): Promise<
    BronzeDay<
      RowWithColumns<RowOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>,
      KeyOf<DatasetByName<Datasets, Name>>,
      OfColumns<InstantsOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>
    >
  > {
    const dataset = this.dataset(name);
    assertDate(date);
    assertOptions(options, READ_OPTIONS, "readBronzeDay");
    return readDay(this.storage, dataset, date, options);
  }

  /**
   * The whole store pinned at a cutoff.
   *
   * @throws BronzeError `INVALID_INSTANT` for a cutoff or `knownBy` that is none or has no zone;
   * `INVALID_ARGUMENT` for an option there is not
   * @example
   * ```ts
   * const at = bronze.asOf("2026-01-15T23:45:00Z");                         // what held then, by all that is known now
   * const live = bronze.asOf("2026-01-15T23:45:00Z", { knownBy: "cutoff" }); // what a pipeline could have seen then
   * ```
   */
  asOf(cutoff: InstantLike, options: Pick<AsOfOptions, "knownBy"> = {}): BronzeView<Datasets> {
    assertOptions(options, VIEW_OPTIONS, "asOf on a store");
    return this.viewWith(cutoff, options);
  }

  /**
   * Questions that an engine executes, over files that this store plans: `asOf(T).read(name, options)` with the answers of
   * `BronzeStore.asOf`.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for what is no engine
   * @example
   * ```ts
   * const engine = duckdb(await DuckDBInstance.create(), { root: "data" });
   * const lines = await bronze.on(engine).asOf("2026-01-15T23:45:00Z").read("odds_raw", { date: "2026-01-15" });
   * ```
   */
  on(engine: Engine): BronzeOnEngine<Datasets> {
    return storeOnEngine(this, executing(engine));
  }

  /**
   * A question as statements for an engine, and the plan that they were made from: for tools of one's own. They are right as
   * long as the files that the plan names are there, as they are.
   *
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`; `PRUNED`; of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT`,
   * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and `INVALID_DURATION`; of the files, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * import { dialects } from "bronzestore/sql";
   *
   * const { answer } = await bronze.sql("odds_raw", {
   *   dialect: dialects.duckdb, root: "data", cutoff: "2026-01-15T23:45:00Z", date: "2026-01-15",
   * });
   * answer.query; // WITH parts_ AS (...) SELECT ... ORDER BY ...
   * ```
   */
  async sql<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(name: Name, options: SqlOptions<Column, DatasetByName<Datasets, Name>>): Promise<SqlQuestion> {
    assertOptions(options, SQL_OPTIONS, "sql");
    return sqlOf(this.storage, this.dataset(name), options as unknown as SqlOptions<string>);
  }

  /**
   * A point-in-time join as statements for an engine. Labels that a query of the engine gives are never looked at, so a join of any size
   * is a text.
   *
   * @throws BronzeError `JOIN_DAYS`; `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`; `PRUNED`; of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT`,
   * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and `INVALID_DURATION`; of the files, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const labels = { query: "SELECT game_id, cutoff_ns FROM labels" };
   * const { answer } = await bronze.sqlJoinAsOf(labels, "odds_raw", {
   *   dialect: dialects.spark, root: "file:///data", on: ["game_id"], cutoff: "cutoff_ns", from: "2026-01-01", to: "2026-01-31",
   * });
   * ```
   */
  async sqlJoinAsOf<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string,
  >(labels: readonly object[] | SqlLabels, name: Name, options: SqlJoinOptions<Column>): Promise<SqlJoin> {
    assertOptions(options, SQL_JOIN_OPTIONS, "sqlJoinAsOf");
    const asked = { storage: this.storage, dataset: this.dataset(name), options };
    return sqlOfJoin(asked, labels);
  }

  /**
   * What changed between two cutoffs as statements for an engine.
   *
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`; `PRUNED`; of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT`,
   * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_DATE` and `INVALID_DURATION`; of the files, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { answer } = await bronze.sqlDiff("odds_raw", "2026-01-15T23:00:00Z", "2026-01-15T23:45:00Z", {
   *   dialect: dialects.spark, root: "file:///data", date: "2026-01-15",
   * });
   * ```
   */
  async sqlDiff<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    name: Name,
    from: InstantLike,
    to: InstantLike,
    options: SqlDiffOptions<Column, DatasetByName<Datasets, Name>>,
  ): Promise<SqlDiff> {
    assertOptions(options, SQL_DIFF_OPTIONS, "sqlDiff");
    const asked = { storage: this.storage, dataset: this.dataset(name) };
    return sqlOfDiff(asked, [from, to], options as unknown as SqlDiffOptions<string>);
  }

  /**
   * A view that can choose which files are loaded (a replay reads the recorded ones only), and what is recorded of them.
   * @internal
   */
  viewWith(
    cutoff: InstantLike,
    { onlyFiles, acceptsPruned, asInputs = false, ...options }: Pick<AsOfOptions, "knownBy"> & ViewHooks = {},
  ): BronzeView<Datasets> {
    const cutoffNs = toEpochNs(cutoff, "cutoff");
    const knownBy = knownByNs(options.knownBy, cutoffNs);
    const log = new ReadLog(asInputs);
    const read = async (name: string, options: ViewReadOptions<string>): Promise<Snapshot> => {
      assertOptions(options, VIEW_READ_OPTIONS, "read on a view");
      // A copy: the caller may use the same object for the next question.
      const asked = copyOfAsked(options);
      if (acceptsPruned === "never" && asked.acceptPruned) throw neverFrozen(name);
      const dataset = this.dataset(name);
      const dates = datesAsked(dataset, asked);
      const { loaded, answer } = await tracedRead(
        { verb: "read", dataset, dates },
        async () => {
          const loaded = await loadDays(this.storage, dataset, dates, {
            ...asked,
            acceptPruned: asked.acceptPruned || acceptsPruned === "always",
            onlyFiles,
            horizonNs: cutoffNs,
          });
          const bounds = { knownBy: exactly(knownBy), maxAge: asked.maxAge };
          return { loaded, answer: answerSingleQuery(loaded.frame, exactly(cutoffNs), bounds) };
        },
        ({ loaded }) => outcomeOf(loaded.frame),
      );
      log.add(loaded, answer, { dates, options: asked });
      return answer.snapshot;
    };
    const text = () => log.text(cutoffNs, knownBy);
    return {
      cutoff: cutoffNs,
      knownBy,
      get reads() {
        return log.reads;
      },
      read: read as BronzeView<Datasets>["read"],
      toString: text,
      [Symbol.for("nodejs.util.inspect.custom")]: text,
      [Symbol.for("Jupyter.display")]: () => forNotebook(text()),
    } as BronzeView<Datasets>;
  }

  /**
   * The history of some days, indexed for thousands of questions.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `UNKNOWN_COLUMN` and `INVALID_DATE`; of the
   * files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`,
   * `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of a file of several days whose rows
   * a lookup dates, `UNKNOWN_LOOKUP`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const timeline = await bronze.timeline("odds_raw", { from: "2026-01-01", to: "2026-01-31" });
   * ```
   */
  async timeline<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    name: Name,
    options: TimelineOptions<Column, DatasetByName<Datasets, Name>>,
  ): Promise<
    Timeline<
      RowWithColumns<RowOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>,
      KeyOf<DatasetByName<Datasets, Name>>,
      OfColumns<InstantsOf<DatasetByName<Datasets, Name>>, NoInfer<Column>>
    >
  > {
    assertOptions(options, TIMELINE_OPTIONS, "timeline");
    const dataset = this.dataset(name);
    const dates = datesAsked(dataset, options);
    return tracedRead(
      { verb: "timeline", dataset, dates },
      async () => {
        const { frame } = await loadDays(this.storage, dataset, dates, options);
        return { frame, timeline: new Timeline(frame, dates) };
      },
      ({ frame }) => outcomeOf(frame),
    ).then(({ timeline }) => timeline as never);
  }

  /**
   * Point-in-time join: for each label the rows of a dataset that held at the label's own cutoff. Where nothing held,
   * the added columns are null. Ties fall as in every selection. Which days a label reads is told by `on`, where it
   * holds what dates the dataset's rows, or by the options; it is never guessed.
   *
   * @throws BronzeError `PRUNED`; of the days, `JOIN_DAYS` where nothing tells which a label reads, `UNKNOWN_LOOKUP` and
   * `INVALID_DATE`; of a label, `INVALID_ARGUMENT`, `INVALID_INSTANT` and `UNKNOWN_COLUMN`; `INVALID_DURATION` for
   * `maxAge`; `UNKNOWN_DATASET`; of the files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`,
   * `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of the storage,
   * `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const labels = [{ game_id: "0022500561", game_date: "2026-01-15", cutoff_ts: "2026-01-15T23:45:00Z", won: true }];
   * const features = await bronze.joinAsOf(labels, "odds_raw", {
   *   on: ["game_id"], cutoff: "cutoff_ts", date: "game_date", maxAge: "PT6H", columns: ["book", "price"],
   * });
   * features.rows(); // one row a book
   * ```
   */
  async joinAsOf<
    const Name extends Datasets[number]["name"],
    Label extends object,
    const On extends string,
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = Exclude<
      keyof RowOf<DatasetByName<Datasets, Name>> & string,
      On
    >,
    const Prefix extends string = "",
  >(
    labels: readonly Label[],
    name: Name,
    options: JoinOptions<Label, JoinOn<Label, KeyOf<DatasetByName<Datasets, Name>>, On>, Column, Prefix> &
      DaysNeeded<DatasetByName<Datasets, Name>, On>,
  ): Promise<
    AsOfJoin<
      JoinedRow<Label, RowOf<DatasetByName<Datasets, Name>>, Column, Prefix>,
      InstantsOfJoin<Label, InstantsOf<DatasetByName<Datasets, Name>>, Column, Prefix>
    >
  > {
    assertOptions(options, STORE_JOIN_OPTIONS, "joinAsOf");
    const joined = await joinLabels(
      this.storage,
      this.dataset(name),
      labels as readonly AnyLabel[],
      options as unknown as JoinOptions<AnyLabel>,
    );
    return joined as AsOfJoin<
      JoinedRow<Label, RowOf<DatasetByName<Datasets, Name>>, Column, Prefix>,
      InstantsOfJoin<Label, InstantsOf<DatasetByName<Datasets, Name>>, Column, Prefix>
    >;
  }

  /**
   * Writes the answers to all questions about some days as a table that any engine can ask by comparisons alone: each row
   * with the times from when to when it holds, as 64-bit integers of nanoseconds; see `docs/versions-table.md`. Made again
   * from the same files it is the same to the byte, and `unchanged`.
   *
   * @param span the days, and how they are read, as for a view's `read`
   * @throws BronzeError `PRUNED`, unless accepted, for each version is where an answer may change; of the question,
   * `INVALID_ARGUMENT`, `INVALID_PATH`, `INVALID_DURATION`, `UNKNOWN_DATASET`, `UNKNOWN_COLUMN` and `INVALID_DATE`; `TYPE_CLASH` for
   * an instant that no 64-bit integer of nanoseconds is, `UNSUPPORTED_TYPE` for structs and maps; of the files read,
   * `CORRUPT_FILE` (of a table that is there already, too), `NAIVE_TIMESTAMP`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`,
   * `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of a file of several days whose rows a lookup dates,
   * `UNKNOWN_LOOKUP`; of names that no Parquet column can have, `INVALID_ROWS`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
   * `STORAGE_FAILED`
   * @example
   * ```ts
   * const { path } = await bronze.exportVersions("odds_raw", { from: "2026-01-01", to: "2026-01-31" }, { axes: "both" });
   * // SELECT * FROM '<path>/part-*.parquet' WHERE valid_from <= T AND T < valid_to AND known_from <= K AND K < known_to
   * ```
   */
  async exportVersions<
    const Name extends Datasets[number]["name"],
    const Column extends keyof RowOf<DatasetByName<Datasets, Name>> & string = never,
  >(
    name: Name,
    span: TimelineOptions<Column, DatasetByName<Datasets, Name>>,
    options: ExportVersionsOptions,
  ): Promise<VersionsExport> {
    const dataset = this.dataset(name);
    assertOptions(span, TIMELINE_OPTIONS, "exportVersions");
    const taken = this.datasets.map(({ folder }) => folder);
    return writeVersions(this.storage, dataset, span as TimelineOptions<string>, options, taken);
  }

  /**
   * The domain dates of which a dataset has files, ascending. A file is opened only where it holds several days.
   *
   * @param range `from` and `to`, `YYYY-MM-DD`, both included; each may be left out
   * @throws BronzeError `UNKNOWN_DATASET`, `INVALID_DATE`, `INVALID_ARGUMENT`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `NOT_A_FILE`, `NOT_FOUND`, `RETENTION_INVALID`, `UNSUPPORTED_TYPE`,
   * `STORAGE_FAILED`; of files of several days, which are opened, `CORRUPT_FILE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_KEY_COLUMN`, `MISSING_COLUMN` and `UNKNOWN_LOOKUP`
   * @example
   * ```ts
   * await bronze.dates("odds_raw", { from: "2026-01-01" }); // ["2026-01-14", "2026-01-15"]
   * ```
   */
  async dates(name: Datasets[number]["name"], range: DateRange = {}): Promise<string[]> {
    const dataset = this.dataset(name);
    assertOptions(range, DATE_RANGE, "dates");
    assertDateRange(range.from, range.to);
    return listDates(this.storage, dataset, range);
  }

  /**
   * What lies in some days: per day and partition the files, rows, times, and rows that something is odd about; and what
   * is missing, thin or late by the dataset's `expect`. Footers are read, and the time columns of files whose footers do
   * not suffice. A file that cannot be read is named, and stops nothing.
   *
   * @throws BronzeError `UNKNOWN_DATASET`, `INVALID_DATE`, `INVALID_ARGUMENT`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `NOT_A_FILE`, `NOT_FOUND`, `RETENTION_INVALID`, `UNSUPPORTED_TYPE`,
   * `STORAGE_FAILED`
   * @example
   * ```ts
   * const { days } = await bronze.coverage("odds_raw", { from: "2026-01-01", to: "2026-01-31" });
   * days.flatMap(({ slots }) => slots?.missing ?? []); // ["2026-01-15T17:15:00Z"]
   * ```
   */
  async coverage(name: Datasets[number]["name"], span: CoverageOptions): Promise<Coverage> {
    const dataset = this.dataset(name);
    assertOptions(span, COVERAGE_OPTIONS, "coverage");
    return coverageOf(this.storage, dataset, span, { nowNs: this.#clock() });
  }

  /**
   * How old the newest row of each dataset is, now or at an instant of the past, against the dataset's `freshness`. Only
   * the newest days are read, see `DatasetFreshness.proven`.
   *
   * @throws BronzeError `UNKNOWN_DATASET`, `INVALID_INSTANT`, `INVALID_ARGUMENT`, `CORRUPT_FILE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `NOT_A_FILE`, `NOT_FOUND`, `RETENTION_INVALID`, `UNSUPPORTED_TYPE`,
   * `STORAGE_FAILED`
   * @example
   * ```ts
   * const { datasets } = await bronze.freshness();
   * if (datasets.some(({ status }) => status === "error")) process.exitCode = 1;
   * ```
   */
  async freshness(options: FreshnessOptions<Datasets[number]["name"]> = {}): Promise<Freshness> {
    assertOptions(options, FRESHNESS_OPTIONS, "freshness");
    const datasets = (options.datasets ?? [...this.#datasets.keys()]).map((name) => this.dataset(name));
    const atNs = options.at === undefined ? this.#clock() : toEpochNs(options.at, "at");
    const { lookbackDays } = options;
    return freshnessOf(this.storage, datasets, atNs, { lookbackDays });
  }

  /** A line for each dataset: its key, and what its files mean. */
  toString(): string {
    const lines = this.datasets.map(
      ({ name, key, partitionIs, timeZone }) => `  ${name} by ${key.join(", ")}: ${partitionIs}, ${timeZone}`,
    );
    return [`BronzeStore of ${counted(lines.length, "dataset")}`, ...lines].join("\n");
  }

  /** The present by the store's clock. @internal */
  now(): bigint {
    return this.#clock();
  }

  /** The definitions this store was made with. @internal */
  get datasets(): readonly AnyDataset[] {
    return [...this.#datasets.values()];
  }

  /**
   * The definition of a dataset this store was given.
   * @throws BronzeError `UNKNOWN_DATASET`
   */
  dataset(name: string): AnyDataset {
    const dataset = this.#datasets.get(name);
    if (dataset) return dataset;
    const known = [...this.#datasets.keys()].join(", ") || "none";
    throw new BronzeError(
      "UNKNOWN_DATASET",
      `This store has no dataset ${shown(name)}; it was given ${known}.`,
      {
        dataset: name,
      },
    );
  }
}

/** A store, wherever one is taken. */
export const aBronzeStore: Kind = {
  is: "a BronzeStore",
  accepts: (value) => value instanceof BronzeStore,
};

function neverFrozen(dataset: string): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    `A freeze never accepts pruned history, and its builder reads "${dataset}" with acceptPruned: true. Leave it out: what ` +
      "cannot be answered without what was pruned cannot be frozen.",
    { dataset },
  );
}

const DATE_RANGE: OptionTable<DateRange> = { from: given, to: given };
const VIEW_OPTIONS: OptionTable<Pick<AsOfOptions, "knownBy">> = { knownBy: given };

/** Definitions, wherever they are asked for. */
export const someDatasets: Kind = {
  is: "a list of what defineDataset made",
  accepts: (value) => Array.isArray(value) && value.every(isDefined),
};

const STORE_OPTIONS: OptionTable<BronzeStoreOptions<readonly AnyDataset[]>> = {
  root: text,
  storage: aStorage,
  datasets: required(someDatasets),
  clock: callback,
};

function isDefined(dataset: AnyDataset | undefined | null): boolean {
  return dataset?.columns instanceof Map && typeof dataset.layout === "object";
}

function assertStoreOptions(options: BronzeStoreOptions<readonly AnyDataset[]>): void {
  assertOptions(options, STORE_OPTIONS, "BronzeStore");
  if ((options.root === undefined) === (options.storage === undefined)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "BronzeStore needs a root (a folder) or a storage, one of the two.",
    );
  }
}
