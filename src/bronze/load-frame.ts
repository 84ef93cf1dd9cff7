import type { AnyDataset } from "../dataset/index.js";
import { parseRunTs, timeColumns } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { BronzeError, isBronzeError } from "../errors.js";
import type { Storage } from "../storage/index.js";
import {
  type Column,
  type ColumnType,
  canConvert,
  columnFromCells,
  convertColumn,
  describeType,
  INSTANT,
  openParquet,
  type ParquetFile,
  repeats,
  uniteColumns,
} from "../table/index.js";
import type { FileRead, Frame, FrameColumn, Part, PartBounds } from "../travel/index.js";
import type { DayFile } from "./day-files.js";
import { assertOwnDays, liesInOwnDay } from "./own-day.js";
import { partBounds } from "./part-bounds.js";
import { holdsNothingUntil } from "./prune.js";
import type { ReadOptions } from "./read-options.js";
import { readSnapshotMetadata } from "./snapshot-metadata.js";

/** How to load. */
export interface LoadOptions extends Pick<ReadOptions, "onCorrupt"> {
  /** The dates the files were listed for. */
  readonly dates?: readonly string[];
  /** Files that hold nothing at or before this are not decoded; the frame then answers no later cutoff. */
  readonly horizonNs?: bigint;
  /** Opens a file's bytes; who opens files more than once can keep them. Default: `openParquet`. */
  readonly open?: typeof openParquet;
}

/** A corrupt file that was passed over on request. */
export interface SkippedFile {
  readonly path: string;
  readonly error: BronzeError;
}

/** A file an answer stands on, with its content's digest. */
export interface DigestedFile extends FileRead {
  /** Hex SHA-256 of the file's bytes, computed when it is first asked for. */
  readonly sha256: string;
}

/** A frame, what it was made of, and what was left out of it. */
export interface Loaded {
  readonly frame: Frame;
  /** The files that were decoded, in partition order; pruned files can not have mattered. */
  files(): readonly DigestedFile[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Reads files into a frame: footers first, columns when they are asked for.
 * @throws BronzeError `MISFILED_DAY`, and as `frameOf`
 */
export async function loadFrame(
  storage: Pick<Storage, "read">,
  dataset: AnyDataset,
  files: readonly DayFile[],
  { dates = [], horizonNs, onCorrupt = "throw", open = openParquet }: LoadOptions = {},
): Promise<Loaded> {
  const opened: OpenedFile[] = [];
  const held: Uint8Array[] = [];
  const pruned: FileRead[] = [];
  const skipped: SkippedFile[] = [];
  const known = repeats();
  for (const file of files) {
    const bytes = await storage.read(file.path);
    try {
      const parquet = open(bytes, file.path, known);
      const prune =
        horizonNs !== undefined &&
        holdsNothingUntil(parquet, dataset, horizonNs) &&
        liesInOwnDay(dataset, file, parquet) === true;
      if (prune) pruned.push({ path: file.path, rows: parquet.rowCount, sizeBytes: parquet.sizeBytes });
      else {
        // Without a checksum, only decoding all of it shows whether a file must be skipped.
        if (onCorrupt === "skip" && !parquet.checked)
          for (const name of parquet.columns.keys()) probe(parquet, name);
        opened.push({ file, parquet });
        held.push(bytes);
      }
    } catch (error) {
      if (onCorrupt !== "skip" || !isBronzeError(error, "CORRUPT_FILE")) throw error;
      skipped.push({ path: file.path, error });
    }
  }
  const frame = {
    ...frameOf(dataset, opened, { pruned, horizonNs }),
    skipped: skipped.map(({ path }) => path),
    datesWithoutFiles: datesWithout(dates, files),
  };
  assertOwnDays(dataset, frame, opened);
  let digested: readonly DigestedFile[] | undefined;
  const filesRead = () => {
    digested ??= opened.map(({ parquet }, i) => digestedFile(parquet, held[i]!));
    return digested;
  };
  return { frame, files: filesRead, skipped };
}

function datesWithout(dates: readonly string[], files: readonly DayFile[]): string[] {
  const found = new Set(files.map(({ date }) => date));
  return dates.filter((date) => !found.has(date));
}

function digestedFile({ path, rowCount, sizeBytes }: ParquetFile, bytes: Uint8Array): DigestedFile {
  let digest: string | undefined;
  return {
    path,
    rows: rowCount,
    sizeBytes,
    get sha256() {
      digest ??= sha256(bytes);
      return digest;
    },
  };
}

/** A file of a day, opened. */
export interface OpenedFile {
  readonly file: DayFile;
  readonly parquet: ParquetFile;
}

/**
 * Unites opened files into a frame. Types are checked here, from the footers, so that a clash is an error before
 * anything is answered.
 *
 * @throws BronzeError `MISSING_KEY_COLUMN`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`
 */
export function frameOf(
  dataset: AnyDataset,
  opened: readonly OpenedFile[],
  { pruned = [], horizonNs }: { pruned?: readonly FileRead[]; horizonNs?: bigint | undefined } = {},
): Frame {
  const columns = frameColumns(dataset, firstOfEachSchema(opened));
  return {
    dataset,
    columns,
    pruned,
    horizonNs,
    parts: opened.map(({ file, parquet }): Part => {
      // Most files of a day are only looked at.
      let read: Map<string, Column | undefined> | undefined;
      let proven: { readonly bounds: PartBounds | undefined } | undefined;
      return {
        path: file.path,
        rows: parquet.rowCount,
        sizeBytes: parquet.sizeBytes,
        snapshot: readSnapshotMetadata(dataset, file.path, parquet.keyValues),
        bounds() {
          proven ??= { bounds: partBounds(parquet, dataset, columns) };
          return proven.bounds;
        },
        column(name) {
          read ??= new Map();
          if (!read.has(name)) read.set(name, partColumn(dataset, columns, file, parquet, name));
          return read.get(name);
        },
      };
    }),
  };
}

/** Files of one schema say the same; the first of them stands for all, in messages too. */
function firstOfEachSchema(opened: readonly OpenedFile[]): OpenedFile[] {
  const seen = new Set<ParquetFile["columns"]>();
  return opened.filter(({ parquet: { columns } }) => !seen.has(columns) && seen.add(columns));
}

function frameColumns(dataset: AnyDataset, opened: readonly OpenedFile[]): Map<string, FrameColumn> {
  const declared = declaredTypes(dataset);
  const columns = new Map<string, FrameColumn>();
  for (const [name, { type, integers }] of dataset.columns) columns.set(name, { type, integers });
  for (const { parquet } of opened) {
    for (const name of dataset.key) assertKeyColumn(dataset, parquet, name);
  }
  for (const [name, type] of declared) assertReadable(dataset, opened, name, type);

  const extras = uniteColumns(
    opened.map(({ parquet }) => ({
      path: parquet.path,
      columns: new Map([...parquet.columns].filter(([name]) => !declared.has(name))),
    })),
  );
  const inFiles = new Set(opened.flatMap(({ parquet }) => [...parquet.columns.keys()]));
  for (const [name, type] of declared)
    if (!columns.has(name) && inFiles.has(name)) columns.set(name, { type, integers: "bigint" });
  for (const [name, type] of extras) columns.set(name, { type, integers: "bigint" });
  return columns;
}

/** The schema's types, and those of the two time columns, which are instants whether the schema names them or not. */
function declaredTypes(dataset: AnyDataset): Map<string, ColumnType> {
  const types = new Map([...dataset.columns].map(([name, { type }]) => [name, type]));
  for (const name of timeColumns(dataset)) if (!types.has(name)) types.set(name, INSTANT);
  return types;
}

function assertKeyColumn(dataset: AnyDataset, parquet: ParquetFile, name: string): void {
  if (parquet.columns.has(name) || PARTITION_KEYS.has(name)) return;
  throw new BronzeError(
    "MISSING_KEY_COLUMN",
    `${parquet.path} has no column "${name}", which is part of the key of "${dataset.name}"; ` +
      `it has ${[...parquet.columns.keys()].join(", ")}. Is this file of another dataset?`,
    { file: parquet.path, column: name, dataset: dataset.name },
  );
}

function assertReadable(
  dataset: AnyDataset,
  opened: readonly OpenedFile[],
  name: string,
  type: ColumnType,
): void {
  for (const { parquet } of opened) {
    const found = parquet.columns.get(name);
    if (!found) continue;
    if (
      type.kind === "timestamp" &&
      found.kind === "timestamp" &&
      !found.utc &&
      !dataset.timestamps.naiveIsUtc
    ) {
      throw new BronzeError(
        "NAIVE_TIMESTAMP",
        `Column "${name}" of ${parquet.path} holds times without a zone (${describeType(found)}). ` +
          `If this feed's files are UTC, say timestamps: { naive: "utc" } in dataset "${dataset.name}"; else rewrite the file.`,
        { file: parquet.path, column: name, dataset: dataset.name },
      );
    }
    if (canConvert(asInstant(found, dataset), type)) continue;
    // A type that is refused altogether says so itself when it is asked for.
    if (found.kind === "nested") parquet.column(name);
    const other = opened.find(
      ({ parquet: { columns } }) =>
        columns.has(name) && canConvert(asInstant(columns.get(name)!, dataset), type),
    );
    const against = other
      ? `but ${describeType(other.parquet.columns.get(name)!)} in ${other.parquet.path}`
      : `which cannot be read as the ${describeType(type)} of its schema`;
    throw new BronzeError(
      "TYPE_CLASH",
      `Column "${name}" of dataset "${dataset.name}" is ${describeType(found)} in ${parquet.path}, ${against}. ` +
        (found.kind === "decimal"
          ? `Declare it decimal(${found.precision}, ${found.scale}), or rewrite the file.`
          : "Rewrite the file, or change the schema."),
      {
        column: name,
        files: [parquet.path, ...(other ? [other.parquet.path] : [])],
        types: [describeType(found), describeType(type)],
      },
    );
  }
}

function asInstant(type: ColumnType, { timestamps }: AnyDataset): ColumnType {
  return type.kind === "timestamp" && !type.utc && timestamps.naiveIsUtc ? { ...type, utc: true } : type;
}

function partColumn(
  dataset: AnyDataset,
  columns: ReadonlyMap<string, FrameColumn>,
  file: DayFile,
  parquet: ParquetFile,
  name: string,
): Column | undefined {
  const wanted = columns.get(name)?.type;
  if (!wanted) return undefined;
  if (!parquet.columns.has(name)) return partitionColumn(dataset, file, parquet, name, wanted);
  const found = parquet.column(name);
  const type = asInstant(found.type, dataset);
  const column = type === found.type ? found : { ...found, type };
  // Instants keep their unit: selection compares them exactly whatever it is.
  if (wanted.kind === "timestamp" && column.type.kind === "timestamp" && column.type.utc === wanted.utc)
    return column;
  return convertColumn(column, wanted, { path: parquet.path, name });
}

const PARTITION_KEYS = new Set(["season", "date", "hour", "run_ts"]);

/** A partition key the schema declares and the file leaves to its path, as Hive-style writers do. */
function partitionColumn(
  dataset: AnyDataset,
  { date, partition }: DayFile,
  parquet: ParquetFile,
  name: string,
  type: ColumnType,
): Column | undefined {
  if (!dataset.columns.has(name) || !PARTITION_KEYS.has(name)) return undefined;
  const value = {
    season: dataset.season(date),
    date,
    hour: partition?.kind === "hour" ? partition.hour : undefined,
    run_ts: partition?.kind === "run" ? partition.runTs : undefined,
  }[name];
  if (value === undefined) return undefined;
  const cell =
    type.kind === "text"
      ? partitionText(name, value)
      : type.kind === "timestamp"
        ? parseRunTs(String(value))
        : value;
  return columnFromCells(type, new Array(parquet.rowCount).fill(cell));
}

function probe(parquet: ParquetFile, name: string): void {
  try {
    parquet.column(name);
  } catch (error) {
    if (!isBronzeError(error, "UNSUPPORTED_TYPE")) throw error;
  }
}

/** As folders write it: hours have two digits. */
function partitionText(name: string, value: string | number): string {
  return name === "hour" ? String(value).padStart(2, "0") : String(value);
}
