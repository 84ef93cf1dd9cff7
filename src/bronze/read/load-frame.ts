import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { isBronzeError } from "../../errors.js";
import { type Column, columnFromCells, type ParquetFile } from "../../table/index.js";
import type { FileRead, Frame, FrameColumn, Part, PartBounds } from "../../travel/index.js";
import { columnAs } from "./column-as.js";
import { partBounds } from "./data-skipping.js";
import type { DayFile, PrunedFile } from "./day-file.js";
import {
  type FetchedFile,
  type FetchFrom,
  type FetchOptions,
  fetchFiles,
  type SkippedFile,
} from "./fetch-files.js";
import { frameColumns, isDeclared, type Presence, presenceOf } from "./frame-columns.js";
import { goneHistory } from "./gone-history.js";
import type { OpenedFile } from "./open-parts.js";
import { assertOwnDays } from "./own-day.js";
import { contentOf } from "./part-content.js";
import { pathColumn } from "./path-columns.js";
import { partOfDates } from "./rows-of-days.js";
import { snapshotFacts } from "./snapshot-metadata.js";
import { snapshotOf } from "./snapshot-of-file.js";

/** How to load. */
interface LoadOptions extends FetchOptions {
  /** The dates asked for: of a file of several days only their rows are read. Default: all. */
  readonly dates?: readonly string[] | undefined;
  /** The columns that rows shall have. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** What was pruned of the same days. Default: nothing. */
  readonly pruned?: readonly PrunedFile[];
  readonly acceptPruned?: boolean | undefined;
}

/**
 * A file an answer stands on, with its content's digest.
 *
 * @category Bronze
 */
export interface DigestedFile extends FileRead {
  /** Hex SHA-256 of the file's bytes, computed when it is first asked for; of a part of a compacted file, of the file it was. */
  readonly sha256: string;
}

/** The same with what a manifest names it by. */
export interface LoadedFile extends DigestedFile {
  /** Digest of its rows and of what its writer declared, computed when it is first asked for. */
  readonly content: string;
  /** Its own columns: files of one schema share them. */
  readonly columns: ParquetFile["columns"];
}

/** A frame, what it was made from, and what was omitted. */
export interface Loaded {
  readonly frame: Frame;
  /** The parts of the frame as they were opened, in its order. */
  readonly opened: readonly OpenedFile[];
  /** The files that were decoded, in partition order; pruned files cannot have mattered. */
  files(): readonly LoadedFile[];
  readonly skipped: readonly SkippedFile[];
  /** Which part of what was asked for the files have, including those that were not decoded. */
  readonly presence: Presence;
  /** The same rows with all their columns, to compare them; where files disagree about one, as each file has it. */
  comparable(): Frame;
}

/**
 * Reads files into a frame: footers first, columns on first use. With `horizonNs` it answers no later cutoff.
 * @throws BronzeError `MISFILED_DAY`, and as `fetchFiles` and `frameOf`
 */
export async function loadFrame(
  storage: FetchFrom,
  dataset: AnyDataset,
  files: readonly DayFile[],
  { dates, columns, pruned: gone = [], acceptPruned = false, ...options }: LoadOptions = {},
): Promise<Loaded> {
  const { opened, pruned, skipped, looked, models } = await fetchFiles(storage, dataset, files, {
    ...options,
    wholeOnly: dates === undefined,
    keepModels: gone.length > 0,
  });
  const whole = frameOf(dataset, opened, { pruned, horizonNs: options.horizonNs, columns });
  assertOwnDays(dataset, whole, opened);
  const ofDates = (parts: readonly Part[]) => (dates ? partsOfDates(dataset, parts, opened, dates) : parts);
  const frame = {
    ...whole,
    parts: ofDates(whole.parts),
    skipped: skipped.map(({ path }) => path),
    gone: goneHistory(dataset, whole, gone, { opened, models, dates, isAccepted: acceptPruned }),
    datesWithoutFiles: dates && dataset.isDated ? datesWithout(dates, files) : [],
  };
  let digested: readonly LoadedFile[] | undefined;
  const filesRead = () => {
    digested ??= opened.map(loadedFile);
    return digested;
  };
  const presence = presenceOf(
    dataset,
    looked,
    opened.map(({ parquet }) => parquet),
    columns,
  );
  const comparable = () => {
    if (!columns) return frame;
    const all = lenientFrame(dataset, opened);
    return { ...all, parts: ofDates(all.parts) };
  };
  return { frame, opened, files: filesRead, skipped, presence, comparable };
}

function partsOfDates(
  dataset: AnyDataset,
  parts: readonly Part[],
  opened: readonly OpenedFile[],
  dates: readonly string[],
): Part[] {
  const wanted = new Set(dates);
  return parts.map((part, i) => partOfDates(dataset, opened[i]!.file, part, wanted));
}

function datesWithout(dates: readonly string[], files: readonly DayFile[]): string[] {
  // Files found together share theirs.
  const distinct = [...new Set(files.map(({ days }) => days))].filter((days) => days !== undefined);
  const found = [...new Map(distinct.map((days) => [`${days.from} ${days.to}`, days])).values()];
  return dates.filter((date) => !found.some(({ from, to }) => date >= from && date <= to));
}

function loadedFile({ parquet, bytes, held }: FetchedFile): LoadedFile {
  const { path, rowCount, sizeBytes, columns } = parquet;
  let digest = held?.facts.sha256;
  let content: string | undefined;
  return {
    path,
    rows: rowCount,
    sizeBytes,
    columns,
    get sha256() {
      digest ??= sha256(bytes);
      return digest;
    },
    get content() {
      // Of its rows as they were read, wherever they lie: what a footer says of them is not believed.
      content ??= contentOf(parquet, held?.facts ?? snapshotFacts(path, parquet.keyValues));
      return content;
    },
  };
}

/** What a frame is of, besides its files. */
interface FrameOptions {
  readonly pruned?: readonly FileRead[];
  readonly horizonNs?: bigint | undefined;
  readonly columns?: readonly string[] | undefined;
}

/**
 * Unifies opened files into one frame.
 *
 * @throws BronzeError as `frameColumns`
 */
export function frameOf(
  dataset: AnyDataset,
  opened: readonly OpenedFile[],
  { pruned = [], horizonNs, columns: wanted }: FrameOptions = {},
): Frame {
  const asked = wanted && [...new Set(wanted)];
  const files = firstOfEachSchema(opened.map(({ parquet }) => parquet));
  const { columns, omitted } = frameColumns(dataset, files, asked);
  return {
    dataset,
    columns,
    asked,
    omitted,
    pruned,
    horizonNs,
    parts: opened.map(({ file, parquet, held }): Part => {
      // Most files of a day decode nothing.
      let read: Map<string, Column | undefined> | undefined;
      let proven: { readonly bounds: PartBounds | undefined } | undefined;
      return {
        path: file.path,
        rows: parquet.rowCount,
        sizeBytes: parquet.sizeBytes,
        snapshot: snapshotOf(dataset, file, parquet),
        state: stateName(dataset, file),
        ...(held && { heldIn: { file: held.holder.path, firstRow: held.firstRow } }),
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

/** The folder whose files are one state. */
function stateName({ partitionIs, state }: AnyDataset, { path, isLatest }: DayFile): string | undefined {
  const isPiece = partitionIs === "snapshot" && state === "folder" && !isLatest;
  return isPiece ? path.slice(0, path.lastIndexOf("/")) : undefined;
}

/**
 * A frame with every column of its files, whatever is wrong with those that decide nothing: a column on which files clash is
 * what each of them has, and one that cannot be decoded is a text that says so, and equals no other file's.
 *
 * @throws BronzeError as `frameColumns`, of the columns that decide which rows hold
 */
export function lenientFrame(dataset: AnyDataset, opened: readonly OpenedFile[]): Frame {
  const frame = frameOf(dataset, opened, { columns: dataset.key });
  const files = firstOfEachSchema(opened.map(({ parquet }) => parquet));
  const names = new Set([...dataset.columns.keys(), ...files.flatMap(({ columns }) => [...columns.keys()])]);
  const united = new Map<string, Frame>();
  const columns = new Map<string, FrameColumn>();
  for (const name of names) {
    const isRefused = files.some(({ refused }) => refused.has(name));
    if (isRefused && !isDeclared(dataset, name)) continue; // omitted, as where all columns are asked for
    try {
      const own = frameOf(dataset, opened, { columns: [name] });
      united.set(name, own);
      columns.set(name, own.columns.get(name)!);
    } catch (error) {
      if (!isDrift(error)) throw error;
      columns.set(name, { type: { kind: "null" }, integers: "bigint" });
    }
  }
  return {
    ...frame,
    asked: undefined,
    columns,
    parts: frame.parts.map((part, i) => ({
      ...part,
      column(name) {
        const { parquet } = opened[i]!;
        const own = united.get(name);
        const unreadable = () =>
          columnFromCells({ kind: "text" }, new Array(parquet.rowCount).fill(`unreadable in ${part.path}`));
        const stored = () =>
          parquet.columns.has(name) || parquet.refused.has(name) ? parquet.column(name) : undefined;
        // Some of its values may not be of the declared type, which only decoding shows.
        const asStored = () => unlessDrift(stored, unreadable);
        return own ? unlessDrift(() => own.parts[i]!.column(name), asStored) : asStored();
      },
    })),
  };
}

function unlessDrift<T>(read: () => T, otherwise: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isDrift(error)) throw error;
    return otherwise();
  }
}

function isDrift(error: unknown): boolean {
  return (
    isBronzeError(error) &&
    ["TYPE_CLASH", "UNSUPPORTED_TYPE", "NAIVE_TIMESTAMP", "MISSING_COLUMN"].includes(error.code)
  );
}

/** One file per schema: the first, which then also appears in messages. */
function firstOfEachSchema<File extends Pick<ParquetFile, "columns">>(files: readonly File[]): File[] {
  const seen = new Set<ParquetFile["columns"]>();
  return files.filter(({ columns }) => !seen.has(columns) && seen.add(columns));
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
  if (!parquet.columns.has(name)) return pathColumn(dataset, file, parquet.rowCount, name, wanted);
  return columnAs(dataset, parquet, name, wanted);
}
