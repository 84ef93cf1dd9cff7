import type { SchemaElement } from "hyparquet";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import { BronzeError } from "../../errors.js";
import { type Column, type ObjectColumn, sliceColumn } from "../column.js";
import type { ColumnType } from "../column-type.js";
import { chunkEnds, chunkOf, chunksOf } from "./column-chunks.js";
import type { StoredContent, StoredLeaf } from "./content-digest.js";
import { at, NotKept } from "./damage.js";
import { decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { DECRYPT_FIRST, guard, notKept } from "./file-error.js";
import type { Footer } from "./footer.js";
import type { ColumnTree, FileSchema } from "./footer-schema.js";
import { inUnitOfInt96 } from "./leaf-values.js";
import { isFlat } from "./nested-shape.js";
import { type Page, readPages } from "./pages.js";
import { knownColumn, type SharedChunks } from "./shared-chunks.js";
import { rangeOfValues, statedRange, type TimestampRange } from "./timestamp-range.js";

export type { TimestampRange };

/** A Parquet file in memory: the footer is parsed, columns are decoded on first use. */
export interface ParquetFile {
  /** The path it was read from, for messages and provenance. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly rowCount: number;
  /** Top-level columns in file order. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** Columns of a type that this library does not keep exactly, and so does not read, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
  /** The footer's key-value metadata. */
  readonly keyValues: ReadonlyMap<string, string>;
  /** Whether the file has a checksum of all its bytes; it then matched. */
  readonly checked: boolean;
  /**
   * A whole column, decoded on first use and kept.
   * @throws BronzeError `UNKNOWN_COLUMN`, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   */
  column(name: string): Column;
  /**
   * The bounds of a timestamp column; `undefined` where they are not known for all rows, and for other columns. The
   * footer's statistics are trusted only if the file has a checksum; otherwise the values themselves are read.
   * @throws BronzeError `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   */
  timestampRange(name: string): TimestampRange | undefined;
  /**
   * Some of its rows as a file of their own, `from` the first, counted from 0. Only the row groups that hold them are
   * decoded, once for all ranges within them.
   */
  rows(from: number, count: number): ParquetFile;
  /** What the footer's schema says of a top-level column: the column itself, then all that is in it. */
  elements(name: string): readonly SchemaElement[];
  /** Everything as it is stored, for a content digest; also what this library does not read. */
  readonly stored: StoredContent;
}

/** What opening found. */
export interface Opened {
  readonly footer: Footer;
  readonly isChecked: boolean;
  readonly schema: FileSchema;
  readonly rowCount: number;
}

/**
 * A file of which the footer was read.
 *
 * @param bytes each at its place in the file
 * @param assertThere throws unless the bytes of some row groups are there: of the first up to, not including, the end
 */
export function fileOf(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  { footer, isChecked, schema, rowCount }: Opened,
  known: SharedChunks,
  assertThere: (first: number, end: number) => void = () => {},
): ParquetFile {
  const { rowGroups } = footer;
  const { trees, columns, refused } = schema;
  const endOf = chunkEnds(footer);
  let decoded: Map<string, Column> | undefined; // most files of a day decode nothing
  let firstRows: number[] | undefined;

  const whole: ParquetFile = {
    path,
    sizeBytes: bytes.byteLength,
    rowCount,
    columns,
    refused,
    keyValues: footer.keyValues,
    checked: isChecked,
    column: columnOf,
    stored: { rowGroups: rowGroups.map((group) => group.rowCount), leaves: storedLeaves },
    timestampRange(name) {
      const type = columns.get(name);
      if (type?.kind !== "timestamp") return undefined;
      return isChecked
        ? statedRange(bytes, rowGroups, trees.get(name)!, type)
        : rangeOfValues(columnOf(name));
    },
    rows: rowsOf,
    elements(name) {
      const tree = trees.get(name)?.tree;
      return tree ? elementsOf(tree) : [];
    },
  };
  return whole;

  function storedLeaves(): StoredLeaf[] {
    return schema.leaves.map((leafPath, leaf) => {
      const { element, path: names } = leafPath[leafPath.length - 1]!;
      const read = (rowGroup: number, use: (page: Page) => void) => {
        const group = rowGroups[rowGroup]!;
        if (group.chunks[leaf]?.isEncrypted) throw new NotKept("it is encrypted");
        const chunk = chunkOf(group, leaf, names, endOf);
        if (chunk.meta.type !== element.type)
          throw new Error(`${chunk.meta.type ?? "unknown"} values in a column of ${element.type}`);
        let rows = 0;
        readPages(bytes, chunk, leafPath, (page) => {
          if (page.kind === "data") rows += page.repetition ? zeros(page.repetition) : page.entryCount;
          use(page);
        });
        if (rows !== group.rowCount) throw new Error(`column has ${rows} of ${group.rowCount} rows`);
      };
      return {
        path: names,
        element,
        maxDefinition: getMaxDefinitionLevel(leafPath),
        maxRepetition: getMaxRepetitionLevel(leafPath),
        read: (rowGroup, use) => {
          assertThere(rowGroup, rowGroup + 1);
          guard(path, names[0], () => at({ rowGroup }, "a column chunk", () => read(rowGroup, use)));
        },
      };
    });
  }

  function rowsOf(from: number, count: number): ParquetFile {
    if (!(from >= 0 && count >= 0 && from + count <= rowCount))
      throw new RangeError(`rows ${from} to ${from + count} of ${path}, which has ${rowCount}`);
    const [first, end] = groupsOf(from, count);
    const column = (name: string) =>
      sliceColumn(columnOf(name, first, end), from - (firstRowOf(first) ?? 0), count);
    return {
      ...whole,
      rowCount: count,
      stored: { ...whole.stored, rows: { start: from, end: from + count } },
      column,
      timestampRange(name) {
        return columns.get(name)?.kind === "timestamp" ? rangeOfValues(column(name)) : undefined;
      },
      rows: (more, fewer) => {
        if (!(more >= 0 && fewer >= 0 && more + fewer <= count))
          throw new RangeError(`rows ${more} to ${more + fewer} of ${count} rows of ${path}`);
        return rowsOf(from + more, fewer);
      },
    };
  }

  /** The number of a row group's first row in the file. */
  function firstRowOf(group: number): number | undefined {
    if (!firstRows) {
      let row = 0;
      firstRows = rowGroups.map((own) => {
        const first = row;
        row += own.rowCount;
        return first;
      });
    }
    return firstRows[group];
  }

  /** The row groups that hold some rows: the first, and the one after the last. */
  function groupsOf(from: number, count: number): [first: number, end: number] {
    if (count === 0) return [0, 0];
    let first = 0;
    while (firstRowOf(first)! + rowGroups[first]!.rowCount <= from) first++;
    let end = first + 1;
    while (end < rowGroups.length && firstRowOf(end)! < from + count) end++;
    return [first, end];
  }

  function columnOf(name: string, first = 0, end = rowGroups.length): Column {
    decoded ??= new Map();
    const isWhole = first === 0 && end === rowGroups.length;
    const id = isWhole ? name : `${first} ${end} ${name}`;
    let column = decoded.get(id);
    if (!column) {
      column = decodeColumn(name, first, end, isWhole);
      decoded.set(id, column);
    }
    return column;
  }

  function decodeColumn(name: string, first: number, end: number, isWhole: boolean): Column {
    const [column, type] = [trees.get(name), columns.get(name)];
    if (!column) {
      throw new BronzeError(
        "UNKNOWN_COLUMN",
        `${path} has no column "${name}"; it has ${[...trees.keys()].join(", ")}`,
        { file: path, column: name },
      );
    }
    if (!type) throw notKept(path, name, refused.get(name)!);
    assertThere(first, end);
    const { tree, shape, leaves, firstLeaf } = column;
    if (rowGroups.some(({ chunks }) => leaves.some((_, i) => chunks[firstLeaf + i]?.isEncrypted))) {
      throw new BronzeError(
        "UNSUPPORTED_TYPE",
        `Column "${name}" of ${path} is encrypted. ${DECRYPT_FIRST}`,
        {
          file: path,
          column: name,
        },
      );
    }
    return guard(path, name, () => {
      const groups = rowGroups.slice(first, end);
      const chunks = groups.map((group, i) =>
        at({ rowGroup: first + i }, "the chunks of its columns", () => chunksOf(group, column, endOf)),
      );
      if (isFlat(shape)) {
        const flat = chunks.map(([chunk]) => chunk!);
        const decode = () => inUnitOfInt96(type, (type) => decodeFlat(bytes, flat, leaves[0]!, type));
        return isWhole ? knownColumn(known, bytes, tree, flat, decode) : decode();
      }
      const nested = chunks.map((leafChunks, i) => ({
        rowCount: groups[i]!.rowCount,
        leaves: leafChunks.map((chunk, leaf) => ({ chunk, path: leaves[leaf]! })),
      }));
      // A column with levels inside is a list, or nested.
      return decodeNested(bytes, nested, shape, type as ObjectColumn["type"]);
    });
  }
}

function elementsOf({ element, children }: ColumnTree["tree"]): SchemaElement[] {
  return [element, ...children.flatMap(elementsOf)];
}

function zeros(levels: Uint8Array): number {
  let count = 0;
  for (const level of levels) if (level === 0) count++;
  return count;
}
