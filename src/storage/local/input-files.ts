import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type fastGlob from "fast-glob";
import { BronzeError } from "../../errors.js";
import { requireFromHere } from "../../lazy-module.js";
import { storageFailed } from "../storage-error.js";

/** A file of the user's own, anywhere on this machine. */
export interface InputFile {
  /** As its pattern names it: relative to the folder the program runs in, or absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * The files that patterns name (`dumps/*.csv`, `dumps/**`, a plain path), each once, sorted by the bytes of their paths. Links
 * are followed; names that start with a dot are found only by a pattern that has one.
 *
 * @throws BronzeError `NOT_FOUND` where a pattern names no file; `STORAGE_FAILED`
 */
export async function inputFiles(patterns: readonly string[]): Promise<InputFile[]> {
  // Loaded at first use: nothing else needs it.
  const glob = requireFromHere("fast-glob") as typeof fastGlob;
  const found = new Set<string>();
  for (const pattern of patterns) {
    let paths: string[];
    try {
      paths = await glob(pattern, { onlyFiles: true, unique: true });
    } catch (error) {
      throw storageFailed(error, { path: pattern, where: "this machine" }, "look for");
    }
    if (paths.length === 0) {
      throw new BronzeError(
        "NOT_FOUND",
        `No file matches "${pattern}" (below ${resolve(".")}); a name that holds any of "*?[]{}()!" is written with a backslash before it.`,
        { pattern },
      );
    }
    for (const path of paths) found.add(path);
  }
  const sorted = [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Promise.all(
    sorted.map(async (path) => ({ path, sizeBytes: (await reading(path, () => stat(path))).size })),
  );
}

/** The bytes of such a file, in pieces. @throws BronzeError `STORAGE_FAILED` */
export async function* bytesOfInput(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const pieces = createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    for await (const piece of pieces) yield piece as Uint8Array<ArrayBuffer>;
  } catch (error) {
    throw storageFailed(error, { path, where: "this machine" }, "read");
  }
}

async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageFailed(error, { path, where: "this machine" }, "read");
  }
}
