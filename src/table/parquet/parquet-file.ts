import type { SchemaElement } from "hyparquet";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import { BronzeError } from "../../errors.js";
import { type Column, type ObjectColumn, sliceColumn } from "../column.js";
import type { ColumnType } from "../column-type.js";
import type { StoredContent, StoredLeaf } from "./content-digest.js";
import { at, Damage, describePlace, NotKept, reasonOf } from "./damage.js";
import { decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { type ByteRange, type Footer, type RowGroup, readFooter } from "./footer.js";
import { type ColumnTree, type FileSchema, readSchema } from "./footer-schema.js";
import { inUnitOfInt96 } from "./leaf-values.js";
import { maxRows } from "./limits.js";
import { isFlat } from "./nested-shape.js";
import { hasIntactChecksum, signOfOurs } from "./own-file.js";
import { type Chunk, chunkStart, type Page, readPages } from "./pages.js";
import { knownColumn, knownSchema, type SharedChunks, sharedChunks } from "./shared-chunks.js";
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

/**
 * Opens a Parquet file held in memory.
 *
 * Nothing here is asynchronous, so a damaged file throws at the call and can never end the process through an unhandled
 * rejection. A file written by this library has a CRC-32 of all its bytes, checked here.
 *
 * @param known what earlier files of the same feed, opened with the same record, have in common with this one
 * @throws BronzeError `CORRUPT_FILE` naming the file
 */
export function openParquet(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  known: SharedChunks = sharedChunks(),
): ParquetFile {
  return fileOf(
    bytes,
    path,
    guard(path, undefined, () => open(bytes, openFooter(bytes, path, known.footer), path, known)),
    known,
  );
}

/** What opening found. */
interface Opened {
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

/** Reads what a footer says of the columns. */
export function open(
  bytes: Uint8Array<ArrayBuffer>,
  { footer, isChecked }: Pick<Opened, "footer" | "isChecked">,
  path: string,
  known: SharedChunks,
): Opened {
  known.footer = footer;
  const schema = knownSchema(known, bytes, footer.schema, () =>
    readSchema(bytes, footer.schema, (name, work) => guard(path, name, work)),
  );
  return { footer, isChecked, schema, rowCount: countRows(footer, bytes.byteLength) };
}

function countRows({ rowCount, rowGroups }: Footer, sizeBytes: number): number {
  let inGroups = 0;
  for (const group of rowGroups) {
    if (!(group.rowCount >= 0)) throw new Error(`a row group claims ${group.rowCount} rows`);
    inGroups += group.rowCount;
  }
  if (!(rowCount >= 0 && rowCount <= maxRows(sizeBytes))) throw new Error(`it claims ${rowCount} rows`);
  if (rowCount !== inGroups) throw new Error(`it claims ${rowCount} rows, its row groups ${inGroups}`);
  return rowCount;
}

/** A row group's chunks of one column, for each of its leaves. They are in the order of the schema. */
function chunksOf(
  group: RowGroup,
  { firstLeaf, leaves }: ColumnTree,
  endOf: (start: number) => number,
): Chunk[] {
  return leaves.map((path, i) => chunkOf(group, firstLeaf + i, path[path.length - 1]!.path, endOf));
}

/** @param names of the leaf, from the top-level column down */
function chunkOf(
  { chunks, rowCount }: RowGroup,
  leaf: number,
  names: readonly string[],
  endOf: (start: number) => number,
): Chunk {
  const chunk = chunks[leaf];
  if (!chunk) throw new Error(`it has ${chunks.length} column chunks and lacks that of the column`);
  const { meta, elsewhere } = chunk;
  if (!meta) throw new Error("a column chunk has no metadata");
  if (meta.path.length !== names.length || meta.path.some((name, level) => name !== names[level])) {
    throw new Error(`its chunk ${leaf} is of "${meta.path.join(".")}", not "${names.join(".")}"`);
  }
  if (elsewhere) throw new NotKept(`its values are in another file, ${elsewhere}`);
  const start = chunkStart(meta);
  return { meta, rowCount, range: { start, end: endOf(start) } };
}

/**
 * The offset by which the pages of a chunk have ended: where the next chunk starts, or the footer. The sizes in footers
 * are not used, because writers get them wrong.
 */
function chunkEnds({ rowGroups, start: footerStart }: Footer): (start: number) => number {
  let starts: Float64Array | undefined; // most files of a day decode nothing
  return (start) => {
    starts ??= Float64Array.from(
      rowGroups.flatMap(({ chunks }) => chunks.flatMap(({ meta }) => (meta ? [chunkStart(meta)] : []))),
    ).sort();
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= start) low = middle + 1;
      else high = middle;
    }
    return Math.min(starts[low] ?? footerStart, footerStart);
  };
}

function zeros(levels: Uint8Array): number {
  let count = 0;
  for (const level of levels) if (level === 0) count++;
  return count;
}

export function guard<T>(path: string, column: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    throw error instanceof NotKept ? notKept(path, column!, error.message) : corrupt(path, column, error);
  }
}

function notKept(path: string, column: string, reason: string): BronzeError {
  return new BronzeError(
    "UNSUPPORTED_TYPE",
    `Column "${column}" of ${path} cannot be read exactly: ${reason}`,
    { file: path, column },
  );
}

function corrupt(path: string, column: string | undefined, cause: unknown): BronzeError {
  const place = cause instanceof Damage ? cause.place : {};
  const where = `${path}${column === undefined ? "" : `, column "${column}"`}${describePlace(place)}`;
  const reason = reasonOf(
    cause,
    column === undefined ? "the footer of a Parquet file" : "values of the column",
  );
  return new BronzeError(
    "CORRUPT_FILE",
    `${where} cannot be read as Parquet: ${reason}. Restore the file, or read with onCorrupt: "skip" to go on without it.`,
    { file: path, column, reason, ...place },
    { cause },
  );
}

/**
 * Finds a file's footer, verifies its checksum, and reads it.
 *
 * @param like the footer of a file of the same feed, see `readFooter`
 * @returns the footer, and whether the file has a checksum
 * @throws Error when the bytes are damaged or not a Parquet file
 * @throws BronzeError `UNSUPPORTED_TYPE` when the file is encrypted
 */
function openFooter(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  like: Footer | undefined,
): { readonly footer: Footer; readonly isChecked: boolean } {
  const range = footerRange(bytes, path);
  // Checked before anything in the file is trusted.
  const isIntact = hasIntactChecksum(bytes, range);
  if (isIntact === false) {
    throw new Error(
      `its checksum does not match its bytes: they are damaged, or another tool wrote them and kept the "bronzestore." metadata of a file of ours`,
    );
  }
  const footer = readFooter(bytes, range.start, range.end, like);
  if (isIntact === undefined) {
    const sign = signOfOurs(bytes, range, footer, path);
    if (sign !== undefined)
      throw new Error(`it is a file of this library (${sign}), but its checksum is damaged or gone`);
  }
  return { footer, isChecked: isIntact === true };
}

function footerRange(bytes: Uint8Array<ArrayBuffer>, path: string): ByteRange {
  const size = bytes.byteLength;
  if (size === 0) throw new Error("the file is empty");
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const first = size < 4 ? undefined : view.getUint32(0, true);
  const last = size < 12 ? undefined : view.getUint32(size - 4, true);
  if (first === ENCRYPTED_MAGIC && last === ENCRYPTED_MAGIC) {
    throw new BronzeError(
      "UNSUPPORTED_TYPE",
      `${path} is an encrypted Parquet file (it starts and ends with PARE). ${DECRYPT_FIRST}`,
      { file: path },
    );
  }
  if (first !== MAGIC) throw new Error("it does not start with PAR1, so it is no Parquet file");
  if (last !== MAGIC) throw new Error("it does not end with PAR1, so its end is missing");
  const footerBytes = view.getUint32(size - 8, true);
  if (footerBytes > size - 12) throw new Error(`it claims a footer of ${footerBytes} bytes`);
  return { start: size - 8 - footerBytes, end: size - 8 };
}

/** What to do about encryption. */
const DECRYPT_FIRST =
  "This library holds no keys: write the file decrypted, with a tool that has them, and read that.";

/** "PAR1" and "PARE", little-endian. */
const MAGIC = 0x31524150;
const ENCRYPTED_MAGIC = 0x45524150;
