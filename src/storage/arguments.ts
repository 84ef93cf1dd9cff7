import { BronzeError } from "../errors.js";
import { assertIs, assertOptions, callback, flag, given, type Kind, type OptionTable } from "../options.js";
import { shown } from "../shown.js";
import { tellRelease, traced } from "../telemetry/index.js";
import type { LockOptions, ReleaseOptions, Storage, StorageLock } from "./storage.js";
import type { Place } from "./storage-error.js";

const CALLS = [
  "list",
  "read",
  "stat",
  "publish",
  "replace",
  "remove",
] as const satisfies readonly (keyof Storage)[];

/** Anyone's storage: recognized by the methods it has. */
export const aStorage: Kind = {
  is: "a storage (localDisk, memoryStorage, or one of your own)",
  accepts: (value) =>
    typeof value === "object" &&
    value !== null &&
    CALLS.every((call) => callback.accepts(Reflect.get(value, call))) &&
    haveLock(Reflect.get(value, "locks")),
};

function haveLock(locks: unknown): boolean {
  if (locks === undefined) return true;
  return typeof locks === "object" && locks !== null && callback.accepts(Reflect.get(locks, "lock"));
}

/**
 * Refuses anything but bytes: a string from untyped code has no `byteLength` and would become an empty file.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * assertBytes(new TextEncoder().encode("hello"), "notes/hello.txt");
 * ```
 */
export function assertBytes(bytes: Uint8Array, path: string): void {
  if (bytes instanceof Uint8Array) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The content for "${path}" is ${typeof bytes}, not a Uint8Array; encode text with new TextEncoder().encode(text)`,
    { path },
  );
}

/**
 * How many files or bytes are wanted; left out, all.
 *
 * @param name of the argument, for the message
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertMost(most: number | undefined, name: string): number {
  if (most === undefined || most === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(most) && most > 0) return most;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${name} is ${shown(most)}; give a whole number of 1 or more, or leave it out for all`,
    { [name]: shown(most) },
  );
}

const DEFAULT_WAIT_MS = 60_000;

/**
 * How long to wait for a lock, in milliseconds; `Infinity` is allowed.
 *
 * @throws BronzeError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * assertWaitMs(undefined); // 60,000
 * ```
 */
export function assertWaitMs(waitMs: number = DEFAULT_WAIT_MS): number {
  if (typeof waitMs === "number" && waitMs >= 0) return waitMs;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `waitMs is ${shown(waitMs)}; give the milliseconds to wait for the lock, 0 to fail at once`,
    { waitMs },
  );
}

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

/** Takes a lock as a driver does, and gives it as a driver returns it: its holder's calls are checked, the same on every driver. */
export async function handedOut(place: Place, take: () => Promise<StorageLock>): Promise<StorageLock> {
  const lock = await traced(
    "bronzestore:lock",
    () => ({ path: place.path, where: place.where }),
    take,
    ({ left }) => ({ wasLeft: left !== undefined }),
  );
  const takenMs = performance.now();
  let isHeld = true;
  return {
    get left() {
      return lock.left;
    },
    describe(facts) {
      assertIs(facts, FACTS, "What a lock says about its holder");
      lock.describe(facts);
    },
    async release(how) {
      assertOptions(how, RELEASE_OPTIONS, "release");
      const heldMs = performance.now() - takenMs;
      const wasLost = isHeld && (lock.isLost?.() ?? false);
      await lock.release(how);
      if (isHeld) tellRelease(() => ({ path: place.path, where: place.where, heldMs, wasLost }));
      isHeld = false;
    },
    ...(lock.isLost && { isLost: () => lock.isLost!() }),
  };
}
