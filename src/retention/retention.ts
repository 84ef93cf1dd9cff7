import { BronzeStore, type RetentionPlan } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { GoldStore } from "../gold/index.js";
import {
  assertIs,
  assertNoMore,
  assertOptions,
  callback,
  type OptionTable,
  text,
  texts,
} from "../options.js";
import { Printed, withText } from "../printed.js";
import { counted } from "../shown.js";
import { clockOf } from "../time/index.js";
import { type ApplyResult, applyPlan } from "./apply-plan.js";
import { planText } from "./describe-plan.js";
import { type EmptiedTrash, type EmptyTrashOptions, emptyTrash } from "./empty-trash.js";
import type { RetentionContext } from "./kept/manifests.js";
import {
  COMPACT_OPTIONS,
  type CompactOptions,
  makePlan,
  PRUNE_OPTIONS,
  type PruneOptions,
} from "./make-plan.js";
import { type RestoredPlan, restorePlan } from "./restore-plan.js";
import { applyText, emptiedText, restoreText } from "./result-text.js";
import { tracedApply, tracedEmptying, tracedPlan, tracedRestore } from "./traced-verbs.js";

/**
 * Whose days are made smaller, and whose manifests count.
 *
 * @category Retention
 */
export type RetentionOptions<Datasets extends readonly AnyDataset[]> = {
  /** The store whose days are compacted and pruned. */
  readonly bronze: BronzeStore<Datasets>;
  /**
   * Every gold store that was built from this bronze, made with this very `BronzeStore`; `[]` says that there is none. One
   * that is registered with bronze (its first freeze did that) and not given is refused with `GOLD_MISSING`; of trees of
   * 0.1, which registered none, nobody else knows them.
   */
  readonly gold: readonly GoldStore<Datasets>[];
  /**
   * Ids of registered gold stores that are gone for good: their manifests count no more, and `apply` takes their
   * registrations away. One that freezes again is registered again. Default: none.
   */
  readonly forget?: readonly string[];
  /** The present, in epoch nanoseconds; one that gives none is `INVALID_INSTANT` wherever it is asked. Default: the system clock. */
  readonly clock?: () => bigint;
};

const RETENTION_OPTIONS: OptionTable<RetentionOptions<readonly AnyDataset[]>> = {
  bronze: {
    is: "the BronzeStore whose days are made smaller",
    accepts: (value) => value instanceof BronzeStore,
    required: true,
  },
  gold: {
    is: "a list of the GoldStores that were built from it ([] for none)",
    accepts: (value) => Array.isArray(value) && value.every((store) => store instanceof GoldStore),
    required: true,
  },
  forget: texts,
  clock: callback,
};

/**
 * Makes bronze smaller without moving one frozen answer: plan first, look, apply. What goes lies in the trash until that is
 * emptied, and can be taken back.
 *
 * @example
 * ```ts
 * const retention = new Retention({ bronze, gold: [gold] });
 * const plan = await retention.planCompact({ datasets: ["odds_raw"], olderThan: "P2D", into: "day" });
 * console.log(describePlan(plan));
 * await retention.apply(plan);
 * ```
 * @category Retention
 */
export class Retention<const Datasets extends readonly AnyDataset[]> extends Printed {
  readonly #context: RetentionContext;

  /**
   * @throws BronzeError `INVALID_ARGUMENT`, also for a gold store that was made with another `BronzeStore`
   * @example
   * ```ts
   * const retention = new Retention({ bronze, gold: [live, backtests] });
   * ```
   */
  constructor(options: RetentionOptions<Datasets>) {
    super();
    assertOptions(options, RETENTION_OPTIONS, "Retention");
    const { bronze, gold, forget = [] } = options;
    const other = gold.findIndex((store) => store.bronze !== bronze);
    if (other >= 0) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `gold[${other}] of Retention (${gold[other]!.storage.description}) was made with another BronzeStore. ` +
          "Make it with the one that Retention gets, so that both mean the same days.",
        { gold: other },
      );
    }
    this.#context = {
      bronze: bronze as BronzeStore<readonly AnyDataset[]>,
      gold: [...new Set(gold)],
      forget: new Set(forget),
      clock: clockOf(options.clock),
    };
  }

  /** What it may make smaller, and which gold stores it keeps its hands off. */
  toString(): string {
    const { bronze, gold } = this.#context;
    const kept = gold.map(({ storage }) => storage.description).join(", ") || "no gold store";
    return `Retention of ${counted(bronze.datasets.length, "dataset")} in ${bronze.storage.description}, for ${kept}`;
  }

  /**
   * Plans what to prune: parts of runs of days before the window that no manifest's answer needs, wherever they lie. The pruned
   * days' own questions are given up on purpose; every manifest's answer stays. A day that no slate was frozen from is left
   * alone unless `daysWithoutSlate` says otherwise. Nothing is touched until the plan is applied.
   *
   * @param options `datasets`: names; the window, one of `olderThan` (a duration such as `"P30D"`, counted back from the
   * clock, to whole days in each dataset's zone) and `before` (a date `YYYY-MM-DD`, itself not touched); `hours`: whether
   * files whose paths name no run, those of hours, go too (default: false); `daysWithoutSlate`: whether days go of which no manifest names a file (default:
   * false); `firstOfHour`, `locks` and `tips`: which runs
   * stay, the first of each UTC hour and the last before each lock (default: none); `seed` and `cutoffs`: which questions are asked, and how many a day
   * @returns plain data, which can be kept as JSON; sizes in bytes, `madeAt` in UTC
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_DATE`, `INVALID_DURATION`, `INVALID_INSTANT` and
   * `UNKNOWN_DATASET`; `RETENTION_REFUSED` for a dataset of which no folder says all of the date, or whose files their
   * owner overwrites; `GOLD_MISSING` while a registered gold store is not given; of manifests,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path
   * outside the root; `RETENTION_INVALID` for a damaged registration, record or state; of the days' files,
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`,
   * `UNKNOWN_LOOKUP`, `UNREACHABLE_FILES` and `MISFILED_DAY`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const plan = await retention.planPrune({ datasets: ["odds_raw"], olderThan: "P30D" });
   * console.log(describePlan(plan)); // what, why, bytes, and what is refused
   * ```
   */
  async planPrune(options: PruneOptions<Datasets[number]["name"]>): Promise<RetentionPlan> {
    assertOptions(options, PRUNE_OPTIONS, "planPrune");
    const plan = await tracedPlan("planPrune", () => makePlan(this.#context, "prune", options));
    return withText(plan, planText);
  }

  /**
   * Plans how to compact days before the window: `into: "day"` makes files parts of one, and every
   * question has the answer it had; `into: "files"` undoes that, from the compacted files as they are; `keep: "last-run-of-hour"` drops the other runs, and keeps what was known right after
   * each run that stays. Nothing is touched until the plan is applied.
   *
   * @param options one of `into` and `keep`; with `keep`, `daysWithoutSlate` as for `planPrune`; `datasets`, the window, `seed` and `cutoffs` as for `planPrune`
   * @returns plain data, as of `planPrune`
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_DATE`, `INVALID_DURATION`, `INVALID_INSTANT` and
   * `UNKNOWN_DATASET`; `RETENTION_REFUSED` for a dataset of which no folder says all of the date, or whose files their
   * owner overwrites; `GOLD_MISSING` while a registered gold store is not given; of manifests,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path
   * outside the root; `RETENTION_INVALID` for a damaged registration, record or state; of the days' files,
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`,
   * `UNKNOWN_LOOKUP`, `UNREACHABLE_FILES` and `MISFILED_DAY`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const plan = await retention.planCompact({ datasets: ["odds_raw"], olderThan: "P7D", into: "day" });
   * plan.days[0].outputs[0].path; // ".../run_ts=20260116T014500Z/odds.compacted-3f9a1c07d2e45b68.parquet"
   * ```
   */
  async planCompact(options: CompactOptions<Datasets[number]["name"]>): Promise<RetentionPlan> {
    assertOptions(options, COMPACT_OPTIONS, "planCompact");
    const { keep, into, ...plan } = options;
    if ((keep === undefined) === (into === undefined))
      throw new BronzeError(
        "INVALID_ARGUMENT",
        'Say how to compact: { into: "day" }, { into: "files" } or { keep: "last-run-of-hour" }.',
      );
    if (into !== undefined && options.daysWithoutSlate !== undefined)
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `daysWithoutSlate means nothing with into: ${JSON.stringify(into)}, which loses nothing; leave it out.`,
      );
    const rule = into === undefined ? "last-run-of-hour" : (`into-${into}` as const);
    const made = await tracedPlan("planCompact", () => makePlan(this.#context, rule, plan));
    return withText(made, planText);
  }

  /**
   * Applies a plan, after checking all of it against the tree and every promised answer before and after. Files go to
   * the trash. Interrupted, run plan and apply again: what was begun is finished first, also by an empty plan.
   *
   * @param plan of `planPrune` or `planCompact`, also read back from JSON
   * @returns counts of days and files, sizes in bytes; `finished`: interrupted plans that were finished on the way
   * @throws BronzeError `INVALID_ARGUMENT`; `RETENTION_REFUSED` where an answer would change or a manifest names a
   * file; `PLAN_STALE` when the tree is another by now; `GOLD_MISSING` while a registered gold store is not given;
   * `RETENTION_INVALID` for a plan that was changed, or a damaged state or record; `UNKNOWN_DATASET`; of
   * manifests, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names
   * a path outside the root; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the days' files,
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`,
   * `UNKNOWN_LOOKUP`, `INVALID_DATE`, `UNREACHABLE_FILES` and `MISFILED_DAY`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. Nothing was removed then,
   * but for `STORAGE_FAILED`: do it again
   * @example
   * ```ts
   * const { plan, filesRemoved, bytesRemoved } = await retention.apply(JSON.parse(await readFile("plan.json", "utf8")));
   * ```
   */
  async apply(plan: RetentionPlan, ...more: []): Promise<ApplyResult> {
    assertNoMore(more, "apply of a plan");
    return withText(await tracedApply(() => applyPlan(this.#context, plan)), applyText);
  }

  /**
   * Takes a plan back while its files are in the trash: each day turns back at one moment. Nothing is overwritten.
   *
   * @param planId 16 hex digits, `plan.id`
   * @throws BronzeError `INVALID_ARGUMENT`; `NOT_FOUND` when the trash has no such plan; `RETENTION_REFUSED` when
   * a manifest names what the plan made, a later plan took it, or a writer took a file's name; `GOLD_MISSING`
   * while a registered gold store is not given; `RETENTION_INVALID` for a damaged state or record; of manifests,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path
   * outside the root; of compacted files, `CORRUPT_FILE` and `UNSUPPORTED_TYPE`; of the lock, `LOCK_UNAVAILABLE`,
   * `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { filesRestored } = await retention.restore(plan.id);
   * ```
   */
  async restore(planId: string, ...more: []): Promise<RestoredPlan> {
    assertNoMore(more, "restore of a plan");
    assertIs(planId, text, "The id of the plan to restore");
    return withText(await tracedRestore(() => restorePlan(this.#context, planId)), restoreText);
  }

  /**
   * Deletes for good what plans put in the trash at least this long ago, once what takes its place has been read back and
   * every manifest read again. Days of which a manifest names what is only in the trash are given back instead. Interrupted, it
   * can be run again.
   *
   * @param options `olderThan`: a duration such as `"P14D"`, counted back from the clock; less than a day is refused
   * @returns ids of the plans that are gone, and of those left: too young, not finished, or given back; sizes in bytes
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_DURATION`; `RETENTION_INVALID` where a day's state or what
   * replaced the files is damaged; `RETENTION_REFUSED` where a manifest names a file that lies in the trash alone and
   * cannot be given back;
   * `GOLD_MISSING` while a registered gold store is not given; `UNKNOWN_DATASET`; of manifests,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path
   * outside the root; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the days' files,
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`
   * and `MISFILED_DAY`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. Nothing of that plan was
   * deleted then, but for `STORAGE_FAILED`: do it again
   * @example
   * ```ts
   * const { bytesDeleted, left } = await retention.emptyTrash({ olderThan: "P14D" });
   * ```
   */
  async emptyTrash(options: EmptyTrashOptions): Promise<EmptiedTrash> {
    return withText(await tracedEmptying(() => emptyTrash(this.#context, options)), emptiedText);
  }
}
