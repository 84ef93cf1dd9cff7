import type { Reading, Storage } from "../../storage/index.js";

/** A storage that reads each file once, until it is told that nobody needs it any more. */
export class KeptReads implements Reading {
  readonly description: string;
  readonly #below: Storage;
  readonly #read = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(below: Storage) {
    this.description = below.description;
    this.#below = below;
  }

  list(folder: string): ReturnType<Reading["list"]> {
    return this.#below.list(folder);
  }

  stat(path: string): ReturnType<Reading["stat"]> {
    return this.#below.stat(path);
  }

  async read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#read.get(path);
    if (known) return known;
    const bytes = await this.#below.read(path);
    this.#read.set(path, bytes);
    return bytes;
  }

  /** What it holds. */
  paths(): string[] {
    return [...this.#read.keys()];
  }

  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#read.keys()) if (!paths.has(path)) this.#read.delete(path);
  }
}
