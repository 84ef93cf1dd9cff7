import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import { storageFailed } from "../storage-error.js";

/**
 * The nearest file of one of some names, in a folder or any above it: in each folder by the order of the names.
 *
 * @throws BronzeError `STORAGE_FAILED`
 */
export async function findUpwards(from: string, names: readonly string[]): Promise<string | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    for (const name of names) {
      const path = join(folder, name);
      if (await isThere(path, "file")) return path;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** A path as the system knows it, relative to a folder unless it is absolute. */
export function pathFrom(folder: string, path: string): string {
  return resolve(folder, path);
}

/** The folder of a path, and its last name. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  return { folder: dirname(path), name: basename(path) };
}

/** @throws BronzeError `NOT_FOUND` where there is no such folder, `STORAGE_FAILED` */
export async function assertFolderThere(path: string): Promise<void> {
  if (!(await isThere(path, "folder")))
    throw new BronzeError("NOT_FOUND", `There is no folder ${shown(path)}.`);
}

async function isThere(path: string, kind: "file" | "folder"): Promise<boolean> {
  try {
    const found = await stat(path);
    return kind === "file" ? found.isFile() : found.isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw storageFailed(error, { path, where: "this machine" }, "look for");
  }
}
