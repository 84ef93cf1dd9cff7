import { getTreePath } from "hyparquet/src/schema.js";
import { BronzeError } from "../errors.js";
import { CHECKSUM_KEY, hasIntactChecksum } from "./checksum.js";
import type { Column } from "./column.js";
import type { ColumnType } from "./column-type.js";
import { decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { type ByteRange, type Footer, type RowGroup, readFooter } from "./footer.js";
import { readSchema } from "./footer-schema.js";
import { Int96Range, inUnitOfInt96 } from "./leaf-values.js";
import { maxRows } from "./limits.js";
import { isFlat } from "./nested-shape.js";
import { type Chunk, chunkStart } from "./pages.js";
import { knownColumn, knownSchema, type Repeats, repeats } from "./repeats.js";
import { rangeOfValues, statedRange, type TimestampRange } from "./timestamp-range.js";

export type { TimestampRange };

/** A Parquet file in memory: the footer is parsed, columns are decoded when they are asked for. */
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
  /** Whether the file carries a checksum of all its bytes, which then was found intact. */
  readonly checked: boolean;
  /**
   * A whole column, decoded on first use and kept.
   * @throws BronzeError `UNKNOWN_COLUMN`, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   */
  column(name: string): Column;
  /**
   * The bounds of a timestamp column; `undefined` where they are not known for all rows, and of other columns. Of a
   * file with a checksum the footer's statistics are believed, of others only the values themselves.
   * @throws BronzeError `CORRUPT_FILE`
   */
  timestampRange(name: string): TimestampRange | undefined;
}

/**
 * Opens a Parquet file held in memory.
 *
 * Nothing here is asynchronous, so a damaged file throws at the call and can never end the process through a
 * rejection nobody awaits. A file written by this library carries a CRC-32 of all its bytes, checked here.
 *
 * @param known what files of the same feed, opened before with the same record, have in common with this one
 * @throws BronzeError `CORRUPT_FILE` naming the file
 */
export function openParquet(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  known: Repeats = repeats(),
): ParquetFile {
  const { footer, isChecked, schema, rowCount } = guard(path, undefined, () =>
    openFooter(bytes, path, known),
  );
  const { rowGroups } = footer;
  const { root, trees, shapes, columns, refused } = schema;
  const endOf = chunkEnds(footer);
  let decoded: Map<string, Column> | undefined; // most files of a day are only looked at

  return {
    path,
    sizeBytes: bytes.byteLength,
    rowCount,
    columns,
    refused,
    keyValues: footer.keyValues,
    checked: isChecked,
    column: columnOf,
    timestampRange(name) {
      const type = columns.get(name);
      if (type?.kind !== "timestamp") return undefined;
      if (isChecked) return statedRange(bytes, rowGroups, trees.get(name)!.element, type);
      return rangeOfValues(columnOf(name));
    },
  };

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
    const [tree, shape, type] = [trees.get(name), shapes.get(name), columns.get(name)];
    if (!tree || !shape) {
      throw new BronzeError(
        "UNKNOWN_COLUMN",
        `${path} has no column "${name}"; it has ${[...trees.keys()].join(", ")}`,
        { file: path, column: name },
      );
    }
    if (!type) {
      throw new BronzeError(
        "UNSUPPORTED_TYPE",
        `Column "${name}" of ${path} cannot be read exactly: ${refused.get(name)}`,
        { file: path, column: name },
      );
    }
    return guard(path, name, () => {
      if (isFlat(shape)) {
        const chunks = rowGroups.map((group) => chunkOf(group, name, endOf));
        return knownColumn(known, bytes, tree, chunks, () =>
          inUnitOfInt96(type, (type) => decodeFlat(bytes, chunks, getTreePath(root, tree.path), type)),
        );
      }
      const chunks = rowGroups.map((group) => ({
        rowCount: group.rowCount,
        leaves: leavesOf(group, name, endOf),
      }));
      return decodeNested(bytes, chunks, root, shape, type);
    });
  }
}

function openFooter(bytes: Uint8Array<ArrayBuffer>, path: string, known: Repeats) {
  const { start, end } = footerRange(bytes);
  // Looked at before anything of the file is believed.
  const isIntact = hasIntactChecksum(bytes, end - start) === true;
  const footer = readFooter(bytes, start, end, known.footer);
  known.footer = footer;
  const isChecked = footer.keyValues.has(CHECKSUM_KEY);
  if (isChecked && !isIntact) throw new Error("its checksum does not match its bytes");
  const schema = knownSchema(known, bytes, footer.schema, () =>
    readSchema(bytes, footer.schema, (name, work) => guard(path, name, work)),
  );
  return { footer, isChecked, schema, rowCount: countRows(footer, bytes.byteLength) };
}

function footerRange(bytes: Uint8Array<ArrayBuffer>): ByteRange {
  const size = bytes.byteLength;
  if (size === 0) throw new Error("the file is empty");
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  if (size < 4 || view.getUint32(0, true) !== MAGIC) {
    throw new Error("it does not start with PAR1, so it is no Parquet file");
  }
  if (size < 12 || view.getUint32(size - 4, true) !== MAGIC) {
    throw new Error("it does not end with PAR1, so its end is missing");
  }
  const footerBytes = view.getUint32(size - 8, true);
  if (footerBytes > size - 12) throw new Error(`it claims a footer of ${footerBytes} bytes`);
  return { start: size - 8 - footerBytes, end: size - 8 };
}

/** "PAR1", little-endian. */
const MAGIC = 0x31524150;

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

function leavesOf(group: RowGroup, name: string, endOf: (start: number) => number): Chunk[] {
  const leaves: Chunk[] = [];
  for (const { meta, elsewhere } of group.chunks) {
    if (!meta) throw new Error("a column chunk has no metadata");
    if (meta.path[0] !== name) continue;
    if (elsewhere) throw new Error(`its values lie in another file, ${elsewhere}`);
    const start = chunkStart(meta);
    leaves.push({ meta, rowCount: group.rowCount, range: { start, end: endOf(start) } });
  }
  if (leaves.length === 0) throw new Error("a row group lacks the column");
  return leaves;
}

function chunkOf(group: RowGroup, name: string, endOf: (start: number) => number): Chunk {
  const leaves = leavesOf(group, name, endOf);
  if (leaves.length > 1) throw new Error("a row group has the column twice");
  return leaves[0]!;
}

/**
 * Before what the pages of a chunk have ended: where the next chunk starts, or the footer. The sizes that footers give
 * are not asked, for writers get them wrong.
 */
function chunkEnds({ rowGroups, start: footerStart }: Footer): (start: number) => number {
  let starts: Float64Array | undefined; // most files of a day are only looked at
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

function guard<T>(path: string, column: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    if (error instanceof Int96Range) {
      throw new BronzeError(
        "UNSUPPORTED_TYPE",
        `Column "${column}" of ${path} cannot be read exactly: ${error.message}`,
        { file: path, column },
      );
    }
    throw corrupt(path, column, error);
  }
}

function corrupt(path: string, column: string | undefined, cause: unknown): BronzeError {
  const where = column === undefined ? path : `${path}, column "${column}"`;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BronzeError(
    "CORRUPT_FILE",
    `${where} cannot be read as Parquet: ${reason}. Restore the file, or read with onCorrupt: "skip" to go on without it.`,
    { file: path, column, reason },
    { cause },
  );
}
