import { trashPath } from "../../bronze/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { type EmptiedTrash, type EmptyTrashOptions, oneAtATime } from "../../retention/index.js";
import { readIfThere, type Storage } from "../../storage/index.js";
import { toDurationNs, toEpochNs } from "../../time/index.js";
import { isWhole } from "../../trash/index.js";
import { readPrunedDay } from "../pruned-runs.js";
import { namedRuns, pointersOf, type RunPruningContext } from "./names-of-runs.js";
import type { PlannedRuns, RunPlan } from "./run-plan.js";
import { dropCopies, filesOf, runTrash, runTrashPath } from "./run-trash.js";
import { isPrunedBy, surveyRuns } from "./survey-runs.js";

/** What is emptied can never be taken back, so there is a day to see that it was missed. */
const DAY_NS = 86_400_000_000_000n;

/**
 * Deletes what has been in the trash long enough, after pointers and manifests were read again. If interrupted, it can be
 * run again: the record is removed last.
 *
 * @throws BronzeError `RETENTION_INVALID` where a day's state or a copy is damaged, `RETENTION_REFUSED` where something
 * names a run whose files are only in the trash; then nothing of that plan was deleted
 */
export async function emptyRunTrash(
  context: RunPruningContext,
  { olderThan }: EmptyTrashOptions,
): Promise<EmptiedTrash> {
  const { storage } = context;
  const spanNs = toDurationNs(olderThan, "olderThan");
  const latestNs = context.clock() - (spanNs < DAY_NS ? DAY_NS : spanNs);
  return oneAtATime(storage, async () => {
    const plans: string[] = [];
    const left: string[] = [];
    let filesDeleted = 0;
    let bytesDeleted = 0;
    const pointers = await pointersOf(context, await surveyRuns(storage, new Map()));
    const namedBy = await namedRuns(context, pointers, new Map());
    for (const { plan, finishedAt } of await runTrash(storage)) {
      if (finishedAt === null || toEpochNs(finishedAt) > latestNs) {
        left.push(plan.id);
        continue;
      }
      for (const day of plan.days) await assertGone(storage, plan, day, namedBy);
      for (const { path, sizeBytes } of plan.days.flatMap(filesOf)) {
        if (!(await storage.remove(trashPath(plan.id, path)))) continue;
        filesDeleted++;
        bytesDeleted += sizeBytes;
      }
      await storage.remove(runTrashPath(plan.id));
      plans.push(plan.id);
    }
    return { plans, filesDeleted, bytesDeleted, left, givenBack: [] };
  });
}

/** Checks that a day says that its files were pruned, that the copies are what was put there, and that nothing names a run. */
async function assertGone(
  storage: Storage,
  { id }: RunPlan,
  day: PlannedRuns,
  namedBy: ReadonlyMap<string, string>,
): Promise<void> {
  if (!isPrunedBy(await readPrunedDay(storage, day.folder), id)) {
    await dropCopies(storage, id, day);
    return;
  }
  for (const { runId, remove } of day.runs)
    for (const file of remove) {
      const copy = await readIfThere(storage, trashPath(id, file.path));
      if (!copy) continue; // an earlier emptying was interrupted
      if (sha256(copy) !== file.sha256)
        throw new BronzeError(
          "RETENTION_INVALID",
          `The trash of plan ${id} is kept: ${trashPath(id, file.path)} is not what was put there. Restore it, or the plan.`,
          { plan: id, file: trashPath(id, file.path) },
        );
      const name = namedBy.get(runId);
      if (name === undefined || (await isWhole(storage, file))) continue;
      throw new BronzeError(
        "RETENTION_REFUSED",
        `${name} names run ${runId}, whose ${file.path} is in the trash of plan ${id}. Restore the plan.`,
        { plan: id, file: file.path, run_id: runId },
      );
    }
}
