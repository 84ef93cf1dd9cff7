import { BronzeError, isBronzeError } from "../errors.js";

/**
 * Where bytes live. A path is relative to the storage's root, has `/` between its parts, and can never leave the
 * root: `..`, absolute paths, backslashes, NUL and empty parts are refused with `INVALID_PATH`.
 *
 * Every driver keeps the same contract (`test/storage/contract.ts` runs on each): a reader sees a whole file or
 * none, `publish` has exactly one winner, `replace` is atomic, and nothing acknowledged is lost to a crash. Locks are a
 * part of it that a driver may lack.
 *
 * @category Storage
 */
export interface Storage {
  /** What the storage is, for messages: `local disk at data`. */
  readonly description: string;

  /**
   * One level of a folder, sorted by name (code units); `""` is the root. A folder that does not exist is empty.
   * Hidden names (temp files, locks) are listed too: `isDataName` tells which can be data.
   *
   * @throws BronzeError `INVALID_PATH`; `NOT_A_FILE` when it is a file; `STORAGE_FAILED`
   */
  list(path: string): Promise<StorageEntry[]>;

  /**
   * All bytes of a file. The result owns its buffer and starts at offset 0 of it.
   *
   * @throws BronzeError `INVALID_PATH`, `NOT_FOUND`, `NOT_A_FILE`, `STORAGE_FAILED`
   */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;

  /**
   * Size and modification time of a file; `undefined` when nothing is there, `NOT_A_FILE` when it is a folder.
   *
   * @throws BronzeError `INVALID_PATH`; `NOT_A_FILE` when it is a folder; `STORAGE_FAILED`
   */
  stat(path: string): Promise<StorageStat | undefined>;

  /**
   * Put if absent, durably: `true` when these bytes are now the file, `false` when the path already existed (then
   * nothing changed). Of any number of concurrent callers exactly one gets `true`. The bytes must stay as they are
   * until the promise settles. When it rejects, the file is whole or absent; doing it again settles which.
   *
   * @throws BronzeError `INVALID_PATH`; `INVALID_ARGUMENT` for what is no bytes; `NOT_A_FILE` when the path is a
   * folder or leads through a file; `STORAGE_FAILED`
   */
  publish(path: string, bytes: Uint8Array): Promise<boolean>;

  /**
   * Put or overwrite, atomically and durably: a reader sees the old bytes or the new, never a mixture.
   *
   * @throws BronzeError `INVALID_PATH`; `INVALID_ARGUMENT` for what is no bytes; `NOT_A_FILE` when the path is a
   * folder or leads through a file; `STORAGE_FAILED`
   */
  replace(path: string, bytes: Uint8Array): Promise<void>;

  /**
   * Compare and swap: puts these bytes only where the file still is what it was. `true` when they are now the file, `false`
   * when anything else was found (then nothing changed; unless the answer of a server was lost, and another went over these
   * bytes before it was asked again). Who reads, decides and writes back uses it, so that a lock which was
   * lost meanwhile costs the work and not what another wrote. Of any number of callers with one `before` exactly one gets
   * `true`; only between processes on a local disk the two steps are two, and the caller's lock, which the kernel keeps, makes them one.
   *
   * @param before - the bytes as they were read; `undefined` where there was no file
   * @throws BronzeError `INVALID_PATH`; `INVALID_ARGUMENT` for what is no bytes; `NOT_A_FILE` when the path is a
   * folder or leads through a file; `STORAGE_FAILED`
   */
  swap(path: string, before: Uint8Array | undefined, bytes: Uint8Array): Promise<boolean>;

  /**
   * Removes a file; `false` when there was none.
   *
   * @throws BronzeError `INVALID_PATH`; `NOT_A_FILE` when it is a folder; `STORAGE_FAILED`
   */
  remove(path: string): Promise<boolean>;

  /**
   * All files below a folder, at any depth, in as few requests as it takes: of no order, and a file that comes or goes
   * meanwhile may be among them or not. A folder that does not exist, or a path that is a file, has none. Left out by a storage
   * that lists each folder by itself.
   *
   * @param most - more files than this are not asked for; default: all
   * @throws BronzeError `INVALID_PATH`; `INVALID_ARGUMENT` for a number that is none; `STORAGE_FAILED`
   */
  listTree?(path: string, most?: number): Promise<TreeFile[]>;

  /**
   * The end of a file, and a way to the rest of that very version. Left out by a storage that reads files whole only.
   *
   * @param tailBytes - how many bytes of the end are wanted at once; default: all
   * @throws BronzeError `INVALID_PATH`; `INVALID_ARGUMENT` for a number that is none; `NOT_FOUND` where there is no file, also
   * where the path is a folder; `NOT_A_FILE` for a device; `STORAGE_FAILED`
   */
  openVersion?(path: string, tailBytes?: number): Promise<OpenedVersion>;

  /**
   * Reads from the same storage, and tells of each request as it is made. Left out by a storage of which each call is one.
   * @internal
   */
  readonly telling?: (tell: TellRequest) => Reading;

  /**
   * Tells when something changes, soon after it did; more often than it did, and without saying what. Left out by a storage that is not told
   * either: then it is listed again and again.
   *
   * @returns what ends it; `undefined` where the system does not tell of this place
   * @throws BronzeError `INVALID_ARGUMENT` for what is no function
   */
  watch?(tell: () => void): Promise<(() => void) | undefined>;

  /** Left out by a storage that has none: reading and most writing need no lock, and what does says so at once. */
  readonly locks?: Locks;
}

/**
 * The part of a storage that reading uses.
 *
 * @category Storage
 */
export type Reading = Pick<Storage, "list" | "read" | "stat" | "listTree" | "openVersion">;

/** Told of each request: what it was for, and how many bytes of files came. */
export type TellRequest = (kind: "listing" | "other", bytes: number) => void;

/**
 * A file of a folder, wherever below it.
 *
 * @category Storage
 */
export interface TreeFile {
  /** Below the folder that was asked for: `hour=18/odds.parquet`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** As `OpenedVersion` has it. */
  readonly version: string;
}

/**
 * One version of a file, of which some is read.
 *
 * @category Storage
 */
export interface OpenedVersion {
  /** Another after each write of other bytes. */
  readonly version: string;
  readonly sizeBytes: number;
  /** The last bytes: as many as were asked for or more, or the whole file where it has no more. It owns its buffer. */
  readonly tail: Uint8Array<ArrayBuffer>;
  /**
   * Bytes of this version from `start` up to, not including, `end`.
   *
   * @throws BronzeError `NOT_FOUND` where this version is not there any more; `INVALID_ARGUMENT` for a range that it has not;
   * `STORAGE_FAILED`
   */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Nothing more is read. A second call does nothing. */
  close(): void;
}

/**
 * A storage that has locks.
 *
 * @category Storage
 */
export type LockingStorage = Storage & Required<Pick<Storage, "locks">>;

/**
 * Exclusive locks on paths of a storage.
 *
 * @category Storage
 */
export interface Locks {
  /**
   * An exclusive lock that also holds between processes and that the kernel releases when the holder dies. The
   * lock file (a path of its own, made if missing) is not for data and is never removed. A path that is a link, or holds
   * anything but what a lock leaves, is refused and stays as it is.
   *
   * @throws BronzeError `INVALID_PATH`; `INVALID_ARGUMENT` for a `waitMs` that is none; `LOCK_HELD` when it has
   * passed; `LOCK_UNAVAILABLE` where there is no such lock; `NOT_A_LOCK`, `NOT_A_FILE`, `STORAGE_FAILED`
   */
  lock(path: string, options?: LockOptions): Promise<StorageLock>;
}

/**
 * One name in a folder.
 *
 * @category Storage
 */
export interface StorageEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
}

/**
 * What is known of a file without reading it.
 *
 * @category Storage
 */
export interface StorageStat {
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/**
 * How long to wait for a lock.
 *
 * @category Storage
 */
export interface LockOptions {
  /** Milliseconds to wait while someone else holds it; 0 fails at once. Default: 60,000. */
  readonly waitMs?: number;
}

/**
 * How to give a lock back.
 *
 * @category Storage
 */
export interface ReleaseOptions {
  /** What the lock says of this holder stays, as if it had died, for the next one to find in `left`. Default: false. */
  readonly unsettled?: boolean;
}

/**
 * A lock that is held until `release` is called or the process ends.
 *
 * @category Storage
 */
export interface StorageLock {
  /**
   * What holders who never released it had said of themselves, a line each: they died. Anyone may have written it, so
   * nothing may be trusted to it; `undefined` when the lock was given back in good order.
   */
  readonly left: string | undefined;
  /**
   * Whether the lock file was removed or replaced since: who asks for the lock now gets another one, and is let in beside
   * this holder. Left out by a storage where that cannot be.
   */
  isLost?(): boolean;
  /**
   * Says more about the holder, for people who look at the lock and for `LOCK_HELD`; shown, never acted upon. From then
   * on the lock no longer says what was left: who dies before does not take it along.
   */
  describe(facts: Readonly<Record<string, string>>): void;
  /**
   * Gives it back; a second call does nothing.
   */
  release(how?: ReleaseOptions): Promise<void>;
}

/** Whether a file is what it was: the same bytes, or none at all. */
export function isStill(now: Uint8Array | undefined, before: Uint8Array | undefined): boolean {
  return now && before ? Buffer.compare(now, before) === 0 : now === before;
}

/** The bytes of a file, or `undefined` when there is none. */
export async function readIfThere(
  storage: Pick<Storage, "read">,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await storage.read(path);
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * Writes back what was read under a lock and decided upon.
 *
 * @throws BronzeError `LOCK_LOST` where it is not what was read any more: the lock no longer kept others out. Nothing was
 * changed then
 */
export async function writeBack(
  storage: Pick<Storage, "swap">,
  path: string,
  read: Uint8Array | undefined,
  bytes: Uint8Array,
): Promise<void> {
  if (await storage.swap(path, read, bytes)) return;
  throw new BronzeError(
    "LOCK_LOST",
    `${path} was changed by another process under the lock that this one had, which was lost meanwhile; what is there was kept. Do it again.`,
    { path },
  );
}

/**
 * The locks of a storage, for work that needs them; called before any of it is done.
 *
 * @param what the work, for the message: `a freeze`
 * @throws BronzeError `LOCK_UNAVAILABLE` where it has none
 */
export function locksOf({ description, locks }: Pick<Storage, "description" | "locks">, what: string): Locks {
  if (locks) return locks;
  throw new BronzeError(
    "LOCK_UNAVAILABLE",
    `${description} has no locks, and ${what} needs one, so that two at once cannot undo each other; nothing was done. Use a storage that has locks, as localDisk does.`,
    { where: description },
  );
}
