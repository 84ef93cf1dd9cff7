import { forgetGold, lockCommits } from "../../bronze/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { canonicalJson } from "../../json/index.js";
import { oneAtATime } from "../../retention/index.js";
import { locksOf, type Storage, type StorageLock } from "../../storage/index.js";
import { formatInstant } from "../../time/index.js";
import { moveToTrash, takenBack } from "../../trash/index.js";
import { pointerLock } from "../pointer.js";
import { type PrunedRun, readPrunedDay, writePrunedDay } from "../pruned-runs.js";
import { keptRuns } from "./keep-runs.js";
import { type KnownManifests, namedRuns, pointersOf, type RunPruningContext } from "./names-of-runs.js";
import { type PlannedRuns, parseRunPlan, type RunPlan } from "./run-plan.js";
import { dropCopies, filesOf, removeRunTrash, runTrash, takeRunsBack, writeRunTrash } from "./run-trash.js";
import { isPrunedBy, type KnownRecords, plannedRun, type SurveyedRun, surveyRuns } from "./survey-runs.js";

/**
 * What applying a plan over runs did: counts of runs and files, sizes in bytes.
 *
 * @category Retention
 */
export interface RunApplyResult {
  /** `nothing`: an empty plan, or one that was applied before. */
  readonly status: "applied" | "nothing";
  readonly plan: string;
  /** Runs that were pruned now. */
  readonly runs: number;
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
  /** Interrupted plans that were finished on the way. */
  readonly finished: readonly string[];
  /** Ids of gold stores whose registrations were taken away, as `forget` says. */
  readonly forgotten: readonly string[];
}

/** What was read before, and does not change. */
interface Known {
  readonly records: KnownRecords;
  readonly manifests: KnownManifests;
}

/**
 * Applies a plan:
 *
 * 1. finishes plans that were interrupted;
 * 2. looks at every run again, and at whoever names one: what is kept now is not pruned, and each run is as planned, to the
 *    byte;
 * 3. writes the record in the trash;
 * 4. under the locks of commits and of pointers: looks once more at who names a run, then commits day by day by replacing
 *    `_retention.json`;
 * 5. moves the files to the trash.
 *
 * @throws BronzeError `RETENTION_REFUSED`, `PLAN_STALE`, `RETENTION_INVALID`, `LOCK_HELD`
 */
export async function applyRunPlan(context: RunPruningContext, given: RunPlan): Promise<RunApplyResult> {
  const plan = parseRunPlan(given, "The plan");
  const { storage } = context;
  return oneAtATime(storage, async () => {
    const finished = await finishRunPlans(context);
    const due: PlannedRuns[] = [];
    for (const day of plan.days)
      if (!isPrunedBy(await readPrunedDay(storage, day.folder), plan.id)) due.push(day);
    if (due.length > 0) {
      const known: Known = { records: new Map(), manifests: new Map() };
      const pointers = await assertAsPlanned(context, plan, due, known);
      const startedAt = formatInstant(context.clock());
      await writeRunTrash(storage, { plan, startedAt, finishedAt: null });
      await commitDays(context, plan, due, { ...known, pointers }).catch(async (error: unknown) => {
        // Refused by the last look: nothing of it is to be finished.
        if (isBronzeError(error, "RETENTION_REFUSED")) await finishRunPlans(context);
        throw error;
      });
      for (const day of due) {
        if (!(await moveRuns(storage, plan.id, day))) throw takenBack(plan.id, day.folder);
      }
      await writeRunTrash(storage, { plan, startedAt, finishedAt: formatInstant(context.clock()) });
    }
    const forgotten: string[] = [];
    for (const id of context.forget) if (await forgetGold(storage, id)) forgotten.push(id);
    const removed = due.flatMap(filesOf);
    return {
      status: due.length > 0 || finished.length > 0 ? "applied" : "nothing",
      plan: plan.id,
      runs: due.flatMap(({ runs }) => runs).length,
      filesRemoved: removed.length,
      bytesRemoved: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      finished,
      forgotten,
    };
  });
}

/**
 * Finishes what was interrupted: the files of committed days are moved; days that were not committed are as they were.
 *
 * @throws BronzeError `RETENTION_INVALID` where a day's state is damaged or lost: then nothing of that day is removed
 */
export async function finishRunPlans({ storage, clock }: RunPruningContext): Promise<string[]> {
  const finished: string[] = [];
  for (const { plan, startedAt, finishedAt } of await runTrash(storage)) {
    if (finishedAt !== null) continue;
    let committed = 0;
    for (const day of plan.days) {
      if (isPrunedBy(await readPrunedDay(storage, day.folder), plan.id)) {
        await moveRuns(storage, plan.id, day);
        committed++;
      } else await dropCopies(storage, plan.id, day);
    }
    if (committed === 0) await removeRunTrash(storage, plan);
    else await writeRunTrash(storage, { plan, startedAt, finishedAt: formatInstant(clock()) });
    finished.push(plan.id);
  }
  return finished;
}

/** @returns whether the day was pruned to the end: another may have taken the plan back, where the lock was lost */
function moveRuns(storage: Storage, id: string, day: PlannedRuns): Promise<boolean> {
  return moveToTrash(storage, id, filesOf(day), async () =>
    isPrunedBy(await readPrunedDay(storage, day.folder), id),
  );
}

/**
 * @returns the pointers that count
 * @throws BronzeError `RETENTION_REFUSED`, `PLAN_STALE`
 */
async function assertAsPlanned(
  context: RunPruningContext,
  plan: RunPlan,
  due: readonly PlannedRuns[],
  known: Known,
): Promise<readonly string[]> {
  const { runs, pointers } = await assertNotKept(context, plan, due, known);
  for (const day of due)
    for (const run of day.runs) {
      const now = runs.get(run.runId);
      if (now?.day !== day.folder) throw stale(plan, day, `run ${run.runId} has no run file`);
      const planned = await plannedRun(context.storage, now, plan.records);
      if (canonicalJson(planned) !== canonicalJson(run))
        throw stale(plan, day, `run ${run.runId} is another`);
    }
  return pointers;
}

/**
 * Looks whether anything keeps a planned run by now.
 *
 * @returns the runs that are there, by id, and the pointers that count
 * @throws BronzeError `RETENTION_REFUSED`
 */
async function assertNotKept(
  context: RunPruningContext,
  plan: RunPlan,
  due: readonly PlannedRuns[],
  known: Known,
): Promise<{ readonly runs: ReadonlyMap<string, SurveyedRun>; readonly pointers: readonly string[] }> {
  const surveyed = await surveyRuns(context.storage, known.records);
  const pointers = await pointersOf(context, surveyed);
  const namedBy = await namedRuns(context, pointers, known.manifests);
  const planned = new Set(due.flatMap(({ runs }) => runs.map(({ runId }) => runId)));
  // All other runs stay, but for those that were pruned.
  const isOld = ({ record, isPruned }: SurveyedRun) => isPruned || planned.has(record.run_id);
  const { firstOfHour, locks } = plan;
  const reasons = keptRuns(surveyed.runs, { firstOfHour, locks, namedBy, isOld });
  for (const id of planned) {
    const reason = reasons.get(id);
    if (reason !== undefined) throw isKept(plan, id, reason);
  }
  return { runs: new Map(surveyed.runs.map((run) => [run.record.run_id, run])), pointers };
}

/** @throws BronzeError `RETENTION_REFUSED` where a pointer or a manifest names a planned run */
async function assertStillUnnamed(
  context: RunPruningContext,
  plan: RunPlan,
  due: readonly PlannedRuns[],
  { records, manifests }: Known,
): Promise<void> {
  const pointers = await pointersOf(context, await surveyRuns(context.storage, records));
  const namedBy = await namedRuns(context, pointers, manifests);
  for (const { runId } of due.flatMap(({ runs }) => runs)) {
    const name = namedBy.get(runId);
    if (name !== undefined) throw isKept(plan, runId, `${name} names it`);
  }
}

function isKept({ id }: RunPlan, run: string, reason: string | null): BronzeError {
  return new BronzeError(
    "RETENTION_REFUSED",
    `Plan ${id} would prune run ${run}, which is kept: ${reason}. Nothing was removed; plan again.`,
    { plan: id, run_id: run },
  );
}

async function commitDays(
  context: RunPruningContext,
  plan: RunPlan,
  due: readonly PlannedRuns[],
  known: Known & { readonly pointers: readonly string[] },
): Promise<void> {
  const { storage, clock } = context;
  await underLocks(storage, known.pointers, async () => {
    await assertNotKept(context, plan, due, known);
    const pruned_at = formatInstant(clock());
    for (const day of due) {
      const before = await readPrunedDay(storage, day.folder);
      const now = day.runs.map(({ runId, name, status, record, remove }): PrunedRun => {
        const files = remove.map(({ path, sha256, sizeBytes }) => ({
          path: path.slice(day.folder.length + 1),
          sha256,
          size_bytes: sizeBytes,
        }));
        return { run_id: runId, name, status, plan: plan.id, pruned_at, record, files };
      });
      // The commit point of the day.
      await writePrunedDay(storage, before, [...before.runs, ...now]);
    }
    // A lock that is a lease may have been lost since: who names a run by now keeps it.
    await assertStillUnnamed(context, plan, due, known).catch(async (error: unknown) => {
      for (const day of due) await takeRunsBack(storage, plan.id, day);
      throw error;
    });
  });
}

/** While no freeze commits and no pointer that is there moves. */
async function underLocks(
  storage: Storage,
  pointers: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const locks = locksOf(storage, "retention");
  const held: StorageLock[] = [await lockCommits(storage)];
  try {
    for (const path of await present(storage, pointers)) held.push(await locks.lock(pointerLock(path)));
    await work();
  } finally {
    for (const lock of held.reverse()) await lock.release();
  }
}

async function present(storage: Storage, paths: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const path of paths) if (await storage.stat(path)) there.push(path);
  return there;
}

function stale({ id }: RunPlan, { folder }: PlannedRuns, problem: string): BronzeError {
  return new BronzeError(
    "PLAN_STALE",
    `${folder} is not what plan ${id} was made from: ${problem}. Nothing was removed; plan again.`,
    { plan: id, folder },
  );
}
