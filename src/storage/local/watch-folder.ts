import { type FSWatcher, readdirSync, watch } from "node:fs";

/**
 * Tells when something changes in a folder or below it, until it is ended. What is behind links is not seen.
 *
 * @returns what ends it; `undefined` where the system cannot tell: no such folder, or more folders than it watches for one user
 */
export function watchFolder(folder: string, tell: () => void): (() => void) | undefined {
  // Linux has no watch of all that is below a folder, and Node's own puts one on every file.
  return process.platform === "linux" ? watchEach(folder, tell) : watchOne(folder, tell, { recursive: true });
}

function watchOne(
  folder: string,
  tell: (name: string | null, event: "rename" | "change") => void,
  options: { readonly recursive?: boolean } = {},
): (() => void) | undefined {
  let watcher: FSWatcher;
  try {
    watcher = watch(folder, { ...options, persistent: false }, (event, name) => {
      if (name === null || !isHidden(name)) tell(name, event);
    });
  } catch {
    return undefined;
  }
  // The folder went away: its parent's watch tells of that.
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}

/** Temporary files and locks. */
function isHidden(path: string): boolean {
  return /(^|[/\\])\.[^/\\]*$/.test(path);
}

function watchEach(root: string, tell: () => void): (() => void) | undefined {
  const watched = new Map<string, () => void>();
  const stopAll = () => {
    for (const stop of watched.values()) stop();
    watched.clear();
  };
  if (add(root)) return stopAll;
  stopAll();
  return undefined;

  /** Watches a folder, and then those in it: one that is made meanwhile is seen by one or the other. */
  function add(folder: string): boolean {
    if (watched.has(folder)) return true;
    const stop = watchOne(folder, (name, event) => {
      tell();
      if (name === null || event !== "rename" || !watched.has(root)) return;
      // A folder of the same name may be another one: it was removed and made again.
      const path = `${folder}/${name}`;
      forget(path);
      if (foldersIn(path) !== undefined) add(path);
    });
    if (!stop) return false;
    watched.set(folder, stop);
    return (foldersIn(folder) ?? []).every((name) => add(`${folder}/${name}`));
  }

  function forget(folder: string): void {
    for (const [path, stop] of watched) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      stop();
      watched.delete(path);
    }
  }
}

/** Names of the folders in a folder; `undefined` where it is none. */
function foldersIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
      .map(({ name }) => name);
  } catch {
    return undefined;
  }
}
