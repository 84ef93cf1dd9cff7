import type { AnyDataset } from "../../dataset/index.js";
import { isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import type { Storage } from "../../storage/index.js";
import type { GoldContext } from "../gold-context.js";
import { readIfThere } from "../revisions.js";
import { finishInterrupted, oneAtATime } from "./apply-plan.js";
import { lockCommits } from "./commit-lock.js";
import { keptByManifests } from "./kept-by-manifests.js";
import type { PlannedDay } from "./plan.js";
import { inDay, readState, writeState } from "./retention-state.js";
import { readRecord, removeRecord, trashPath, writeRecord } from "./trash.js";

/** What restoring did. */
export interface RestoredPlan {
  readonly plan: string;
  readonly filesRestored: number;
}

/**
 * Takes a plan back while its files are in the trash. Each day turns back at one moment, as it turned: the files are
 * put in place while they are declared replaced, then one replacement of `_retention.json` makes them data and the
 * outputs no data.
 *
 * @throws BronzeError `NOT_FOUND` when the trash was emptied; `RETENTION_REFUSED` when a manifest names an output, a
 * later plan took it, or a writer took a file's name
 */
export async function restorePlan(
  gold: GoldContext<readonly AnyDataset[]>,
  id: string,
): Promise<RestoredPlan> {
  const { storage } = gold.bronze;
  return oneAtATime(storage, async () => {
    await finishInterrupted(gold);
    const record = await readRecord(storage, id);
    if (!record) {
      throw new BronzeError("NOT_FOUND", `The trash has no plan ${id}; it was emptied, or restored.`, {
        plan: id,
      });
    }
    const due: PlannedDay[] = [];
    for (const day of record.plan.days) {
      const state = await readState(storage, day.folder);
      const isCommitted = day.remove.length > 0 && (await wasMoved(storage, id, day));
      if (state.plan !== restored(id) && isCommitted) due.push(day);
    }
    for (const day of due) await assertRestorable(gold, id, day);
    // Interrupted from here on, the days that have not turned back are finished as they were.
    await writeRecord(storage, { ...record, finishedAt: null });
    for (const day of due) await turnBack(gold, id, day);

    for (const day of record.plan.days) {
      const { files } = await readState(storage, day.folder);
      for (const { path } of day.outputs) if (!files.includes(inDay(day, path))) await storage.remove(path);
    }
    const files = record.plan.days.flatMap(({ remove }) => remove);
    for (const { path } of files) await storage.remove(trashPath(id, path));
    await removeRecord(storage, id);
    return { plan: id, filesRestored: due.flatMap(({ remove }) => remove).length };
  });
}

function restored(id: string): string {
  return `restored ${id}`;
}

/** A day that was never committed has nothing in the trash. */
async function wasMoved(storage: Storage, id: string, day: PlannedDay): Promise<boolean> {
  for (const { path } of day.remove) if (await storage.stat(trashPath(id, path))) return true;
  return false;
}

async function assertRestorable(
  gold: GoldContext<readonly AnyDataset[]>,
  id: string,
  day: PlannedDay,
): Promise<void> {
  const { storage } = gold.bronze;
  const refuse = (file: string, why: string) =>
    new BronzeError("RETENTION_REFUSED", `Plan ${id} cannot be taken back: ${file} ${why}.`, {
      plan: id,
      file,
    });
  await assertUnnamed(gold, id, day);
  const state = await readState(storage, day.folder);
  for (const { path } of day.outputs) {
    if (!state.files.includes(inDay(day, path)))
      throw refuse(path, "was replaced by a later plan; take that one back first");
  }
  for (const { path, sha256: digest } of day.remove) {
    const now = await readIfThere(storage, path);
    if (now && sha256(now) !== digest) throw refuse(path, "is another file by now");
    const copy = await readIfThere(storage, trashPath(id, path));
    if (!now && !copy) throw refuse(path, "is not in the trash");
    if (copy && sha256(copy) !== digest) throw refuse(trashPath(id, path), "is not what was put there");
  }
}

async function turnBack(
  gold: GoldContext<readonly AnyDataset[]>,
  id: string,
  day: PlannedDay,
): Promise<void> {
  const { storage } = gold.bronze;
  const before = await readState(storage, day.folder);
  const originals = day.remove.map(({ path, sha256 }) => ({ path: inDay(day, path), sha256 }));
  await writeState(storage, day.folder, { ...before, replaced: originals });
  for (const { path } of day.remove) {
    const copy = await readIfThere(storage, trashPath(id, path));
    if (copy) await storage.publish(path, copy);
  }
  const outputs = day.outputs.map(({ path, sha256 }) => ({ path: inDay(day, path), sha256 }));
  const isOutput = new Set(outputs.map(({ path }) => path));
  // A compacted file that an earlier plan made is data only where it is named.
  const back = day.remove.map(({ path }) => inDay(day, path)).filter(isCompactedName);
  const files = [...new Set([...before.files.filter((file) => !isOutput.has(file)), ...back])].sort();
  const lock = await lockCommits(gold.storage);
  try {
    await assertUnnamed(gold, id, day);
    // The commit point of the day.
    await writeState(storage, day.folder, { plan: restored(id), files, replaced: [] });
  } finally {
    await lock.release();
  }
}

async function assertUnnamed(
  gold: GoldContext<readonly AnyDataset[]>,
  id: string,
  day: PlannedDay,
): Promise<void> {
  const kept = await keptByManifests(gold.storage);
  const named = day.outputs.find(({ path }) => kept.files.has(path));
  if (!named) return;
  throw new BronzeError(
    "RETENTION_REFUSED",
    `Plan ${id} cannot be taken back: ${named.path} is named by ${kept.files.get(named.path)}.`,
    { plan: id, file: named.path },
  );
}
