/**
 * Where bytes live. A path is relative to the storage's root, has `/` between its parts, and can never leave the
 * root: `..`, absolute paths, backslashes, NUL and empty parts are refused with `INVALID_PATH`.
 *
 * Every driver keeps the same contract (`test/storage/contract.ts` runs on each): a reader sees a whole file or
 * none, `publish` has exactly one winner, `replace` is atomic, and nothing acknowledged is lost to a crash.
 */
export interface Storage {
  /** What the storage is, for messages: `local disk at data`. */
  readonly description: string;

  /** One level of a folder, sorted by name (code units). A folder that does not exist is empty. */
  list(path: string): Promise<StorageEntry[]>;

  /**
   * All bytes of a file. The result owns its buffer and starts at offset 0 of it.
   * @throws BronzeError `NOT_FOUND`, `NOT_A_FILE`, `STORAGE_FAILED`
   */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;

  /** Size and modification time of a file; `undefined` when nothing is there, `NOT_A_FILE` when it is a folder. */
  stat(path: string): Promise<StorageStat | undefined>;

  /**
   * Put if absent, durably: `true` when these bytes are now the file, `false` when the path already existed (then
   * nothing changed). Of any number of concurrent callers exactly one gets `true`.
   */
  publish(path: string, bytes: Uint8Array): Promise<boolean>;

  /** Put or overwrite, atomically and durably: a reader sees the old bytes or the new, never a mixture. */
  replace(path: string, bytes: Uint8Array): Promise<void>;

  /** Removes a file; `false` when there was none. */
  remove(path: string): Promise<boolean>;

  /**
   * An exclusive lock that also holds between processes and that the kernel releases when the holder dies.
   * @throws BronzeError `LOCK_HELD` when `waitMs` has passed, `LOCK_UNAVAILABLE` where there is no such lock
   */
  lock(path: string, options?: LockOptions): Promise<StorageLock>;
}

/** One name in a folder. */
export interface StorageEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
}

/** What is known of a file without reading it. */
export interface StorageStat {
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/** How long to wait for a lock. */
export interface LockOptions {
  /** Milliseconds to wait while someone else holds it; 0 fails at once. Default: 60,000. */
  readonly waitMs?: number;
}

/** A lock that is held until `release` is called or the process ends. */
export interface StorageLock {
  release(): Promise<void>;
}
