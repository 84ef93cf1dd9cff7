import { type LockingStorage, type Locks, memoryStorage, type StorageLock } from "bronzestore";

/** A memory whose locks are leases: they keep others out until the test lets them lapse. */
export interface LapsingStorage extends LockingStorage {
  /** From now on nobody is kept out by a lock that is held now. Its holder is not told, and goes on. */
  lapse(): void;
}

/** @param saysLost whether a holder who asks is told that its lock lapsed, as one is whose own clock shows it */
export function lapsingStorage({ saysLost = false } = {}): LapsingStorage {
  const memory = memoryStorage();
  const held = new Map<string, { lapse(): void }>();

  const lock: Locks["lock"] = async (path, options) => {
    const own = await memory.locks.lock(path, options);
    let hasLapsed = false;
    const holder = {
      lapse() {
        hasLapsed = true;
        // What it said of itself is found by the next, as of one that died.
        void own.release({ unsettled: true });
      },
    };
    held.set(path, holder);
    const lease: StorageLock = {
      left: own.left,
      isLost: () => saysLost && hasLapsed,
      describe: (facts) => {
        if (!hasLapsed) own.describe(facts);
      },
      async release(how) {
        if (hasLapsed) return; // it is another's by now
        held.delete(path);
        await own.release(how);
      },
    };
    return lease;
  };

  return {
    ...memory,
    locks: { lock },
    lapse() {
      for (const holder of held.values()) holder.lapse();
      held.clear();
    },
  };
}
