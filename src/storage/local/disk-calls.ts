import * as fs from "node:fs";
import { promisify } from "node:util";
import type { StorageLock } from "../storage.js";
import { type Place, systemCode } from "../storage-error.js";
import { lockFolder } from "./flock.js";
import { followFolderDown } from "./follow-folder.js";

/**
 * The system calls of a local disk, so that a test can make each of them fail, count them or stop between two of them.
 * Reads are synchronous (a call on a cached file costs microseconds, a trip through the thread pool ten times that, and
 * a hundred times that on a busy machine); calls that change the disk may wait, and a flush waits for the device.
 */
export interface DiskCalls {
  openSync(path: string, flags: number): number;
  fstatSync(fd: number): fs.Stats;
  readSync(fd: number, into: Uint8Array, offset: number, length: number): number;
  closeSync(fd: number): void;
  /** Follows symbolic links; `undefined` when nothing is there. */
  statSync(path: string): fs.Stats | undefined;
  lstatSync(path: string): fs.Stats | undefined;
  readdirSync(path: string): fs.Dirent[];

  open(path: string, flags: string): Promise<number>;
  /** From `position` of the file; left out, from where the last call ended. */
  read(fd: number, into: Uint8Array, offset: number, length: number, position?: number): Promise<number>;
  write(fd: number, from: Uint8Array, offset: number, length: number): Promise<number>;
  fsync(fd: number): Promise<void>;
  close(fd: number): Promise<void>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /**
   * Makes the folder and those above it; each can be used by everyone who can use its parent. Returns the topmost
   * folder that was missing, if any.
   */
  mkdir(path: string): Promise<string | undefined>;
  /** A kernel lock on the folder itself. */
  lockFolder(folder: string, place: Place): Promise<StorageLock>;
}

/** Copying this much takes tens of microseconds. */
const SMALL_BYTES = 256 * 1024;

/** Node's own calls. */
export const nodeDiskCalls: DiskCalls = {
  openSync: (path, flags) => fs.openSync(path, flags),
  fstatSync: (fd) => fs.fstatSync(fd),
  readSync: (fd, into, offset, length) => fs.readSync(fd, into, offset, length, null),
  closeSync: (fd) => fs.closeSync(fd),
  statSync: (path) => unlessMissing(() => fs.statSync(path, { throwIfNoEntry: false })),
  lstatSync: (path) => unlessMissing(() => fs.lstatSync(path, { throwIfNoEntry: false })),
  readdirSync: (path) => fs.readdirSync(path, { withFileTypes: true }),

  // Names and small pieces go into the system's cache, in microseconds; only flushes are worth a thread.
  open: async (path, flags) => fs.openSync(path, flags),
  read: async (fd, into, offset, length, position) =>
    (await readAsync(fd, into, offset, length, position ?? null)).bytesRead,
  write: async (fd, from, offset, length) =>
    length <= SMALL_BYTES
      ? fs.writeSync(fd, from, offset, length)
      : (await writeAsync(fd, from, offset, length)).bytesWritten,
  fsync: (fd) => fsyncAsync(fd),
  close: async (fd) => fs.closeSync(fd),
  link: async (from, to) => fs.linkSync(from, to),
  rename: async (from, to) => fs.renameSync(from, to),
  unlink: async (path) => fs.unlinkSync(path),
  mkdir: async (path) => {
    const topmostNew = fs.mkdirSync(path, { recursive: true });
    if (topmostNew !== undefined) followFolderDown(topmostNew, path);
    return topmostNew;
  },
  lockFolder: (folder, place) => lockFolder(folder, place),
};

/** `throwIfNoEntry` covers a missing name, but not a name below a file. */
function unlessMissing<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (systemCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

// Descriptors as numbers rather than FileHandles: flock needs the number.
const readAsync = promisify(fs.read);
const writeAsync = promisify(fs.write);
const fsyncAsync = promisify(fs.fsync);
