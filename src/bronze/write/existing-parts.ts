import { isCompactedName } from "../../dataset/index.js";
import { isDataName, joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import { openPart, readPartFacts } from "../retained/part-facts.js";
import { assertStateNotLost } from "../retained/retained-day.js";
import { type GoneFile, holderOf, parseRetention, RETENTION_FILE } from "../retained/retained-files.js";

/** What was written to one partition, wherever it is now. */
interface ExistingParts {
  /** Paths that were used and never will be again, whether or not they can be listed and read. */
  readonly taken: ReadonlySet<string>;
  /** In the order in which the names were used. */
  readonly parts: readonly ExistingPart[];
}

/** The rows of one write. */
interface ExistingPart {
  /** The file that has its rows now. */
  readonly path: string;
  /**
   * Its rows; `undefined` if they no longer exist.
   * @throws BronzeError as reading the file
   */
  open(): Promise<ParquetFile | undefined>;
}

/**
 * The parts of a partition: its files, and those that retention removed, with their rows where a compacted file has
 * them. (A compacted file of 0.1 does not say which rows came from which part.)
 *
 * @param folder of the partition
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function existingParts(storage: Storage, folder: string): Promise<ExistingParts> {
  const ownFiles: [name: string, part: ExistingPart][] = [];
  // Listed before the state is read: a file is removed only after the state says so, so it is in one of the two.
  for (const { name, kind } of await storage.list(folder)) {
    const path = joinPath(folder, name);
    if (kind === "file" && isDataName(name) && name.endsWith(".parquet") && !isCompactedName(name))
      ownFiles.push([path, { path, open: () => openFile(storage, path) }]);
  }
  const named = [...(await takenParts(storage, folder)), ...ownFiles];
  named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { taken: new Set(named.map(([path]) => path)), parts: named.map(([, part]) => part) };
}

async function takenParts(storage: Storage, folder: string): Promise<[name: string, part: ExistingPart][]> {
  const day = folder.slice(0, folder.lastIndexOf("/"));
  const at = joinPath(day, RETENTION_FILE);
  const bytes = await readIfThere(storage, at);
  if (!bytes) {
    await assertStateNotLost(storage, day);
    return [];
  }
  const state = parseRetention(bytes, at);
  const prefix = `${folder.slice(day.length + 1)}/`;
  if (state.version === 1) {
    const replaced = state.replaced.filter(({ path }) => path.startsWith(prefix));
    return replaced.map(({ path }) => [joinPath(day, path), NO_ROWS(joinPath(day, path))]);
  }
  return state.gone
    .filter(({ path }) => path.startsWith(prefix) && !isCompactedName(path))
    .map((file) => {
      const path = joinPath(day, file.path);
      const holder = holderOf(state, file);
      if (!holder || holder === "pruned") return [path, NO_ROWS(path)];
      const held = joinPath(day, holder.path);
      return [path, { path: held, open: () => openHeldPart(storage, held, file) }];
    });
}

const NO_ROWS = (path: string): ExistingPart => ({ path, open: async () => undefined });

async function openHeldPart(
  storage: Storage,
  path: string,
  { path: name, sha256 }: GoneFile,
): Promise<ParquetFile | undefined> {
  const file = await openFile(storage, path);
  const parts = file && readPartFacts(file);
  const part = parts?.find((own) => own.path === name && own.sha256 === sha256);
  return file && parts && part && openPart(file, parts, part);
}

async function openFile(storage: Storage, path: string): Promise<ParquetFile> {
  return openParquet(await storage.read(path), path);
}
