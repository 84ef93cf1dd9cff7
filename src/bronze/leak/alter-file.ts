import { type AnyDataset, dayOfTime, timeColumns } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import {
  type Cell,
  type Column,
  encodeParquet,
  type NamedColumn,
  type ParquetFile,
  sameType,
  take,
} from "../../table/index.js";
import { type Frame, type HiddenRows, hiddenRows, rowReader } from "../../travel/index.js";
import { columnAsRead } from "../read/column-as-read.js";
import type { DayFile } from "../read/day-file.js";
import { lenientFrame } from "../read/load-frame.js";
import { type OpenedFile, openDayFile } from "../read/open-parts.js";
import { snapshotFacts, writeSnapshotMetadata } from "../read/snapshot-metadata.js";
import { encodeCompacted } from "../retained/compacted-file.js";
import { PARTS_KEY, type PartFacts } from "../retained/part-facts.js";
import { mangleColumn, shiftInstants, shuffleColumn } from "./mangle-column.js";

/** What to do with rows after a cutoff. */
export type Alteration = "dropped" | "mangled";

/** A part of a bronze file: all of it, or of a compacted one the rows that were a file. */
export interface AlterablePart {
  /** Where it lies, or lay before it was compacted. */
  readonly path: string;
  /** Rows after the cutoff, by their numbers in the part, with their effective times. */
  readonly hidden: HiddenRows["rows"];
  row(row: number): Record<string, Cell>;
}

/** A bronze file whose rows after a cutoff can be removed or changed. */
export interface AlterableFile {
  readonly parts: readonly AlterablePart[];
  /**
   * The file with some of its hidden rows dropped or mangled; everything else in it is unchanged, including the
   * snapshots' times. A row by which a counting snapshot shows that a key is not gone stays, and keeps its key; so does
   * one whose unknown capture keeps its snapshot from being evidence.
   */
  altered(
    alteration: Alteration,
    isChosen: (path: string, row: number) => boolean,
    seed: number,
  ): Uint8Array<ArrayBuffer>;
}

/** @throws BronzeError as reading the file */
export function alterableFile(
  dataset: AnyDataset,
  file: DayFile,
  bytes: Uint8Array<ArrayBuffer>,
  cutoffNs: bigint,
  knownByNs: bigint | undefined,
): AlterableFile {
  const opened = openDayFile(dataset, file, bytes);
  const parts = opened.map((part): PartWithRows => {
    const frame = lenientFrame(dataset, [part]);
    return { ...part, frame, hidden: hiddenRows(frame, cutoffNs, knownByNs) };
  });
  return {
    parts: parts.map(({ file, frame, hidden }) => ({
      path: file.path,
      hidden: hidden.rows,
      row: rowReader(frame).row,
    })),
    altered(alteration, isChosen, seed) {
      const isDrop = alteration === "dropped";
      const chosen = parts.map(({ file, hidden }) =>
        isDrop && hidden.speaks
          ? []
          : hidden.rows.filter(({ row, stays }) => isChosen(file.path, row) && !(isDrop && stays)),
      );
      if (chosen.every((rows) => rows.length === 0)) return bytes;
      const columnOf = isDrop ? asStored : readAlike(parts);
      const columns = parts.map((part, i) => {
        if (isDrop) return withoutRows(part.parquet, new Set(chosen[i]!.map(({ row }) => row)));
        return mangled(dataset, part, { ...part.hidden, rows: chosen[i]! }, seed, columnOf);
      });
      if (parts.every(({ held }) => !held))
        return encodeParquet(columns[0]!, keyValuesOf(parts[0]!.parquet, parts[0]!.hidden));
      return encodeCompacted(
        parts.map((part, i) => ({ columns: columns[i]!, facts: factsOf(part, columns[i]!) })),
      );
    },
  };
}

interface PartWithRows extends OpenedFile {
  readonly frame: Frame;
  readonly hidden: HiddenRows;
}

type ColumnOfPart = (part: PartWithRows, name: string) => Column;

const asStored: ColumnOfPart = ({ parquet }, name) => parquet.column(name);

/** Columns as they are read, but for those that would have several types in the parts of one file then. */
function readAlike(parts: readonly PartWithRows[]): ColumnOfPart {
  const asRead: ColumnOfPart = ({ frame, parquet }, name) => columnAsRead(frame.parts[0], parquet, name);
  const known = new Map<string, boolean>();
  const isAlike = (name: string) => {
    const types = parts.map((part) => asRead(part, name).type);
    return types.every((type) => sameType(type, types[0]!));
  };
  return (part, name) => {
    if (!known.has(name)) known.set(name, isAlike(name));
    return known.get(name) ? asRead(part, name) : asStored(part, name);
  };
}

function withoutRows(parquet: ParquetFile, dropped: ReadonlySet<number>): NamedColumn[] {
  const kept = Array.from({ length: parquet.rowCount }, (_, row) => row).filter((row) => !dropped.has(row));
  const parts = new Uint8Array(kept.length);
  return mapColumns(parquet, (column) => take(column.type, [column], parts, kept));
}

function mangled(
  dataset: AnyDataset,
  part: PartWithRows,
  { rows, speaks }: Pick<HiddenRows, "rows" | "speaks">,
  seed: number,
  columnOf: ColumnOfPart,
): NamedColumn[] {
  const { frame, parquet } = part;
  const { asOf, ingested } = dataset.timestamps;
  const numbers = rows.map(({ row }) => row);
  const reader = rowReader(frame);
  const instants = (name: string) => (row: number) => reader.cell(name, row) as bigint | null;
  const shifts = new Map(rows.map(({ row }) => [row, shiftOf(row)]));
  // Where as_of_ts does not select the row, it stays what it is: not a time.
  const trusted = rows.filter(({ byFallback }) => !byFallback);
  const asOfShifts = new Map(trusted.map(({ row }) => [row, shifts.get(row)!]));
  return mapColumns(parquet, (_, name) => {
    // In a column stored in another type than declared, another value may be none of the declared type.
    const column = columnOf(part, name);
    const random = randomOfRow(`${seed}/${parquet.path}/${name}`);
    if (name === asOf) return shiftInstants(column, asOfShifts);
    if (name === ingested) return shiftInstants(column, shifts);
    // In another day's folder the row would be refused.
    if (name === dataset.dateFrom && dataset.misfiled === "refuse") return column;
    if (dataset.key.includes(name)) return speaks ? column : shuffleColumn(column, numbers, random);
    return mangleColumn(column, numbers, random);
  });

  /** Both times are shifted alike, so that a trusted one stays trusted: by 1 to 86,400 seconds, later. */
  function shiftOf(row: number): bigint {
    const shift =
      BigInt(1 + Math.floor(randomOfRow(`${seed}/${parquet.path}`)(row) * 86_400)) * 1_000_000_000n;
    const latest = timeColumns(dataset).map((name) => (frame.columns.has(name) ? instants(name)(row) : null));
    if (latest.some((ns) => ns !== null && ns + shift > MAX_NS)) return 0n;
    return staysInDay(dataset, reader.row(row), shift) ? shift : 0n;
  }
}

/** Whether a row whose times are shifted this far still belongs in its folder. */
function staysInDay(dataset: AnyDataset, row: Record<string, Cell>, shift: bigint): boolean {
  const { dateFrom, misfiled, timestamps } = dataset;
  if (misfiled === "read" || (dateFrom !== timestamps.asOf && dateFrom !== timestamps.ingested)) return true;
  const time = row[dateFrom];
  const dayOf = dayOfTime(dataset);
  return typeof time !== "bigint" || dayOf(time) === dayOf(time + shift);
}

const MAX_NS = 2n ** 63n - 1n;

function mapColumns(parquet: ParquetFile, map: (column: Column, name: string) => Column): NamedColumn[] {
  return [...parquet.columns.keys()].flatMap((name) => {
    const column = readable(parquet, name);
    return column ? [{ name, column: map(column, name) }] : [];
  });
}

/** A column that cannot be read is in no answer either. */
function readable(parquet: ParquetFile, name: string): Column | undefined {
  try {
    return parquet.column(name);
  } catch (error) {
    if (isBronzeError(error, "UNSUPPORTED_TYPE")) return undefined;
    throw error;
  }
}

/**
 * The footer's metadata without the types of pandas and Arrow, and with the snapshot's times, which so far came from
 * rows.
 */
function keyValuesOf(parquet: ParquetFile, { snapshot }: HiddenRows): Map<string, string> {
  const keyValues = new Map(parquet.keyValues);
  keyValues.delete("pandas");
  keyValues.delete("ARROW:schema");
  keyValues.delete(PARTS_KEY); // its parts' rows are different now
  if (snapshot) {
    const { timeNs, ingestedNs } = snapshot;
    for (const [key, value] of writeSnapshotMetadata({ timeNs, ingestedNs, covers: [] }))
      keyValues.set(key, value);
  }
  return keyValues;
}

/** What the footer of a compacted file says of a part whose rows are others now. */
function factsOf({ parquet, hidden, held }: PartWithRows, columns: readonly NamedColumn[]): PartFacts {
  const rows = columns[0]?.column.length ?? 0;
  const snapshot = snapshotFacts(parquet.path, keyValuesOf(parquet, hidden));
  return { ...held!.facts, ...snapshot, rows, times: {}, rows_ahead: null, key_digest: null };
}

/** The same number for the same seed and row, so that altering fewer rows alters those in the same way. */
function randomOfRow(seed: string): (row: number) => number {
  let start = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) start = Math.imul(start ^ seed.charCodeAt(i), 0x01000193);
  return (row) => {
    let mixed = Math.imul(start ^ (row + 1), 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
