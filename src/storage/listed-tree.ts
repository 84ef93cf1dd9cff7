import { joinPath } from "./path.js";
import type { Reading, StorageEntry, TreeFile } from "./storage.js";

/** All that lies below a folder, as one listing of it had it. */
interface ListedTree {
  /** The same storage; folders below, and the folder itself, are answered from the listing. */
  readonly reading: Reading;
  readonly isEmpty: boolean;
  /** The version of a file below the folder; `undefined` where there was none. */
  versionOf(path: string): string | undefined;
}

/** Lists a folder with all that is below it; `undefined` where the storage lists each folder by itself. */
export async function listedTree(storage: Reading, folder: string): Promise<ListedTree | undefined> {
  if (!storage.listTree) return undefined;
  const files = await storage.listTree(folder);
  const versions = new Map(files.map(({ path, version }) => [path, version]));
  const folders = foldersOf(files, folder);
  const isBelow = (path: string) => path === folder || path.startsWith(`${folder}/`) || folder === "";
  return {
    reading: {
      read: (path) => storage.read(path),
      stat: (path) => storage.stat(path),
      list: async (path) => (isBelow(path) ? (folders.get(path) ?? []) : await storage.list(path)),
    },
    isEmpty: files.length === 0,
    versionOf: (path) => versions.get(path),
  };
}

/** Each folder with what is in it, by name, as `list` has it. */
function foldersOf(files: readonly TreeFile[], root: string): ReadonlyMap<string, StorageEntry[]> {
  const folders = new Map<string, StorageEntry[]>();
  const into = (folder: string): StorageEntry[] => {
    let entries = folders.get(folder);
    if (!entries) {
      entries = [];
      folders.set(folder, entries);
      const end = folder.lastIndexOf("/");
      if (folder !== root)
        into(end < 0 ? root : folder.slice(0, end)).push({ name: folder.slice(end + 1), kind: "folder" });
    }
    return entries;
  };
  for (const { path } of files) {
    const end = path.lastIndexOf("/");
    const folder = end < 0 ? root : joinPath(root, path.slice(0, end));
    into(folder).push({ name: path.slice(end + 1), kind: "file" });
  }
  for (const entries of folders.values())
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return folders;
}
