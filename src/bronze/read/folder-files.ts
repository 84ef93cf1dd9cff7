import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { joinPath, listedTree, type Reading } from "../../storage/index.js";
import {
  type GoneContent,
  goneContent,
  invalidDay,
  isUnchanged,
  orphanProblem,
  type RetainedDay,
  readRetained,
  retainedAsListed,
  untouchedDay,
} from "../retained/retained-day.js";
import { type PrunedHistory, RETENTION_FILE } from "../retained/retained-files.js";
import { type DayFile, dayFileOf, type PrunedFile } from "./day-file.js";
import {
  type FoundFile,
  type FoundFiles,
  filesBelow,
  type IgnoredFile,
  type UnitFolder,
} from "./unit-files.js";
import type { Unit } from "./unit-folders.js";

/** What lies in one folder of a unit. */
interface ListedFolder {
  readonly files: readonly DayFile[];
  readonly ignored: readonly IgnoredFile[];
  readonly pruned: readonly PrunedFile[];
  readonly isEmpty: boolean;
}

/** Lists one folder of a unit by what retention says of it; `undefined` when retention committed in between. */
export async function listFolder(
  storage: Reading,
  dataset: AnyDataset,
  unit: Unit,
  folder: UnitFolder,
  includeRuns: boolean,
): Promise<ListedFolder | undefined> {
  const { path, ways } = folder;
  const walk = { unit, folder, includeRuns };
  // Retention works on closed units only, and without a date in the folder nothing is closed.
  const isDay = ways.some(({ pattern }) => pattern.fixesDates);
  const { openVersion } = storage;
  const isListedAtOnce = isDay ? openVersion !== undefined : opensAll(folder);
  const tree = isListedAtOnce ? await listedTree(storage, path) : undefined;
  if (tree?.isEmpty) return NOTHING;
  if (!isDay) {
    const reading = tree?.reading ?? storage;
    const entries = await reading.list(path);
    if (entries.length === 0) return NOTHING;
    const { files, ignored, leftOut } = await filesBelow(reading, dataset, folder, unit.dates, {
      includeRuns,
      entries,
    });
    return { files, ignored, pruned: [], isEmpty: files.length === 0 && leftOut.length === 0 };
  }
  if (!tree || !openVersion) return await walkDay(storage, dataset, walk);
  const below = await filesBelow(tree.reading, dataset, folder, unit.dates, { includeRuns });
  // The state is as old as its entry in the listing. It did not change until now, so none of what was listed after it was
  // missing because it was moved; and what was listed before it was there, or is missed below.
  const version = tree.versionOf(RETENTION_FILE);
  const retained = await retainedAsListed({ openVersion: openVersion.bind(storage) }, path, version);
  if (!retained) return undefined;
  // Between the first page of a listing and the state in it, a file that the state names may have been published.
  if (missingOf(retained, below) !== undefined) return await walkDay(storage, dataset, walk);
  return await answeringFiles(storage, dataset, path, below, retained);
}

interface WalkedDay {
  readonly unit: Unit;
  readonly folder: UnitFolder;
  readonly includeRuns: boolean;
}

const NOTHING: ListedFolder = { files: [], ignored: [], pruned: [], isEmpty: true };

/** Whether a walk opens each folder below: `**` leads to all of them. */
function opensAll({ ways }: UnitFolder): boolean {
  return ways.some(({ pattern: { templates, segments } }) =>
    templates.some((template) => template.segments[segments.length]?.isDeep),
  );
}

/** The same folder by folder: the state is read first, and again at the end. */
async function walkDay(
  storage: Reading,
  dataset: AnyDataset,
  { unit, folder, includeRuns }: WalkedDay,
): Promise<ListedFolder | undefined> {
  const { path } = folder;
  const entries = await storage.list(path);
  if (entries.length === 0) return NOTHING;
  // Most days have no state, and one that was added since is found when the day is checked again. Where there is one, it
  // is read before anything it speaks of is listed.
  const hasState = entries.some(({ name }) => name === RETENTION_FILE);
  const retained = hasState ? await readRetained(storage, path) : untouchedDay(path);
  const below = await filesBelow(storage, dataset, folder, unit.dates, {
    includeRuns,
    ...(!hasState && { entries }),
  });
  // A file is moved to the trash only after a commit: without one since the start, nothing was missing from the
  // listings.
  if (!(await isUnchanged(storage, retained))) return undefined;
  const missing = missingOf(retained, below);
  // A missing file that the state names, or its missing folder, must be an error, not a gap.
  if (missing !== undefined) throw invalidDay(path, `${missing} is data, but is not there.`, missing);
  return await answeringFiles(storage, dataset, path, below, retained);
}

/** Which of the files of a day are data, by what retention says; `undefined` when it committed in between. */
async function answeringFiles(
  storage: Reading,
  dataset: AnyDataset,
  path: string,
  below: FoundFiles,
  retained: RetainedDay,
): Promise<ListedFolder | undefined> {
  const files: DayFile[] = [];
  const ignored = [...below.ignored];
  const orphans: FoundFile[] = [];
  for (const file of below.files) {
    const isNamed = retained.compacted.has(file.name);
    const mayBeGone = !isNamed && !file.isLatest && retained.gone.has(file.name);
    const gone = mayBeGone ? await goneContent(storage, retained, file.name) : undefined;
    if (gone) ignored.push({ path: file.path, reason: goneReason(gone) });
    else if (isNamed || !isCompactedName(file.name)) files.push(file);
    else orphans.push(file);
  }
  const pruned = prunedFiles(dataset, path, retained.pruned);
  const isEmpty = below.files.length === 0 && below.leftOut.length === 0 && retained.gone.size === 0;
  for (const { name, path: at } of orphans) {
    const problem = await orphanProblem(storage, retained, name);
    if (problem !== undefined && !(await isUnchanged(storage, retained))) return undefined;
    if (problem !== undefined) throw invalidDay(path, `No state names ${at}, ${problem}.`, at);
    ignored.push({ path: at, reason: "made by a compaction that has not ended" });
  }
  return { files, ignored, pruned, isEmpty };
}

/** A file that the state names and that was not found, nor was left out with its folder. */
function missingOf({ folder, named }: RetainedDay, { files, leftOut }: FoundFiles): string | undefined {
  const found = new Set(files.map(({ name }) => name));
  const isThere = (file: string) =>
    found.has(file) || leftOut.some((own) => file === own || file.startsWith(`${own}/`));
  const missing = [...named].find((file) => !isThere(file));
  return missing === undefined ? undefined : joinPath(folder, missing);
}

/** What was pruned of a folder's history. */
function prunedFiles(dataset: AnyDataset, folder: string, { parts, unknown }: PrunedHistory): PrunedFile[] {
  return [
    ...parts.map((facts): PrunedFile => {
      const path = joinPath(folder, facts.path);
      const file = dayFileOf(dataset, path);
      return { path, known: file && { file, facts } };
    }),
    ...unknown.map((name): PrunedFile => ({ path: joinPath(folder, name), known: undefined })),
  ];
}

function goneReason({ into }: GoneContent): string {
  if (into === null) return "pruned";
  return into === undefined ? "replaced by retention" : `its rows are in ${into}`;
}
