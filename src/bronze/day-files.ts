import {
  type AnyDataset,
  comparePartitions,
  dateFolder,
  type HistoryPartition,
  parsePartitionName,
} from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { isDataName, joinPath, type Storage, type StorageEntry } from "../storage/index.js";

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
 * matter, and only the folders that can hold history are opened.
 *
 * @throws BronzeError `NOT_A_FILE` for a folder named like a data file, or a file named like a partition
 */
export async function listDay(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  { prefer = "history", includeRuns = true }: DayOptions = {},
): Promise<DayFiles> {
  const folder = dateFolder(dataset, date);
  const ignored: IgnoredFile[] = [];
  const partitions: HistoryPartition[] = [];
  const names = new Map<HistoryPartition, string>();
  let latest: string | undefined;
  const entries = await storage.list(folder);
  if (entries.length === 0) await assertNotMisfiled(storage, dataset, date, folder);
  for (const entry of entries) {
    const path = joinPath(folder, entry.name);
    if (!isDataName(entry.name)) continue;
    const partition = parsePartitionName(entry.name);
    if (partition && entry.kind === "folder") {
      partitions.push(partition);
      names.set(partition, entry.name);
    } else if (partition) throw misplaced(path, "a file", "a partition folder");
    else if (entry.name === dataset.file) {
      if (entry.kind === "folder") throw misplaced(path, "a folder", "the latest view's file");
      latest = path;
    } else if (entry.kind === "folder") ignored.push({ path, reason: "not an hour= or run_ts= folder" });
    else if (entry.name.endsWith(".parquet")) {
      ignored.push({ path, reason: `the latest view is ${dataset.file}; other files belong in a partition` });
    }
  }

  partitions.sort(comparePartitions);
  const history: DayFile[] = [];
  for (const partition of partitions) {
    const path = joinPath(folder, names.get(partition)!);
    if (partition.kind === "run" && !includeRuns) {
      ignored.push({ path, reason: "includeRuns is false" });
      continue;
    }
    for (const entry of await storage.list(path)) {
      if (isDataFile(entry, joinPath(path, entry.name)))
        history.push({ path: joinPath(path, entry.name), date, partition });
    }
  }

  const latestFile: DayFile[] = latest === undefined ? [] : [{ path: latest, date, partition: undefined }];
  const useLatest = latestFile.length > 0 && (prefer === "latest" || history.length === 0);
  const files = useLatest ? latestFile : history;
  return {
    date,
    source: files.length === 0 ? "none" : useLatest ? "latest" : "history",
    files,
    latestBeside: useLatest ? undefined : latest,
    ignored,
  };
}

/** An empty day is no error; a day that lies under another season is, or January would be lost in silence. */
async function assertNotMisfiled(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  folder: string,
): Promise<void> {
  const feed = joinPath("bronze", dataset.name);
  for (const { name, kind } of await storage.list(feed)) {
    const other = joinPath(feed, name, `date=${date}`);
    if (kind !== "folder" || other === folder || (await storage.list(other)).length === 0) continue;
    throw new BronzeError(
      "MISFILED_DAY",
      `${date} of "${dataset.name}" belongs in ${folder}, which is empty, but lies in ${other}. ` +
        "Give the dataset the season rule its writer used, or move the folder.",
      { dataset: dataset.name, expected: folder, found: other },
    );
  }
}

function isDataFile({ name, kind }: StorageEntry, path: string): boolean {
  if (!isDataName(name) || !name.endsWith(".parquet")) return false;
  if (kind === "folder") throw misplaced(path, "a folder", "a Parquet file");
  return true;
}

function misplaced(path: string, found: string, wanted: string): BronzeError {
  return new BronzeError(
    "NOT_A_FILE",
    `${path} is ${found} where ${wanted} belongs. Move it away, or rename it.`,
    { path },
  );
}
