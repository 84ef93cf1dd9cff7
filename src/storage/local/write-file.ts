import { basename, dirname, join } from "node:path";
import { BronzeError, isBronzeError } from "../../errors.js";
import type { StorageLock } from "../storage.js";
import { notAFile, type Place, storageFailed, systemCode } from "../storage-error.js";
import type { DiskCalls } from "./disk-calls.js";
import { syncFolder } from "./durable-folder.js";
import { tempName } from "./temp-files.js";

/** The most that one call writes; Node refuses 2 GiB and more. */
const CHUNK_BYTES = 64 * 1024 * 1024;

/** Error codes of `link` where there are no hard links: FAT, exFAT, some network shares, Android. */
const NO_LINKS = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EINVAL"]);

/**
 * Put if absent into a folder that exists. The link is the commit point: it fails when the name is taken, however many
 * try at once, and the named file is already complete and flushed.
 *
 * @throws BronzeError `NOT_A_FILE`, `STORAGE_FAILED`
 */
export async function publishFile(
  calls: DiskCalls,
  file: string,
  bytes: Uint8Array,
  place: Place,
): Promise<boolean> {
  try {
    // Not needed for the answer; it only saves writing a file that the link would refuse.
    const won = !isTaken(calls, file, place) && (await writeAndLink(calls, file, bytes, place));
    // Also when another process won: it may not have flushed yet, and the caller will rely on the file.
    await syncFolder(calls, dirname(file));
    return won;
  } catch (error) {
    throw storageFailed(error, place, "publish");
  }
}

/**
 * Put or overwrite in a folder that exists. The rename is the commit point.
 *
 * @throws BronzeError `NOT_A_FILE`, `STORAGE_FAILED`
 */
export async function replaceFile(
  calls: DiskCalls,
  file: string,
  bytes: Uint8Array,
  place: Place,
): Promise<void> {
  try {
    isTaken(calls, file, place); // a folder is refused before anything is written
    const temp = await writeTemp(calls, file, bytes);
    try {
      await calls.rename(temp, file);
    } catch (error) {
      await discard(calls, temp);
      throw error;
    }
    await syncFolder(calls, dirname(file));
  } catch (error) {
    throw storageFailed(error, place, "replace");
  }
}

/**
 * Removes a file, durably; `false` when there was none.
 *
 * @throws BronzeError `NOT_A_FILE`, `STORAGE_FAILED`
 */
export async function removeFile(calls: DiskCalls, file: string, place: Place): Promise<boolean> {
  try {
    if (!isTaken(calls, file, place)) return false;
    if (!(await unlinked(calls, file))) return false; // another process removed it first
    await syncFolder(calls, dirname(file));
    return true;
  } catch (error) {
    throw storageFailed(error, place, "remove");
  }
}

async function unlinked(calls: DiskCalls, file: string): Promise<boolean> {
  try {
    await calls.unlink(file);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

async function writeAndLink(
  calls: DiskCalls,
  file: string,
  bytes: Uint8Array,
  place: Place,
): Promise<boolean> {
  const temp = await writeTemp(calls, file, bytes);
  try {
    await calls.link(temp, file);
    return true;
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (code === "EEXIST") {
      // NFS may repeat a link whose answer was lost, and so refuse its own success: count the names of our file.
      if ((calls.lstatSync(temp)?.nlink ?? 1) > 1) return true;
      isTaken(calls, file, place); // a folder that has just appeared is an error, any other file has won
      return false;
    }
    if (NO_LINKS.has(code)) return await renameIfAbsent(calls, temp, file, place);
    throw error;
  } finally {
    // If it stays, it is a hidden name that is never read as data.
    await discard(calls, temp);
  }
}

/**
 * Put if absent where there are no hard links: under a kernel lock on the folder a check and a rename are one step for
 * all writers, and the rename is one for readers.
 */
async function renameIfAbsent(calls: DiskCalls, temp: string, file: string, place: Place): Promise<boolean> {
  const lock = await lockOrFail(calls, dirname(file), place);
  try {
    if (isTaken(calls, file, place)) return false;
    await calls.rename(temp, file);
    return true;
  } finally {
    await lock.release();
  }
}

async function lockOrFail(calls: DiskCalls, folder: string, place: Place): Promise<StorageLock> {
  try {
    return await calls.lockFolder(folder, place);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new BronzeError(
      "STORAGE_FAILED",
      `Could not publish "${place.path}" on ${place.where}: the disk has no hard links, and without them it takes a lock (${said}); use a disk that has either`,
      { ...place, action: "publish", cause: isBronzeError(error) ? error.code : "unknown" },
      { cause: error },
    );
  }
}

/** Writes and flushes a temp file next to `file`; on failure nothing of it stays. */
async function writeTemp(calls: DiskCalls, file: string, bytes: Uint8Array): Promise<string> {
  const temp = join(dirname(file), tempName(basename(file)));
  const fd = await calls.open(temp, "wx");
  try {
    try {
      await writeAll(calls, fd, bytes);
      await calls.fsync(fd);
    } finally {
      await calls.close(fd); // may be where a network disk reports a failed write
    }
  } catch (error) {
    await discard(calls, temp);
    throw error;
  }
  return temp;
}

async function writeAll(calls: DiskCalls, fd: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const count = await calls.write(fd, bytes, written, Math.min(bytes.byteLength - written, CHUNK_BYTES));
    if (count <= 0)
      throw new Error(`the system took ${written} of ${bytes.byteLength} bytes and then no more`);
    written += count;
  }
}

async function discard(calls: DiskCalls, temp: string): Promise<void> {
  try {
    await calls.unlink(temp);
  } catch {
    // Already renamed, or a disk that refuses even this; the error that led here is the one to report.
  }
}

/** Whether the name is taken; by a folder it is an error. */
function isTaken(calls: DiskCalls, file: string, place: Place): boolean {
  if (calls.statSync(file)?.isDirectory()) throw notAFile(place, "a folder", "a file");
  return calls.lstatSync(file) !== undefined;
}
