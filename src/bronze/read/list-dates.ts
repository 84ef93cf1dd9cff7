import {
  type AnyDataset,
  datasetFolder,
  dateFolder,
  isCompactedName,
  parsePartitionName,
} from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { isDataName, joinPath, mapReads, type Reading } from "../../storage/index.js";
import { assertDate } from "../../time/index.js";
import { RETENTION_FILE } from "../retained/retained-files.js";
import { listDay } from "./day-files.js";

/**
 * Which dates to look for; both ends are included, and either may be open.
 *
 * @category Survey
 */
export interface DateRange {
  /** The first date. Default: the beginning. */
  readonly from?: string;
  /** The last date. Default: the end. */
  readonly to?: string;
}

/** The folders of one domain date: one, but where a season was changed. */
interface FoundDate {
  readonly date: string;
  readonly folders: readonly string[];
}

/**
 * The domain dates of which a dataset has files, ascending. Folders outside the range are not opened; of each inside it as
 * much is listed as it takes to find one file.
 *
 * @throws BronzeError `MISFILED_DAY` for a date that lies under another season only, and as `listDay`
 */
export async function listDates(storage: Reading, dataset: AnyDataset, range: DateRange): Promise<string[]> {
  const found = await foundDates(storage, dataset, range);
  const holds = await mapReads(storage, found, (storage, day) => holdsData(storage, dataset, day));
  return found.filter((_, i) => holds[i]).map(({ date }) => date);
}

/** The domain dates that have a folder, whatever is in it and under whichever season, ascending. */
export async function datesOfFolders(storage: Reading, dataset: AnyDataset): Promise<string[]> {
  return (await foundDates(storage, dataset, {})).map(({ date }) => date);
}

async function foundDates(
  storage: Reading,
  dataset: AnyDataset,
  { from = "", to = "9999-12-31" }: DateRange,
): Promise<FoundDate[]> {
  const feed = datasetFolder(dataset);
  const seasons = (await storage.list(feed)).filter(
    ({ name, kind }) => kind === "folder" && name.startsWith("season="),
  );
  const listed = await mapReads(storage, seasons, async (storage, { name }) => {
    const season = joinPath(feed, name);
    return (await storage.list(season))
      .filter(({ kind }) => kind === "folder")
      .map((entry) => ({ date: dateOf(entry.name), folder: joinPath(season, entry.name) }));
  });
  const folders = new Map<string, string[]>();
  for (const { date, folder } of listed.flat()) {
    if (date === undefined || date < from || date > to) continue;
    const own = folders.get(date);
    if (own) own.push(folder);
    else folders.set(date, [folder]);
  }
  return [...folders]
    .map(([date, folders]) => ({ date, folders }))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
}

function dateOf(name: string): string | undefined {
  const date = /^date=(\d{4}-\d\d-\d\d)$/.exec(name)?.[1];
  try {
    if (date !== undefined) assertDate(date);
    return date;
  } catch (error) {
    if (isBronzeError(error, "INVALID_DATE")) return undefined;
    throw error;
  }
}

/** Whether a question about the day would read a file. Only where names leave a doubt is the whole day listed. */
async function holdsData(
  storage: Reading,
  dataset: AnyDataset,
  { date, folders }: FoundDate,
): Promise<boolean> {
  const whole = async () => (await listDay(storage, dataset, date)).files.length > 0;
  const folder = folders.length === 1 ? folders[0]! : undefined;
  if (folder === undefined || folder !== dateFolder(dataset, date)) return whole();
  const entries = await storage.list(folder);
  if (entries.some(({ name }) => name === RETENTION_FILE)) return whole();
  if (entries.some(({ name, kind }) => name === dataset.file && kind === "file")) return true;
  for (const { name, kind } of entries) {
    if (kind !== "folder" || !parsePartitionName(name)) continue;
    for (const file of await storage.list(joinPath(folder, name))) {
      if (file.kind !== "file" || !isDataName(file.name) || !file.name.endsWith(".parquet")) continue;
      // One that no state names may be data or a leftover.
      return isCompactedName(file.name) ? whole() : true;
    }
  }
  return false;
}
