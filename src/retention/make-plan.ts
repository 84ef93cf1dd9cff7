import {
  planId,
  type RefusedFile,
  type RetentionPlan,
  type RetentionRule,
  sealPlan,
} from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { flag, given, group, iterable, type OptionTable, oneOf, required, texts, whole } from "../options.js";
import {
  assertDate,
  calendar,
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
} from "../time/index.js";
import { unfinishedPlans } from "../trash/index.js";
import type { DayPlan } from "./day/day-draft.js";
import { LOCKS_OPTIONS, lockTexts, type ScheduledLocks } from "./day/keep-rules.js";
import { planDay } from "./day/plan-day.js";
import { surveyUnit, unitsBefore } from "./day/survey-day.js";
import { keptByManifests, type RetentionContext } from "./kept/manifests.js";
import { verifyPlan } from "./proof/verify-plan.js";

/**
 * Which days may be touched: one of the two.
 *
 * @category Retention
 */
export type RetentionWindow =
  | {
      /** Domain dates that ended at least this long ago by the store's clock: `"P30D"`. */
      readonly olderThan: DurationLike;
      readonly before?: undefined;
    }
  | {
      readonly olderThan?: undefined;
      /** Domain dates before this one. */
      readonly before: string;
    };

/**
 * What both kinds of plan are told.
 *
 * @category Retention
 */
export type PlanOptions<Name extends string = string> = RetentionWindow & {
  /** Whose days. */
  readonly datasets: readonly Name[];
  /** Which cutoffs the certificate asks; equal seeds ask the same. Default: 1. */
  readonly seed?: number;
  /** How many cutoffs it asks a day. Default: 32. */
  readonly cutoffs?: number;
};

/**
 * What to prune.
 *
 * @category Retention
 */
export type PruneOptions<Name extends string = string> = PlanOptions<Name> & {
  /** Prune files whose paths name no run too, those of hours. Default: false. */
  readonly hours?: boolean;
  /**
   * Prune days too that no slate was frozen from: days of which no manifest of the gold stores given names a file. Such days
   * are left alone, and said in `refused`. Default: false.
   */
  readonly daysWithoutSlate?: boolean;
  /** Keep the first run of each UTC hour of a day. Default: false. */
  readonly firstOfHour?: boolean;
  /** Instants: keep the last run of a day that started by then. Default: none. */
  readonly locks?: Iterable<InstantLike>;
  /** The locks of a schedule, which count too. Default: none. */
  readonly tips?: ScheduledLocks;
};

/**
 * How to compact.
 *
 * @category Retention
 */
export type CompactOptions<Name extends string = string> = PlanOptions<Name> &
  (
    | {
        /** Lossy: of the runs of each hour only the last stays. */
        readonly keep: "last-run-of-hour";
        readonly into?: undefined;
        /** As for `planPrune`. Default: false. */
        readonly daysWithoutSlate?: boolean;
      }
    | {
        readonly keep?: undefined;
        /**
         * Lossless. `day`: the files of a day become parts of one, of each schema, but for those that a manifest of version 1 names.
         * `files`: the parts of compacted days become files again.
         */
        readonly into: "day" | "files";
        readonly daysWithoutSlate?: undefined;
      }
  );

const PLAN_OPTIONS: OptionTable<PlanOptions> = {
  datasets: required(texts),
  olderThan: given,
  before: given,
  seed: whole(0),
  cutoffs: whole(0),
};
export const PRUNE_OPTIONS: OptionTable<PruneOptions> = {
  ...PLAN_OPTIONS,
  hours: flag,
  daysWithoutSlate: flag,
  firstOfHour: flag,
  locks: iterable,
  tips: group(LOCKS_OPTIONS),
};
export const COMPACT_OPTIONS: OptionTable<CompactOptions> = {
  ...PLAN_OPTIONS,
  keep: oneOf("last-run-of-hour"),
  into: oneOf("day", "files"),
  daysWithoutSlate: flag,
};

/**
 * Makes a plan and its certificate. Days whose answers would change are excluded and named in `refused`.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `RETENTION_REFUSED`, and as `parseManifest`: if a manifest cannot be read it is
 * unknown what must be kept
 */
export async function makePlan(
  context: RetentionContext,
  rule: RetentionRule,
  {
    datasets,
    seed = 1,
    cutoffs = 32,
    hours = false,
    daysWithoutSlate = false,
    firstOfHour = false,
    locks = [],
    tips,
    ...window
  }: PlanOptions & Omit<PruneOptions, keyof PlanOptions>,
): Promise<RetentionPlan> {
  assertWindow(window);
  const { storage } = context.bronze;
  const nowNs = context.clock();
  const ends = datasets.map((name) => firstKeptDate(window, nowNs, context.bronze.dataset(name)));
  const instants = lockTexts(locks, tips, ends.sort().at(-1) ?? "");
  const keep = firstOfHour || instants.length > 0 ? { firstOfHour, locks: instants } : undefined;
  const rules = { rule, hours, ...(keep && { keep }), ...(daysWithoutSlate && { daysWithoutSlate }) };
  const kept = await keptByManifests(context);
  const refused: RefusedFile[] = [];
  let days: DayPlan[] = [];
  for (const name of new Set(datasets)) {
    const dataset = context.bronze.dataset(name);
    const end = firstKeptDate(window, nowNs, dataset);
    assertHasUnits(dataset);
    for (const unit of await unitsBefore(storage, dataset, end)) {
      for (const surveyed of await surveyUnit(storage, dataset, unit)) {
        const plan = planDay(surveyed, rules, kept);
        refused.push(...plan.refused);
        if (plan.day.remove.length > 0) days.push(plan);
      }
    }
  }

  const terms = { seed, cutoffs };
  const changedDays = new Set<string>();
  for (;;) {
    const { manifests, questions, changes } = await verifyPlan({
      storage,
      datasetOf: (name) => context.bronze.dataset(name),
      rule,
      days,
      manifests: kept.manifests,
      terms,
    });
    const planned = days.map(({ day }) => day);
    if (changes.length === 0) {
      return sealPlan({
        format: "bronzestore.plan",
        version: 2,
        id: planId(rule, planned),
        ...rules,
        window: windowText(window, datasets),
        madeAt: formatInstant(nowNs),
        days: planned,
        refused,
        bytes: {
          removed: sum(planned.flatMap(({ remove }) => remove)),
          added: sum(planned.flatMap(({ outputs }) => outputs)),
          refused: sum(refused),
        },
        certificate: { ...terms, manifests, questions },
        pending: await unfinishedPlans(storage),
      });
    }
    // Without the days with which an answer would change, the rest may still be removed; that is checked again.
    for (const { text, days: changed } of changes) {
      for (const { dataset, date, folder, remove } of changed) {
        if (changedDays.has(folder)) continue;
        changedDays.add(folder);
        const reason = `an answer would change: ${text}`;
        refused.push({ dataset, date, path: null, sizeBytes: sum(remove), reason });
      }
    }
    const changed = new Set(changes.flatMap((change) => change.days));
    days = days.filter(({ day }) => !changed.has(day));
  }
}

/** What no folder dates is never closed, and what its owner replaces is not ours. @throws BronzeError `RETENTION_REFUSED` */
function assertHasUnits({ name, files, layout }: AnyDataset): void {
  const loose = layout.units.find(
    ({ fixesDates, templates }) => !fixesDates && templates.some((template) => template !== layout.latest),
  );
  const why =
    files === "overwritten"
      ? "its files are overwritten by their owner"
      : loose &&
        `${loose.templates[0]!.text} has no folder that says all of the date, so that no day is ever closed`;
  if (why === undefined) return;
  throw new BronzeError("RETENTION_REFUSED", `Nothing of "${name}" is pruned or compacted: ${why}.`, {
    dataset: name,
  });
}

function assertWindow({ olderThan, before }: Partial<RetentionWindow>): void {
  if ((olderThan === undefined) === (before === undefined))
    throw new BronzeError("INVALID_ARGUMENT", "Say which days: { olderThan } or { before }, one of them.");
  if (before !== undefined) assertDate(before, "before");
  else toDurationNs(olderThan!, "olderThan");
}

/** The first date that is not changed. */
function firstKeptDate(
  { olderThan, before }: Partial<RetentionWindow>,
  nowNs: bigint,
  dataset: AnyDataset,
): string {
  if (before !== undefined) return before;
  // The day of `now - olderThan` has not ended that long ago; nor has it if it begins exactly then.
  return calendar(dataset.timeZone).date(nowNs - toDurationNs(olderThan!, "olderThan"));
}

function windowText({ olderThan, before }: Partial<RetentionWindow>, datasets: readonly string[]): string {
  const days = before === undefined ? `older than ${JSON.stringify(olderThan)}` : `before ${before}`;
  return `${datasets.join(", ")}, days ${days}`;
}

function sum(files: readonly { readonly sizeBytes: number }[]): number {
  return files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
