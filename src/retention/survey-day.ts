import { type DayFile, listDay, openFile, type PartFacts, readPartFacts } from "../bronze/index.js";
import {
  type AnyDataset,
  datasetFolder,
  dateFolder,
  type HistoryPartition,
  isCompactedName,
} from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { isBronzeError } from "../errors.js";
import { joinPath, type Storage } from "../storage/index.js";

/** The history files of one day, with their facts. */
export interface SurveyedDay {
  readonly dataset: AnyDataset;
  readonly date: string;
  readonly folder: string;
  /** In partition order. */
  readonly files: readonly SurveyedFile[];
}

/** A history file and the facts in its footer. */
export interface SurveyedFile extends DayFile {
  readonly partition: HistoryPartition;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether retention made it. */
  readonly isCompacted: boolean;
  /** `undefined` when it cannot be read as Parquet. */
  readonly footer:
    | {
        readonly rows: number;
        readonly columns: ReadonlySet<string>;
        readonly keyValues: ReadonlyMap<string, string>;
        /** The files it was made from, if it names them. */
        readonly parts: readonly PartFacts[] | undefined;
      }
    | undefined;
}

/** Reads the facts of every history file of a day. */
export async function surveyDay(storage: Storage, dataset: AnyDataset, date: string): Promise<SurveyedDay> {
  const files: SurveyedFile[] = [];
  for (const file of (await listDay(storage, dataset, date)).files) {
    if (!file.partition) continue; // the latest view, where there is no history
    const bytes = await storage.read(file.path);
    files.push({
      ...file,
      partition: file.partition,
      sha256: sha256(bytes),
      sizeBytes: bytes.byteLength,
      isCompacted: isCompactedName(file.path),
      footer: footerOf(dataset, bytes, file.path),
    });
  }
  return { dataset, date, folder: dateFolder(dataset, date), files };
}

/** The dates of a dataset that are where its season rule puts them, ascending. */
export async function datesOnDisk(storage: Storage, dataset: AnyDataset): Promise<string[]> {
  const dates: string[] = [];
  const feed = datasetFolder(dataset);
  for (const season of await storage.list(feed)) {
    if (season.kind !== "folder") continue;
    for (const { name, kind } of await storage.list(joinPath(feed, season.name))) {
      const date = /^date=(\d{4}-\d\d-\d\d)$/.exec(name)?.[1];
      if (date && kind === "folder" && dateFolder(dataset, date) === joinPath(feed, season.name, name))
        dates.push(date);
    }
  }
  return dates.sort();
}

function footerOf(dataset: AnyDataset, bytes: Uint8Array<ArrayBuffer>, path: string): SurveyedFile["footer"] {
  try {
    const file = openFile(dataset, bytes, path);
    const parts = isCompactedName(path)
      ? readPartFacts(file)?.map((part) => underOwn(dataset, part))
      : undefined;
    return { rows: file.rowCount, columns: new Set(file.columns.keys()), keyValues: file.keyValues, parts };
  } catch (error) {
    if (isBronzeError(error, "CORRUPT_FILE")) return undefined;
    throw error;
  }
}

/** A part whose columns have the dataset's own names, as a file does that is opened. */
function underOwn({ aliases }: AnyDataset, part: PartFacts): PartFacts {
  return { ...part, columns: part.columns.map((name) => aliases.get(name) ?? name) };
}
