import { lockCommits, type PlannedDay, trashRecords } from "../bronze/index.js";
import { BronzeError } from "../errors.js";
import { finishInterrupted, oneAtATime } from "./apply-plan.js";
import { assertAllGiven, keptByManifests, type RetentionContext } from "./manifests.js";
import { inDay, isCommitted, readState, sealState, stateBefore, writeState } from "./retention-state.js";
import { assertUndoable, removeRecord, undoDay, writeRecord } from "./trash.js";
import { assertCanReturn, cannotTakeBack, putBack } from "./trash-files.js";

/**
 * What restoring did.
 *
 * @category Retention
 */
export interface RestoredPlan {
  readonly plan: string;
  readonly filesRestored: number;
}

/**
 * Undoes a plan while its files are in the trash. Each day changes back in one step: the files are put in place while
 * they are declared gone, then one replacement of `_retention.json` makes them data again instead of the outputs.
 * Nothing is overwritten, and nothing is removed from the trash before it was read back in its place.
 *
 * @throws BronzeError `NOT_FOUND` when the trash was emptied; `RETENTION_REFUSED` when a manifest names an output, a
 * later plan removed it, or a writer used a file's name
 */
export async function restorePlan(context: RetentionContext, id: string): Promise<RestoredPlan> {
  const { storage } = context.bronze;
  return oneAtATime(storage, async () => {
    await assertAllGiven(context);
    await finishInterrupted(context);
    const records = await trashRecords(storage);
    const record = records.find(({ plan }) => plan.id === id);
    if (!record) {
      throw new BronzeError("NOT_FOUND", `The trash has no plan ${id}; it was emptied, or restored.`, {
        plan: id,
      });
    }
    const due: PlannedDay[] = [];
    for (const day of record.plan.days) {
      const state = await readState(storage, day.folder, records);
      if (isCommitted(state, id, day)) due.push(day);
      else await assertUndoable(storage, id, day, state);
      await sealState(storage, day.folder, state);
    }
    for (const day of due) await assertRestorable(context, id, day);
    // If interrupted from here on, the days that have not changed back stay committed, and the plan is finished again.
    await writeRecord(storage, { ...record, finishedAt: null });
    for (const day of due) await restoreDay(context, id, day);

    for (const day of record.plan.days)
      await undoDay(storage, id, day, await readState(storage, day.folder, []));
    await removeRecord(storage, id);
    return { plan: id, filesRestored: due.flatMap(({ remove }) => remove).length };
  });
}

async function assertRestorable(context: RetentionContext, id: string, day: PlannedDay): Promise<void> {
  const { storage } = context.bronze;
  await assertUnnamed(context, id, day);
  const { compacted } = await readState(storage, day.folder, []);
  for (const { path } of day.outputs) {
    if (!compacted.some((file) => file.path === inDay(day, path)))
      throw cannotTakeBack(id, path, "was replaced by a later plan; restore that one first");
  }
  await assertCanReturn(storage, id, day.remove);
}

async function restoreDay(context: RetentionContext, id: string, day: PlannedDay): Promise<void> {
  const { storage } = context.bronze;
  await putBack(storage, id, day.remove);
  const lock = await lockCommits(storage);
  try {
    await assertUnnamed(context, id, day);
    // The commit point of the day.
    const state = await readState(storage, day.folder, []);
    await writeState(storage, day.folder, stateBefore(state, id, day));
  } finally {
    await lock.release();
  }
}

async function assertUnnamed(context: RetentionContext, id: string, day: PlannedDay): Promise<void> {
  const kept = await keptByManifests(context);
  const named = day.outputs.find(({ path }) => kept.namedBy(path) !== undefined);
  if (!named) return;
  throw cannotTakeBack(id, named.path, `is named by ${kept.namedBy(named.path)}`);
}
