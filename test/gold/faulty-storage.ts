import type { Storage } from "bronzestore";
import { storageThrough } from "../storage/storage-through.js";

/** Where to fail: at the call of this number, counted from 1, before it is made or after it was. */
interface Fault {
  readonly call: number;
  readonly when: "before" | "after";
  fail(): void;
}

/** A storage that counts its calls (giving a lock back is one) and fails at one of them. */
export function faultyStorage(below: Storage, fault?: Fault): { storage: Storage; calls: string[] } {
  const calls: string[] = [];
  async function counted<T>(name: string, call: () => Promise<T>): Promise<T> {
    const number = calls.push(name);
    if (fault?.call === number && fault.when === "before") fault.fail();
    try {
      return await call();
    } finally {
      // Also where the call says that there is nothing.
      if (fault?.call === number && fault.when === "after") fault.fail();
    }
  }
  return { storage: storageThrough(below, counted), calls };
}
