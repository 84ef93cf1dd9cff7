import type { AnyDataset, Schedule } from "../dataset/index.js";
import {
  BACKFILL_OPTIONS,
  type BackfillOptions,
  type BackfillReport,
  type Build,
  DUE_OPTIONS,
  type DueOptions,
  FREEZE_OPTIONS,
  type FreezeOptions,
  type FreezeResult,
  type GoldStore,
} from "../gold/index.js";
import { assertOptions, type OptionTable } from "../options.js";
import { withText } from "../printed.js";
import { exactly } from "../time/index.js";
import type { Tally } from "./recorder.js";
import type { Binding } from "./run-bronze.js";

/**
 * A gold store bound to a run: manifests carry the run's id, and what is due is due at its cutoff.
 *
 * @category Runs
 */
export interface RunGold<Datasets extends readonly AnyDataset[]> {
  /**
   * Freezes a slate as this run, if it is due at the run's cutoff; otherwise as `GoldStore.freeze`.
   *
   * @throws BronzeError of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of the question,
   * `INVALID_ARGUMENT`, `INVALID_PATH` for a key value that is no folder name, `INVALID_DATE`, `INVALID_INSTANT`,
   * `UNKNOWN_DATASET` for a required input, and `SLATE_NOT_DUE`; of the builder, `BUILD_FAILED`, `INVALID_ROWS`
   * and `INVALID_DATASET` for a schema that no file can hold; of its inputs, `INPUTS_EMPTY`, `MUTABLE_INPUT`, and
   * `INPUTS_MOVED` after four tries; of what is there, `SLATE_CONFLICT`, `MANIFEST_INVALID`, `MANIFEST_VERSION`,
   * `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path outside the root; of bronze,
   * `GOLD_UNREGISTERED`, `RETENTION_INVALID` and `MISFILED_DAY`; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and
   * `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. A BronzeError that the builder
   * throws goes through as it is; its reads through the view throw, of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_DATASET`, `INVALID_DATE` and `INVALID_DURATION`; of the files read, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  freeze(
    options: Omit<FreezeOptions<Datasets[number]["name"]>, "run" | "now">,
    build: Build<Datasets>,
  ): Promise<FreezeResult>;
  /**
   * Freezes what is due at the run's cutoff; otherwise as `GoldStore.freezeDue`.
   *
   * @throws BronzeError of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of the question,
   * `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DATE`, and `UNKNOWN_DATASET` for a required input;
   * `LOCK_UNAVAILABLE`; of the status file, `INVALID_PATH`, `NOT_A_FILE` and `STORAGE_FAILED`. What one slate
   * throws is in `failed`: `BUILD_FAILED`, `INVALID_ROWS`, `INVALID_DATASET`, `INPUTS_EMPTY`, `MUTABLE_INPUT`,
   * `INPUTS_MOVED`, `SLATE_CONFLICT`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, `GOLD_UNREGISTERED`,
   * `LOCK_HELD`, `NOT_A_LOCK`, and of its builder's reads `INVALID_DURATION`, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
   * `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP`, `RETENTION_INVALID` and `NOT_FOUND`. What `onEvent` throws goes through
   */
  freezeDue(
    schedule: Schedule,
    build: Build<Datasets>,
    options?: Omit<DueOptions<Datasets[number]["name"]>, "run" | "now">,
  ): Promise<BackfillReport>;
  /**
   * Freezes the past, up to the run's cutoff; otherwise as `GoldStore.backfill`.
   *
   * @throws BronzeError of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of the question,
   * `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DATE`, and `UNKNOWN_DATASET` for a required input;
   * `LOCK_UNAVAILABLE`; of the status file, `INVALID_PATH`, `NOT_A_FILE` and `STORAGE_FAILED`. What one slate
   * throws is in `failed`: `BUILD_FAILED`, `INVALID_ROWS`, `INVALID_DATASET`, `INPUTS_EMPTY`, `MUTABLE_INPUT`,
   * `INPUTS_MOVED`, `SLATE_CONFLICT`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, `GOLD_UNREGISTERED`,
   * `LOCK_HELD`, `NOT_A_LOCK`, and of its builder's reads `INVALID_DURATION`, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
   * `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP`, `RETENTION_INVALID` and `NOT_FOUND`. What `onEvent` throws goes through
   */
  backfill(
    schedule: Schedule,
    build: Build<Datasets>,
    options: Omit<BackfillOptions<Datasets[number]["name"]>, "run" | "now">,
  ): Promise<BackfillReport>;
  /** The store itself, to read, verify and replay. */
  readonly store: GoldStore<Datasets>;
}

/** Options that a run sets itself. */
type Own = "run" | "now";

function withoutOwn<Table extends Record<Own, unknown>>({ run, now, ...others }: Table): Omit<Table, Own> {
  return others;
}

const OPTIONS: {
  readonly freeze: OptionTable<Omit<FreezeOptions, Own>>;
  readonly freezeDue: OptionTable<Omit<DueOptions, Own>>;
  readonly backfill: OptionTable<Omit<BackfillOptions, Own>>;
} = {
  freeze: withoutOwn(FREEZE_OPTIONS),
  freezeDue: withoutOwn(DUE_OPTIONS),
  backfill: withoutOwn(BACKFILL_OPTIONS),
};

export function boundGold<Datasets extends readonly AnyDataset[]>(
  store: GoldStore<Datasets>,
  run: Binding,
): RunGold<Datasets> {
  const own = { run: { id: run.id }, now: exactly(run.cutoff) };
  const bound: RunGold<Datasets> = {
    store,
    freeze: (options, build) =>
      run.during(async (tally) => {
        assertOptions(options, OPTIONS.freeze, "freeze in a run");
        const result = await store.freeze({ ...options, ...own }, build);
        if (result.status === "frozen") count(tally, result.manifest.output);
        return result;
      }),
    freezeDue: (schedule, build, options = {}) =>
      run.during(async (tally) => {
        assertOptions(options, OPTIONS.freezeDue, "freezeDue in a run");
        return store.freezeDue(schedule, build, { ...counting(options, tally), ...own });
      }),
    backfill: (schedule, build, options) =>
      run.during(async (tally) => {
        assertOptions(options, OPTIONS.backfill, "backfill in a run");
        return store.backfill(schedule, build, { ...counting(options, tally), ...own });
      }),
  };
  return withText(bound, () => `RunGold of run ${run.id}: ${store}`);
}

function counting<Options extends DueOptions>(options: Options, tally: Tally): Options {
  return {
    ...options,
    onEvent(event) {
      if (event.manifest) count(tally, event.manifest.output);
      options.onEvent?.(event);
    },
  };
}

function count(
  tally: Tally,
  { rows, size_bytes }: { readonly rows: number; readonly size_bytes: number },
): void {
  tally.rows += rows;
  tally.bytes += size_bytes;
}
