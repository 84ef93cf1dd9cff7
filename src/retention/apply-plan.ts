import {
  forgetGold,
  lockCommits,
  type PlannedDay,
  parsePlan,
  type RetentionPlan,
  type TrashRecord,
  trashRecords,
  unitOf,
} from "../bronze/index.js";
import { isCompactedName } from "../dataset/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { canonicalJson } from "../json/index.js";
import { locksOf, type Storage } from "../storage/index.js";
import { formatInstant } from "../time/index.js";
import {
  isCommitted,
  lostOf,
  moveTaken,
  putPart,
  putWhole,
  readState,
  readStateToAddTo,
  sealState,
  stateAfter,
  stateBeforeParts,
  takeBack,
  takenBack,
  undoDay,
  writeRecord,
  writeState,
} from "../trash/index.js";
import type { DayPlan } from "./day/day-draft.js";
import { planDay } from "./day/plan-day.js";
import { surveyUnit } from "./day/survey-day.js";
import {
  assertAllGiven,
  type Keeper,
  type Kept,
  keptByManifests,
  type RetentionContext,
} from "./kept/manifests.js";
import { verifyPlan } from "./proof/verify-plan.js";

/**
 * What applying a plan did.
 *
 * @category Retention
 */
export interface ApplyResult {
  /** `nothing`: an empty plan, or one that was applied before. */
  readonly status: "applied" | "nothing";
  readonly plan: string;
  /** Days that took effect now. */
  readonly days: number;
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
  readonly bytesAdded: number;
  /** Interrupted plans that were finished on the way. */
  readonly finished: readonly string[];
  /** Ids of gold stores whose registrations were taken away, as `forget` says. */
  readonly forgotten: readonly string[];
}

/**
 * Applies a plan:
 *
 * 1. finishes plans that were interrupted;
 * 2. plans the same days again and refuses unless the outcome is the same to the byte, and no manifest names a file;
 * 3. answers every question again, before and after;
 * 4. writes the record and the outputs, which no reader uses yet, and reads them back;
 * 5. under the lock that freezes hold for a commit: checks for new manifests, then commits day by day by replacing
 *    `_retention.json`;
 * 6. moves what was replaced to the trash.
 *
 * @throws BronzeError `RETENTION_REFUSED`, `PLAN_STALE`, `RETENTION_INVALID`, `LOCK_HELD`
 */
export async function applyPlan(context: RetentionContext, given: RetentionPlan): Promise<ApplyResult> {
  const plan = parsePlan(given, "The plan");
  const { storage } = context.bronze;
  return oneAtATime(storage, async () => {
    await assertAllGiven(context);
    const finished = await finishInterrupted(context);
    const kept = await keptByManifests(context);
    assertNotNamed(plan, kept);
    const days = await stillDue(context, plan, kept);
    if (days.length > 0) {
      await assertVerified(context, plan, days, kept.manifests);
      const startedAt = formatInstant(context.clock());
      await writeRecord(storage, { plan, startedAt, finishedAt: null });
      await declareParts(context, plan, days);
      for (const { outputBytes } of days) {
        for (const [path, bytes] of outputBytes) await publishOutput(storage, path, bytes);
      }
      await commitDays(context, plan, days, kept).catch(async (error: unknown) => {
        // Refused by the last check: remove the outputs again, which other engines could see.
        if (isBronzeError(error, "RETENTION_REFUSED") || isBronzeError(error, "GOLD_MISSING"))
          await finishInterrupted(context);
        // Another went on in our place, and may have said in the record that nothing is left of this plan.
        if (isBronzeError(error, "LOCK_LOST")) await settleDays(storage, plan).catch(unlessTold);
        throw error;
      });
      for (const { day } of days) {
        if (!(await moveTaken(storage, plan.id, day))) throw takenBack(plan.id, day.folder);
      }
      await writeRecord(storage, { plan, startedAt, finishedAt: formatInstant(context.clock()) });
      for (const { day } of days) {
        if (isCommitted(await readState(storage, day.folder, []), plan.id, day)) continue;
        await writeRecord(storage, { plan, startedAt, finishedAt: null });
        throw takenBack(plan.id, day.folder);
      }
    }
    const forgotten: string[] = [];
    for (const id of context.forget) if (await forgetGold(storage, id)) forgotten.push(id);
    const removed = days.flatMap(({ day }) => day.remove);
    const added = days.flatMap(({ day }) => day.outputs);
    return {
      status: days.length > 0 || finished.length > 0 ? "applied" : "nothing",
      plan: plan.id,
      days: days.length,
      filesRemoved: removed.length,
      bytesRemoved: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      bytesAdded: added.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      finished,
      forgotten,
    };
  });
}

/** Only one process at a time runs retention, also between gold stores that share a bronze. */
export async function oneAtATime<T>(storage: Storage, work: () => Promise<T>): Promise<T> {
  const lock = await locksOf(storage, "retention").lock("bronze/.retention.lock");
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/**
 * Finishes what was interrupted: the files of committed days are moved; for days that were not committed the outputs,
 * which no reader used, are removed, and the days are as they were before.
 *
 * @throws BronzeError `RETENTION_INVALID` where a day's state is damaged, or is lost after its files were moved: then
 * nothing of that day is removed
 */
export async function finishInterrupted({ bronze: { storage }, clock }: RetentionContext): Promise<string[]> {
  const finished: string[] = [];
  const records = await trashRecords(storage);
  for (const { plan, startedAt, finishedAt } of records) {
    if (finishedAt !== null) continue;
    await settleDays(storage, plan, records);
    await writeRecord(storage, { plan, startedAt, finishedAt: formatInstant(clock()) });
    finished.push(plan.id);
  }
  return finished;
}

/** Ends what a plan began of its days, each as its state says. @throws BronzeError as `finishInterrupted` */
async function settleDays(
  storage: Storage,
  { id, days }: TrashRecord["plan"],
  records: readonly TrashRecord[] = [],
): Promise<void> {
  for (const day of days) {
    const state = await readState(storage, day.folder, records);
    const isInEffect = isCommitted(state, id, day);
    if (!isInEffect && (await undoDay(storage, id, day, state, records))) continue;
    if (isInEffect) await sealState(storage, day.folder, state);
    await moveTaken(storage, id, day);
  }
}

/** The error that is thrown already says more. */
function unlessTold(error: unknown): void {
  if (!isBronzeError(error)) throw error;
}

/**
 * The plan's days that have not taken effect yet, planned again; equal to the byte, or the plan is for another tree.
 */
async function stillDue({ bronze }: RetentionContext, plan: RetentionPlan, kept: Kept): Promise<DayPlan[]> {
  const due: DayPlan[] = [];
  const records = await trashRecords(bronze.storage);
  for (const day of plan.days) {
    if (isCommitted(await readState(bronze.storage, day.folder, records), plan.id, day)) continue;
    const dataset = bronze.dataset(day.dataset);
    const unit = unitOf(dataset, day.date);
    const surveyed = await surveyUnit(bronze.storage, dataset, unit);
    const own = surveyed.find(({ folder }) => folder === day.folder);
    const none = { dataset, date: day.date, unit, folder: day.folder, files: [] };
    const again = planDay(own ?? none, plan, kept);
    if (canonicalJson(again.day) !== canonicalJson(day)) throw stale(plan, day, again.day);
    due.push(again);
  }
  return due;
}

function stale(plan: RetentionPlan, day: PlannedDay, now: PlannedDay): BronzeError {
  const text = ({ remove, outputs }: PlannedDay) =>
    new Map([...remove, ...outputs].map((file) => [file.path, file.sha256]));
  const [before, after] = [text(day), text(now)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  return new BronzeError(
    "PLAN_STALE",
    `${day.dataset} ${day.date} is not what plan ${plan.id} was made from: ${paths.slice(0, 3).join(", ") || "its reasons"} ` +
      "would be treated differently now. Nothing was removed; plan again.",
    { plan: plan.id, dataset: day.dataset, date: day.date, paths },
  );
}

function assertNotNamed({ id, days }: RetentionPlan, kept: Kept): void {
  for (const day of days) {
    for (const file of day.remove) {
      for (const part of lostOf(day, file)) {
        const keeper = kept.decidedBy(part);
        if (keeper) throw isKept(id, part.path, keeper);
      }
      // What is named by content may go into another file.
      const manifest = kept.heldBy(file.path);
      if (manifest !== undefined) throw isKept(id, file.path, { reason: "named by", manifest });
    }
  }
}

function isKept(plan: string, file: string, { reason, manifest }: Keeper): BronzeError {
  const why = reason === "named by" ? `${manifest} names` : `${reason} ${manifest}`;
  return new BronzeError(
    "RETENTION_REFUSED",
    `Plan ${plan} would remove ${file}, which ${why}; what an answer needs is kept. ` +
      "Nothing was removed; plan again.",
    { plan, file, manifest },
  );
}

async function assertVerified(
  { bronze }: RetentionContext,
  { id, rule, certificate: terms }: RetentionPlan,
  days: readonly DayPlan[],
  manifests: Kept["manifests"],
): Promise<void> {
  const datasetOf = (name: string) => bronze.dataset(name);
  const { changes } = await verifyPlan({ storage: bronze.storage, datasetOf, rule, days, manifests, terms });
  const [change] = changes;
  if (!change) return;
  throw new BronzeError(
    "RETENTION_REFUSED",
    `Plan ${id} would change an answer: ${change.text}. Nothing was removed; plan again.`,
    { plan: id, question: change.text, changes: changes.map(({ text }) => text) },
  );
}

/** Declares files that parts are written to as no data, before they are: a reader never sees a row twice. */
async function declareParts(
  { bronze: { storage } }: RetentionContext,
  plan: RetentionPlan,
  days: readonly DayPlan[],
): Promise<void> {
  const records = await trashRecords(storage);
  const lock = await lockCommits(storage);
  try {
    for (const { day } of days) {
      const state = await readStateToAddTo(storage, day.folder, records);
      const declared = stateBeforeParts(state, plan.id, day);
      if (declared) await writeState(storage, day.folder, state, declared);
    }
  } finally {
    await lock.release();
  }
}

async function publishOutput(storage: Storage, path: string, bytes: Uint8Array): Promise<void> {
  if (!isCompactedName(path)) return await putPart(storage, path, bytes);
  // Its name identifies its content; other bytes under it are a leftover that no reader uses.
  await putWhole(storage, path, bytes, "nothing was removed");
}

async function commitDays(
  context: RetentionContext,
  plan: RetentionPlan,
  days: readonly DayPlan[],
  before: Kept,
): Promise<void> {
  const { storage } = context.bronze;
  const lock = await lockCommits(storage);
  try {
    const now = await keptByManifests(context, before.manifests);
    assertNotNamed(plan, now);
    const fresh = new Map([...now.manifests].filter(([path]) => !before.manifests.has(path)));
    if (fresh.size > 0) await assertVerified(context, { ...plan, rule: "prune" }, days, fresh);
    const records = await trashRecords(storage);
    for (const { day, pruned } of days) {
      const state = await readStateToAddTo(storage, day.folder, records);
      // The commit point of the day: its files stop being data, its outputs become data.
      await writeState(storage, day.folder, state, stateAfter(state, plan.id, day, pruned));
    }
    // A lock that is a lease may have been lost since: what was frozen meanwhile is seen now, or sees what was committed; and
    // who took this plan for interrupted, and removed what it made, is seen now, or sees that it is data.
    try {
      assertNotNamed(plan, await keptByManifests(context, now.manifests));
      for (const { day } of days) await assertOutputsThere(storage, plan, day);
    } catch (error) {
      for (const { day } of days) await takeBack(storage, plan.id, day);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** @throws BronzeError `LOCK_LOST` */
async function assertOutputsThere(storage: Storage, { id }: RetentionPlan, day: PlannedDay): Promise<void> {
  for (const { path } of day.outputs) {
    if (await storage.stat(path)) continue;
    throw new BronzeError(
      "LOCK_LOST",
      `${path} was removed by another process, which took plan ${id} for interrupted, because the lock was lost meanwhile. ` +
        "The plan was taken back, and nothing was removed; apply it again.",
      { plan: id, path },
    );
  }
}
