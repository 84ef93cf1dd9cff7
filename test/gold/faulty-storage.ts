import type { Storage } from "bronzestore";

/** Where to fail: at the call of this number, counted from 1, before it is made or after it was. */
export interface Fault {
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
    const result = await call();
    if (fault?.call === number && fault.when === "after") fault.fail();
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
          release: (how) => counted(`release ${path}`, () => lock.release(how)),
        };
      }),
  };
  return { storage, calls };
}
