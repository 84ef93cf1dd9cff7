import { setImmediate as letOthers } from "node:timers/promises";
import { isBronzeError, type Storage } from "../../index.js";

/** Between two listings, where the storage tells of changes, and where it does not. */
const [CHECK_EVERY_MS, LOOK_EVERY_MS] = [60_000, 5000];
/** Listing a tree takes at most this share of the time, however large it is. */
const SHARE = 1 / 20;

/**
 * Tells when files of a storage come, go or are others: at once where the storage tells of it, and by listing all of it again and again.
 * A storage that cannot be listed any more, or can again, is a change too.
 *
 * @param givenMs between two listings, or longer where one takes long; default: a minute where the storage tells, else five seconds
 * @returns what ends it
 */
export async function watchTree(
  storage: Storage,
  givenMs: number | undefined,
  tell: () => void,
): Promise<() => void> {
  let [isEnded, timer]: [boolean, NodeJS.Timeout | undefined] = [false, undefined];
  const stop = await storage.watch?.(tell);
  const everyMs = givenMs ?? (stop ? CHECK_EVERY_MS : LOOK_EVERY_MS);
  let before = await stateOf(storage);
  const again = async () => {
    const startMs = performance.now();
    const now = await stateOf(storage);
    if (isEnded) return;
    const isOther = !isSame(before, now);
    before = now;
    if (isOther) tell();
    wait(Math.max(everyMs, (performance.now() - startMs) / SHARE));
  };
  const wait = (ms: number) => {
    timer = setTimeout(again, ms);
    timer.unref();
  };
  wait(everyMs);
  return () => {
    isEnded = true;
    clearTimeout(timer);
    stop?.();
  };
}

/** Each file with its version; or what the storage says instead. */
type TreeState = ReadonlyMap<string, string>;

async function stateOf(storage: Storage): Promise<TreeState> {
  try {
    const files = storage.listTree
      ? (await storage.listTree("")).map(({ path, version }) => [path, version] as const)
      : await walked(storage, "");
    return new Map(files.filter(([path]) => !isHidden(path)));
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return new Map([["", error.message]]);
  }
}

/** Temporary files and locks: they come and go, and are never data. */
function isHidden(path: string): boolean {
  return path.startsWith(".") || path.includes("/.");
}

async function walked(storage: Storage, folder: string): Promise<(readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  await letOthers(); // a disk answers at once
  for (const { name, kind } of await storage.list(folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isHidden(path)) continue;
    if (kind === "folder") found.push(...(await walked(storage, path)));
    else {
      const stat = await storage.stat(path);
      if (stat) found.push([path, `${stat.sizeBytes} ${stat.modifiedMs}`]);
    }
  }
  return found;
}

function isSame(a: TreeState, b: TreeState): boolean {
  if (a.size !== b.size) return false;
  for (const [path, version] of a) if (b.get(path) !== version) return false;
  return true;
}
