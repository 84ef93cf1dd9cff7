import * as fs from "node:fs";
import { BronzeError } from "../../errors.js";
import { assertWaitMs } from "../arguments.js";
import type { LockOptions, StorageLock } from "../storage.js";
import {
  isPassing,
  lockHeld,
  notAFile,
  notALock,
  type Place,
  remedyOf,
  storageFailed,
  systemCode,
} from "../storage-error.js";
import { defaultFlockCalls, type FlockCalls } from "./flock-calls.js";
import { followFolder } from "./follow-folder.js";
import { holderIn, holderLine, isLockText, MAX_LOCK_FILE_BYTES } from "./lock-text.js";

/**
 * An exclusive kernel lock on a file, which is made if missing. It excludes every other holder on this machine
 * (`flock(1)` in a shell, other processes, other calls in this one), and the kernel releases it when this process dies
 * in any way. Child processes do not inherit it.
 *
 * The file is never removed: waiting processes already have it open, and would lock a file without a name while the
 * next one locks a new file. While locked, it names the holder in one line of JSON, for people to read; no decision is
 * based on that line.
 *
 * A link is not followed, and a file that holds anything but the text of a lock is not changed. Folders above it may be
 * links, as for data. Everyone who can write in the folder can lock a new file in it; a file that this user can only
 * read is locked all the same, but without naming its holder.
 *
 * @throws BronzeError `LOCK_HELD`, `LOCK_UNAVAILABLE`, `NOT_A_LOCK`, `NOT_A_FILE`, `STORAGE_FAILED`
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
    const opened = openLockFile(file, place);
    const lock = await lockDescriptor(opened.fd, place, patience, calls, () => holderIn(textIn(opened.fd)));
    try {
      if (isStillNamed(opened.fd, file)) {
        lock.adopt(lockTextIn(opened.fd, place), { file, ...opened });
        return lock;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
    // Removed while we waited: our lock does not exclude those who open the name now.
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
  let fd: number;
  try {
    fd = fs.openSync(folder, O_RDONLY);
  } catch (error) {
    throw openFailed(error, place);
  }
  return await lockDescriptor(fd, place, startPatience(waitMs), calls, () => undefined);
}

/** How often a lock file may be replaced while a process waits for it before that is an error. */
const MAX_REOPENED = 100;

const { O_RDWR, O_RDONLY, O_CREAT, O_EXCL } = fs.constants;

/** Node opens everything close-on-exec, so no child keeps the lock; non-blocking, so that a FIFO cannot block us. */
const OPEN_AS_IT_IS = (fs.constants.O_NONBLOCK ?? 0) | (fs.constants.O_NOFOLLOW ?? 0);

interface Patience {
  readonly waitMs: number;
  readonly deadlineMs: number;
  readonly remedy: string | undefined;
}

interface OpenLock {
  readonly fd: number;
  readonly isWritable: boolean;
}

function startPatience(given: number | undefined): Patience {
  const waitMs = assertWaitMs(given);
  return { waitMs, deadlineMs: performance.now() + waitMs, remedy: remedyOf(given) };
}

function openLockFile(file: string, place: Place): OpenLock {
  const opened = openOrMake(file, place);
  try {
    if (!fs.fstatSync(opened.fd).isFile()) throw notAFile(place, "a device or pipe", "a lock file");
    lockTextIn(opened.fd, place); // refused before waiting for it
    return opened;
  } catch (error) {
    fs.closeSync(opened.fd);
    throw storageFailed(error, place, "look at the lock");
  }
}

function openOrMake(file: string, place: Place): OpenLock {
  for (let attempt = 0; ; attempt++) {
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) throw notALock(place, "a link");
    try {
      return openIfThere(file) ?? makeLockFile(file);
    } catch (error) {
      const code = systemCode(error);
      if (code === "EEXIST" && attempt < MAX_REOPENED) continue; // another process made it first
      if (code === "ELOOP" || code === "EMLINK") throw notALock(place, "a link"); // just created
      throw openFailed(error, place);
    }
  }
}

function openIfThere(file: string): OpenLock | undefined {
  try {
    return { fd: fs.openSync(file, O_RDWR | OPEN_AS_IT_IS), isWritable: true };
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return undefined;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    return { fd: fs.openSync(file, O_RDONLY | OPEN_AS_IT_IS), isWritable: false };
  }
}

function makeLockFile(file: string): OpenLock {
  const fd = fs.openSync(file, O_RDWR | O_CREAT | O_EXCL | OPEN_AS_IT_IS);
  followFolder(fd, file);
  return { fd, isWritable: true };
}

function openFailed(error: unknown, place: Place): BronzeError {
  if (systemCode(error) === "EISDIR") return notAFile(place, "a folder", "a lock file");
  return storageFailed(error, place, "open for locking");
}

/** Owns `fd`: it is closed by a failure here or by the lock's release, and by nothing else. */
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
      if (leftMs <= 0) throw held(place, patience, holder());
      // Jitter, so that those who began together do not keep asking together.
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
    if (isPassing(error)) throw storageFailed(error, place, "lock");
    const said = error instanceof Error ? error.message : String(error);
    throw lockUnavailable(place, `${calls.name} is not possible: ${said}`, error);
  }
}

class DescriptorLock implements StorageLock {
  #fd: number | undefined;
  /** Set when the lock is on a file of its own. */
  #file: string | undefined;
  #isWritable = false;
  #left: string | undefined;
  readonly #calls: FlockCalls;
  readonly #since = new Date().toISOString();

  constructor(fd: number, calls: FlockCalls) {
    this.#fd = fd;
    this.#calls = calls;
  }

  /** The lock is on a file of its own, which names its holder, and below that the holders that died. */
  adopt(text: string, { file, isWritable }: { readonly file: string; readonly isWritable: boolean }): void {
    this.#file = file;
    this.#isWritable = isWritable;
    this.#left = text.replaceAll("\0", "").slice(0, MAX_LEFT) || undefined;
    this.#say({}, this.#left);
  }

  isLost(): boolean {
    if (this.#fd === undefined || this.#file === undefined) return false;
    return !isStillNamed(this.#fd, this.#file);
  }

  get left(): string | undefined {
    return this.#left;
  }

  describe(facts: Readonly<Record<string, string>>): void {
    this.#say(facts);
  }

  #say(facts: object, left = ""): void {
    if (this.#fd === undefined || !this.#isWritable) return;
    writeHolder(this.#fd, `${holderLine(this.#since, facts)}\n${left}`);
  }

  async release({ unsettled = false } = {}): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return; // a second release must not close someone else's descriptor
    this.#fd = undefined;
    try {
      if (this.#isWritable && !unsettled) fs.ftruncateSync(fd);
    } catch {
      // only for people to read
    }
    // Unlock and then close: a child between fork and exec still has a copy of the descriptor.
    this.#calls.unlock(fd);
    fs.closeSync(fd);
  }
}

/** Characters of what earlier holders left: however many died, the file stays small. */
const MAX_LEFT = 1024;

function isStillNamed(fd: number, file: string): boolean {
  const own = fs.fstatSync(fd, { bigint: true });
  const named = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return named !== undefined && named.ino === own.ino && named.dev === own.dev;
}

function writeHolder(fd: number, text: string): void {
  try {
    fs.ftruncateSync(fd);
    fs.writeSync(fd, text, 0);
  } catch {
    // A full disk must not cost us the lock.
  }
}

/** The text of a lock file; a file with any other text is not a lock file. */
function lockTextIn(fd: number, place: Place): string {
  const text = textIn(fd);
  if (text !== undefined && isLockText(text)) return text;
  throw notALock(place, "a file that holds something else");
}

/** The text of a file; `undefined` where it is longer than a lock file ever is. */
function textIn(fd: number): string | undefined {
  if (fs.fstatSync(fd).size > MAX_LOCK_FILE_BYTES) return undefined;
  const bytes = Buffer.alloc(MAX_LOCK_FILE_BYTES);
  return bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, bytes.length, 0));
}

function held({ path, where }: Place, { waitMs, remedy }: Patience, holder: string | undefined): BronzeError {
  const known = { path, where, waitMs };
  if (holder === undefined)
    return lockHeld({ ...known, by: "a holder without a name (perhaps flock(1))" }, remedy);
  return lockHeld({ ...known, holder, by: `${holder} (its own words)` }, remedy);
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
