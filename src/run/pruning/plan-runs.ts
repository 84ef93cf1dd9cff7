import { BronzeError } from "../../errors.js";
import { flag, given, group, iterable, type OptionTable, required } from "../../options.js";
import { LOCKS_OPTIONS, lockTexts, type ScheduledLocks } from "../../retention/index.js";
import { joinPath, type Storage } from "../../storage/index.js";
import {
  assertDate,
  calendar,
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
  toEpochNs,
} from "../../time/index.js";
import { keptRuns, type RunFacts } from "./keep-runs.js";
import { namedRuns, pointersOf, type RunPruningContext } from "./names-of-runs.js";
import type { KeptRun, PlannedRuns, RunPlan } from "./run-plan.js";
import { sealRunPlan } from "./run-plan.js";
import { filesOf, unfinishedRunPlans } from "./run-trash.js";
import { plannedRun, type SurveyedRun, sizeBelow, surveyRuns } from "./survey-runs.js";

/**
 * Which runs may go: one of the two.
 *
 * @category Retention
 */
export type RunWindow =
  | {
      /**
       * Runs that started at least this long ago by the clock. `"P30D"`, which says days, means runs of days that ended
       * then, in the zone; `"PT36H"` means the hours.
       */
      readonly olderThan: DurationLike;
      readonly before?: undefined;
    }
  | {
      readonly olderThan?: undefined;
      /** Runs of days before this one, in the zone: `YYYY-MM-DD`. */
      readonly before: string;
    };

/**
 * What to prune of runs.
 *
 * @category Retention
 */
export type RunPlanOptions = RunWindow & {
  /** Instants the last run before which stays, of each pipeline; `[]` says that there is none but for those of `tips`. */
  readonly locks: Iterable<InstantLike>;
  /** The locks of a schedule, which count too. Default: none. */
  readonly tips?: ScheduledLocks;
  /** Whether the first run of each UTC hour stays, of each pipeline. Default: true. */
  readonly firstOfHour?: boolean;
  /** Whether run files go too, and not only kept outputs and the run's own files. Default: false. */
  readonly records?: boolean;
};

export const RUN_PLAN_OPTIONS: OptionTable<RunPlanOptions> = {
  olderThan: given,
  before: given,
  locks: required(iterable),
  tips: group(LOCKS_OPTIONS),
  firstOfHour: flag,
  records: flag,
};

/**
 * Plans what to prune of runs.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `RUN_INVALID`, `RETENTION_INVALID`, and as `namedRuns`
 */
export async function planRuns(context: RunPruningContext, options: RunPlanOptions): Promise<RunPlan> {
  const { records = false, firstOfHour = true } = options;
  const { storage } = context;
  const nowNs = context.clock();
  const window = windowOf(options, nowNs, context.timeZone);
  const locks = lockTexts(options.locks, options.tips, window.lastDate);

  const surveyed = await surveyRuns(storage, new Map());
  const { runs, unknown } = surveyed;
  const namedBy = await namedRuns(context, await pointersOf(context, surveyed), new Map());
  const reasons = keptRuns(runs, { firstOfHour, locks, namedBy, isOld: window.isOld });

  const kept: KeptRun[] = [];
  const days = new Map<string, SurveyedRun[]>();
  for (const run of runs) {
    const reason = reasons.get(run.record.run_id);
    if (reason === undefined) days.set(run.day, [...(days.get(run.day) ?? []), run]);
    else if (reason !== null && (run.hasFolder || records)) kept.push(await keptRun(storage, run, reason));
  }
  for (const path of unknown)
    if (window.isOldDay(path.split("/")[1]!)) {
      const sizeBytes = await sizeBelow(storage, path);
      if (sizeBytes > 0)
        kept.push({ path, sizeBytes, reason: "it has no run file, so nobody knows what it is" });
    }
  const planned: PlannedRuns[] = [];
  for (const [folder, own] of days) {
    const taken = [];
    for (const run of own) {
      const plan = await plannedRun(storage, run, records);
      if (plan.remove.length > 0) taken.push(plan);
    }
    if (taken.length > 0) planned.push({ folder, runs: taken });
  }
  return sealRunPlan({
    records,
    firstOfHour,
    locks,
    window: window.text,
    madeAt: formatInstant(nowNs),
    days: planned,
    kept,
    bytes: { removed: sum(planned.flatMap(filesOf)), kept: sum(kept) },
    pending: await unfinishedRunPlans(storage),
  });
}

async function keptRun(storage: Storage, { record, day }: SurveyedRun, reason: string): Promise<KeptRun> {
  const path = joinPath(day, record.run_id);
  return { path, sizeBytes: await sizeBelow(storage, path), reason };
}

interface Window {
  readonly text: string;
  /** The last domain date that it may reach into. */
  readonly lastDate: string;
  isOldDay(date: string): boolean;
  isOld(run: RunFacts & { readonly day: string }): boolean;
}

function windowOf({ olderThan, before }: Partial<RunWindow>, nowNs: bigint, timeZone: string): Window {
  if ((olderThan === undefined) === (before === undefined))
    throw new BronzeError("INVALID_ARGUMENT", "Say which runs: { olderThan } or { before }, one of them.");
  const ofDays = (first: string, text: string): Window => ({
    text,
    lastDate: first,
    isOldDay: (date) => date < first,
    isOld: ({ day }) => day.slice("runs/".length) < first,
  });
  if (before !== undefined) {
    assertDate(before, "before");
    return ofDays(before, `runs of days before ${before}`);
  }
  const endNs = nowNs - toDurationNs(olderThan!, "olderThan");
  const date = calendar(timeZone).date(endNs);
  const text = `older than ${JSON.stringify(olderThan)}`;
  // The day of `now - olderThan` has not ended that long ago.
  if (saysDays(olderThan!)) return ofDays(date, `runs of days ${text}`);
  return {
    text: `runs ${text}`,
    lastDate: date,
    isOldDay: (day) => day < date,
    isOld: ({ record }) => toEpochNs(record.started_at) <= endNs,
  };
}

/** Whether a duration is said in days and weeks alone. */
function saysDays(duration: DurationLike): boolean {
  if (typeof duration === "string") return !/t/i.test(duration);
  const { hours, minutes, seconds, milliseconds, microseconds, nanoseconds } = duration;
  return ![hours, minutes, seconds, milliseconds, microseconds, nanoseconds].some(Boolean);
}

function sum(files: readonly { readonly sizeBytes: number }[]): number {
  return files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
