import {
  encodeRecord,
  type PlannedDay,
  type PlannedOutput,
  RETENTION_FILE,
  type RetentionState,
  recordPath,
  type TrashRecord,
  trashPath,
  trashRecords,
} from "../../bronze/index.js";
import { isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { joinPath, type Storage } from "../../storage/index.js";
import { assertInPlace, copiedFiles, isWhole, moveToTrash } from "./trash-files.js";

/** Ids of plans that were begun and not finished. */
export async function unfinishedPlans(storage: Storage): Promise<string[]> {
  const records = await trashRecords(storage);
  return records.filter(({ finishedAt }) => finishedAt === null).map(({ plan }) => plan.id);
}

/** Writes a plan's record. It exists before anything else of the plan, so nothing can be left behind unrecorded. */
export async function writeRecord(storage: Storage, record: TrashRecord): Promise<void> {
  await storage.replace(recordPath(record.plan.id), encodeRecord(record));
}

/** Removes a record, the last file of a plan's trash. */
export async function removeRecord(storage: Storage, id: string): Promise<void> {
  await storage.remove(recordPath(id));
}

/**
 * Moves the files of a committed day to the trash. They stopped being data with the commit. Their replacement is read
 * back first.
 *
 * @throws BronzeError `RETENTION_INVALID` when an output is not what was planned; then nothing was moved
 */
export async function moveTaken(storage: Storage, id: string, day: PlannedDay): Promise<void> {
  for (const output of day.outputs) await assertWhole(storage, output);
  await moveToTrash(storage, id, day.remove);
}

/**
 * Removes the outputs of a day that is not committed, and what was copied to the trash.
 *
 * @throws BronzeError as `assertUndoable`; then nothing was removed
 */
export async function undoDay(
  storage: Storage,
  id: string,
  day: PlannedDay,
  state: Pick<RetentionState, "compacted">,
): Promise<void> {
  for (const path of await assertUndoable(storage, id, day, state)) await storage.remove(path);
  for (const { path } of day.remove) await storage.remove(trashPath(id, path));
}

/**
 * The outputs of a day that is not committed. If there are any, or copies in the trash, every file they were made from
 * must be in its place, whole: otherwise they may hold the only copy of its rows, whatever a state says.
 *
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function assertUndoable(
  storage: Storage,
  id: string,
  day: PlannedDay,
  { compacted }: Pick<RetentionState, "compacted">,
): Promise<string[]> {
  const isData = new Set(compacted.map(({ path }) => joinPath(day.folder, path)));
  const outputs: string[] = [];
  for (const output of day.outputs) {
    const { path } = output;
    if (isData.has(path) || !(await storage.stat(path))) continue;
    // Under the name of a compacted file nothing else can be; under another, a file of anyone.
    if (isCompactedName(path) || (await isWhole(storage, output))) outputs.push(path);
  }
  const needed = outputs.length > 0 ? day.remove : await copiedFiles(storage, id, day.remove);
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

async function assertWhole(storage: Storage, output: PlannedOutput): Promise<void> {
  if (await isWhole(storage, output)) return;
  throw new BronzeError(
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
