import * as fs from "node:fs";
import { hostname } from "node:os";
import { BronzeError } from "../errors.js";
import { defaultFlockCalls, type FlockCalls } from "./flock-calls.js";
import type { LockOptions, StorageLock } from "./storage.js";
import { notAFile, type Place, storageFailed, systemCode } from "./storage-error.js";
import { assertWaitMs } from "./wait.js";

/**
 * An exclusive kernel lock on a file, made if missing. It excludes every other holder on this machine (`flock(1)`
 * in a shell, other processes, other calls in this one), and the kernel releases it when this process dies,
 * however it dies. Child processes do not inherit it.
 *
 * The file is never removed: whoever waits has it open already, and would get a lock on a name that is gone while
 * the next one locks a new file. While held, it says in one line of JSON who holds it, for people to read; nothing
 * is decided from that line.
 *
 * @throws BronzeError `LOCK_HELD`, `LOCK_UNAVAILABLE`, `NOT_A_FILE`, `STORAGE_FAILED`
 * @example
 * ```ts
 * const lock = await lockFile("/data/locks/freeze.lock", { path: "locks/freeze.lock", where: "local disk" });
 * try {
 *   // alone here; `flock -n /data/locks/freeze.lock true` fails meanwhile
 * } finally {
 *   await lock.release();
 * }
 * ```
 */
export async function lockFile(
  file: string,
  place: Place,
  { waitMs, calls = defaultFlockCalls() }: LockOptions & { calls?: FlockCalls } = {},
): Promise<StorageLock> {
  const patience = startPatience(waitMs);
  for (let attempt = 0; attempt < MAX_REOPENED; attempt++) {
    const fd = openLockFile(file, place);
    const lock = await lockDescriptor(fd, place, patience, calls, () => holderIn(readLock(file)));
    if (isStillNamed(fd, file)) {
      lock.adopt(readLock(file));
      return lock;
    }
    // Removed while we waited: what we hold excludes nobody who opens the name now.
    await lock.release();
  }
  throw lockUnavailable(place, "the file is replaced again and again");
}

/**
 * The same lock on a folder itself; leaves no file.
 *
 * @throws BronzeError `LOCK_HELD`, `LOCK_UNAVAILABLE`, `STORAGE_FAILED`
 */
export async function lockFolder(
  folder: string,
  place: Place,
  { waitMs, calls = defaultFlockCalls() }: LockOptions & { calls?: FlockCalls } = {},
): Promise<StorageLock> {
  const fd = openOrFail(folder, fs.constants.O_RDONLY, place);
  return await lockDescriptor(fd, place, startPatience(waitMs), calls, () => undefined);
}

/** How often a lock file may be replaced under a waiting process before that is an error. */
const MAX_REOPENED = 100;

/** Node opens everything close-on-exec, so no child keeps the lock; non-blocking, so that a FIFO cannot hang us. */
const OPEN_LOCK_FILE = fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NONBLOCK ?? 0);

interface Patience {
  readonly waitMs: number;
  readonly deadlineMs: number;
}

function startPatience(given: number | undefined): Patience {
  const waitMs = assertWaitMs(given);
  return { waitMs, deadlineMs: performance.now() + waitMs };
}

function openLockFile(file: string, place: Place): number {
  const fd = openOrFail(file, OPEN_LOCK_FILE, place);
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw notAFile(place, "a device or pipe", "a lock file");
}

function openOrFail(file: string, flags: number, place: Place): number {
  try {
    return fs.openSync(file, flags);
  } catch (error) {
    if (systemCode(error) === "EISDIR") throw notAFile(place, "a folder", "a lock file");
    throw storageFailed(error, place, "open for locking");
  }
}

/** Takes over `fd`: it is closed by a failure here or by the lock's release, and by nothing else. */
async function lockDescriptor(
  fd: number,
  place: Place,
  patience: Patience,
  calls: FlockCalls,
  holder: () => string | undefined,
): Promise<DescriptorLock> {
  try {
    for (let pauseMs = 4; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
      if (await tryLock(calls, fd, place)) return new DescriptorLock(fd, calls);
      const leftMs = patience.deadlineMs - performance.now();
      if (leftMs <= 0) throw lockHeld(place, patience.waitMs, holder());
      // Jitter, so that those who began together do not ask together for ever.
      await pause(Math.min(leftMs, pauseMs * (0.5 + Math.random())));
    }
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

async function tryLock(calls: FlockCalls, fd: number, place: Place): Promise<boolean> {
  try {
    return await calls.tryLock(fd);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw lockUnavailable(place, `${calls.name} is not possible: ${said}`, error);
  }
}

class DescriptorLock implements StorageLock {
  #fd: number | undefined;
  #isFile = false;
  #left: string | undefined;
  readonly #calls: FlockCalls;
  readonly #since = new Date().toISOString();

  constructor(fd: number, calls: FlockCalls) {
    this.#fd = fd;
    this.#calls = calls;
  }

  /** The lock is on a file of its own, which says who holds it, and below that who died holding it. */
  adopt(left: string | undefined): void {
    this.#isFile = true;
    this.#left = left;
    this.#say({}, left);
  }

  get left(): string | undefined {
    return this.#left;
  }

  describe(facts: Readonly<Record<string, string>>): void {
    this.#say(facts);
  }

  #say(facts: object, left = ""): void {
    if (this.#fd === undefined || !this.#isFile) return;
    const own = { pid: process.pid, host: hostname(), since: this.#since, ...facts };
    sayWhoHolds(this.#fd, `${JSON.stringify(own)}\n${left}`);
  }

  async release({ unsettled = false } = {}): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return; // a second release must not close someone else's descriptor
    this.#fd = undefined;
    try {
      if (this.#isFile && !unsettled) fs.ftruncateSync(fd);
    } catch {
      // only what people read
    }
    // Unlock and then close: a child caught between fork and exec still has a copy of the descriptor.
    this.#calls.unlock(fd);
    fs.closeSync(fd);
  }
}

function isStillNamed(fd: number, file: string): boolean {
  const ours = fs.fstatSync(fd, { bigint: true });
  const named = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return named !== undefined && named.ino === ours.ino && named.dev === ours.dev;
}

function sayWhoHolds(fd: number, text: string): void {
  try {
    fs.ftruncateSync(fd);
    fs.writeSync(fd, text, 0);
  } catch {
    // A full disk must not take away a lock that is held.
  }
}

/** What the holder says of itself, in the first line. Anyone may have written it: shown, never acted upon. */
function holderIn(text: string | undefined): string | undefined {
  return text?.split("\n")[0]?.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?") || undefined;
}

function readLock(file: string): string | undefined {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    try {
      const bytes = Buffer.alloc(1024);
      return bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, bytes.length, 0)) || undefined;
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

function lockHeld({ path, where }: Place, waitMs: number, holder: string | undefined): BronzeError {
  const by =
    holder === undefined ? "someone who left no name (perhaps flock(1))" : `${holder} (its own words)`;
  return new BronzeError(
    "LOCK_HELD",
    `The lock "${path}" on ${where} is held by ${by}, still after ${waitMs} ms; wait longer with waitMs, or let the holder finish`,
    { path, where, waitMs, holder },
  );
}

function lockUnavailable({ path, where }: Place, why: string, cause?: unknown): BronzeError {
  return new BronzeError(
    "LOCK_UNAVAILABLE",
    `No kernel lock can be had on "${path}" on ${where}: ${why}; install the koffi package or the flock command (util-linux), on a disk that supports flock`,
    { path, where, why },
    { cause },
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
