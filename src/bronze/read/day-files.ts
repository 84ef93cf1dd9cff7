import { type AnyDataset, comparePlaces, type DayRange, daysOf } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { mapReads, type Reading } from "../../storage/index.js";
import { type DayFile, dayFileOf, type PrunedFile } from "./day-file.js";
import { listFolder } from "./folder-files.js";
import type { IgnoredFile } from "./unit-files.js";
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
  if (isBare) {
    // A listing of a tree does not tell a folder that is not there from a file in its place.
    if (storage.listTree && folders[0]) await storage.list(folders[0].path);
    await assertNotMisfiled(storage, dataset, unit);
  }
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
