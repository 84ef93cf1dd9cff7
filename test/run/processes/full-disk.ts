import { BronzeError, type Storage, type StorageLock } from "bronzestore";

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
    const result = await call();
    if (isFull && at.when === "after") {
      if (name.startsWith("lock ")) await (result as StorageLock).release();
      throw noSpace(name);
    }
    return result;
  }
  const storage: Storage = {
    description: below.description,
    list: (path) => counted(`list ${path}`, () => below.list(path)),
    read: (path) => counted(`read ${path}`, () => below.read(path)),
    stat: (path) => counted(`stat ${path}`, () => below.stat(path)),
    publish: (path, bytes) => counted(`publish ${path}`, () => below.publish(path, bytes)),
    replace: (path, bytes) => counted(`replace ${path}`, () => below.replace(path, bytes)),
    remove: (path) => counted(`remove ${path}`, () => below.remove(path)),
    lock: (path, options) =>
      counted(`lock ${path}`, async () => {
        const lock = await below.lock(path, options);
        return {
          left: lock.left,
          describe: (facts) => lock.describe(facts),
          release: (...how) => counted(`release ${path}`, () => lock.release(...how)),
        };
      }),
  };
  return { storage, calls };
}

function noSpace(what: string): BronzeError {
  return new BronzeError("STORAGE_FAILED", `${what}: ENOSPC: no space left on device`, { cause: "ENOSPC" });
}
