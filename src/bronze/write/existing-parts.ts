import { type AnyDataset, isCompactedName, type PathValues } from "../../dataset/index.js";
import { isDataName, joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import { compactedBelow, dayFileOf, unitFolderOf } from "../read/day-files.js";
import { openPart, readPartFacts } from "../retained/part-facts.js";
import { assertStateNotLost } from "../retained/retained-day.js";
import { type GoneFile, holderOf, parseRetention, RETENTION_FILE } from "../retained/retained-files.js";
import type { WrittenPlace } from "./written-place.js";

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
 * The parts of a place: its files, and those that retention removed, with their rows where a compacted file has
 * them. (A compacted file of 0.1 does not say which rows came from which part.)
 *
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function existingParts(
  storage: Storage,
  dataset: AnyDataset,
  { path: first, values }: WrittenPlace,
): Promise<ExistingParts> {
  const folder = first.slice(0, first.lastIndexOf("/"));
  const isOfPlace = (path: string) => {
    const file = dayFileOf(dataset, path);
    return file !== undefined && !file.isLatest && hasSameValues(file.values, values);
  };
  const ownFiles: [name: string, part: ExistingPart][] = [];
  // Listed before the state is read: a file is removed only after the state says so, so it is in one of the two.
  for (const { name, kind } of await storage.list(folder)) {
    const path = joinPath(folder, name);
    if (kind === "file" && isDataName(name) && !isCompactedName(name) && isOfPlace(path))
      ownFiles.push([path, { path, open: () => openFile(storage, path) }]);
  }
  const unit = unitFolderOf(dataset, first);
  const taken = unit === undefined ? [] : await takenParts(storage, dataset, unit);
  const named = [
    ...taken.filter(([path]) => path.slice(0, path.lastIndexOf("/")) === folder && isOfPlace(path)),
    ...ownFiles,
  ];
  named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { taken: new Set(named.map(([path]) => path)), parts: named.map(([, part]) => part) };
}

function hasSameValues(a: PathValues, b: PathValues): boolean {
  if (a.size !== b.size) return false;
  for (const [token, value] of a) if (b.get(token) !== value) return false;
  return true;
}

/** What retention removed from a unit. */
async function takenParts(
  storage: Storage,
  dataset: AnyDataset,
  day: string,
): Promise<[name: string, part: ExistingPart][]> {
  const at = joinPath(day, RETENTION_FILE);
  const bytes = await readIfThere(storage, at);
  if (!bytes) {
    const compacted = await compactedBelow(storage, dataset, day);
    await assertStateNotLost(storage, day, compacted);
    return [];
  }
  const state = parseRetention(bytes, at);
  if (state.version === 1)
    return state.replaced.map(({ path }) => [joinPath(day, path), NO_ROWS(joinPath(day, path))]);
  return state.gone
    .filter(({ path }) => !isCompactedName(path))
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
