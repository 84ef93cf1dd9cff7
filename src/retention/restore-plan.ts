import { lockCommits, type PlannedDay, trashPath, trashRecords } from "../bronze/index.js";
import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { readIfThere } from "../storage/index.js";
import { finishInterrupted, oneAtATime } from "./apply-plan.js";
import { assertAllGiven, keptByManifests, type RetentionContext } from "./manifests.js";
import { inDay, isCommitted, readState, sealState, stateBefore, writeState } from "./retention-state.js";
import { assertUndoable, isWhole, removeRecord, undoDay, writeRecord } from "./trash.js";

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
  const refuse = (file: string, why: string) =>
    new BronzeError("RETENTION_REFUSED", `Plan ${id} cannot be taken back: ${file} ${why}.`, {
      plan: id,
      file,
    });
  await assertUnnamed(context, id, day);
  const { compacted } = await readState(storage, day.folder, []);
  for (const { path } of day.outputs) {
    if (!compacted.some((file) => file.path === inDay(day, path)))
      throw refuse(path, "was replaced by a later plan; restore that one first");
  }
  for (const { path, sha256: digest } of day.remove) {
    const now = await readIfThere(storage, path);
    if (now && sha256(now) !== digest) throw refuse(path, "is another file by now");
    const copy = await readIfThere(storage, trashPath(id, path));
    if (!now && !copy) throw refuse(path, "is not in the trash");
    if (copy && sha256(copy) !== digest) throw refuse(trashPath(id, path), "is not what was put there");
  }
}

async function restoreDay(context: RetentionContext, id: string, day: PlannedDay): Promise<void> {
  const { storage } = context.bronze;
  for (const file of day.remove) {
    const copy = await readIfThere(storage, trashPath(id, file.path));
    if (copy) await storage.publish(file.path, copy);
    if (await isWhole(storage, file)) continue;
    throw new BronzeError(
      "STORAGE_FAILED",
      `${file.path} does not read back as it was put in place; it stays in the trash.`,
      { path: file.path, action: "publish", cause: "CHANGED" },
    );
  }
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
  throw new BronzeError(
    "RETENTION_REFUSED",
    `Plan ${id} cannot be taken back: ${named.path} is named by ${kept.namedBy(named.path)}.`,
    { plan: id, file: named.path },
  );
}
