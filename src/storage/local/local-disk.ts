import type { Stats } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { BronzeError } from "../../errors.js";
import { assertIs, callback } from "../../options.js";
import { withText } from "../../printed.js";
import { shown } from "../../shown.js";
import { assertBytes, assertLockOptions, assertMost, handedOut } from "../arguments.js";
import { gate, MAX_IN_FLIGHT, turns } from "../concurrent.js";
import { assertFolder, assertPath } from "../path.js";
import { isStill, type LockingStorage, readIfThere, type StorageStat } from "../storage.js";
import { notAFile, type Place, storageFailed } from "../storage-error.js";
import { type DiskCalls, nodeDiskCalls } from "./disk-calls.js";
import { makeDurableFolder, makeFolder } from "./durable-folder.js";
import { lockFile } from "./flock.js";
import { listFolder } from "./list-folder.js";
import { openVersion } from "./open-version.js";
import { readFile } from "./read-file.js";
import { sweepTemps } from "./temp-files.js";
import { watchFolder } from "./watch-folder.js";
import { publishFile, removeFile, replaceFile } from "./write-file.js";

/**
 * A folder on a local disk (or one that behaves like it) as a storage. The folder is made with the first write.
 *
 * What is written is flushed to the device before it gets its name, and its name before the call returns, so what
 * was acknowledged survives kill -9 and a power cut. A kill may leave a hidden `.*.tmp` file; it is never data, and the
 * next writer of the folder removes it. Folders and lock files can be used by whoever may use the folder they lie in.
 *
 * Where the disk has no hard links (FAT and the like), `publish` looks and renames under a kernel lock on the
 * folder instead; there, do not `publish` and `replace` one path at the same time.
 *
 * @param root - the folder; relative to the current one at this moment
 * @throws BronzeError `INVALID_ARGUMENT` for an empty root
 * @example
 * ```ts
 * const storage = localDisk("data");
 * await storage.publish("bronze/odds_raw/odds.parquet", bytes); // true: it was not there before
 * await storage.read("bronze/odds_raw/odds.parquet");
 * ```
 * @category Storage
 */
export function localDisk(root: string): LockingStorage {
  return localDiskOver(nodeDiskCalls, root);
}

/**
 * The same with the caller's system calls, for tests that make them fail.
 * @internal
 */
export function localDiskOver(calls: DiskCalls, root: string): LockingStorage {
  const base = resolve(assertRoot(root));
  const where = `local disk at ${root}`;
  const inFlight = gate(MAX_IN_FLIGHT);
  const inTurn = turns();
  const durable = new Set<string>();
  // Checked paths only lead down, so there is nothing to normalize: a day makes a thousand of them.
  const above = base.endsWith(sep) ? base : base + sep;
  const at = (path: string): [file: string, place: Place] => [
    path === "" ? base : above + path,
    { path, where },
  ];
  const makeFolderOf = (file: string, place: Place) =>
    makeDurableFolder(calls, base, dirname(file), durable, place);
  const swept = new Set<string>();
  /** Once per folder, after the requested work is done. */
  const sweep = async (folder: string) => {
    if (swept.has(folder)) return;
    swept.add(folder);
    await sweepTemps(calls, folder);
  };

  const storage: LockingStorage = {
    description: where,

    async list(path) {
      return listFolder(calls, ...at(assertFolder(path)));
    },

    async read(path) {
      return await readFile(calls, ...at(assertPath(path)), inFlight);
    },

    async openVersion(path, tailBytes) {
      const [file, place] = at(assertPath(path));
      const most = assertMost(tailBytes, "tailBytes");
      return await inFlight(() => openVersion(calls, file, place, most));
    },

    async stat(path) {
      return statFile(calls, ...at(assertPath(path)));
    },

    async publish(path, bytes) {
      const [file, place] = at(assertPath(path));
      assertBytes(bytes, path);
      return await inFlight(async () => {
        const flushFolders = await makeFolderOf(file, place);
        const won = await publishFile(calls, file, bytes, place);
        await flushFolders();
        await sweep(dirname(file));
        return won;
      });
    },

    async replace(path, bytes) {
      const [file, place] = at(assertPath(path));
      assertBytes(bytes, path);
      await inFlight(async () => {
        const flushFolders = await makeFolderOf(file, place);
        await replaceFile(calls, file, bytes, place);
        await flushFolders();
        await sweep(dirname(file));
      });
    },

    async swap(path, before, bytes) {
      const [file] = at(assertPath(path));
      if (before !== undefined) assertBytes(before, path);
      assertBytes(bytes, path);
      if (before === undefined) return await storage.publish(path, bytes);
      return await inTurn(file, async () => {
        if (!isStill(await readIfThere(storage, path), before)) return false;
        await storage.replace(path, bytes);
        return true;
      });
    },

    async remove(path) {
      const [file, place] = at(assertPath(path));
      return await inFlight(async () => {
        const removed = await removeFile(calls, file, place);
        await sweep(dirname(file));
        return removed;
      });
    },

    async watch(tell) {
      assertIs(tell, callback, "tell of watch");
      return watchFolder(base, tell);
    },

    locks: {
      async lock(path, options) {
        const [file, place] = at(assertPath(path));
        assertLockOptions(options);
        try {
          await makeFolder(calls, dirname(file), place);
        } catch (error) {
          throw storageFailed(error, place, "make the folder of");
        }
        return await handedOut(place, () => lockFile(file, place, options));
      },
    },
  };
  return withText(storage, () => `Storage on ${where}`);
}

function statFile(calls: DiskCalls, file: string, place: Place): StorageStat | undefined {
  try {
    const stats = calls.statSync(file);
    return stats && { sizeBytes: regular(stats, place).size, modifiedMs: stats.mtimeMs };
  } catch (error) {
    throw storageFailed(error, place, "look at");
  }
}

function regular(stats: Stats, place: Place): Stats {
  if (stats.isFile()) return stats;
  throw notAFile(place, stats.isDirectory() ? "a folder" : "a device, pipe or socket", "a file");
}

function assertRoot(root: string): string {
  if (typeof root === "string" && root !== "" && !root.includes("\0")) return root;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The root ${shown(root)} is not a folder's path; give one like "data" (or "." for the current folder)`,
    { root },
  );
}
