import type { AnyDataset } from "../../dataset/index.js";
import { type BronzeError, isBronzeError } from "../../errors.js";
import { MAX_IN_FLIGHT, mapConcurrently, type Reading } from "../../storage/index.js";
import { openParquet, type ParquetFile, sharedChunks } from "../../table/index.js";
import type { FileRead } from "../../travel/index.js";
import { holdsNothingUntil } from "./data-skipping.js";
import type { DayFile } from "./day-files.js";
import type { FileColumns } from "./frame-columns.js";
import { underOwnNames } from "./open-file.js";
import { liesInOwnDay } from "./own-day.js";
import type { ReadOptions } from "./question.js";
import { isOneDay } from "./unit-folders.js";

/** How to fetch. */
export interface FetchOptions extends Pick<ReadOptions, "onCorrupt"> {
  /** Files that hold nothing at or before this are released at once. */
  readonly horizonNs?: bigint | undefined;
  /** Whether all rows of files of several days are wanted; otherwise they are read, to tell which are. */
  readonly wholeOnly?: boolean;
  /** Opens a file's bytes; callers that open files more than once can cache them. Default: `openParquet`. */
  readonly open?: typeof openParquet;
}

/** A file of a day, opened. */
export interface OpenedFile {
  readonly file: DayFile;
  readonly parquet: ParquetFile;
}

/** A file with the bytes it was opened from. */
interface FetchedFile extends OpenedFile {
  readonly bytes: Uint8Array;
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

/** Files by outcome, each in the given order. */
interface Fetched {
  readonly opened: readonly FetchedFile[];
  /** Those that hold nothing until the horizon. */
  readonly pruned: readonly FileRead[];
  readonly skipped: readonly SkippedFile[];
  /** The columns of all files that could be opened. */
  readonly looked: readonly FileColumns[];
}

/**
 * Reads and opens files, several at once. Each is opened as soon as it is read, so that of files that are skipped no
 * more are in memory than are being read.
 *
 * @throws BronzeError `CORRUPT_FILE`, and as the storage: of the first file that has one
 */
export async function fetchFiles(
  storage: Pick<Reading, "read">,
  dataset: AnyDataset,
  files: readonly DayFile[],
  options: FetchOptions,
): Promise<Fetched> {
  const known = sharedChunks();
  const outcomes = await mapConcurrently(files, MAX_IN_FLIGHT, async (file) =>
    inspect(dataset, file, await storage.read(file.path), options, known),
  );
  return {
    opened: outcomes.flatMap(({ opened }) => opened ?? []),
    pruned: outcomes.flatMap(({ pruned }) => pruned ?? []),
    skipped: outcomes.flatMap(({ skipped }) => skipped ?? []),
    looked: outcomes.flatMap(({ columns }) => columns ?? []),
  };
}

/** The outcome for one file: one of the first three. */
interface Outcome {
  readonly opened?: FetchedFile;
  readonly pruned?: FileRead;
  readonly skipped?: SkippedFile;
  readonly columns?: FileColumns;
}

function inspect(
  dataset: AnyDataset,
  file: DayFile,
  bytes: Uint8Array<ArrayBuffer>,
  { horizonNs, onCorrupt = "throw", wholeOnly = true, open = openParquet }: FetchOptions,
  known: ReturnType<typeof sharedChunks>,
): Outcome {
  const { path } = file;
  try {
    const parquet = underOwnNames(dataset, open(bytes, path, known));
    const { rowCount, sizeBytes, columns, refused } = parquet;
    const own = { path, rowCount, columns, refused };
    const isPruned =
      horizonNs !== undefined &&
      (wholeOnly || isOneDay(file.days)) &&
      holdsNothingUntil(parquet, dataset, horizonNs) &&
      liesInOwnDay(dataset, file, parquet) === true;
    if (isPruned) return { pruned: { path, rows: rowCount, sizeBytes }, columns: own };
    // Without a checksum, only decoding all of it shows whether a file must be skipped.
    if (onCorrupt === "skip" && !parquet.checked) for (const name of columns.keys()) probe(parquet, name);
    return { opened: { file, parquet, bytes }, columns: own };
  } catch (error) {
    if (onCorrupt !== "skip" || !isBronzeError(error, "CORRUPT_FILE")) throw error;
    return { skipped: { path, error } };
  }
}

/** A column that cannot be kept throws its reason when it is read. */
function probe(parquet: ParquetFile, name: string): void {
  try {
    parquet.column(name);
  } catch (error) {
    if (!isBronzeError(error, "UNSUPPORTED_TYPE")) throw error;
  }
}
