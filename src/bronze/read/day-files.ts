import {
  type AnyDataset,
  comparePartitions,
  datasetFolder,
  dateFolder,
  type HistoryPartition,
  isCompactedName,
  parsePartitionName,
} from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { isDataName, joinPath, type Storage, type StorageEntry } from "../../storage/index.js";
import {
  type GoneContent,
  goneContent,
  invalidDay,
  isUnchanged,
  orphanProblem,
  readRetained,
  untouchedDay,
} from "../retained/retained-day.js";
import { RETENTION_FILE } from "../retained/retained-files.js";

/** Which files of a day to read. */
export interface DayOptions {
  /** What to read where a day has both; the other is read only where this is missing. Default: `history`. */
  readonly prefer?: "history" | "latest";
  /** Whether `run_ts=` partitions count as history. Default: true. */
  readonly includeRuns?: boolean;
}

/** The files that answer for one domain date. Never history and latest view together. */
export interface DayFiles {
  readonly date: string;
  readonly source: "history" | "latest" | "none";
  /** In partition order. */
  readonly files: readonly DayFile[];
  /** The latest view, where it exists but history was read. */
  readonly latestBeside: string | undefined;
  /** Whether history of the day was pruned: what is left is not all there was. */
  readonly pruned: boolean;
  /** Data-like names in the folder that are not part of the layout, and why. */
  readonly ignored: readonly IgnoredFile[];
}

/** One file of a day. */
export interface DayFile {
  readonly path: string;
  readonly date: string;
  /** `undefined` for the latest view. */
  readonly partition: HistoryPartition | undefined;
}

/** A name that was passed over. */
export interface IgnoredFile {
  readonly path: string;
  readonly reason: string;
}

/**
 * Lists the files of one domain date: the `date=` folder is addressed by its keys, so the size of the tree does not
 * matter, and only the folders that can hold history are opened. What retention committed is taken as it stood at one
 * moment: before or after, never both, never half.
 *
 * @throws BronzeError `NOT_A_FILE` for a folder named like a data file, or a file named like a partition;
 * `RETENTION_INVALID`
 */
export async function listDay(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  options: DayOptions = {},
): Promise<DayFiles> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const day = await listAtOneMoment(storage, dataset, date, options);
    if (day) return day;
  }
  throw new BronzeError(
    "STORAGE_FAILED",
    `${dateFolder(dataset, date)} was changed by retention ${MAX_ATTEMPTS} times while it was listed; read it again later.`,
    { path: dateFolder(dataset, date), action: "list", cause: "CHANGED" },
  );
}

/** A commit takes milliseconds of work before it; this many during one listing is a fault, not bad luck. */
const MAX_ATTEMPTS = 16;

/** `undefined` when a commit of retention came in between. */
async function listAtOneMoment(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  { prefer = "history", includeRuns = true }: DayOptions,
): Promise<DayFiles | undefined> {
  const folder = dateFolder(dataset, date);
  const ignored: IgnoredFile[] = [];
  const partitions: HistoryPartition[] = [];
  const names = new Map<HistoryPartition, string>();
  let latest: string | undefined;
  const entries = await storage.list(folder);
  if (entries.length === 0) await assertNotMisfiled(storage, dataset, date);
  // Listed first: most days have none, and one that came since is found when the day is looked at again.
  const hasState = entries.some(({ name }) => name === RETENTION_FILE);
  const retained = hasState ? await readRetained(storage, folder) : untouchedDay(folder);
  for (const entry of entries) {
    const partition = parsePartitionName(entry.name);
    if (partition && entry.kind === "folder") {
      partitions.push(partition);
      names.set(partition, entry.name);
      continue;
    }
    const path = joinPath(folder, entry.name);
    if (!isDataName(entry.name)) continue;
    if (partition) throw misplaced(path, "a file", "a partition folder");
    else if (entry.name === dataset.file) {
      if (entry.kind === "folder") throw misplaced(path, "a folder", "the latest view's file");
      latest = path;
    } else if (entry.kind === "folder") ignored.push({ path, reason: "not an hour= or run_ts= folder" });
    else if (entry.name.endsWith(".parquet")) {
      ignored.push({ path, reason: `the latest view is ${dataset.file}; other files belong in a partition` });
    }
  }

  const inFolders = new Set(names.values());
  for (const file of retained.compacted) {
    const [inFolder, partition] = partitionOfFile(file, folder);
    if (inFolders.has(inFolder)) continue;
    inFolders.add(inFolder);
    partitions.push(partition); // a compacted file's folder that is missing must be an error, not a gap
    names.set(partition, inFolder);
  }
  partitions.sort(comparePartitions);
  const history: DayFile[] = [];
  const missing = new Set<string>();
  const orphans: string[] = [];
  for (const partition of partitions) {
    const inFolder = names.get(partition)!;
    const own = joinPath(folder, inFolder);
    if (partition.kind === "run" && !includeRuns) {
      ignored.push({ path: own, reason: "includeRuns is false" });
      continue;
    }
    for (const file of retained.compacted) if (file.startsWith(`${inFolder}/`)) missing.add(file);
    for (const entry of await storage.list(own)) {
      if (!isDataFile(entry, own)) continue;
      const [path, file] = [joinPath(own, entry.name), `${inFolder}/${entry.name}`];
      const isNamed = missing.delete(file);
      const gone = isNamed ? undefined : await goneContent(storage, retained, file);
      if (gone) ignored.push({ path, reason: goneReason(gone) });
      else if (isNamed || !isCompactedName(entry.name)) history.push({ path, date, partition });
      else orphans.push(file);
    }
  }
  // A file goes to the trash only after a commit: without one since the start, nothing was missing from the listings.
  if (partitions.length > 0 && !(await isUnchanged(storage, retained))) return undefined;
  for (const file of missing) {
    const path = joinPath(folder, file);
    throw invalidDay(folder, `${path} is data, but is not there.`, path);
  }
  for (const file of orphans) {
    const path = joinPath(folder, file);
    const problem = await orphanProblem(storage, retained, file);
    if (problem !== undefined && !(await isUnchanged(storage, retained))) return undefined;
    if (problem !== undefined) throw invalidDay(folder, `No state names ${path}, ${problem}.`, path);
    ignored.push({ path, reason: "made by a compaction that has not ended" });
  }

  const latestFile: DayFile[] = latest === undefined ? [] : [{ path: latest, date, partition: undefined }];
  const useLatest = latestFile.length > 0 && (prefer === "latest" || history.length === 0);
  const files = useLatest ? latestFile : history;
  return {
    date,
    source: files.length === 0 ? "none" : useLatest ? "latest" : "history",
    files,
    latestBeside: useLatest ? undefined : latest,
    pruned: retained.pruned,
    ignored,
  };
}

function goneReason({ into }: GoneContent): string {
  if (into === null) return "pruned";
  return into === undefined ? "replaced by retention" : `its rows are in ${into}`;
}

function partitionOfFile(file: string, folder: string): [inFolder: string, partition: HistoryPartition] {
  const inFolder = file.slice(0, Math.max(0, file.indexOf("/")));
  const partition = parsePartitionName(inFolder);
  if (partition) return [inFolder, partition];
  throw invalidDay(folder, `"${file}" lies in no partition of the day.`, joinPath(folder, file));
}

/**
 * An empty day is no error; a day that lies under another season is, or January would be lost in silence. Other seasons
 * are looked at first: there are few, and the day's own folder can be long.
 * @throws BronzeError `MISFILED_DAY`
 */
export async function assertNotMisfiled(storage: Storage, dataset: AnyDataset, date: string): Promise<void> {
  const folder = dateFolder(dataset, date);
  const feed = datasetFolder(dataset);
  for (const { name, kind } of await storage.list(feed)) {
    const other = joinPath(feed, name, `date=${date}`);
    if (kind !== "folder" || !name.startsWith("season=") || other === folder) continue;
    if ((await storage.list(other)).length === 0 || (await storage.list(folder)).length > 0) continue;
    throw new BronzeError(
      "MISFILED_DAY",
      `${date} of "${dataset.name}" belongs in ${folder}, where nothing is, but lies in ${other}. ` +
        "Give the dataset the season rule its writer used, or move the folder.",
      { dataset: dataset.name, expected: folder, found: other },
    );
  }
}

function isDataFile({ name, kind }: StorageEntry, folder: string): boolean {
  if (!isDataName(name) || !name.endsWith(".parquet")) return false;
  if (kind === "folder") throw misplaced(joinPath(folder, name), "a folder", "a Parquet file");
  return true;
}

function misplaced(path: string, found: string, wanted: string): BronzeError {
  return new BronzeError(
    "NOT_A_FILE",
    `${path} is ${found} where ${wanted} belongs. Move it away, or rename it.`,
    { path },
  );
}
