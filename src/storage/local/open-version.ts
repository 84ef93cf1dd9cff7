import type { Stats } from "node:fs";
import type { OpenedVersion } from "../storage.js";
import { assertRange, notFound, type Place, versionGone } from "../storage-error.js";
import type { DiskCalls } from "./disk-calls.js";
import { CHUNK_BYTES, OPEN_TO_READ, readError, SYNC_LIMIT_BYTES } from "./read-file.js";

/**
 * A file by one descriptor: whoever replaces it or removes it gives its name to another, and this one stays. A file that is
 * written in place is seen by its size and time.
 *
 * @throws BronzeError `NOT_FOUND`, `NOT_A_FILE`, `STORAGE_FAILED`
 */
export async function openVersion(
  calls: DiskCalls,
  file: string,
  place: Place,
  tailBytes: number,
): Promise<OpenedVersion> {
  let fd: number | undefined;
  const close = () => {
    if (fd !== undefined) calls.closeSync(fd);
    fd = undefined;
  };
  try {
    fd = calls.openSync(file, OPEN_TO_READ);
    const before = calls.fstatSync(fd);
    if (!before.isFile()) throw notFound(place);
    const sizeBytes = before.size;
    const unchanged = (own: number, bytes: Uint8Array<ArrayBuffer>) => {
      if (versionOf(calls.fstatSync(own)) !== versionOf(before)) throw versionGone(place);
      return bytes;
    };
    const readWhole = (own: number) => {
      const bytes = new Uint8Array(sizeBytes);
      for (let filled = 0; filled < sizeBytes; ) {
        const count = calls.readSync(own, bytes, filled, sizeBytes - filled);
        if (count === 0) throw versionGone(place);
        filled += count;
      }
      return unchanged(own, bytes);
    };
    const read = async (start: number, end: number) => {
      if (fd === undefined) throw versionGone(place);
      const bytes = new Uint8Array(end - start);
      for (let filled = 0; filled < bytes.length; ) {
        const length = Math.min(bytes.length - filled, CHUNK_BYTES);
        const count = await calls.read(fd, bytes, filled, length, start + filled);
        if (count === 0) throw versionGone(place);
        filled += count;
      }
      return unchanged(fd, bytes);
    };
    const isSmall = sizeBytes <= Math.min(tailBytes, SYNC_LIMIT_BYTES);
    const tail = isSmall ? readWhole(fd) : await read(Math.max(0, sizeBytes - tailBytes), sizeBytes);
    return {
      version: versionOf(before),
      sizeBytes,
      tail,
      async read(start, end) {
        assertRange(place, sizeBytes, start, end);
        try {
          return await read(start, end);
        } catch (error) {
          throw readError(error, place);
        }
      },
      close,
    };
  } catch (error) {
    close();
    throw readError(error, place);
  }
}

function versionOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs}`;
}
