import { type AnyDataset, placeOf } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { isDataName, joinPath, type Reading, unmetered } from "../../storage/index.js";
import { dayFileOf } from "./day-file.js";

/** The Parquet files below a dataset's folder that its layout does not reach, in the order of their folders. */
async function* unreachableFiles(storage: Reading, dataset: AnyDataset): AsyncGenerator<string> {
  yield* walk(storage, dataset, dataset.folder);
}

async function* walk(storage: Reading, dataset: AnyDataset, folder: string): AsyncGenerator<string> {
  for (const { name, kind } of await storage.list(folder)) {
    if (!isDataName(name)) continue;
    const path = joinPath(folder, name);
    if (kind === "folder") yield* walk(storage, dataset, path);
    else if (name.endsWith(".parquet") && !dayFileOf(dataset, path)) yield path;
  }
}

/** Why a file below a dataset's folder is none of its data files, in words: what `dayFileOf` does not know. */
export function whyUnreachable({ folder, layout }: AnyDataset, path: string): string {
  const below = path.slice(folder.length + 1);
  const anySeason = layout.season && placeOf({ ...layout, season: undefined }, below);
  if (anySeason?.days?.from === anySeason?.days?.to && anySeason?.days) {
    const { from } = anySeason.days;
    return `${from} belongs in season ${layout.season!(from)} by the dataset's season rule`;
  }
  const templates = [...layout.history, ...(layout.latest ? [layout.latest] : [])].map(({ text }) => text);
  return `its layout is ${templates.join(", ")}, below ${folder}`;
}

/** What is not there, where a dataset has no files at all: its folder, or anything in the root. */
export type MissingPlace = "folder" | "root";

/**
 * Looks why a question found no files: whether there is anything where the dataset lies, and, once for a store and a
 * dataset, whether its folder holds data files that its layout cannot reach. Those must not read as nothing.
 *
 * @throws BronzeError `UNREACHABLE_FILES`
 */
export async function whyNothing(storage: Reading, dataset: AnyDataset): Promise<MissingPlace | undefined> {
  if ((await storage.list(dataset.folder)).length === 0)
    return (await storage.list("")).length === 0 ? "root" : "folder";
  const store = unmetered(storage);
  const known = SEARCHED.get(store) ?? new Map<AnyDataset, Promise<string | undefined>>();
  SEARCHED.set(store, known);
  const search = known.get(dataset) ?? firstUnreachable(storage, dataset);
  known.set(dataset, search);
  const path = await search;
  if (path === undefined) return undefined;
  // It may have been moved since.
  if (!(await storage.stat(path))) {
    known.delete(dataset);
    return undefined;
  }
  throw new BronzeError(
    "UNREACHABLE_FILES",
    `No question about "${dataset.name}" reaches ${path}: ${whyUnreachable(dataset, path)}. ` +
      "Give the definition the layout its files have, as one template more if need be, or move what is not its data out of the folder.",
    { dataset: dataset.name, file: path },
  );
}

const SEARCHED = new WeakMap<Reading, Map<AnyDataset, Promise<string | undefined>>>();

async function firstUnreachable(storage: Reading, dataset: AnyDataset): Promise<string | undefined> {
  for await (const path of unreachableFiles(storage, dataset)) return path;
  return undefined;
}
