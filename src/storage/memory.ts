import { withText } from "../printed.js";
import { assertBytes, assertLockOptions, assertMost, assertWaitMs, handedOut } from "./arguments.js";
import { assertFolder, assertPath } from "./path.js";
import {
  isStill,
  type LockingStorage,
  type StorageEntry,
  type StorageLock,
  type TreeFile,
} from "./storage.js";
import {
  assertRange,
  lockHeld,
  notAFile,
  notALock,
  notFound,
  type Place,
  remedyOf,
} from "./storage-error.js";

/**
 * A storage that lives in this process and keeps the same contract as a disk, for tests and trials. Its locks
 * exclude within the process, which is all that can reach it.
 *
 * @example
 * ```ts
 * const storage = memoryStorage();
 * await storage.publish("bronze/odds_raw/odds.parquet", bytes);
 * ```
 * @category Storage
 */
export function memoryStorage(): LockingStorage {
  const where = "memory";
  const root: Folder = new Map();
  const locks = new Map<string, Waiting[]>();

  // Each function runs to its end without an await, so it is atomic.
  const storage: LockingStorage = {
    description: where,

    async list(path) {
      const folder = path === "" ? root : find(root, assertFolder(path));
      if (folder === undefined) return [];
      if (isFile(folder)) throw notAFile({ path, where }, "a file", "a folder");
      const entries = [...folder].map(
        ([name, node]): StorageEntry => ({ name, kind: isFile(node) ? "file" : "folder" }),
      );
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async read(path) {
      const file = findFile(root, { path: assertPath(path), where });
      if (file === undefined) throw notFound({ path, where });
      return file.bytes.slice();
    },

    async stat(path) {
      const file = findFile(root, { path: assertPath(path), where });
      return file && { sizeBytes: file.bytes.length, modifiedMs: file.modifiedMs };
    },

    async listTree(path, mostFiles) {
      const most = assertMost(mostFiles, "most");
      const folder = path === "" ? root : find(root, assertFolder(path));
      const files: TreeFile[] = [];
      if (folder && !isFile(folder)) addFiles(folder, "", most, files);
      return files;
    },

    async openVersion(path, wanted) {
      const tailBytes = assertMost(wanted, "tailBytes");
      const place = { path: assertPath(path), where };
      const file = find(root, path);
      if (file === undefined || !isFile(file)) throw notFound(place);
      const { bytes, version } = file;
      return {
        version,
        sizeBytes: bytes.length,
        tail: bytes.slice(Math.max(0, bytes.length - tailBytes)),
        async read(start, end) {
          assertRange(place, bytes.length, start, end);
          return bytes.slice(start, end);
        },
        close() {},
      };
    },

    async publish(path, bytes) {
      const place = { path: assertPath(path), where };
      assertBytes(bytes, path);
      if (findFile(root, place) !== undefined) return false;
      put(root, place, bytes);
      return true;
    },

    async replace(path, bytes) {
      const place = { path: assertPath(path), where };
      assertBytes(bytes, path);
      findFile(root, place); // refuses a folder
      put(root, place, bytes);
    },

    async swap(path, before, bytes) {
      const place = { path: assertPath(path), where };
      if (before !== undefined) assertBytes(before, path);
      assertBytes(bytes, path);
      if (!isStill(findFile(root, place)?.bytes, before)) return false;
      put(root, place, bytes);
      return true;
    },

    async remove(path) {
      const place = { path: assertPath(path), where };
      if (findFile(root, place) === undefined) return false;
      const parent = folderOf(root, place);
      return parent.delete(lastPart(path));
    },

    locks: {
      async lock(path, options) {
        const place = { path: assertPath(path), where };
        assertLockOptions(options);
        const waitMs = assertWaitMs(options?.waitMs);
        const file = findFile(root, place); // refuses a folder
        // A lock is not a file here, so a file with its name is someone's data.
        if (file !== undefined && file.bytes.length > 0)
          throw notALock(place, "a file that holds something else");
        folderOf(root, place); // makes it, as on a disk, and refuses a file in the way
        return await handedOut(place, async () => {
          await enter(locks, place, waitMs, remedyOf(options?.waitMs));
          return lockOn(locks, path);
        });
      },
    },
  };
  return withText(storage, () => `Storage in ${where}`);
}

interface MemoryFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedMs: number;
  readonly version: string;
}
type Folder = Map<string, MemoryFile | Folder>;

/** A caller that waits for a lock; called when it gets it. */
type Waiting = () => void;

function isFile(node: MemoryFile | Folder): node is MemoryFile {
  return !(node instanceof Map);
}

function find(root: Folder, path: string): MemoryFile | Folder | undefined {
  let node: MemoryFile | Folder | undefined = root;
  for (const part of path.split("/")) {
    if (node === undefined || isFile(node)) return undefined;
    node = node.get(part);
  }
  return node;
}

function addFiles(folder: Folder, above: string, most: number, files: TreeFile[]): void {
  for (const [name, node] of folder) {
    if (files.length >= most) return;
    const path = above + name;
    if (!isFile(node)) addFiles(node, `${path}/`, most, files);
    else files.push({ path, sizeBytes: node.bytes.length, version: node.version });
  }
}

function findFile(root: Folder, place: Place): MemoryFile | undefined {
  const node = find(root, place.path);
  if (node === undefined || isFile(node)) return node;
  throw notAFile(place, "a folder", "a file");
}

let versions = 0;

function put(root: Folder, place: Place, bytes: Uint8Array): void {
  // Uint8Array.from copies; `slice` of a Buffer would not.
  const file: MemoryFile = {
    bytes: Uint8Array.from(bytes),
    modifiedMs: Date.now(),
    version: `${++versions}`,
  };
  folderOf(root, place).set(lastPart(place.path), file);
}

/** The folder of a file, made if missing. */
function folderOf(root: Folder, { path, where }: Place): Folder {
  const parts = path.split("/").slice(0, -1);
  let folder = root;
  for (const [index, part] of parts.entries()) {
    let next = folder.get(part);
    if (next === undefined) {
      next = new Map();
      folder.set(part, next);
    }
    if (isFile(next)) {
      throw notAFile({ path: parts.slice(0, index + 1).join("/"), where }, "a file", "a folder");
    }
    folder = next;
  }
  return folder;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path in `locks` is held; its list is the queue, first come first served. */
function enter(
  locks: Map<string, Waiting[]>,
  { path, where }: Place,
  waitMs: number,
  remedy: string | undefined,
): Promise<void> {
  const line = locks.get(path);
  if (line === undefined) {
    locks.set(path, []);
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(timeOut, Math.min(waitMs, MAX_TIMER_MS));
    const request = () => {
      clearTimeout(timer);
      resolve();
    };
    line.push(request);
    function timeOut() {
      line?.splice(line.indexOf(request), 1);
      reject(lockHeld({ path, where, waitMs, by: "this process" }, remedy));
    }
  });
}

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function lockOn(locks: Map<string, Waiting[]>, path: string): StorageLock {
  let isHeld = true;
  return {
    left: undefined, // a holder dies with the whole storage
    describe() {}, // no other process can read it
    async release() {
      if (!isHeld) return;
      isHeld = false;
      const next = locks.get(path)?.shift();
      if (next === undefined) locks.delete(path);
      else next();
    },
  };
}
