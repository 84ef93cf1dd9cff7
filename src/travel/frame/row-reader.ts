import type { TimestampRules } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import {
  type Cell,
  type CellReader,
  type Column,
  type ColumnType,
  cellReader,
  convertColumn,
  take,
  unifyTypes,
} from "../../table/index.js";
import { type Frame, type OmittedColumn, type Part, partOfEachRow, partOffsets } from "./frame.js";

/**
 * Where a row lies.
 *
 * @category Answers
 */
export interface RowSource {
  /** The file it was written to, relative to the storage's root, wherever it lies now. */
  readonly file: string;
  /** Zero-based row number in that file. */
  readonly rowInFile: number;
  /** Where it lies now, once its day is compacted. */
  readonly compacted?: { readonly file: string; readonly rowInFile: number };
}

/** Where a row of a part lies. */
export function placeOfRow({ path, heldIn }: Pick<Part, "path" | "heldIn">, rowInFile: number): RowSource {
  if (!heldIn) return { file: path, rowInFile };
  const compacted = { file: heldIn.file, rowInFile: heldIn.firstRow + rowInFile };
  return { file: path, rowInFile, compacted };
}

/** What a dataset calls its two times: texts for people say these names. */
export type TimeNames = Pick<TimestampRules, "asOf" | "ingested">;

/** Reads rows and columns of a frame by frame row number. Columns are decoded when they are first asked for. */
export interface RowReader {
  /** Names of the columns, in order: of those asked for, where not all were. */
  readonly names: readonly string[];
  /**
   * The columns that an answer of some rows has: those asked for; otherwise the schema's, and of all others those with a value in one
   * of the rows. Which files were read for them, and what those hold besides, decides nothing.
   */
  namesIn(rows: ArrayLike<number>): readonly string[];
  readonly times: TimeNames;
  /** Whether the names are only those asked for. */
  readonly isSelection: boolean;
  /** Whether a column is among them. */
  has(name: string): boolean;
  typeOf(name: string): ColumnType;
  partOf(row: number): number;
  sourceOf(row: number): RowSource;
  cell(name: string, row: number): Cell;
  /** @param columns which of them. Default: all. */
  row(row: number, columns?: readonly string[]): Record<string, Cell>;
  /** One column of some rows. */
  column(name: string, rows: ArrayLike<number>): Column;
  /** Reads one column by frame row. */
  cellReader(name: string): CellReader;
  /** One column of some rows, as cells. */
  cells(name: string, rows: ArrayLike<number>): Cell[];
}

/** A reader over all rows of a frame. */
export function rowReader(frame: Frame): RowReader {
  const names = frame.asked ?? [...frame.columns.keys()];
  const named = new Set(names);
  const offsets = partOffsets(frame.parts);
  const readers = new Map<string, (CellReader | undefined)[]>();
  let partOfEach: Uint16Array | Int32Array | undefined;

  function parts(): ArrayLike<number> {
    partOfEach ??= partOfEachRow(offsets);
    return partOfEach;
  }

  function partOf(row: number): number {
    return parts()[row]!;
  }

  function readersOf(name: string): (CellReader | undefined)[] {
    let perPart = readers.get(name);
    if (!perPart) {
      perPart = new Array(frame.parts.length);
      readers.set(name, perPart);
    }
    return perPart;
  }

  function makeReader(perPart: (CellReader | undefined)[], name: string, part: number): CellReader {
    const column = frame.parts[part]!.column(name);
    const reader: CellReader = column ? cellReader(column, frame.columns.get(name)?.integers) : () => null;
    perPart[part] = reader;
    return reader;
  }

  function readerOf(name: string, part: number): CellReader {
    const perPart = readersOf(name);
    return perPart[part] ?? makeReader(perPart, name, part);
  }

  function cell(name: string, row: number): Cell {
    const part = partOf(row);
    return readerOf(name, part)(row - offsets[part]!);
  }

  function hasValue(name: string, rows: ArrayLike<number>): boolean {
    for (let i = 0; i < rows.length; i++) if (cell(name, rows[i]!) !== null) return true;
    return false;
  }

  return {
    names,
    namesIn(rows) {
      const isOwn = (name: string) => frame.asked !== undefined || frame.dataset.columns.has(name);
      return names.every(isOwn) ? names : names.filter((name) => isOwn(name) || hasValue(name, rows));
    },
    times: frame.dataset.timestamps,
    isSelection: frame.asked !== undefined,
    has: (name) => named.has(name),
    typeOf: (name) => frame.columns.get(name)?.type ?? { kind: "null" },
    partOf,
    sourceOf(row) {
      const part = partOf(row);
      const own = frame.parts[part]!;
      const inPart = row - offsets[part]!;
      return placeOfRow(own, own.rowNumbers?.[inPart] ?? inPart);
    },
    cell,
    row(row, columns = names) {
      const part = partOf(row);
      const inPart = row - offsets[part]!;
      const out: Record<string, Cell> = {};
      for (const name of columns) out[name] = readerOf(name, part)(inPart);
      return out;
    },
    column(name, rows) {
      const parts = new Int32Array(rows.length);
      const inPart = new Int32Array(rows.length);
      const columns: (Column | undefined)[] = new Array(frame.parts.length);
      for (let i = 0; i < rows.length; i++) {
        const part = partOf(rows[i]!);
        parts[i] = part;
        inPart[i] = rows[i]! - offsets[part]!;
        columns[part] ??= frame.parts[part]!.column(name);
      }
      // Instants keep their unit until here.
      const type = heldType(frame.columns.get(name)!.type, columns);
      const united = columns.map(
        (column, part) => column && convertColumn(column, type, { path: frame.parts[part]!.path, name }),
      );
      return take(type, united, parts, inPart);
    },
    cellReader(name) {
      const perPart = readersOf(name);
      return (row) => {
        const part = partOf(row);
        return (perPart[part] ?? makeReader(perPart, name, part))(row - offsets[part]!);
      };
    },
    cells(name, rows) {
      const out = new Array<Cell>(rows.length);
      const perPart = readersOf(name);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        const part = partOf(row);
        out[i] = (perPart[part] ?? makeReader(perPart, name, part))(row - offsets[part]!);
      }
      return out;
    },
  };
}

/**
 * The type of some parts' columns together, where they are decoded. Only of INT96, which without a zone is no declared
 * instant, is it another than the frame's: its unit depends on its values.
 *
 * @param type the frame's
 */
export function heldType(type: ColumnType, columns: readonly (Column | undefined)[]): ColumnType {
  if (type.kind !== "timestamp" || type.utc) return type;
  const held = columns.flatMap((column) => column?.type ?? []);
  return (
    held.reduce<ColumnType | undefined>((all, own) => (all ? unifyTypes(all, own) : own), undefined) ?? type
  );
}

/** The error for a column that an answer does not have; it says why, for one that was omitted or not asked for. */
export function unknownColumn(
  dataset: string,
  name: string,
  { names, isSelection }: Pick<RowReader, "names" | "isSelection">,
  omitted: readonly OmittedColumn[],
): BronzeError {
  const left = omitted.find(({ column }) => column === name);
  if (isSelection) {
    return new BronzeError(
      "UNKNOWN_COLUMN",
      `This answer of "${dataset}" has the columns that were asked for (${names.join(", ")}), and ${shown(name)} is none of them. Add it to columns.`,
      { dataset, column: name },
    );
  }
  return new BronzeError(
    left ? "UNSUPPORTED_TYPE" : "UNKNOWN_COLUMN",
    left
      ? `Column "${name}" of "${dataset}" was left out, as ${left.file} has it in a type that is not kept exactly: ${left.reason}.`
      : `Dataset "${dataset}" has no column ${shown(name)}; it has ${names.join(", ")}.`,
    { dataset, column: name, ...(left && { file: left.file }) },
  );
}
