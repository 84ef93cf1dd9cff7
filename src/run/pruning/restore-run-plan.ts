import { trashPath } from "../../bronze/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { isWhole, oneAtATime, type RestoredPlan } from "../../retention/index.js";
import { readIfThere, type Storage } from "../../storage/index.js";
import { readPrunedDay, writePrunedDay } from "../pruned-runs.js";
import { finishRunPlans } from "./apply-run-plan.js";
import type { RunPruningContext } from "./names-of-runs.js";
import type { PlannedRuns } from "./run-plan.js";
import { dropCopies, filesOf, removeRunTrash, runTrash, writeRunTrash } from "./run-trash.js";
import { isPrunedBy } from "./survey-runs.js";

/**
 * Undoes a plan while its files are in the trash: the files of a day are put in place, then its `_retention.json` says no
 * more that they are gone. Nothing is overwritten, and nothing is removed from the trash before it was read back in its
 * place.
 *
 * @throws BronzeError `NOT_FOUND` when the trash was emptied; `RETENTION_REFUSED` when a later plan took more of a run, or
 * another file has the name of one
 */
export async function restoreRunPlan(context: RunPruningContext, id: string): Promise<RestoredPlan> {
  const { storage } = context;
  return oneAtATime(storage, async () => {
    await finishRunPlans(context);
    const record = (await runTrash(storage)).find(({ plan }) => plan.id === id);
    if (!record)
      throw new BronzeError(
        "NOT_FOUND",
        `The trash has no plan ${id} over runs; it was emptied, or restored.`,
        {
          plan: id,
        },
      );
    const { days } = record.plan;
    const due: PlannedRuns[] = [];
    for (const day of days) if (isPrunedBy(await readPrunedDay(storage, day.folder), id)) due.push(day);
    for (const day of due) await assertRestorable(storage, id, day);
    // If interrupted from here on, the days that have not changed back stay pruned, and the plan is finished again.
    await writeRunTrash(storage, { ...record, finishedAt: null });
    for (const day of due) await restoreDay(storage, id, day);
    for (const day of days) await dropCopies(storage, id, day);
    await removeRunTrash(storage, id);
    return { plan: id, filesRestored: due.flatMap(filesOf).length };
  });
}

async function assertRestorable(storage: Storage, id: string, day: PlannedRuns): Promise<void> {
  const refuse = (file: string, why: string) =>
    new BronzeError("RETENTION_REFUSED", `Plan ${id} cannot be taken back: ${file} ${why}.`, {
      plan: id,
      file,
    });
  const { runs } = await readPrunedDay(storage, day.folder);
  const own = new Set(day.runs.map(({ runId }) => runId));
  const since = runs.slice(runs.findLastIndex(({ plan }) => plan === id) + 1);
  const later = since.find(({ run_id }) => own.has(run_id));
  if (later)
    throw refuse(`run ${later.run_id}`, `was pruned again by plan ${later.plan}; restore that one first`);
  for (const { path, sha256: digest } of filesOf(day)) {
    const now = await readIfThere(storage, path);
    if (now && sha256(now) !== digest) throw refuse(path, "is another file by now");
    const copy = await readIfThere(storage, trashPath(id, path));
    if (!now && !copy) throw refuse(path, "is not in the trash");
    if (copy && sha256(copy) !== digest) throw refuse(trashPath(id, path), "is not what was put there");
  }
}

async function restoreDay(storage: Storage, id: string, day: PlannedRuns): Promise<void> {
  for (const file of filesOf(day)) {
    const copy = await readIfThere(storage, trashPath(id, file.path));
    if (copy) await storage.publish(file.path, copy);
    if (await isWhole(storage, file)) continue;
    throw new BronzeError(
      "STORAGE_FAILED",
      `${file.path} does not read back as it was put in place; it stays in the trash.`,
      { path: file.path, action: "publish", cause: "CHANGED" },
    );
  }
  const { folder, runs } = await readPrunedDay(storage, day.folder);
  // The commit point of the day.
  await writePrunedDay(storage, { folder, runs: runs.filter(({ plan }) => plan !== id) });
}
