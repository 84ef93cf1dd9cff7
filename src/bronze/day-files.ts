import {
  type AnyDataset,
  comparePartitions,
  datasetFolder,
  dateFolder,
  type HistoryPartition,
  isCompactedName,
  parsePartitionName,
} from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { isDataName, joinPath, type Storage, type StorageEntry } from "../storage/index.js";
import { parseRetention, RETENTION_FILE, type RetentionState, wasPruned } from "./retained-files.js";

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
  const retention = await readRetention(storage, folder, entries);
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
  const compacted = new Map<string, string[]>();
  for (const name of retention?.state.files ?? []) {
    const [inFolder, partition] = partitionOfFile(name, folder);
    const own = compacted.get(inFolder);
    if (own) own.push(name);
    else compacted.set(inFolder, [name]);
    if (inFolders.has(inFolder)) continue;
    inFolders.add(inFolder);
    partitions.push(partition); // a compacted file's folder that is missing must be an error, not a gap
    names.set(partition, inFolder);
  }
  partitions.sort(comparePartitions);
  const replaced = new Map(retention?.state.replaced.map(({ path, sha256 }) => [path, sha256]));
  const history: DayFile[] = [];
  for (const partition of partitions) {
    if (partition.kind === "run" && !includeRuns) {
      ignored.push({ path: joinPath(folder, names.get(partition)!), reason: "includeRuns is false" });
      continue;
    }
    const inFolder = names.get(partition)!;
    const own = joinPath(folder, inFolder);
    const found = dataFiles(await storage.list(own), own);
    const isAsListed = replaced.size === 0 && !compacted.has(inFolder);
    const files = isAsListed
      ? found
      : await filesOf(storage, own, found, compacted.get(inFolder) ?? [], replaced, inFolder);
    for (const name of files) history.push({ path: joinPath(own, name), date, partition });
  }
  // A file goes to the trash only after a commit: without one since the start, nothing was missing from the listings.
  if (partitions.length > 0 && !(await isUnchanged(storage, folder, retention))) return undefined;

  const latestFile: DayFile[] = latest === undefined ? [] : [{ path: latest, date, partition: undefined }];
  const useLatest = latestFile.length > 0 && (prefer === "latest" || history.length === 0);
  const files = useLatest ? latestFile : history;
  return {
    date,
    source: files.length === 0 ? "none" : useLatest ? "latest" : "history",
    files,
    latestBeside: useLatest ? undefined : latest,
    pruned: retention !== undefined && wasPruned(retention.state),
    ignored,
  };
}

/** What retention committed, and the bytes that said so. */
interface Retention {
  readonly bytes: Uint8Array;
  readonly state: RetentionState;
}

async function readRetention(
  storage: Storage,
  folder: string,
  entries: readonly StorageEntry[],
): Promise<Retention | undefined> {
  if (!entries.some(({ name }) => name === RETENTION_FILE)) return undefined;
  const path = joinPath(folder, RETENTION_FILE);
  const bytes = await storage.read(path);
  return { bytes, state: parseRetention(bytes, path) };
}

async function isUnchanged(
  storage: Storage,
  folder: string,
  before: Retention | undefined,
): Promise<boolean> {
  const path = joinPath(folder, RETENTION_FILE);
  if (!before) return (await storage.stat(path)) === undefined;
  return Buffer.compare(await storage.read(path), before.bytes) === 0;
}

function partitionOfFile(file: string, folder: string): [inFolder: string, partition: HistoryPartition] {
  const inFolder = file.slice(0, Math.max(0, file.indexOf("/")));
  const partition = parsePartitionName(inFolder);
  if (partition) return [inFolder, partition];
  throw new BronzeError(
    "RETENTION_INVALID",
    `${joinPath(folder, RETENTION_FILE)} names "${file}", which lies in no partition of the day; restore it.`,
    { file: joinPath(folder, RETENTION_FILE) },
  );
}

/** The names in a partition's folder that may be data, in order. Compacted files come from what was committed. */
function dataFiles(entries: readonly StorageEntry[], folder: string): string[] {
  const names: string[] = [];
  for (const entry of entries)
    if (isDataFile(entry, folder) && !isCompactedName(entry.name)) names.push(entry.name);
  return names;
}

/** The names of the files that hold in a partition retention was at work in, in order. */
async function filesOf(
  storage: Storage,
  folder: string,
  found: readonly string[],
  compacted: readonly string[],
  replaced: ReadonlyMap<string, string>,
  partition: string,
): Promise<string[]> {
  // Not from the listing: a compacted file that is missing must be an error.
  const names = compacted.map((file) => file.slice(partition.length + 1));
  for (const name of found) {
    const sha256 = replaced.get(`${partition}/${name}`);
    if (sha256 === undefined || !(await hasContent(storage, joinPath(folder, name), sha256)))
      names.push(name);
  }
  return names.sort();
}

/** Whether a file is still the one that was replaced; a writer may have taken the name anew. */
async function hasContent(storage: Storage, path: string, digest: string): Promise<boolean> {
  try {
    return sha256(await storage.read(path)) === digest;
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return true;
    throw error;
  }
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
