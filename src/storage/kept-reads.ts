import type { Locks, Storage } from "./storage.js";

/**
 * A storage that reads each file once, until it is told that nobody needs it any more, or it is written through it. For work
 * that asks for the same files many times, and on purpose as they were when it first asked.
 */
export class KeptReads implements Storage {
  readonly description: string;
  readonly locks?: Locks;
  readonly #below: Storage;
  readonly #isKept: (path: string) => boolean;
  readonly #read = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

  /** @param isKept which files it may answer of as they were; default: all */
  constructor(below: Storage, isKept: (path: string) => boolean = () => true) {
    this.description = below.description;
    this.#isKept = isKept;
    if (below.locks) this.locks = below.locks;
    this.#below = below;
  }

  list(folder: string): ReturnType<Storage["list"]> {
    return this.#below.list(folder);
  }

  stat(path: string): ReturnType<Storage["stat"]> {
    return this.#below.stat(path);
  }

  read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#read.get(path);
    if (known) return known;
    const bytes = this.#below.read(path);
    if (!this.#isKept(path)) return bytes;
    this.#read.set(path, bytes);
    // What is not there now may be when it is asked for again.
    bytes.catch(() => this.#read.delete(path));
    return bytes;
  }

  publish(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.#written(path, this.#below.publish(path, bytes));
  }

  replace(path: string, bytes: Uint8Array): Promise<void> {
    return this.#written(path, this.#below.replace(path, bytes));
  }

  swap(path: string, before: Uint8Array | undefined, bytes: Uint8Array): Promise<boolean> {
    return this.#written(path, this.#below.swap(path, before, bytes));
  }

  remove(path: string): Promise<boolean> {
    return this.#written(path, this.#below.remove(path));
  }

  /** What it holds. */
  paths(): string[] {
    return [...this.#read.keys()];
  }

  keepOnly(isNeeded: (path: string) => boolean): void {
    for (const path of this.#read.keys()) if (!isNeeded(path)) this.#read.delete(path);
  }

  #written<T>(path: string, done: Promise<T>): Promise<T> {
    return done.finally(() => this.#read.delete(path));
  }
}
