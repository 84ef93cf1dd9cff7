import { constants, type Stats } from "node:fs";
import { BronzeError } from "../../errors.js";
import { notAFile, notFound, type Place, storageFailed, systemCode } from "../storage-error.js";
import type { DiskCalls } from "./disk-calls.js";

/** Up to this size a file is read in one go on this thread: 288 run files of a day take 3 ms so, 30 ms otherwise. */
export const SYNC_LIMIT_BYTES = 4 * 1024 * 1024;

/** The most that one call reads; Node refuses 2 GiB and more. */
export const CHUNK_BYTES = 64 * 1024 * 1024;

/** How often a file that changes while it is read is read again before giving up. */
const ATTEMPTS = 3;

/** Without it, opening a FIFO would wait for a writer. Windows has neither FIFOs nor the flag. */
export const OPEN_TO_READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * All bytes of a regular file. Small files are read on this thread; large ones go through `large`, which can make them
 * wait.
 *
 * @throws BronzeError `NOT_FOUND`, `NOT_A_FILE`, `STORAGE_FAILED`
 */
export async function readFile(
  calls: DiskCalls,
  file: string,
  place: Place,
  large: <T>(task: () => Promise<T>) => Promise<T>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const small = readSmall(calls, file, place);
      const bytes = small === "large" ? await large(() => readLarge(calls, file, place)) : small;
      if (bytes !== "changed") return bytes;
    }
  } catch (error) {
    throw readError(error, place);
  }
  throw new BronzeError(
    "STORAGE_FAILED",
    `"${place.path}" on ${place.where} changes while it is read; let its writer write it with replace() or a rename`,
    { ...place, action: "read", cause: "CHANGED" },
  );
}

function readSmall(calls: DiskCalls, file: string, place: Place) {
  const fd = calls.openSync(file, OPEN_TO_READ);
  try {
    const before = regularFile(calls.fstatSync(fd), place);
    if (before.size > SYNC_LIMIT_BYTES) return "large";
    const bytes = new Uint8Array(before.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = calls.readSync(fd, bytes, filled, bytes.length - filled);
      if (count === 0) return "changed";
      filled += count;
    }
    return unchanged(before, calls.fstatSync(fd)) ? bytes : "changed";
  } finally {
    calls.closeSync(fd);
  }
}

async function readLarge(calls: DiskCalls, file: string, place: Place) {
  const fd = calls.openSync(file, OPEN_TO_READ);
  try {
    const before = regularFile(calls.fstatSync(fd), place);
    const bytes = new Uint8Array(before.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = await calls.read(fd, bytes, filled, Math.min(bytes.length - filled, CHUNK_BYTES));
      if (count === 0) return "changed";
      filled += count;
    }
    return unchanged(before, calls.fstatSync(fd)) ? bytes : "changed";
  } finally {
    calls.closeSync(fd);
  }
}

function regularFile(stats: Stats, place: Place): Stats {
  if (stats.isFile()) return stats;
  throw notAFile(place, stats.isDirectory() ? "a folder" : "a device, pipe or socket", "a file");
}

function unchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs;
}

export function readError(error: unknown, place: Place): BronzeError {
  switch (systemCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return notFound(place);
    case "EISDIR": // on Windows already when opening
      return notAFile(place, "a folder", "a file");
    case "ENXIO":
      return notAFile(place, "a socket or a device", "a file");
    default:
      return storageFailed(error, place, "read");
  }
}
