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
import { exactly } from "../time/index.js";
import type { Tally } from "./recorder.js";
import type { Binding } from "./run-bronze.js";

/** A gold store bound to a run: manifests carry the run's id, and what is due is due at its cutoff. */
export interface RunGold<Datasets extends readonly AnyDataset[]> {
  /** Freezes a slate as this run, if it is due at the run's cutoff; otherwise as `GoldStore.freeze`. */
  freeze(
    options: Omit<FreezeOptions<Datasets[number]["name"]>, "run" | "now">,
    build: Build<Datasets>,
  ): Promise<FreezeResult>;
  /** Freezes what is due at the run's cutoff; otherwise as `GoldStore.freezeDue`. */
  freezeDue(
    schedule: Schedule,
    build: Build<Datasets>,
    options?: Omit<DueOptions<Datasets[number]["name"]>, "run" | "now">,
  ): Promise<BackfillReport>;
  /** Freezes the past, up to the run's cutoff; otherwise as `GoldStore.backfill`. */
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
  return {
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
