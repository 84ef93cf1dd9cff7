import {
  encodeRecord,
  type PlannedDay,
  type PlannedFile,
  type PlannedOutput,
  type RetentionState,
  recordPath,
  type TrashRecord,
  trashPath,
  trashRecords,
} from "../bronze/index.js";
import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { joinPath, readIfThere, type Storage } from "../storage/index.js";

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
 * back first; each is copied, the copy read back, and only then the original is removed. A file with other content
 * belongs to a writer that used the name again, and stays.
 *
 * @throws BronzeError `RETENTION_INVALID` when an output is not what was planned; then nothing was moved
 */
export async function moveTaken(storage: Storage, id: string, day: PlannedDay): Promise<void> {
  for (const output of day.outputs) await assertWhole(storage, output);
  for (const file of day.remove) {
    const bytes = await readIfThere(storage, file.path);
    if (!bytes || sha256(bytes) !== file.sha256) continue;
    await putWhole(storage, trashPath(id, file.path), bytes, "the original stays");
    await storage.remove(file.path);
  }
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
  for (const { path } of day.outputs) if (!isData.has(path) && (await storage.stat(path))) outputs.push(path);
  const copies: PlannedFile[] = [];
  for (const file of day.remove) if (await storage.stat(trashPath(id, file.path))) copies.push(file);
  const needed = outputs.length > 0 ? day.remove : copies;
  for (const file of needed) {
    if (await isWhole(storage, file)) continue;
    throw new BronzeError(
      "RETENTION_INVALID",
      `Plan ${id} removes ${file.path}, which is not in its place as it was, though ${day.folder} does not say that it was ` +
        "removed. Nothing was removed now; restore _retention.json, or the file.",
      { plan: id, file: file.path },
    );
  }
  return outputs;
}

/** Whether a planned file or output is in its place with the content it had. */
export async function isWhole(
  storage: Storage,
  { path, sha256: digest }: Pick<PlannedFile, "path" | "sha256">,
): Promise<boolean> {
  const bytes = await readIfThere(storage, path);
  return bytes !== undefined && sha256(bytes) === digest;
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
 * Puts bytes where only these bytes are valid, and reads them back.
 * @param kept for the message, if they are not there whole afterwards: `nothing was removed`
 * @throws BronzeError `STORAGE_FAILED`
 */
export async function putWhole(
  storage: Storage,
  path: string,
  bytes: Uint8Array,
  kept: string,
): Promise<void> {
  const file = { path, sha256: sha256(bytes) };
  if (await isWhole(storage, file)) return;
  if (!(await storage.publish(path, bytes))) await storage.replace(path, bytes);
  if (await isWhole(storage, file)) return;
  throw new BronzeError("STORAGE_FAILED", `${path} does not read back as it was written; ${kept}.`, {
    path,
    action: "publish",
    cause: "CHANGED",
  });
}
