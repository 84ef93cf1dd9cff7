import type { Storage } from "bronzestore";

/** The calls of a storage by name; those that change something, or take a lock, are what a kill can fall between. */
type StorageCall = Exclude<keyof Storage, "description" | "locks" | "telling"> | "lock";

/** What is told of each call: its name, how many were begun before it, and its path. */
type Hook = (call: StorageCall, index: number, path: string) => Promise<void>;

/** A storage whose every call is announced before it is made and after it has been, well or not. */
export function hooked(
  storage: Storage,
  { before, after }: { readonly before?: Hook; readonly after?: Hook },
): Storage {
  let begun = 0;
  const around = async <T>(call: StorageCall, path: string, make: () => Promise<T>): Promise<T> => {
    const index = begun++;
    await before?.(call, index, path);
    try {
      return await make();
    } finally {
      await after?.(call, index, path);
    }
  };
  const { listTree, openVersion } = storage;
  return {
    description: storage.description,
    ...(listTree && {
      listTree: (path: string, most?: number) =>
        around("listTree", path, () => listTree.call(storage, path, most)),
    }),
    ...(openVersion && {
      openVersion: (path: string, tailBytes?: number) =>
        around("openVersion", path, async () => {
          const opened = await openVersion.call(storage, path, tailBytes);
          return {
            ...opened,
            read: (start: number, end: number) => around("openVersion", path, () => opened.read(start, end)),
          };
        }),
    }),
    list: (path) => around("list", path, () => storage.list(path)),
    read: (path) => around("read", path, () => storage.read(path)),
    stat: (path) => around("stat", path, () => storage.stat(path)),
    publish: (path, bytes) => around("publish", path, () => storage.publish(path, bytes)),
    replace: (path, bytes) => around("replace", path, () => storage.replace(path, bytes)),
    swap: (path, was, bytes) => around("swap", path, () => storage.swap(path, was, bytes)),
    remove: (path) => around("remove", path, () => storage.remove(path)),
    locks: {
      async lock(path, options) {
        const index = begun++;
        await before?.("lock", index, path);
        const lock = await storage.locks!.lock(path, options);
        try {
          await after?.("lock", index, path);
        } catch (error) {
          await lock.release(); // as the kernel does for the dead
          throw error;
        }
        return lock;
      },
    },
  };
}

/** A process that dies at a call: that call and all after it fail, as far as the storage can tell. */
export class Death extends Error {}

/** A storage that dies at its `at`th call (from 0), before it is made or right after. */
export function dyingAt(storage: Storage, at: number, when: "before" | "after") {
  let died: StorageCall | undefined;
  return {
    /** The call it died at. */
    get died() {
      return died;
    },
    storage: hooked(storage, {
      async before(call, index) {
        if (when === "before" && index === at) died = call;
        if (died) throw new Death();
      },
      async after(call, index) {
        if (when === "after" && index === at) died = call;
        if (died) throw new Death();
      },
    }),
  };
}
