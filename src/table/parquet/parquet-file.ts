import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import { BronzeError } from "../../errors.js";
import type { Column, ObjectColumn } from "../column.js";
import type { ColumnType } from "../column-type.js";
import type { StoredContent, StoredLeaf } from "./content-digest.js";
import { at, Damage, describePlace, NotKept, reasonOf } from "./damage.js";
import { decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { type ByteRange, type Footer, type RowGroup, readFooter } from "./footer.js";
import { type ColumnTree, readSchema } from "./footer-schema.js";
import { inUnitOfInt96 } from "./leaf-values.js";
import { maxRows } from "./limits.js";
import { isFlat } from "./nested-shape.js";
import { hasIntactChecksum, signOfOurs } from "./own-file.js";
import { type Chunk, chunkStart, readPages } from "./pages.js";
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
  const { footer, isChecked, schema, rowCount } = guard(path, undefined, () => open(bytes, path, known));
  const { rowGroups } = footer;
  const { trees, columns, refused } = schema;
  const endOf = chunkEnds(footer);
  let decoded: Map<string, Column> | undefined; // most files of a day decode nothing

  return {
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
  };

  function storedLeaves(): StoredLeaf[] {
    const found = [...trees].flatMap(([name, column]) =>
      column.leaves.map((leafPath, i): StoredLeaf => {
        const { element, path: names } = leafPath[leafPath.length - 1]!;
        return {
          path: names,
          element,
          maxDefinition: getMaxDefinitionLevel(leafPath),
          maxRepetition: getMaxRepetitionLevel(leafPath),
          read: (rowGroup, use) =>
            guard(path, name, () => {
              const group = rowGroups[rowGroup]!;
              if (group.chunks[column.firstLeaf + i]?.isEncrypted) throw new NotKept("it is encrypted");
              at({ rowGroup }, "a column chunk", () => {
                const chunk = chunksOf(group, column, endOf)[i]!;
                if (chunk.meta.type !== element.type)
                  throw new Error(`${chunk.meta.type ?? "unknown"} values in a column of ${element.type}`);
                let rows = 0;
                readPages(bytes, chunk, leafPath, (page) => {
                  if (page.kind === "data")
                    rows += page.repetition ? zeros(page.repetition) : page.entryCount;
                  use(page);
                });
                if (rows !== group.rowCount) throw new Error(`column has ${rows} of ${group.rowCount} rows`);
              });
            }),
        };
      }),
    );
    const inFile = rowGroups[0]?.chunks.length ?? found.length;
    if (inFile === found.length) return found;
    throw new BronzeError(
      "UNSUPPORTED_TYPE",
      `${path} has ${inFile} columns of values and names for ${found.length}: which are meant cannot be told.`,
      { file: path },
    );
  }

  function columnOf(name: string): Column {
    decoded ??= new Map();
    let column = decoded.get(name);
    if (!column) {
      column = decodeColumn(name);
      decoded.set(name, column);
    }
    return column;
  }

  function decodeColumn(name: string): Column {
    const [column, type] = [trees.get(name), columns.get(name)];
    if (!column) {
      throw new BronzeError(
        "UNKNOWN_COLUMN",
        `${path} has no column "${name}"; it has ${[...trees.keys()].join(", ")}`,
        { file: path, column: name },
      );
    }
    if (!type) throw notKept(path, name, refused.get(name)!);
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
      const chunks = rowGroups.map((group, i) =>
        at({ rowGroup: i }, "the chunks of its columns", () => chunksOf(group, column, endOf)),
      );
      if (isFlat(shape)) {
        const flat = chunks.map(([chunk]) => chunk!);
        return knownColumn(known, bytes, tree, flat, () =>
          inUnitOfInt96(type, (type) => decodeFlat(bytes, flat, leaves[0]!, type)),
        );
      }
      const nested = chunks.map((leafChunks, i) => ({
        rowCount: rowGroups[i]!.rowCount,
        leaves: leafChunks.map((chunk, leaf) => ({ chunk, path: leaves[leaf]! })),
      }));
      // A column with levels inside is a list, or nested.
      return decodeNested(bytes, nested, shape, type as ObjectColumn["type"]);
    });
  }
}

function open(bytes: Uint8Array<ArrayBuffer>, path: string, known: SharedChunks) {
  const { footer, isChecked } = openFooter(bytes, path, known.footer);
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
  return leaves.map((path, i) => {
    const leaf = path[path.length - 1]!.path;
    const chunk = group.chunks[firstLeaf + i];
    if (!chunk) throw new Error(`it has ${group.chunks.length} column chunks and lacks that of the column`);
    const { meta, elsewhere } = chunk;
    if (!meta) throw new Error("a column chunk has no metadata");
    if (meta.path.length !== leaf.length || meta.path.some((name, level) => name !== leaf[level])) {
      throw new Error(`its chunk ${firstLeaf + i} is of "${meta.path.join(".")}", not "${leaf.join(".")}"`);
    }
    if (elsewhere) throw new NotKept(`its values are in another file, ${elsewhere}`);
    const start = chunkStart(meta);
    return { meta, rowCount: group.rowCount, range: { start, end: endOf(start) } };
  });
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

function guard<T>(path: string, column: string | undefined, work: () => T): T {
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
