import type { Locks, Storage } from "bronzestore";

/** Makes a call, or does something else; `name` is the call and its path: `publish bronze/...`. */
type Through = <T>(name: string, call: () => Promise<T>) => Promise<T>;

/** A storage whose every call, giving a lock back included, goes through a function. */
export function storageThrough(below: Storage, through: Through): Storage {
  return {
    description: below.description,
    list: (path) => through(`list ${path}`, () => below.list(path)),
    read: (path) => through(`read ${path}`, () => below.read(path)),
    stat: (path) => through(`stat ${path}`, () => below.stat(path)),
    publish: (path, bytes) => through(`publish ${path}`, () => below.publish(path, bytes)),
    replace: (path, bytes) => through(`replace ${path}`, () => below.replace(path, bytes)),
    swap: (path, was, bytes) => through(`swap ${path}`, () => below.swap(path, was, bytes)),
    remove: (path) => through(`remove ${path}`, () => below.remove(path)),
    ...(below.locks && { locks: locksThrough(below.locks, through) }),
  };
}

function locksThrough(below: Locks, through: Through): Locks {
  return {
    lock: (path, options) =>
      through(`lock ${path}`, async () => {
        const lock = await below.lock(path, options);
        return {
          left: lock.left,
          isLost: () => lock.isLost?.() ?? false,
          describe: (facts) => lock.describe(facts),
          release: (how) => through(`release ${path}`, () => lock.release(how)),
        };
      }),
  };
}
