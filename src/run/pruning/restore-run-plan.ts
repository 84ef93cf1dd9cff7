import { BronzeError } from "../../errors.js";
import { oneAtATime, type RestoredPlan } from "../../retention/index.js";
import type { Storage } from "../../storage/index.js";
import { assertCanReturn, cannotTakeBack } from "../../trash/index.js";
import { readPrunedDay } from "../pruned-runs.js";
import { finishRunPlans } from "./apply-run-plan.js";
import type { RunPruningContext } from "./names-of-runs.js";
import type { PlannedRuns } from "./run-plan.js";
import { dropCopies, filesOf, removeRunTrash, runTrash, takeRunsBack, writeRunTrash } from "./run-trash.js";
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
    for (const day of due) await takeRunsBack(storage, id, day);
    for (const day of days) await dropCopies(storage, id, day);
    await removeRunTrash(storage, record.plan);
    return { plan: id, filesRestored: due.flatMap(filesOf).length };
  });
}

async function assertRestorable(storage: Storage, id: string, day: PlannedRuns): Promise<void> {
  const { runs } = await readPrunedDay(storage, day.folder);
  const own = new Set(day.runs.map(({ runId }) => runId));
  const since = runs.slice(runs.findLastIndex(({ plan }) => plan === id) + 1);
  const later = since.find(({ run_id }) => own.has(run_id));
  if (later)
    throw cannotTakeBack(
      id,
      `run ${later.run_id}`,
      `was pruned again by plan ${later.plan}; restore that one first`,
    );
  await assertCanReturn(storage, id, filesOf(day));
}
