import {
  encodeRecord,
  type PlannedDay,
  type PlannedFile,
  type PlannedOutput,
  RETENTION_FILE,
  type RetentionState,
  recordPath,
  type TrashRecord,
  trashRecords,
} from "../bronze/index.js";
import { isCompactedName } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { joinPath, readIfThere, type Storage } from "../storage/index.js";
import { fileId } from "./found-compacted.js";
import { removals } from "./removals.js";
import { inDay, isCommitted, readState } from "./retention-state.js";
import { assertInPlace, copiedFiles, isWhole, moveToTrash, removeCopies } from "./trash-files.js";

/** Ids of plans that were begun and not finished. */
export async function unfinishedPlans(storage: Storage): Promise<string[]> {
  const records = await trashRecords(storage);
  return records.filter(({ finishedAt }) => finishedAt === null).map(({ plan }) => plan.id);
}

/**
 * Writes a plan's record. It exists before anything else of the plan, so nothing can be left behind unrecorded. Whoever wrote
 * it last, it is of the same plan, and the states say what of it is in effect: so it is replaced.
 */
export async function writeRecord(storage: Storage, record: TrashRecord): Promise<void> {
  await storage.replace(recordPath(record.plan.id), encodeRecord(record));
}

/** Removes the record of a plan that was taken back, the last file of its trash; of one that is in effect again, it is put back. */
export async function removeRecord(storage: Storage, { id, days }: TrashRecord["plan"]): Promise<void> {
  const path = recordPath(id);
  const bytes = await readIfThere(storage, path);
  if (!bytes) return;
  const record = removals(storage, async () => {
    for (const day of days) if (await isInEffect(storage, id, day)) return false;
    return true;
  });
  await record.remove(path, bytes);
  await record.end();
}

/**
 * Moves the files of a committed day to the trash. They stopped being data with the commit. Their replacement is read
 * back first. A state of version 1 was sealed before.
 *
 * @returns whether the plan was in effect to the end: another may have taken it back, where the lock was lost
 * @throws BronzeError `RETENTION_INVALID` when an output is not what was planned; then nothing was moved
 */
export async function moveTaken(storage: Storage, id: string, day: PlannedDay): Promise<boolean> {
  for (const output of day.outputs) {
    if (await isWhole(storage, output)) continue;
    // A later plan took it: its rows are where that plan says.
    const { gone } = await readState(storage, day.folder, []);
    if (!takenByOthers(gone, id, day)(output)) throw notWhole(output);
  }
  return await moveToTrash(storage, id, day.remove, () => isInEffect(storage, id, day));
}

async function isInEffect(
  storage: Storage,
  id: string,
  day: PlannedDay,
  records: readonly TrashRecord[] = [],
): Promise<boolean> {
  return isCommitted(await readState(storage, day.folder, records), id, day);
}

/** Which files of a day plans took other than this one. */
function takenByOthers(
  gone: RetentionState["gone"],
  id: string,
  day: PlannedDay,
): (file: Pick<PlannedFile, "path" | "sha256">) => boolean {
  const others = new Set(gone.filter((file) => file.plan !== id && !file.returned).map(fileId));
  return ({ path, sha256 }) => others.has(fileId({ path: inDay(day, path), sha256 }));
}

/**
 * Removes the outputs of a day that is not committed, and what was copied to the trash. Whose plan it is may only have been
 * suspended, and commit it now: so the state is looked at again after each removal, and what is data by then is put back.
 *
 * @param records those in the trash, for a state of version 1
 * @returns whether the day is not committed; `false`: it is by now
 * @throws BronzeError as `assertUndoable`; then nothing was removed
 */
export async function undoDay(
  storage: Storage,
  id: string,
  day: PlannedDay,
  state: Pick<RetentionState, "compacted" | "gone">,
  records: readonly TrashRecord[] = [],
): Promise<boolean> {
  const outputs = await assertUndoable(storage, id, day, state);
  const made = removals(storage, async () => {
    const now = await readState(storage, day.folder, records);
    const isData = new Set(now.compacted.map(({ path }) => joinPath(day.folder, path)));
    return !isCommitted(now, id, day) && !outputs.some((path) => isData.has(path));
  });
  let isUndone = true;
  for (const path of outputs) {
    const bytes = await readIfThere(storage, path);
    isUndone = bytes === undefined || (await made.remove(path, bytes));
    if (!isUndone) break;
  }
  isUndone &&= await made.end();
  if (!isUndone) return !(await isInEffect(storage, id, day, records));
  await removeCopies(storage, id, day.remove, () => isInEffect(storage, id, day, records));
  return true;
}

/**
 * The outputs of a day that is not committed. If there are any, or copies in the trash, every file they were made from
 * must be in its place, whole, or taken by another plan: otherwise they may hold the only copy of its rows, whatever a state
 * says.
 *
 * @param state of the day, as it was read before
 * @throws BronzeError `RETENTION_INVALID`; `LOCK_LOST` where another process has committed the plan since
 */
export async function assertUndoable(
  storage: Storage,
  id: string,
  day: PlannedDay,
  state: Pick<RetentionState, "compacted" | "gone">,
): Promise<string[]> {
  try {
    return await outputsToUndo(storage, id, day, state);
  } catch (error) {
    // Whose plan it is went on, and moved the files: they are where they should be.
    if (await isInEffect(storage, id, day).catch(() => false)) throw wentOn(id, day.folder);
    throw error;
  }
}

async function outputsToUndo(
  storage: Storage,
  id: string,
  day: PlannedDay,
  { compacted, gone }: Pick<RetentionState, "compacted" | "gone">,
): Promise<string[]> {
  const isData = new Set(compacted.map(({ path }) => joinPath(day.folder, path)));
  const outputs: string[] = [];
  for (const output of day.outputs) {
    const { path } = output;
    if (isData.has(path) || !(await storage.stat(path))) continue;
    // Under the name of a compacted file nothing else can be; under another, a file of anyone.
    if (isCompactedName(path) || (await isWhole(storage, output))) outputs.push(path);
  }
  const isOthers = takenByOthers(gone, id, day);
  const made = outputs.length > 0 ? day.remove : await copiedFiles(storage, id, day.remove);
  const needed = made.filter((file) => !isOthers(file));
  for (const { path } of needed) {
    if (!isCompactedName(path) || isData.has(path)) continue;
    throw new BronzeError(
      "RETENTION_INVALID",
      `Plan ${id} removes ${path}, and ${day.folder} says neither that it is data nor that it was removed: its ${RETENTION_FILE} is lost, or an ` +
        "older one. Nothing was removed now; restore it, or let doctor make it again (fix: true).",
      { plan: id, file: joinPath(day.folder, RETENTION_FILE) },
    );
  }
  await assertInPlace(storage, id, needed, day.folder);
  return outputs;
}

function wentOn(plan: string, folder: string): BronzeError {
  return new BronzeError(
    "LOCK_LOST",
    `Plan ${plan} was committed in ${folder} by another process meanwhile, because the lock was lost. Nothing was removed.`,
    { plan, path: folder },
  );
}

function notWhole(output: PlannedOutput): BronzeError {
  return new BronzeError(
    "RETENTION_INVALID",
    `${output.path} is not there as it was made, and ${output.from.length} files it was made from would be removed. ` +
      "Nothing was removed; restore it.",
    { file: output.path },
  );
}

/**
 * Puts the bytes of a file that was a part where nothing is, and reads them back.
 * @throws BronzeError `RETENTION_REFUSED` where another file is; `STORAGE_FAILED`
 */
export async function putPart(storage: Storage, path: string, bytes: Uint8Array): Promise<void> {
  const file = { path, sha256: sha256(bytes) };
  const isNew = await storage.publish(path, bytes);
  if (await isWhole(storage, file)) return;
  throw new BronzeError(
    isNew ? "STORAGE_FAILED" : "RETENTION_REFUSED",
    isNew
      ? `${path} does not read back as it was written; nothing was removed.`
      : `${path} is another file by now, and nothing is overwritten. Nothing was removed; move it away, or plan again.`,
    isNew ? { path, action: "publish", cause: "CHANGED" } : { file: path },
  );
}
