import type { Dirent } from "node:fs";
import type { StorageEntry } from "../storage.js";
import { notAFile, type Place, storageFailed, systemCode } from "../storage-error.js";
import type { DiskCalls } from "./disk-calls.js";

/**
 * One level of a folder, sorted by code unit: files and folders only, links as their targets.
 *
 * @throws BronzeError `NOT_A_FILE`, `STORAGE_FAILED`
 */
export function listFolder(calls: DiskCalls, folder: string, place: Place): StorageEntry[] {
  try {
    const found = readFolder(calls, folder, place);
    const entries: StorageEntry[] = [];
    for (const entry of found) {
      const kind = kindOf(calls, folder, entry);
      if (kind !== undefined) entries.push({ name: entry.name, kind });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    throw storageFailed(error, place, "list");
  }
}

function readFolder(calls: DiskCalls, folder: string, place: Place): Dirent[] {
  for (let tries = 1; ; tries++) {
    try {
      return calls.readdirSync(folder);
    } catch (error) {
      const code = systemCode(error);
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
      // Check again before returning nothing: a folder that exists and cannot be listed must not look empty.
      const stats = calls.statSync(folder);
      if (stats === undefined) return [];
      if (!stats.isDirectory()) throw notAFile(place, "a file", "a folder");
      // Another process has made it since.
      if (tries === MOST_TRIES) throw error;
    }
  }
}

const MOST_TRIES = 3;

function kindOf(calls: DiskCalls, folder: string, entry: Dirent): StorageEntry["kind"] | undefined {
  if (!entry.isSymbolicLink()) return kindOfNode(entry);
  try {
    const target = calls.statSync(`${folder}/${entry.name}`);
    // A broken link is listed, so that reading it fails; if left out, its data would be missing silently.
    return target ? kindOfNode(target) : "file";
  } catch (error) {
    if (systemCode(error) === "ELOOP") return "file";
    throw error;
  }
}

function kindOfNode(node: { isFile(): boolean; isDirectory(): boolean }): StorageEntry["kind"] | undefined {
  if (node.isFile()) return "file";
  return node.isDirectory() ? "folder" : undefined;
}
