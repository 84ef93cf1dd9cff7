import { type AnyDataset, dateFolder, parsePartitionName } from "../../dataset/index.js";
import { isDataName } from "../../storage/index.js";
import type { DayFile } from "./day-files.js";

/** A path as the file of a day, or `undefined` for anything that is no data file of the dataset. */
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
