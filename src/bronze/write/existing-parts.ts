import { type AnyDataset, isCompactedName, type PathValues } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { isDataName, joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import { compactedBelow, dayFileOf, unitFolderOf } from "../read/day-file.js";
import { openParts } from "../read/open-parts.js";
import { openFirstPart, readPartFacts } from "../retained/part-facts.js";
import { assertStateNotLost } from "../retained/retained-day.js";
import { parseRetention, prunedHistory, RETENTION_FILE } from "../retained/retained-files.js";
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
  const own = new Set(ownFiles.map(([path]) => path));
  const named = [
    // A name that is in use again is that file's.
    ...taken
      .filter(([path, { path: at }]) => at !== path || !own.has(path))
      .filter(([path]) => path.slice(0, path.lastIndexOf("/")) === folder && isOfPlace(path)),
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

/**
 * What lay in a unit and lies there no more: what its compacted files hold, and what retention took away for good. A name is
 * never given out again, whatever became of the file.
 */
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
  const [compacted, gone] =
    state.version === 1
      ? [state.files, state.replaced]
      : [state.compacted.map(({ path }) => path), state.gone];
  const held: [name: string, part: ExistingPart][] = [];
  for (const name of compacted) held.push(...(await heldParts(storage, dataset, joinPath(day, name))));
  const names = new Set(held.map(([name]) => name));
  const rest = [...gone, ...prunedHistory(state).parts]
    .map(({ path }) => path)
    .filter((path) => !isCompactedName(path) && !names.has(joinPath(day, path)));
  return [
    ...held,
    ...rest.map((path): [string, ExistingPart] => [joinPath(day, path), NO_ROWS(joinPath(day, path))]),
  ];
}

const NO_ROWS = (path: string): ExistingPart => ({ path, open: async () => undefined });

/** The parts of a compacted file by their names; none of one that does not name them, or cannot be read. */
async function heldParts(
  storage: Storage,
  dataset: AnyDataset,
  path: string,
): Promise<[name: string, part: ExistingPart][]> {
  const place = dayFileOf(dataset, path);
  if (!place) return [];
  // Each is opened again when its rows are compared: a day may have hundreds, of which one place has few.
  const read = async () => openParquet(await storage.read(path), path);
  const list = await unlessDamaged(async () => readPartFacts(await read()));
  if (!list) return [];
  return list.parts.map((part, i) => {
    const open = async () => {
      const file = await read();
      return list.version === 1
        ? openFirstPart(file, list.parts, list.parts[i]!)
        : openParts(dataset, place, file)[i]!.parquet;
    };
    return [joinPath(place.folder, part.path), { path, open }];
  });
}

async function openFile(storage: Storage, path: string): Promise<ParquetFile> {
  return openParquet(await storage.read(path), path);
}

/** A file that cannot be read, or is gone, has no rows to compare; reads of it will report that. */
export async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isBronzeError(error) && ["CORRUPT_FILE", "UNSUPPORTED_TYPE", "NOT_FOUND"].includes(error.code))
      return undefined;
    throw error;
  }
}
