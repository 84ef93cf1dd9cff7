import type { AnyDataset, TimestampRules } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import {
  type Cell,
  type CellReader,
  cellReader,
  exactText,
  keyText,
  type ParquetFile,
  recordedKeyDigest,
} from "../../table/index.js";
import { type DeclaredSnapshot, type Part, sameCell } from "../../travel/index.js";
import { columnAsRead } from "../read/column-as-read.js";
import { dayFileOf } from "../read/day-file.js";
import { frameOf } from "../read/load-frame.js";
import { underOwnNames } from "../read/open-file.js";
import { readSnapshotMetadata } from "../read/snapshot-metadata.js";

/** Rows of one write, wherever they are: in a file of their own, or in part of one. */
interface WrittenRows {
  readonly rowCount: number;
  readonly names: readonly string[];
  /** `undefined` for a column they lack, which is null everywhere. */
  cell(name: string): CellReader | undefined;
  readonly declared: DeclaredSnapshot | undefined;
  /** Identifies the set of their keys, where that is known. */
  readonly keyDigest: string | undefined;
}

/** All rows of a file, as they are read, whoever wrote it. @throws BronzeError `CORRUPT_FILE` */
export function rowsOfFile(dataset: AnyDataset, file: ParquetFile): WrittenRows {
  const parquet = underOwnNames(dataset, file);
  const { path, rowCount, columns, keyValues } = parquet;
  const part = partOf(dataset, parquet);
  return {
    rowCount,
    names: [...columns.keys()],
    cell: (name) => (columns.has(name) ? cellReader(columnAsRead(part, parquet, name)) : undefined),
    declared: readSnapshotMetadata(dataset, path, keyValues),
    keyDigest: recordedKeyDigest(keyValues, dataset.key),
  };
}

/** The file in a frame of its own; `undefined` where its schema does not fit, so that its rows are others anyway. */
function partOf(dataset: AnyDataset, parquet: ParquetFile): Part | undefined {
  const file = dayFileOf(dataset, parquet.path);
  if (!file) return undefined;
  try {
    return frameOf(dataset, [{ file, parquet }]).parts[0];
  } catch (error) {
    if (isBronzeError(error, "CORRUPT_FILE") || !isBronzeError(error)) throw error;
    return undefined;
  }
}

/**
 * Whether existing rows are the rows of a write: each once, in any order with the same meaning. Order has a meaning
 * only between rows of one key with equal times, of which the later holds.
 *
 * @param isStamp whether a row of `own` has a cell only because it was stamped; such a cell does not count as a
 * difference, because a retry stamps another
 */
export function areSameRows(
  dataset: AnyDataset,
  there: WrittenRows,
  own: WrittenRows,
  isStamp: (column: string, row: number) => boolean,
): boolean {
  if (there.rowCount !== own.rowCount || !isSameDeclaration(there.declared, own.declared)) return false;
  if (there.keyDigest !== undefined && own.keyDigest !== undefined && there.keyDigest !== own.keyDigest)
    return false;
  const names = [...new Set([...own.names, ...there.names])];
  const columns = names.map((name) => ({
    name,
    there: there.cell(name) ?? NULL,
    own: own.cell(name) ?? NULL,
  }));
  const isSame = (at: number, row: number) =>
    columns.every((column) => isStamp(column.name, row) || sameCell(column.there(at), column.own(row)));
  // Usually they are in the same order as before.
  let row = 0;
  while (row < own.rowCount && isSame(row, row)) row++;
  if (row === own.rowCount) return true;

  const places = matchRows(dataset, columns, own.rowCount, isSame);
  return places !== undefined && keepsOrder(dataset, there, own, places, isStamp);
}

const NULL: CellReader = () => null;

interface TwoColumns {
  readonly name: string;
  readonly there: CellReader;
  readonly own: CellReader;
}

/**
 * Per own row, the index of an equal existing row, each used once; `undefined` where one has none left. Rows with the
 * fewest stamps choose first, because they have the fewest matches.
 */
function matchRows(
  dataset: AnyDataset,
  columns: readonly TwoColumns[],
  rowCount: number,
  isSame: (at: number, row: number) => boolean,
): Int32Array | undefined {
  const stampable = new Set([dataset.timestamps.ingested, "run_id"]);
  const compared = columns.filter(({ name }) => !stampable.has(name));
  const free = new Map<string, number[]>();
  for (const at of inOrderOfCapture(columns, dataset.timestamps.ingested, rowCount)) {
    const text = exactText(compared.map((column) => column.there(at)));
    const alike = free.get(text);
    if (alike) alike.push(at);
    else free.set(text, [at]);
  }
  const places = new Int32Array(rowCount).fill(-1);
  const texts = Array.from({ length: rowCount }, (_, row) =>
    exactText(compared.map((column) => column.own(row))),
  );
  const findPlace = (row: number, exactly: boolean): boolean => {
    const alike = free.get(texts[row]!);
    const found = alike?.findIndex((at) =>
      exactly ? columns.every((column) => sameCell(column.there(at), column.own(row))) : isSame(at, row),
    );
    if (alike === undefined || found === undefined || found < 0) return false;
    places[row] = alike[found]!;
    alike.splice(found, 1);
    return true;
  };
  const left: number[] = [];
  for (let row = 0; row < rowCount; row++) if (!findPlace(row, true)) left.push(row);
  return left.every((row) => findPlace(row, false)) ? places : undefined;
}

/** Numbers of the existing rows, in the order in which rows of one key and time hold one after the other. */
function inOrderOfCapture(columns: readonly TwoColumns[], ingested: string, rowCount: number): number[] {
  const captured = columns.find(({ name }) => name === ingested)?.there ?? NULL;
  const times = Array.from({ length: rowCount }, (_, at) => captured(at));
  return times.map((_, at) => at).sort(captureOrder((at) => times[at]!));
}

/** The order of rows with equal effective times: by capture, then by place. */
function captureOrder(captured: CellReader): (a: number, b: number) => number {
  return (a, b) => compareNullFirst(captured(a), captured(b)) || a - b;
}

function compareNullFirst(a: Cell, b: Cell): number {
  if (typeof a !== "bigint" || typeof b !== "bigint")
    return Number(typeof a === "bigint") - Number(typeof b === "bigint");
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether rows of one key with equal times hold in the same order in both. */
function keepsOrder(
  dataset: AnyDataset,
  there: WrittenRows,
  own: WrittenRows,
  places: Int32Array,
  isStamp: (column: string, row: number) => boolean,
): boolean {
  const { key, timestamps } = dataset;
  const inOrder = captureOrder(there.cell(timestamps.ingested) ?? NULL);
  const keyCells = key.map((name) => own.cell(name) ?? NULL);
  const times = [timestamps.asOf, timestamps.ingested].map((name) =>
    name === null ? NULL : (own.cell(name) ?? NULL),
  );
  const last = new Map<string, number>();
  for (let row = 0; row < own.rowCount; row++) {
    const [asOf, ingested] = times.map((cell) => cell(row)) as [Cell, Cell];
    const trusted = isTrusted(timestamps, asOf, ingested) ? asOf : null;
    // All stamps of one write have the same time.
    const capture = isStamp(timestamps.ingested, row) ? "stamped" : ingested;
    const group = keyText([...keyCells.map((cell) => cell(row)), trusted, capture]);
    const place = places[row]!;
    const before = last.get(group);
    if (before !== undefined && inOrder(before, place) > 0) return false;
    last.set(group, place);
  }
  return true;
}

function isTrusted(
  { unreliable, earliestNs, maxLeadNs }: TimestampRules,
  asOf: Cell,
  ingested: Cell,
): boolean {
  if (unreliable || typeof asOf !== "bigint") return false;
  if (earliestNs !== undefined && asOf < earliestNs) return false;
  return maxLeadNs === undefined || typeof ingested !== "bigint" || asOf <= ingested + maxLeadNs;
}

/** A snapshot's declaration is part of its content; its capture time is a stamp. */
function isSameDeclaration(a: DeclaredSnapshot | undefined, b: DeclaredSnapshot | undefined): boolean {
  if (a?.timeNs !== b?.timeNs) return false;
  const covers = (of: DeclaredSnapshot | undefined) => new Set(of?.covers.map((cells) => keyText(cells)));
  const [one, other] = [covers(a), covers(b)];
  return one.size === other.size && [...one].every((cells) => other.has(cells));
}
