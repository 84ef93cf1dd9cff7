import type { AnyDataset } from "../../dataset/index.js";
import { type BronzeError, isBronzeError } from "../../errors.js";
import { MAX_IN_FLIGHT, mapConcurrently, type Reading } from "../../storage/index.js";
import { openParquet, type ParquetFile, sharedChunks } from "../../table/index.js";
import type { FileRead } from "../../travel/index.js";
import { holdsNothingUntil } from "./data-skipping.js";
import type { DayFile } from "./day-files.js";
import type { FileColumns } from "./frame-columns.js";
import { liesInOwnDay } from "./own-day.js";
import type { ReadOptions } from "./question.js";

/** How to fetch. */
export interface FetchOptions extends Pick<ReadOptions, "onCorrupt"> {
  /** Files that hold nothing at or before this are let go at once. */
  readonly horizonNs?: bigint | undefined;
  /** Opens a file's bytes; who opens files more than once can keep them. Default: `openParquet`. */
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

/** A corrupt file that was passed over on request. */
export interface SkippedFile {
  readonly path: string;
  readonly error: BronzeError;
}

/** Files by what became of them, each in the order they were given in. */
interface Fetched {
  readonly opened: readonly FetchedFile[];
  /** Those that hold nothing until the horizon. */
  readonly pruned: readonly FileRead[];
  readonly skipped: readonly SkippedFile[];
  /** The columns of all that could be opened. */
  readonly looked: readonly FileColumns[];
}

/**
 * Reads and opens files, some at once. Each is opened as soon as it is there, so that of files that are passed over no
 * more are held than are being read.
 *
 * @throws BronzeError `CORRUPT_FILE`, and as the storage: of the first file for which there is one
 */
export async function fetchFiles(
  storage: Pick<Reading, "read">,
  dataset: AnyDataset,
  files: readonly DayFile[],
  options: FetchOptions,
): Promise<Fetched> {
  const known = sharedChunks();
  const looks = await mapConcurrently(files, MAX_IN_FLIGHT, async (file) =>
    lookAt(dataset, file, await storage.read(file.path), options, known),
  );
  return {
    opened: looks.flatMap(({ opened }) => opened ?? []),
    pruned: looks.flatMap(({ pruned }) => pruned ?? []),
    skipped: looks.flatMap(({ skipped }) => skipped ?? []),
    looked: looks.flatMap(({ columns }) => columns ?? []),
  };
}

/** What became of one file: one of the first three. */
interface Look {
  readonly opened?: FetchedFile;
  readonly pruned?: FileRead;
  readonly skipped?: SkippedFile;
  readonly columns?: FileColumns;
}

function lookAt(
  dataset: AnyDataset,
  file: DayFile,
  bytes: Uint8Array<ArrayBuffer>,
  { horizonNs, onCorrupt = "throw", open = openParquet }: FetchOptions,
  known: ReturnType<typeof sharedChunks>,
): Look {
  const { path } = file;
  try {
    const parquet = open(bytes, path, known);
    const { rowCount, sizeBytes, columns, refused } = parquet;
    const own = { path, rowCount, columns, refused };
    const isPruned =
      horizonNs !== undefined &&
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

/** A column that cannot be kept says so when it is asked for. */
function probe(parquet: ParquetFile, name: string): void {
  try {
    parquet.column(name);
  } catch (error) {
    if (!isBronzeError(error, "UNSUPPORTED_TYPE")) throw error;
  }
}
