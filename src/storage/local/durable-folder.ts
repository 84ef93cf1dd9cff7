import { dirname, relative } from "node:path";
import { notAFile, type Place, storageFailed, systemCode } from "../storage-error.js";
import type { DiskCalls } from "./disk-calls.js";

/**
 * Makes folders, and returns a call that makes their names survive a power cut; what is in them is acknowledged after
 * it. A folder's name is stored in its parent, so the parent must be flushed too, even when another process made the
 * folder and may not have flushed it yet. `known` remembers what this process has flushed, so that each folder costs
 * this once.
 *
 * The flush comes last because a journal that was flushed for the file already holds the folders' names: then there is
 * nothing to wait for.
 *
 * @throws BronzeError `NOT_A_FILE` when a file is in the way, `STORAGE_FAILED`
 */
export async function makeDurableFolder(
  calls: DiskCalls,
  root: string,
  folder: string,
  known: Set<string>,
  place: Place,
): Promise<() => Promise<void>> {
  try {
    const topmostNew = await makeFolder(calls, folder, place);
    const isNew = (each: string) => topmostNew !== undefined && isWithin(topmostNew, each);
    return () => flushNames(calls, root, folder, known, place, isNew);
  } catch (error) {
    throw storageFailed(error, place, "make the folder of");
  }
}

async function flushNames(
  calls: DiskCalls,
  root: string,
  folder: string,
  known: Set<string>,
  place: Place,
  isNew: (folder: string) => boolean,
): Promise<void> {
  try {
    for (let each = folder; ; each = dirname(each)) {
      if (!isNew(each) && (known.has(each) || !isWithin(root, each) || each === root)) return;
      await syncFolder(calls, dirname(each));
      known.add(each);
    }
  } catch (error) {
    throw storageFailed(error, place, "make the folder of");
  }
}

/** `mkdir -p`; the topmost folder that was not there before. */
export async function makeFolder(
  calls: DiskCalls,
  folder: string,
  place: Place,
): Promise<string | undefined> {
  try {
    return await calls.mkdir(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw notAFile({ ...place, path: dirname(place.path) }, "a file, or lies below one", "a folder");
  }
}

/** Flushes a folder: after this its names (new, renamed, removed) survive a power cut. */
export async function syncFolder(calls: DiskCalls, folder: string): Promise<void> {
  let fd: number | undefined;
  try {
    fd = await calls.open(folder, "r");
    await calls.fsync(fd);
  } catch (error) {
    // Windows cannot flush a folder and writes its names through by itself. On any other system this is a real failure.
    if (process.platform !== "win32") throw error;
    const code = systemCode(error);
    if (code !== "EPERM" && code !== "EISDIR" && code !== "EACCES" && code !== "EBADF") throw error;
  } finally {
    if (fd !== undefined) await calls.close(fd);
  }
}

function isWithin(parent: string, child: string): boolean {
  const way = relative(parent, child);
  return way === "" || !/^\.\.(?:[\\/]|$)/.test(way);
}
