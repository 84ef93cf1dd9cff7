import { BronzeError, type Storage, type StorageLock } from "bronzestore";
import { storageThrough } from "../../storage/storage-through.js";

/** Where the disk is full: at one call, counted from 1, or from that call on; before the call or after it was made. */
export interface FullAt {
  readonly call: number;
  readonly when: "before" | "after";
  readonly forGood: boolean;
}

/** Calls that need no space can fail too, but not for good: a full disk can be read, and a lock given back. */
const NEEDS_SPACE = /^(publish|replace) /;

/**
 * A storage that counts its calls and is full at some of them. A lock is given back even where that call fails, as
 * closing its descriptor does.
 */
export function fullStorage(below: Storage, at?: FullAt): { storage: Storage; calls: string[] } {
  const calls: string[] = [];
  async function counted<T>(name: string, call: () => Promise<T>): Promise<T> {
    const number = calls.push(name);
    const isFull =
      at !== undefined && (number === at.call || (at.forGood && number > at.call && NEEDS_SPACE.test(name)));
    if (isFull && at.when === "before") {
      if (name.startsWith("release ")) await call();
      throw noSpace(name);
    }
    const result = await call().catch((error: unknown) => {
      if (isFull) throw noSpace(name); // also of a file that is not there
      throw error;
    });
    if (isFull && at.when === "after") {
      if (name.startsWith("lock ")) await (result as StorageLock).release();
      throw noSpace(name);
    }
    return result;
  }
  return { storage: storageThrough(below, counted), calls };
}

function noSpace(what: string): BronzeError {
  return new BronzeError("STORAGE_FAILED", `${what}: ENOSPC: no space left on device`, { cause: "ENOSPC" });
}
