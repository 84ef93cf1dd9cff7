import { lockCommits, type PlannedDay, trashRecords } from "../bronze/index.js";
import { BronzeError } from "../errors.js";
import type { Storage } from "../storage/index.js";
import {
  assertCanReturn,
  assertOutputsHeld,
  assertUndoable,
  cannotTakeBack,
  isCommitted,
  putBack,
  readState,
  removeRecord,
  sealState,
  takeBack,
  undoDay,
  writeRecord,
} from "../trash/index.js";
import { finishInterrupted, oneAtATime } from "./apply-plan.js";
import { assertAllGiven, type Kept, keptByManifests, type RetentionContext } from "./kept/manifests.js";

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
    if (record.plan.rule === "into-files")
      throw new BronzeError(
        "RETENTION_REFUSED",
        `Plan ${id} made files of compacted days; it is not taken back from the trash. Compact the days again.`,
        { plan: id },
      );
    const due: PlannedDay[] = [];
    for (const day of record.plan.days) {
      const state = await readState(storage, day.folder, records);
      if (isCommitted(state, id, day)) due.push(day);
      else await assertUndoable(storage, id, day, state);
      await sealState(storage, day.folder, state);
    }
    const kept = await keptByManifests(context);
    assertUnnamed(id, due, kept);
    for (const day of due) await assertRestorable(storage, id, day);
    // If interrupted from here on, the days that have not changed back stay committed, and the plan is finished again.
    await writeRecord(storage, { ...record, finishedAt: null });
    for (const { remove } of due) await putBack(storage, id, remove);
    await commitBack(context, id, due, kept);

    for (const day of record.plan.days)
      await undoDay(storage, id, day, await readState(storage, day.folder, []));
    await removeRecord(storage, record.plan);
    return { plan: id, filesRestored: due.flatMap(({ remove }) => remove).length };
  });
}

async function assertRestorable(storage: Storage, id: string, day: PlannedDay): Promise<void> {
  assertOutputsHeld(await readState(storage, day.folder, []), id, day);
  await assertCanReturn(storage, id, day.remove);
}

/** @param before what manifests named when the restore began: those are not read again */
async function commitBack(
  context: RetentionContext,
  id: string,
  days: readonly PlannedDay[],
  before: Kept,
): Promise<void> {
  const { storage } = context.bronze;
  const lock = await lockCommits(storage);
  try {
    assertUnnamed(id, days, await keptByManifests(context, before.manifests));
    for (const day of days) await takeBack(storage, id, day);
  } finally {
    await lock.release();
  }
}

function assertUnnamed(id: string, days: readonly PlannedDay[], kept: Kept): void {
  for (const { path } of days.flatMap(({ outputs }) => outputs)) {
    const manifest = kept.namedBy(path);
    if (manifest !== undefined) throw cannotTakeBack(id, path, `is named by ${manifest}`);
  }
}
