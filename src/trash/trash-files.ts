import { type PlannedFile, trashPath } from "../bronze/index.js";
import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { readIfThere, type Storage } from "../storage/index.js";
import { removals } from "./removals.js";

/** A file that a plan takes, of whatever it is: where it lies and the content it has there. */
type TakenFile = Pick<PlannedFile, "path" | "sha256">;

/**
 * Moves files to a plan's trash: each is copied, the copy read back, and only then the original is removed. A file with
 * other content belongs to a writer that used the name again, and stays.
 *
 * @param isTaken whether the plan is in effect. Asked after removals: where the lock was lost, another may have taken the plan
 * back, and the files are put back then, whatever became of their copies
 * @returns whether the plan was in effect to the end
 * @throws BronzeError `STORAGE_FAILED`
 */
export async function moveToTrash(
  storage: Storage,
  id: string,
  files: readonly TakenFile[],
  isTaken: () => Promise<boolean>,
): Promise<boolean> {
  const originals = removals(storage, isTaken);
  for (const file of files) {
    const bytes = await readIfThere(storage, file.path);
    if (!bytes || sha256(bytes) !== file.sha256) continue;
    await putWhole(storage, trashPath(id, file.path), bytes, "the original stays");
    if (!(await originals.remove(file.path, bytes))) return false;
  }
  return await originals.end();
}

/**
 * Removes the copies that a plan's trash has of files.
 *
 * @param isTaken whether the plan is in effect: then the copies are put back
 */
export async function removeCopies(
  storage: Storage,
  id: string,
  files: readonly TakenFile[],
  isTaken: () => Promise<boolean>,
): Promise<void> {
  const copies = removals(storage, async () => !(await isTaken()));
  for (const { path } of files) {
    const bytes = await readIfThere(storage, trashPath(id, path));
    if (bytes && !(await copies.remove(trashPath(id, path), bytes))) return;
  }
  await copies.end();
}

/** What the process is told whose plan another took back while it moved the files of a folder: see `moveToTrash`. */
export function takenBack(plan: string, folder: string): BronzeError {
  return new BronzeError(
    "LOCK_LOST",
    `Plan ${plan} was taken back in ${folder} by another process while its files were moved, because the lock was lost meanwhile. ` +
      "Its files are in their places; plan again.",
    { plan, path: folder },
  );
}

/** The files of which a plan's trash has a copy. */
export async function copiedFiles<File extends TakenFile>(
  storage: Storage,
  id: string,
  files: readonly File[],
): Promise<File[]> {
  const copied: File[] = [];
  for (const file of files) if (await storage.stat(trashPath(id, file.path))) copied.push(file);
  return copied;
}

/**
 * Refuses to remove copies, or what was made of files, while a file is not in its place: it may be the only copy.
 *
 * @param folder which says nothing of the removal
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function assertInPlace(
  storage: Storage,
  id: string,
  files: readonly TakenFile[],
  folder: string,
): Promise<void> {
  for (const file of files) {
    if (await isWhole(storage, file)) continue;
    throw new BronzeError(
      "RETENTION_INVALID",
      `Plan ${id} removes ${file.path}, which is not in its place as it was, though ${folder} does not say that it was ` +
        "removed. Nothing was removed now; restore its _retention.json, or let doctor make that again (fix: true), or restore the file.",
      { plan: id, file: file.path },
    );
  }
}

/**
 * Refuses a restore that would overwrite a file, or lacks one.
 * @throws BronzeError `RETENTION_REFUSED`
 */
export async function assertCanReturn(
  storage: Storage,
  id: string,
  files: readonly TakenFile[],
): Promise<void> {
  for (const { path, sha256: digest } of files) {
    const now = await readIfThere(storage, path);
    if (now && sha256(now) !== digest) throw cannotTakeBack(id, path, "is another file by now");
    const copy = await readIfThere(storage, trashPath(id, path));
    if (!now && !copy) throw cannotTakeBack(id, path, "is not in the trash");
    if (copy && sha256(copy) !== digest)
      throw cannotTakeBack(id, trashPath(id, path), "is not what was put there");
  }
}

/** The error for a plan that cannot be restored, because of this. */
export function cannotTakeBack(id: string, file: string, why: string): BronzeError {
  return new BronzeError("RETENTION_REFUSED", `Plan ${id} cannot be taken back: ${file} ${why}.`, {
    plan: id,
    file,
  });
}

/**
 * Puts files in place again, as copies: the trash keeps them until the restore has ended.
 * @throws BronzeError `STORAGE_FAILED`
 */
export async function putBack(storage: Storage, id: string, files: readonly TakenFile[]): Promise<void> {
  for (const file of files) {
    const copy = await readIfThere(storage, trashPath(id, file.path));
    if (copy) await storage.publish(file.path, copy);
    if (await isWhole(storage, file)) continue;
    throw new BronzeError(
      "STORAGE_FAILED",
      `${file.path} does not read back as it was put in place; it stays in the trash.`,
      { path: file.path, action: "publish", cause: "CHANGED" },
    );
  }
}

/** Puts files in place of which there is a copy and nothing in their place by now. */
export async function putBackMissing(
  storage: Storage,
  id: string,
  files: readonly TakenFile[],
): Promise<void> {
  for (const { path, sha256: digest } of files) {
    if (await storage.stat(path)) continue;
    const copy = await readIfThere(storage, trashPath(id, path));
    if (copy && sha256(copy) === digest) await storage.publish(path, copy);
  }
}

/** Whether a file is in its place with the content it had. */
export async function isWhole(storage: Storage, { path, sha256: digest }: TakenFile): Promise<boolean> {
  const bytes = await readIfThere(storage, path);
  return bytes !== undefined && sha256(bytes) === digest;
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
