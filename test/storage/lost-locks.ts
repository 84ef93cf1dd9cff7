import type { Locks, Storage } from "bronzestore";
import { hooked } from "../gold/hooked-storage.js";

/** Over the same files, locks that everybody gets at once, as leases may be had twice where a holder was suspended. */
export function withLostLocks(storage: Storage): Storage {
  const lock: Locks["lock"] = async () => ({ left: undefined, describe() {}, async release() {} });
  return { ...storage, locks: { lock } };
}

/** The first call of a kind on a path, given by its end. */
export interface Stop {
  readonly call: "publish" | "swap";
  readonly path: string;
}

/** The storage of one who is suspended once, right before a call, while something else goes through. */
export function suspendedAt(storage: Storage, { call, path }: Stop, meanwhile: () => Promise<unknown>) {
  let isDone = false;
  const stopping = hooked(storage, {
    async before(made, _, at) {
      if (isDone || made !== call || !at.endsWith(path)) return;
      isDone = true;
      await meanwhile();
    },
  });
  return { storage: { ...stopping, locks: storage.locks }, wasSuspended: () => isDone };
}
