import {
  type BronzeStore,
  type BronzeView,
  type DatasetByName,
  isAsyncIterable,
  type RowsToWrite,
  SNAPSHOT_OPTIONS,
  type WriteOptions,
  type WriteResult,
} from "../bronze/index.js";
import type { AnyDataset, WriteRowOf } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { assertOptions, group, type OptionTable } from "../options.js";
import { withText } from "../printed.js";
import { shown } from "../shown.js";
import { type ArrowTable, isArrowTable } from "../table/index.js";
import { exactly, formatInstant, type InstantLike, toEpochNs } from "../time/index.js";
import type { KnownBy } from "../travel/index.js";
import type { Tally } from "./recorder.js";

/** What the bound stores need from the run. */
export interface Binding {
  readonly id: string;
  readonly startedAt: bigint;
  readonly cutoff: bigint;
  /** @throws BronzeError `RUN_ENDED`, `RUN_INTERRUPTED` */
  assertLive(): void;
  /** Runs work as part of the run: refused after its end, awaited before it, counted for the current stage. */
  during<T>(work: (tally: Tally) => Promise<T>): Promise<T>;
}

/**
 * How a run writes.
 *
 * @category Runs
 */
export type RunWriteOptions = Pick<WriteOptions, "snapshot">;

const WRITE_OPTIONS: OptionTable<RunWriteOptions> = { snapshot: group(SNAPSHOT_OPTIONS) };

/**
 * A bronze store bound to a run: what is written carries the run's id, and nothing after its cutoff can be read.
 *
 * @category Runs
 */
export interface RunBronze<Datasets extends readonly AnyDataset[]> {
  /**
   * Writes rows as this run; otherwise as `BronzeStore.write`.
   *
   * @throws BronzeError of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of the question,
   * `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `INVALID_INSTANT` and `INVALID_DATE`; `READ_ONLY` for a dataset whose files
   * are only read; of the rows, `RUN_ID_MIXED` for
   * those of another run, `INVALID_ROWS`, `UNKNOWN_LOOKUP` and `SNAPSHOT_SPLIT`; of a day that lies under another
   * season, `MISFILED_DAY`; of files that are there already, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
   * `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN` and `RETENTION_INVALID`; of a latest
   * view's lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
   * `STORAGE_FAILED`
   */
  write<const Name extends Datasets[number]["name"]>(
    dataset: Name,
    rows: RowsToWrite<WriteRowOf<DatasetByName<Datasets, Name>>>,
    options?: RunWriteOptions,
  ): Promise<WriteResult>;
  /**
   * A view pinned at the run's cutoff, or at an earlier one such as `run.cutoffFor(tip)`.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for a cutoff after the run's, `INVALID_INSTANT`; of the run,
   * `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`
   * @example
   * ```ts
   * const injuries = await run.bronze.asOf().read("injuries_raw", { date: "2026-01-15", lookbackDays: 1 });
   * ```
   */
  asOf(cutoff?: InstantLike, options?: { readonly knownBy?: KnownBy }): BronzeView<Datasets>;
}

export function boundBronze<Datasets extends readonly AnyDataset[]>(
  store: BronzeStore<Datasets>,
  run: Binding,
): RunBronze<Datasets> {
  const bound: RunBronze<Datasets> = {
    write: (dataset, rows, options = {}) =>
      run.during(async (tally) => {
        assertOptions(options, WRITE_OPTIONS, "write in a run");
        const { id, startedAt } = run;
        const result = await store.write(dataset, ownRows(dataset, rows, id), {
          ...options,
          run: { id, startedAt: exactly(startedAt) },
        });
        // The latest view holds the same rows again.
        const files = result.partitions.length > 0 ? result.partitions : result.latest;
        for (const { status, sizeBytes } of files) if (status === "written") tally.bytes += sizeBytes;
        tally.rows += result.rows;
        return result;
      }),
    asOf(cutoff = exactly(run.cutoff), options = {}) {
      run.assertLive();
      const cutoffNs = toEpochNs(cutoff, "cutoff");
      if (cutoffNs > run.cutoff)
        throw new BronzeError(
          "INVALID_ARGUMENT",
          `The run's cutoff is ${formatInstant(run.cutoff)}; a view at ${formatInstant(cutoffNs)} would see past it.`,
          { cutoff: cutoffNs, run_cutoff: run.cutoff },
        );
      return store.asOf(exactly(cutoffNs), options);
    },
  };
  return withText(bound, () => `RunBronze of run ${run.id}: ${store}`);
}

/** Rows that name their run must name this one: two ids in one write mean mixed outputs. */
function ownRows<Row>(dataset: string, rows: RowsToWrite<Row>, id: string): RowsToWrite<Row> {
  // The store has a better error for what is no rows.
  if (Array.isArray(rows)) for (const [i, row] of rows.entries()) assertOwn(dataset, runIdOf(row), i, id);
  else if (isArrowTable(rows)) assertOwnTable(dataset, rows, id);
  else if (isAsyncIterable<Row>(rows)) return ownStream(dataset, rows, id);
  return rows;
}

async function* ownStream<Row>(dataset: string, rows: AsyncIterable<Row>, id: string): AsyncGenerator<Row> {
  let i = 0;
  for await (const row of rows) {
    assertOwn(dataset, runIdOf(row), i++, id);
    yield row;
  }
}

function assertOwnTable(dataset: string, table: ArrowTable, id: string): void {
  const at = table.schema.fields.findIndex(({ name }) => name === "run_id");
  if (at < 0) return;
  const column = table.getChildAt(at) as { get(row: number): unknown };
  for (let row = 0; row < table.numRows; row++) assertOwn(dataset, column.get(row), row, id);
}

function runIdOf(row: unknown): unknown {
  return (row as { readonly run_id?: unknown } | null | undefined)?.run_id;
}

function assertOwn(dataset: string, found: unknown, row: number, id: string): void {
  if ((found ?? id) === id) return;
  throw new BronzeError(
    "RUN_ID_MIXED",
    `Row ${row} for "${dataset}" carries run_id ${typeof found === "string" ? found : shown(found)}, and the run is ${id}; leave run_id out and it is stamped.`,
    { dataset, row, run_id: id },
  );
}
