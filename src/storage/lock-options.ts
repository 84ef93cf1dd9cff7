import { assertIs, assertOptions, flag, given, type Kind, type OptionTable } from "../options.js";
import type { LockOptions, ReleaseOptions, StorageLock } from "./storage.js";
import { assertWaitMs } from "./wait.js";

const LOCK_OPTIONS: OptionTable<LockOptions> = { waitMs: given };
const RELEASE_OPTIONS: OptionTable<ReleaseOptions> = { unsettled: flag };
const FACTS: Kind = {
  is: "an object of text",
  accepts: (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((fact) => typeof fact === "string"),
};

/** @throws BronzeError `INVALID_ARGUMENT` */
export function assertLockOptions(options: LockOptions | undefined): void {
  assertOptions(options, LOCK_OPTIONS, "lock");
  assertWaitMs(options?.waitMs);
}

/** A lock as a driver hands it out: what its holder asks of it is checked, on every driver alike. */
export function handedOut(lock: StorageLock): StorageLock {
  return {
    get left() {
      return lock.left;
    },
    describe(facts) {
      assertIs(facts, FACTS, "What a lock is to say of its holder");
      lock.describe(facts);
    },
    async release(how) {
      assertOptions(how, RELEASE_OPTIONS, "release");
      await lock.release(how);
    },
    ...(lock.isLost && { isLost: () => lock.isLost!() }),
  };
}
