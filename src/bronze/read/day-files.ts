import {
  type AnyDataset,
  comparePartitions,
  datasetFolder,
  dateFolder,
  type HistoryPartition,
  isCompactedName,
  parsePartitionName,
} from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { isDataName, joinPath, mapReads, type Reading, type StorageEntry } from "../../storage/index.js";
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
import { RETENTION_FILE } from "../retained/retained-files.js";

/**
 * Which files of a day to read.
 *
 * @category Bronze
 */
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
  /** Whether history of the day was pruned: what is left is not complete. */
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

/**
 * A name that was passed over.
 *
 * @category Bronze
 */
export interface IgnoredFile {
  readonly path: string;
  readonly reason: string;
}

/**
 * Lists the files of one domain date: the path of the `date=` folder is known, so the size of the tree does not matter,
 * and only the folders that can hold history are opened. What retention committed is read at one moment: before or
 * after, never both, never half.
 *
 * @throws BronzeError `NOT_A_FILE` for a folder named like a data file, or a file named like a partition;
 * `RETENTION_INVALID`
 */
export async function listDay(
  storage: Reading,
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
  date: string,
  { prefer = "history", includeRuns = true }: DayOptions,
): Promise<DayFiles | undefined> {
  const folder = dateFolder(dataset, date);
  const entries = await storage.list(folder);
  if (entries.length === 0) await assertNotMisfiled(storage, dataset, date);
  // Listed first: most days have no state, and one that was added since is found when the day is checked again.
  const hasState = entries.some(({ name }) => name === RETENTION_FILE);
  const retained = hasState ? await readRetained(storage, folder) : untouchedDay(folder);
  const { latest, partitions, ignored } = namesInDay(dataset, folder, entries);
  addCompacted(partitions, retained);
  partitions.sort((a, b) => comparePartitions(a.partition, b.partition));

  const isLeftOut = ({ partition }: PartitionFolder) => partition.kind === "run" && !includeRuns;
  const listed = await mapReads(storage, partitions, async (storage, own) =>
    isLeftOut(own) ? [] : await listPartition(storage, retained, own),
  );
  const history: DayFile[] = [];
  const found = new Set<string>();
  const orphans: string[] = [];
  for (const [i, own] of partitions.entries()) {
    if (isLeftOut(own)) ignored.push({ path: joinPath(folder, own.name), reason: "includeRuns is false" });
    for (const { name, isNamed, gone } of listed[i]!) {
      const [file, path] = [`${own.name}/${name}`, joinPath(folder, own.name, name)];
      found.add(file);
      if (gone) ignored.push({ path, reason: goneReason(gone) });
      else if (isNamed || !isCompactedName(name)) history.push({ path, date, partition: own.partition });
      else orphans.push(file);
    }
  }
  // A file is moved to the trash only after a commit: without one since the start, nothing was missing from the
  // listings.
  if (partitions.length > 0 && !(await isUnchanged(storage, retained))) return undefined;
  const leftOut = new Set(partitions.filter(isLeftOut).map(({ name }) => name));
  for (const file of retained.compacted) {
    if (found.has(file) || leftOut.has(folderOf(file))) continue;
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

/** A folder of history in a day's folder. */
interface PartitionFolder {
  readonly name: string;
  readonly partition: HistoryPartition;
}

/** Classifies the names in a day's folder. @throws BronzeError `NOT_A_FILE` */
function namesInDay(
  dataset: AnyDataset,
  folder: string,
  entries: readonly StorageEntry[],
): { latest: string | undefined; partitions: PartitionFolder[]; ignored: IgnoredFile[] } {
  let latest: string | undefined;
  const partitions: PartitionFolder[] = [];
  const ignored: IgnoredFile[] = [];
  for (const { name, kind } of entries) {
    const partition = parsePartitionName(name);
    if (partition && kind === "folder") {
      partitions.push({ name, partition });
      continue;
    }
    if (!isDataName(name)) continue;
    const path = joinPath(folder, name);
    if (partition) throw misplaced(path, "a file", "a partition folder");
    else if (name === dataset.file) {
      if (kind === "folder") throw misplaced(path, "a folder", "the latest view's file");
      latest = path;
    } else if (kind === "folder") ignored.push({ path, reason: "not an hour= or run_ts= folder" });
    else if (name.endsWith(".parquet")) {
      ignored.push({ path, reason: `the latest view is ${dataset.file}; other files belong in a partition` });
    }
  }
  return { latest, partitions, ignored };
}

/** A missing folder of a compacted file must be an error, not a gap. */
function addCompacted(partitions: PartitionFolder[], { folder, compacted }: RetainedDay): void {
  const known = new Set(partitions.map(({ name }) => name));
  for (const file of compacted) {
    const name = folderOf(file);
    if (known.has(name)) continue;
    known.add(name);
    const partition = parsePartitionName(name);
    if (!partition)
      throw invalidDay(folder, `"${file}" is in no partition of the day.`, joinPath(folder, file));
    partitions.push({ name, partition });
  }
}

/** A data file in a partition's folder. */
interface FoundFile {
  readonly name: string;
  /** Whether the day's state names it as data. */
  readonly isNamed: boolean;
  /** What retention removed, if this is such a file. */
  readonly gone: GoneContent | undefined;
}

async function listPartition(
  storage: Reading,
  retained: RetainedDay,
  { name: own }: PartitionFolder,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const folder = joinPath(retained.folder, own);
  for (const entry of await storage.list(folder)) {
    if (!isDataFile(entry, folder)) continue;
    const file = `${own}/${entry.name}`;
    const isNamed = retained.compacted.has(file);
    const gone = isNamed ? undefined : await goneContent(storage, retained, file);
    found.push({ name: entry.name, isNamed, gone });
  }
  return found;
}

/** The partition's folder of a file that a day's state names. */
function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.indexOf("/")));
}

function goneReason({ into }: GoneContent): string {
  if (into === null) return "pruned";
  return into === undefined ? "replaced by retention" : `its rows are in ${into}`;
}

/**
 * An empty day is not an error; a day under another season is, or January would be lost silently. Other seasons are
 * checked first: there are few, and the day's own folder can be long.
 * @throws BronzeError `MISFILED_DAY`
 */
export async function assertNotMisfiled(storage: Reading, dataset: AnyDataset, date: string): Promise<void> {
  const folder = dateFolder(dataset, date);
  const feed = datasetFolder(dataset);
  const others = (await storage.list(feed))
    .filter(({ name, kind }) => kind === "folder" && name.startsWith("season="))
    .map(({ name }) => joinPath(feed, name, `date=${date}`))
    .filter((other) => other !== folder);
  await mapReads(storage, others, async (storage, other) => {
    if ((await storage.list(other)).length === 0 || (await storage.list(folder)).length > 0) return;
    throw new BronzeError(
      "MISFILED_DAY",
      `${date} of "${dataset.name}" belongs in ${folder}, which has no files, but is in ${other}. ` +
        "Give the dataset the season rule its writer used, or move the folder.",
      { dataset: dataset.name, expected: folder, found: other },
    );
  });
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

/** A path as the file of a day, or `undefined` if it is not a data file of the dataset. */
export function dayFileOf(dataset: AnyDataset, path: string): DayFile | undefined {
  const match = /^[a-z]+\/([^/]+)\/season=[^/]+\/date=(\d{4}-\d\d-\d\d)\/(?:([^/]+)\/)?([^/]+)$/.exec(path);
  if (!match) return undefined;
  const [, name, date, folder, file] = match as unknown as [string, string, string, string?, string?];
  if (name !== dataset.name || !path.startsWith(`${dateFolder(dataset, date)}/`)) return undefined;
  if (!isDataName(file!) || !file!.endsWith(".parquet")) return undefined;
  if (folder === undefined) return file === dataset.file ? { path, date, partition: undefined } : undefined;
  const partition = parsePartitionName(folder);
  return partition && { path, date, partition };
}

/** Why a file below a dataset's folder is none of its data files, in words: what `dayFileOf` does not know. */
export function whyUnreachable(dataset: AnyDataset, path: string): string {
  const parts = path.slice(datasetFolder(dataset).length + 1).split("/");
  const [season, day, ...rest] = parts;
  const date = /^date=(\d{4}-\d\d-\d\d)$/.exec(day ?? "")?.[1];
  if (!season?.startsWith("season=") || date === undefined || rest.length === 0)
    return "it lies in no season=YYYY/date=YYYY-MM-DD folder";
  const own = dateFolder(dataset, date);
  if (!path.startsWith(`${own}/`)) return `${date} belongs in ${own} by the dataset's season rule`;
  if (rest.length === 1)
    return `the latest view is ${dataset.file}; other files belong in a partition folder`;
  return rest.length > 2
    ? "it lies deeper than a partition folder"
    : `${rest[0]} is no hour= or run_ts= folder`;
}
