import type { Storage } from "../storage/index.js";

/** Removals of files that may turn out to be wrong, because a lock was lost meanwhile. */
interface Removals {
  /** Removes a file. `false`: it was wrong, and what was removed since it was right last was put back. */
  remove(path: string, bytes: Uint8Array): Promise<boolean>;
  /** To be called after the last one; the answer is as that of `remove`. */
  end(): Promise<boolean>;
}

/**
 * Removes files, and then looks whether that was right. Whoever makes them needed does so first and looks then whether they
 * are there; so of two processes that lost the lock one sees the other. The bytes are kept until then.
 *
 * @param isRight whether the files are not needed, asked after some of them were removed
 */
export function removals(storage: Storage, isRight: () => Promise<boolean>): Removals {
  const removed = new Map<string, Uint8Array>();
  let size = 0;
  const look = async () => {
    if (removed.size === 0) return true;
    const wasRight = await isRight();
    if (!wasRight) for (const [path, bytes] of removed) await storage.publish(path, bytes);
    removed.clear();
    size = 0;
    return wasRight;
  };
  return {
    async remove(path, bytes) {
      await storage.remove(path);
      removed.set(path, bytes);
      size += bytes.byteLength;
      return size < BYTES_PER_LOOK || (await look());
    },
    end: look,
  };
}

/** How much is removed, and kept in memory, before it is looked at again. */
const BYTES_PER_LOOK = 64 * 1024 * 1024;
