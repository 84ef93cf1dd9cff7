import {
  type AnyDataset,
  comparePlaces,
  type DayRange,
  daysOf,
  isCompactedName,
  type Layout,
  type Place,
  placeOf,
  type UnitPattern,
} from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { isDataName, joinPath, mapReads, type Reading } from "../../storage/index.js";
import {
  type GoneContent,
  goneContent,
  invalidDay,
  isUnchanged,
  orphanProblem,
  type RetainedDay,
  readRetained,
  untouchedDay,
} from "../retained/retained-day.js";
import { type PrunedHistory, type PrunedPart, RETENTION_FILE } from "../retained/retained-files.js";
import { type FoundFile, filesBelow, type IgnoredFile, type UnitFolder } from "./unit-files.js";
import { type Unit, unitFolders, unitsOf } from "./unit-folders.js";

/**
 * Which files of a day to read.
 *
 * @category Bronze
 */
export interface DayOptions {
  /** What to read where a day has both; the other is read only where this is missing. Default: `history`. */
  readonly prefer?: "history" | "latest";
  /** Whether files whose paths name a run count as history. Default: true. */
  readonly includeRuns?: boolean;
}

/** The files that answer for one unit. Never history and latest view together. */
export interface DayFiles {
  /** `undefined`: all there is. */
  readonly days: DayRange | undefined;
  readonly source: "history" | "latest" | "none";
  /** In partition order. */
  readonly files: readonly DayFile[];
  /** Whether there is no file at all: none that was left out, or that retention took, either. */
  readonly isBare: boolean;
  /** The latest view, where it exists but history was read. */
  readonly latestBeside: readonly DayFile[];
  /** What was pruned of its history: what is left is not complete. */
  readonly pruned: readonly PrunedFile[];
  /** Data-like names in the folder that are not part of the layout, and why. */
  readonly ignored: readonly IgnoredFile[];
}

/** One file of a day. */
export interface DayFile extends Place {
  readonly path: string;
  /** The folder of its unit, which holds the state that retention keeps. */
  readonly folder: string;
}

/** A part of a unit's history that was pruned. */
export interface PrunedFile {
  /** Where it lay; where not even that is known, the unit's state. */
  readonly path: string;
  /** Its place in the layout, and what is recorded of it; `undefined` where nothing is. */
  readonly known: { readonly file: DayFile; readonly facts: PrunedPart } | undefined;
}

/**
 * Lists the files of some dates, unit by unit; of everything, where the paths say no dates.
 *
 * @throws BronzeError as `listUnit`
 */
export function listDays(
  storage: Reading,
  dataset: AnyDataset,
  dates: readonly string[],
  options: DayOptions = {},
): Promise<DayFiles[]> {
  return mapReads(storage, unitsOf(dataset, dates), (storage, unit) =>
    listUnit(storage, dataset, unit, options),
  );
}

/** The files of several listings, each once, in partition order. */
export function filesOf(days: readonly DayFiles[]): readonly DayFile[] {
  if (days.length === 1) return days[0]!.files;
  const files = new Map(days.flatMap((day) => day.files.map((file) => [file.path, file])));
  return [...files.values()].sort(comparePlaces);
}

/**
 * Lists the files of one unit: the path of its folder is known, so the size of the tree does not matter, and only the
 * folders that can hold its files are opened. What retention committed is read at one moment: before or after, never
 * both, never half.
 *
 * @throws BronzeError `NOT_A_FILE` for a folder named like a data file, or a file named like a partition;
 * `MISFILED_DAY` for a day that lies under another season; `RETENTION_INVALID`
 */
export async function listUnit(
  storage: Reading,
  dataset: AnyDataset,
  unit: Unit,
  options: DayOptions = {},
): Promise<DayFiles> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const day = await listAtOneMoment(storage, dataset, unit, options);
    if (day) return day;
  }
  const what = unit.days ? `${dataset.name} of ${unit.days.from}` : dataset.name;
  throw new BronzeError(
    "STORAGE_FAILED",
    `${what} was changed by retention ${MAX_ATTEMPTS} times while it was listed; read it again later.`,
    { path: dataset.folder, action: "list", cause: "CHANGED" },
  );
}

/** A commit takes milliseconds of work before it; this many during one listing is a fault, not bad luck. */
const MAX_ATTEMPTS = 16;

/**
 * Lists and reads, and starts again when a listed file is gone by the time it is read. A file is moved to the trash
 * only after its replacement was committed, so the next listing finds all of that; a file that is missing for any other
 * reason is missing in every listing or none.
 */
export async function readListed<T>(listAndRead: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listAndRead();
    } catch (error) {
      if (attempt === MAX_READINGS || !isBronzeError(error, "NOT_FOUND")) throw error;
    }
  }
}

/** Each attempt needs another commit on the same day, between listing and reading. */
const MAX_READINGS = 8;

/** `undefined` when retention committed in between. */
async function listAtOneMoment(
  storage: Reading,
  dataset: AnyDataset,
  unit: Unit,
  { prefer = "history", includeRuns = true }: DayOptions,
): Promise<DayFiles | undefined> {
  const folders = await unitFolders(storage, dataset, unit.dates);
  const listed = await mapReads(storage, folders, (storage, folder) =>
    listFolder(storage, dataset, unit, folder, includeRuns),
  );
  if (listed.includes(undefined)) return undefined;
  const found = listed.filter((own) => own !== undefined);
  const files = found.flatMap((own) => own.files);
  const isBare = found.every(({ isEmpty }) => isEmpty);
  if (isBare) await assertNotMisfiled(storage, dataset, unit);
  const history = files.filter(({ isLatest }) => !isLatest).sort(comparePlaces);
  const latest = files.filter(({ isLatest }) => isLatest).sort(comparePlaces);
  const isRead = ({ path }: PrunedFile) => includeRuns || !dayFileOf(dataset, path)?.values.has("run");
  const gone = found.flatMap((own) => own.pruned);
  const prunedOfHistory = gone.filter(isRead);
  const wantsLatest = prefer === "latest" || history.length + prunedOfHistory.length === 0;
  // A view of what was pruned cannot be made again, and nobody can tell what it lacks. Where it would answer, or would had it
  // been made since, no record of a part proves anything.
  const isLost = wantsLatest && dataset.layout.latest !== undefined && gone.length > 0;
  const pruned = isLost ? gone.map(({ path }): PrunedFile => ({ path, known: undefined })) : prunedOfHistory;
  const useLatest = wantsLatest && !isLost && latest.length > 0;
  const read = useLatest ? latest : history;
  return {
    days: unit.days,
    source: read.length === 0 ? "none" : useLatest ? "latest" : "history",
    files: read,
    isBare,
    latestBeside: useLatest ? [] : latest,
    pruned,
    ignored: found.flatMap(({ ignored }) => ignored),
  };
}

interface ListedFolder {
  readonly files: readonly DayFile[];
  readonly ignored: readonly IgnoredFile[];
  readonly pruned: readonly PrunedFile[];
  readonly isEmpty: boolean;
}

/** Lists one folder of a unit by what retention says of it; `undefined` when retention committed in between. */
async function listFolder(
  storage: Reading,
  dataset: AnyDataset,
  unit: Unit,
  folder: UnitFolder,
  includeRuns: boolean,
): Promise<ListedFolder | undefined> {
  const { path, ways } = folder;
  const entries = await storage.list(path);
  if (entries.length === 0) return { files: [], ignored: [], pruned: [], isEmpty: true };
  // Retention works on closed units only, and without a date in the folder nothing is closed.
  if (!ways.some(({ pattern }) => pattern.fixesDates)) {
    const { files, ignored, leftOut } = await filesBelow(storage, dataset, folder, unit.dates, {
      includeRuns,
      entries,
    });
    return { files, ignored, pruned: [], isEmpty: files.length === 0 && leftOut.length === 0 };
  }
  // Most days have no state, and one that was added since is found when the day is checked again. Where there is one, it
  // is read before anything it speaks of is listed.
  const hasState = entries.some(({ name }) => name === RETENTION_FILE);
  const retained = hasState ? await readRetained(storage, path) : untouchedDay(path);
  const below = await filesBelow(storage, dataset, folder, unit.dates, {
    includeRuns,
    ...(!hasState && { entries }),
  });
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
  // A file is moved to the trash only after a commit: without one since the start, nothing was missing from the
  // listings.
  if (!(await isUnchanged(storage, retained))) return undefined;
  assertNamedThere(retained, below.files, below.leftOut);
  for (const { name, path: at } of orphans) {
    const problem = await orphanProblem(storage, retained, name);
    if (problem !== undefined && !(await isUnchanged(storage, retained))) return undefined;
    if (problem !== undefined) throw invalidDay(path, `No state names ${at}, ${problem}.`, at);
    ignored.push({ path: at, reason: "made by a compaction that has not ended" });
  }
  return { files, ignored, pruned, isEmpty };
}

/** A missing file that the state names, or its missing folder, must be an error, not a gap. */
function assertNamedThere(
  { folder, named }: RetainedDay,
  files: readonly FoundFile[],
  leftOut: readonly string[],
): void {
  const found = new Set(files.map(({ name }) => name));
  for (const file of named) {
    if (found.has(file) || leftOut.some((own) => file === own || file.startsWith(`${own}/`))) continue;
    const path = joinPath(folder, file);
    throw invalidDay(folder, `${path} is data, but is not there.`, path);
  }
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

/**
 * An empty day is not an error; a day under a season that is not its own is, or January would be lost silently.
 * @throws BronzeError `MISFILED_DAY`
 */
export async function assertNotMisfiled(storage: Reading, dataset: AnyDataset, unit: Unit): Promise<void> {
  if (!unit.dates.has("season") || unit.dates.size === 1) return;
  const { layout, name } = dataset;
  const anySeason = new Map([...unit.dates].filter(([token]) => token !== "season"));
  // A month of another season is another month; only what a path says twice can be wrong.
  const wrong = (await unitFolders(storage, dataset, anySeason)).filter(({ ways }) =>
    ways.some(({ pattern, values }) => pattern.fixesDates && daysOf(values, layout.season) === null),
  );
  const isThere = async (path: string) => (await storage.list(path)).length > 0;
  const found = await mapReads(storage, wrong, async (_, { path }) => ((await isThere(path)) ? [path] : []));
  const [path] = found.flat();
  if (path === undefined) return;
  const own = (await unitFolders(storage, dataset, unit.dates)).filter(({ ways }) =>
    ways.some(({ pattern, values }) => pattern.fixesDates && values.has("season")),
  );
  for (const folder of own) if (await isThere(folder.path)) return;
  const expected = own[0]?.path ?? `season ${unit.dates.get("season")}`;
  throw new BronzeError(
    "MISFILED_DAY",
    `${unit.days!.from} of "${name}" belongs in ${expected}, which has no files, but is in ${path}. ` +
      "Give the dataset the season rule its writer used, or move the folder.",
    { dataset: name, expected, found: path },
  );
}

/** A path as a file of a dataset, or `undefined` if it is not one of its data files. */
export function dayFileOf(dataset: AnyDataset, path: string): DayFile | undefined {
  const { folder, layout } = dataset;
  if (!path.startsWith(`${folder}/`)) return undefined;
  const below = path.slice(folder.length + 1);
  const place = placeOf(layout, below);
  if (!place) return undefined;
  const levels = below.split("/").slice(0, place.unitLevels);
  return { ...place, path, folder: levels.length === 0 ? folder : joinPath(folder, ...levels) };
}

function patternOf({ units }: Layout, { template }: Place): UnitPattern {
  return units.find(({ templates }) => templates.includes(template))!;
}

/** The folder in which retention keeps the state of a file's unit; `undefined` where the unit has none. */
export function unitFolderOf(dataset: AnyDataset, path: string): string | undefined {
  const file = dayFileOf(dataset, path);
  return file && patternOf(dataset.layout, file).fixesDates ? file.folder : undefined;
}

/** The compacted files below a unit's folder, relative to it. */
export async function compactedBelow(
  storage: Reading,
  dataset: AnyDataset,
  folder: string,
): Promise<string[]> {
  const found: string[] = [];
  const look = async (below: string): Promise<void> => {
    for (const { name, kind } of await storage.list(below === "" ? folder : joinPath(folder, below))) {
      const own = below === "" ? name : `${below}/${name}`;
      if (!isDataName(name)) continue;
      if (kind === "folder") await look(own);
      else if (isCompactedName(name) && dayFileOf(dataset, joinPath(folder, own))) found.push(own);
    }
  };
  await look("");
  return found;
}
