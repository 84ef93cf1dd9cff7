import { BronzeError } from "../../errors.js";
import type { Storage, StorageEntry } from "../../storage/index.js";

/**
 * A storage as it would be: writes and removals stay in memory, all else is read from below (once). Answers asked of it
 * go through the very code that will read the real tree.
 */
export function overlay(below: Storage): Storage {
  const changed = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
  const read = new Map<string, Uint8Array<ArrayBuffer>>();

  return {
    description: `${below.description}, as it would be`,
    async list(folder) {
      const entries = new Map((await below.list(folder)).map((entry) => [entry.name, entry]));
      const prefix = folder === "" ? "" : `${folder}/`;
      for (const [path, bytes] of changed) {
        if (!path.startsWith(prefix)) continue;
        const [name, ...rest] = path.slice(prefix.length).split("/") as [string, ...string[]];
        const kind: StorageEntry["kind"] = rest.length > 0 ? "folder" : "file";
        if (bytes) entries.set(name, { name, kind });
        else if (kind === "file") entries.delete(name); // folders stay when they are empty, as on a disk
      }
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async read(path) {
      const bytes = changed.get(path) ?? read.get(path);
      if (bytes) return bytes;
      if (changed.has(path)) throw new BronzeError("NOT_FOUND", `"${path}" would be gone.`, { path });
      const own = await below.read(path);
      read.set(path, own);
      return own;
    },
    async stat(path) {
      const bytes = changed.get(path);
      if (bytes) return { sizeBytes: bytes.byteLength, modifiedMs: 0 };
      return changed.has(path) ? undefined : below.stat(path);
    },
    async publish(path, bytes) {
      if (changed.get(path) || (!changed.has(path) && (await below.stat(path)))) return false;
      changed.set(path, Uint8Array.from(bytes));
      return true;
    },
    async replace(path, bytes) {
      changed.set(path, Uint8Array.from(bytes));
    },
    async remove(path) {
      const was = changed.has(path) ? changed.get(path) : await below.stat(path);
      changed.set(path, undefined);
      return was !== undefined;
    },
    locks: {
      async lock() {
        return { left: undefined, describe() {}, release: async () => {} };
      },
    },
  };
}
