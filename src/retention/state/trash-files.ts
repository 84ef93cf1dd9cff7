import { type PlannedFile, trashPath } from "../../bronze/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { readIfThere, type Storage } from "../../storage/index.js";

/** A file that a plan takes, of whatever it is: where it lies and the content it has there. */
type TakenFile = Pick<PlannedFile, "path" | "sha256">;

/**
 * Moves files to a plan's trash: each is copied, the copy read back, and only then the original is removed. A file with
 * other content belongs to a writer that used the name again, and stays.
 *
 * @throws BronzeError `STORAGE_FAILED`
 */
export async function moveToTrash(storage: Storage, id: string, files: readonly TakenFile[]): Promise<void> {
  for (const file of files) {
    const bytes = await readIfThere(storage, file.path);
    if (!bytes || sha256(bytes) !== file.sha256) continue;
    await putWhole(storage, trashPath(id, file.path), bytes, "the original stays");
    await storage.remove(file.path);
  }
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
