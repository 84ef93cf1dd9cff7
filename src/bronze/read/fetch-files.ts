import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { type BronzeError, isBronzeError } from "../../errors.js";
import { MAX_IN_FLIGHT, mapConcurrently, type Reading } from "../../storage/index.js";
import {
  NotRead,
  openParquet,
  type ParquetFile,
  type RowRange,
  type SharedChunks,
  sharedChunks,
} from "../../table/index.js";
import type { FileRead } from "../../travel/index.js";
import { holdsNothingUntil } from "./data-skipping.js";
import type { DayFile } from "./day-file.js";
import type { FileColumns } from "./frame-columns.js";
import { inPartitionOrder, type OpenedFile, openParts } from "./open-parts.js";
import { liesInOwnDay } from "./own-day.js";
import type { ReadOptions } from "./question.js";
import { readPartly } from "./read-partly.js";
import { isOneDay } from "./unit-folders.js";

/** How to fetch. */
export interface FetchOptions extends Pick<ReadOptions, "onCorrupt"> {
  /** Files that hold nothing at or before this are released at once. */
  readonly horizonNs?: bigint | undefined;
  /** Whether all rows of files of several days are wanted; otherwise they are read, to tell which are. */
  readonly wholeOnly?: boolean;
  /** Which parts are wanted, by where they lie or lay. Default: all. */
  readonly onlyFiles?: ((path: string) => boolean) | undefined;
  /** Whether a file of each schema is wanted too. Default: false. */
  readonly keepModels?: boolean;
  /** Opens a file's bytes; callers that open files more than once can cache them. Default: `openParquet`. */
  readonly open?: typeof openParquet;
}

/** A part with the bytes of the file that it was opened from; of a compacted one perhaps only those that were needed. */
export interface FetchedFile extends OpenedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A corrupt file that was passed over on request.
 *
 * @category Bronze
 */
export interface SkippedFile {
  readonly path: string;
  readonly error: BronzeError;
}

/** Parts and files by outcome, each in partition order. */
interface Fetched {
  readonly opened: readonly FetchedFile[];
  /** Those that hold nothing until the horizon. */
  readonly pruned: readonly FileRead[];
  readonly skipped: readonly SkippedFile[];
  /** The columns of all files that could be opened. */
  readonly looked: readonly FileColumns[];
  /** The first file of each schema among those, with `keepModels`. */
  readonly models: readonly ParquetFile[];
}

/**
 * Reads and opens files, several at once; compacted ones become the parts that are in them. Each is opened as soon as it is
 * read, so that of files that are skipped no more are in memory than are being read.
 *
 * @param files in partition order
 * @throws BronzeError `CORRUPT_FILE`, and as the storage: of the first file that has one
 */
export async function fetchFiles(
  storage: FetchFrom,
  dataset: AnyDataset,
  files: readonly DayFile[],
  options: FetchOptions,
): Promise<Fetched> {
  const known = sharedChunks();
  const outcomes = await mapConcurrently(files, MAX_IN_FLIGHT, (file) =>
    fetchFile(storage, dataset, file, options, known),
  );
  return {
    opened: inPartitionOrder(outcomes.flatMap(({ opened }) => opened)),
    pruned: outcomes.flatMap(({ pruned }) => pruned),
    skipped: outcomes.flatMap(({ skipped }) => skipped ?? []),
    looked: outcomes.flatMap(({ looked }) => looked),
    models: [...new Map(outcomes.flatMap(({ models }) => models.map((one) => [one.columns, one]))).values()],
  };
}

/** Where files are fetched from. */
export type FetchFrom = Pick<Reading, "read" | "openVersion">;

async function fetchFile(
  storage: FetchFrom,
  dataset: AnyDataset,
  file: DayFile,
  options: FetchOptions,
  known: SharedChunks,
): Promise<Outcome> {
  const { open = openParquet } = options;
  const { openVersion } = storage;
  if (!openVersion || !mayLeaveOut(file, options)) {
    const bytes = await storage.read(file.path);
    return inspect(dataset, file, bytes, options, () => open(bytes, file.path, known));
  }
  const { bytes, parquet } = await readPartly(
    { openVersion: openVersion.bind(storage) },
    file.path,
    known,
    (parquet) => neededRows(dataset, file, parquet, options),
  );
  return inspect(dataset, file, bytes, options, () => parquet);
}

/**
 * Whether a question may need only some of a file. Where damaged files are passed over, each is judged as a whole; and of a file
 * that is kept for later questions nobody knows what they need.
 */
function mayLeaveOut({ path }: DayFile, { horizonNs, onlyFiles, onCorrupt, open }: FetchOptions): boolean {
  const isAsked = horizonNs !== undefined || onlyFiles !== undefined;
  return isAsked && onCorrupt !== "skip" && !open && isCompactedName(path);
}

/** The rows of the parts that `inspect` opens; `undefined` for a file of before, which is one part. */
function neededRows(
  dataset: AnyDataset,
  file: DayFile,
  parquet: ParquetFile,
  options: FetchOptions,
): RowRange[] | undefined {
  const parts = openParts(dataset, file, parquet);
  if (parts.some(({ held }) => !held)) return undefined;
  const isNeeded = (part: OpenedFile) => {
    if (!isWanted(part, file, options)) return false;
    try {
      return !isPruned(dataset, part, options);
    } catch (error) {
      // Only its rows can tell.
      if (error instanceof NotRead) return true;
      throw error;
    }
  };
  return parts
    .filter(isNeeded)
    .map(({ held, parquet }) => ({ from: held!.firstRow, count: parquet.rowCount }));
}

function isWanted({ file: { path } }: OpenedFile, holder: DayFile, { onlyFiles }: FetchOptions): boolean {
  return !onlyFiles || onlyFiles(path) || onlyFiles(holder.path);
}

/** The outcome for one file. */
interface Outcome {
  readonly opened: readonly FetchedFile[];
  readonly pruned: readonly FileRead[];
  readonly looked: readonly FileColumns[];
  readonly models: readonly ParquetFile[];
  readonly skipped?: SkippedFile;
}

function inspect(
  dataset: AnyDataset,
  file: DayFile,
  bytes: Uint8Array<ArrayBuffer>,
  options: FetchOptions,
  open: () => ParquetFile,
): Outcome {
  const { onCorrupt = "throw" } = options;
  const { path } = file;
  const opened: FetchedFile[] = [];
  const pruned: FileRead[] = [];
  const looked: FileColumns[] = [];
  const models = new Map<ParquetFile["columns"], ParquetFile>();
  try {
    for (const part of openParts(dataset, file, open())) {
      if (!isWanted(part, file, options)) continue;
      const { parquet } = part;
      const { rowCount, sizeBytes, columns, refused } = parquet;
      if (options.keepModels && !models.has(columns)) models.set(columns, parquet);
      looked.push({ path: part.file.path, rowCount, columns, refused });
      if (isPruned(dataset, part, options)) {
        pruned.push({ path: part.file.path, rows: rowCount, sizeBytes });
        continue;
      }
      // Without a checksum, only decoding all of it shows whether a file must be skipped.
      if (onCorrupt === "skip" && !parquet.checked) for (const name of columns.keys()) probe(parquet, name);
      opened.push({ ...part, bytes });
    }
    return { opened, pruned, looked, models: [...models.values()] };
  } catch (error) {
    if (onCorrupt !== "skip" || !isBronzeError(error, "CORRUPT_FILE")) throw error;
    return { opened: [], pruned: [], looked: [], models: [], skipped: { path, error } };
  }
}

/** Whether a part is left closed: it holds nothing until the horizon, and no row of another day that must be refused. */
export function isPruned(
  dataset: AnyDataset,
  { file, parquet }: Pick<OpenedFile, "file" | "parquet">,
  { horizonNs, wholeOnly = true }: Pick<FetchOptions, "horizonNs" | "wholeOnly">,
): boolean {
  return (
    horizonNs !== undefined &&
    (wholeOnly || isOneDay(file.days)) &&
    holdsNothingUntil(parquet, dataset, horizonNs) &&
    liesInOwnDay(dataset, file, parquet) === true
  );
}

/** A column that cannot be kept throws its reason when it is read. */
function probe(parquet: ParquetFile, name: string): void {
  try {
    parquet.column(name);
  } catch (error) {
    if (!isBronzeError(error, "UNSUPPORTED_TYPE")) throw error;
  }
}
