import { BronzeStore } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { GoldStore } from "../../gold/index.js";
import {
  assertIs,
  assertNoMore,
  assertOptions,
  callback,
  type OptionTable,
  required,
  text,
  texts,
  zoneName,
} from "../../options.js";
import { Printed, withText } from "../../printed.js";
import {
  EMPTY_TRASH_OPTIONS,
  type EmptiedTrash,
  type EmptyTrashOptions,
  emptiedText,
  type RestoredPlan,
  restoreText,
} from "../../retention/index.js";
import { counted } from "../../shown.js";
import { assertPath } from "../../storage/index.js";
import { calendar, clockOf } from "../../time/index.js";
import { PLACE_OPTIONS, type RunPlace, storageOf } from "../run-place.js";
import { applyRunPlan, type RunApplyResult } from "./apply-run-plan.js";
import { emptyRunTrash } from "./empty-run-trash.js";
import type { RunPruningContext } from "./names-of-runs.js";
import { planRuns, RUN_PLAN_OPTIONS, type RunPlanOptions } from "./plan-runs.js";
import { restoreRunPlan } from "./restore-run-plan.js";
import type { RunPlan } from "./run-plan.js";
import { runApplyText, runPlanText } from "./run-plan-text.js";

/**
 * Whose runs are pruned, and what names runs that stay.
 *
 * @category Retention
 */
export type RunPruningOptions<Datasets extends readonly AnyDataset[]> = RunPlace & {
  /** Zone of the days that the runs lie under, as for `withRun`. IANA name. */
  readonly timeZone: string;
  /**
   * Every gold store whose slates the runs froze; `[]` says that there is none. One that is registered with the bronze of
   * this place and not given is refused with `GOLD_MISSING`.
   */
  readonly gold: readonly GoldStore<Datasets>[];
  /**
   * Paths of pointers, each of which must be there; `[]` says that there is none. Those that any run file says it moved
   * count too.
   */
  readonly pointers: readonly string[];
  /** Ids of registered gold stores that are gone for good, as for `Retention`. Default: none. */
  readonly forget?: readonly string[];
  /** The present, in epoch nanoseconds; one that gives none is `INVALID_INSTANT` wherever it is asked. Default: the system clock. */
  readonly clock?: () => bigint;
};

const OPTIONS: OptionTable<RunPruningOptions<readonly AnyDataset[]>> = {
  ...PLACE_OPTIONS,
  timeZone: required(zoneName),
  gold: {
    is: "a list of GoldStores ([] for none)",
    accepts: (value) => Array.isArray(value) && value.every((store) => store instanceof GoldStore),
    required: true,
  },
  pointers: required(texts),
  forget: texts,
  clock: callback,
};

/**
 * Prunes what runs leave below `runs/`: plan first, look, apply. What goes lies in the trash until that is emptied, and can
 * be taken back. Runs under way, and whatever names a run, are left alone.
 *
 * @example
 * ```ts
 * const pruning = new RunPruning({
 *   root: "data", timeZone: "America/New_York", gold: [gold], pointers: ["projections/latest_run.json"],
 * });
 * const plan = await pruning.plan({ olderThan: "P30D", locks: [], tips: { schedule, snapshots: { lock: "PT15M" } } });
 * console.log(describeRunPlan(plan));
 * await pruning.apply(plan);
 * ```
 * @category Retention
 */
export class RunPruning<const Datasets extends readonly AnyDataset[] = readonly []> extends Printed {
  readonly #context: RunPruningContext;

  /**
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_TIME_ZONE`; `INVALID_PATH` for the path of a pointer
   * @example
   * ```ts
   * const pruning = new RunPruning({ root: "data", timeZone: "UTC", gold: [], pointers: [] });
   * ```
   */
  constructor(options: RunPruningOptions<Datasets>) {
    super();
    assertOptions(options, OPTIONS, "RunPruning");
    const { timeZone, gold, pointers, forget = [] } = options;
    calendar(timeZone);
    const storage = storageOf(options, "RunPruning");
    const clock = clockOf(options.clock);
    this.#context = {
      storage,
      timeZone,
      bronze: new BronzeStore({ storage, datasets: [] as never, clock }),
      gold: [...new Set(gold)] as unknown as GoldStore<readonly AnyDataset[]>[],
      pointers: pointers.map(assertPath),
      forget: new Set(forget),
      clock,
    };
  }

  /** Whose runs it prunes, and what names those that stay. */
  toString(): string {
    const { storage, gold, pointers } = this.#context;
    return `RunPruning of runs in ${storage.description}, for ${counted(gold.length, "gold store")} and ${counted(pointers.length, "pointer")}`;
  }

  /**
   * Plans what to prune: kept outputs and own files of runs before the window. Kept are the first run of each hour and the
   * last before each lock, of each pipeline; runs that a pointer or a manifest names, and those under way; and whatever runs
   * that stay needed. Nothing is touched until the plan is applied.
   *
   * @param options the window, one of `olderThan` (a duration) and `before` (a date `YYYY-MM-DD`, itself not touched);
   * `locks`: instants; `tips`: a schedule, and spans before its tips; `firstOfHour` (default: true); `records`: whether run files
   * go too (default: false)
   * @returns plain data, which can be kept as JSON; sizes in bytes, instants as ISO-8601 UTC text
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_DATE`, `INVALID_DURATION`, `INVALID_INSTANT`; `NOT_FOUND` for a pointer
   * that is not there, `INVALID_PATH` for one in a run file, `POINTER_INVALID`; `RUN_INVALID` for a run file that cannot be
   * read, since nobody knows what that run needed; `GOLD_MISSING` while a registered gold store is not given; of manifests,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`; `RETENTION_INVALID` for a damaged state, record or
   * registration; of the storage, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const plan = await pruning.plan({ olderThan: "P30D", locks: ["2026-01-15T23:45:00Z"] });
   * plan.kept[0].reason; // "it is the first run of its hour"
   * ```
   */
  async plan(options: RunPlanOptions): Promise<RunPlan> {
    assertOptions(options, RUN_PLAN_OPTIONS, "plan of RunPruning");
    return withText(await planRuns(this.#context, options), runPlanText);
  }

  /**
   * Applies a plan, after looking again at every run and whoever names one. Files go to the trash. Interrupted, run plan and
   * apply again: what was begun is finished first, also by an empty plan.
   *
   * @param plan of `plan`, also read back from JSON
   * @returns counts of runs and files, sizes in bytes; `finished`: interrupted plans that were finished on the way
   * @throws BronzeError `INVALID_ARGUMENT`; `RETENTION_REFUSED` where something keeps a planned run by now; `PLAN_STALE` when
   * its files are others by now; `RETENTION_INVALID` for a plan that was changed, or a damaged state, record or registration;
   * `NOT_FOUND` for a pointer that is not there, `INVALID_PATH` for one in a run file, `POINTER_INVALID`; `RUN_INVALID`;
   * `GOLD_MISSING` while a registered gold store is not given; of manifests, `MANIFEST_INVALID`, `MANIFEST_VERSION`,
   * `MANIFEST_TAMPERED`; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the storage, `NOT_A_FILE` and
   * `STORAGE_FAILED`. Nothing was removed then, but for `STORAGE_FAILED`: do it again
   * @example
   * ```ts
   * const { runs, bytesRemoved } = await pruning.apply(JSON.parse(await readFile("plan.json", "utf8")));
   * ```
   */
  async apply(plan: RunPlan, ...more: []): Promise<RunApplyResult> {
    assertNoMore(more, "apply of a plan");
    return withText(await applyRunPlan(this.#context, plan), runApplyText);
  }

  /**
   * Takes a plan back while its files are in the trash: each day turns back at one moment. Nothing is overwritten.
   *
   * @param planId 16 hex digits, `plan.id`
   * @throws BronzeError `INVALID_ARGUMENT`; `NOT_FOUND` when the trash has no such plan; `RETENTION_REFUSED` when a later
   * plan took more of a run, or another file has a name; `RETENTION_INVALID` for a damaged state or record; of the lock,
   * `LOCK_UNAVAILABLE`, `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { filesRestored } = await pruning.restore(plan.id);
   * ```
   */
  async restore(planId: string, ...more: []): Promise<RestoredPlan> {
    assertNoMore(more, "restore of a plan");
    assertIs(planId, text, "The id of the plan to restore");
    return withText(await restoreRunPlan(this.#context, planId), restoreText);
  }

  /**
   * Deletes for good what plans over runs put in the trash at least this long ago, and at least a day ago, once pointers and
   * manifests have been read again. Interrupted, it can be run again.
   *
   * @param options `olderThan`: a duration such as `"P14D"`, counted back from the clock
   * @returns ids of the plans that are gone, and of those left: too young, or not finished; sizes in bytes
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_DURATION`; `RETENTION_REFUSED` where something names a run whose files
   * lie in the trash alone; `RETENTION_INVALID` for a damaged state, record, copy or registration; `NOT_FOUND` for a pointer
   * that is not there, `INVALID_PATH` for one in a run file, `POINTER_INVALID`; `RUN_INVALID`; `GOLD_MISSING` while a
   * registered gold store is not given; of manifests, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`; of the
   * lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_A_FILE` and `STORAGE_FAILED`. Nothing of
   * that plan was deleted then, but for `STORAGE_FAILED`: do it again
   * @example
   * ```ts
   * const { bytesDeleted, left } = await pruning.emptyTrash({ olderThan: "P14D" });
   * ```
   */
  async emptyTrash(options: EmptyTrashOptions): Promise<EmptiedTrash> {
    assertOptions(options, EMPTY_TRASH_OPTIONS, "emptyTrash");
    return withText(await emptyRunTrash(this.#context, options), emptiedText);
  }
}
