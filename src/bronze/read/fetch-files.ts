import type { AnyDataset } from "../../dataset/index.js";
import { type BronzeError, isBronzeError } from "../../errors.js";
import { MAX_IN_FLIGHT, mapConcurrently, type Reading } from "../../storage/index.js";
import { openParquet, type ParquetFile, sharedChunks } from "../../table/index.js";
import type { FileRead } from "../../travel/index.js";
import { holdsNothingUntil } from "./data-skipping.js";
import type { DayFile } from "./day-files.js";
import type { FileColumns } from "./frame-columns.js";
import { inPartitionOrder, type OpenedFile, openParts } from "./open-parts.js";
import { liesInOwnDay } from "./own-day.js";
import type { ReadOptions } from "./question.js";
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

/** A part with the bytes of the file that it was opened from. */
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
    opened: inPartitionOrder(outcomes.flatMap(({ opened }) => opened)),
    pruned: outcomes.flatMap(({ pruned }) => pruned),
    skipped: outcomes.flatMap(({ skipped }) => skipped ?? []),
    looked: outcomes.flatMap(({ looked }) => looked),
    models: [...new Map(outcomes.flatMap(({ models }) => models.map((one) => [one.columns, one]))).values()],
  };
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
  known: ReturnType<typeof sharedChunks>,
): Outcome {
  const { onCorrupt = "throw", onlyFiles, open = openParquet } = options;
  const { path } = file;
  const opened: FetchedFile[] = [];
  const pruned: FileRead[] = [];
  const looked: FileColumns[] = [];
  const models = new Map<ParquetFile["columns"], ParquetFile>();
  try {
    for (const part of openParts(dataset, file, open(bytes, path, known))) {
      if (onlyFiles && !onlyFiles(part.file.path) && !onlyFiles(path)) continue;
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
