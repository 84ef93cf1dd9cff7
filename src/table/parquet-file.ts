import { getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import type { SchemaTree } from "hyparquet/src/types.js";
import { BronzeError } from "../errors.js";
import { CHECKSUM_KEY, hasIntactChecksum } from "./checksum.js";
import type { Column } from "./column.js";
import { type ColumnType, unitNs } from "./column-type.js";
import { type Chunk, decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { type ByteRange, type ChunkMeta, type Footer, type RowGroup, readFooter } from "./footer.js";
import { readSchema } from "./footer-schema.js";
import { maxRows } from "./limits.js";
import { knownColumn, knownSchema, type Repeats, repeats } from "./repeats.js";

/** A Parquet file in memory: the footer is parsed, columns are decoded when they are asked for. */
export interface ParquetFile {
  /** The path it was read from, for messages and provenance. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly rowCount: number;
  /** Top-level columns in file order. */
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** The footer's key-value metadata. */
  readonly keyValues: ReadonlyMap<string, string>;
  /** Whether the file carries a checksum of all its bytes, which then was found intact. */
  readonly checked: boolean;
  /**
   * A whole column, decoded on first use and kept.
   * @throws BronzeError `UNKNOWN_COLUMN`, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   */
  column(name: string): Column;
  /** What the footer's statistics say of a timestamp column; `undefined` when they do not say it for all rows. */
  timestampRange(name: string): TimestampRange | undefined;
}

/** Bounds of a timestamp column, both ends inclusive, in epoch nanoseconds. */
export interface TimestampRange {
  readonly minNs: bigint;
  readonly maxNs: bigint;
  readonly nullCount: number;
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
  const { root, trees, types } = schema;
  let decoded: Map<string, Column> | undefined; // most files of a day are only looked at

  return {
    path,
    sizeBytes: bytes.byteLength,
    rowCount,
    columns: schema.columns,
    keyValues: footer.keyValues,
    checked: isChecked,
    column(name) {
      decoded ??= new Map();
      let column = decoded.get(name);
      if (!column) {
        column = decodeColumn(name);
        decoded.set(name, column);
      }
      return column;
    },
    timestampRange: (name) => timestampRange(bytes, rowGroups, trees.get(name), types.get(name)),
  };

  function decodeColumn(name: string): Column {
    const tree = trees.get(name);
    const type = types.get(name);
    if (!tree || type === undefined) {
      throw new BronzeError(
        "UNKNOWN_COLUMN",
        `${path} has no column "${name}"; it has ${[...types.keys()].join(", ")}`,
        {
          file: path,
          column: name,
        },
      );
    }
    if (typeof type === "string") {
      throw new BronzeError(
        "UNSUPPORTED_TYPE",
        `Column "${name}" of ${path} cannot be read exactly: ${type}`,
        {
          file: path,
          column: name,
        },
      );
    }
    return guard(path, name, () => {
      if (isFlatColumn([root, tree])) {
        const chunks = rowGroups.map((group) => chunkOf(group, name));
        return knownColumn(known, bytes, tree, chunks, () =>
          decodeFlat(bytes, chunks, getTreePath(root, tree.path), type),
        );
      }
      const chunks = rowGroups.map((group) => ({ rowCount: group.rowCount, leaves: leavesOf(group, name) }));
      return decodeNested(bytes, chunks, root, tree, type);
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

function leavesOf(group: RowGroup, name: string): Chunk[] {
  const leaves: Chunk[] = [];
  for (const { meta, elsewhere } of group.chunks) {
    if (!meta) throw new Error("a column chunk has no metadata");
    if (meta.path[0] !== name) continue;
    if (elsewhere) throw new Error(`its values lie in another file, ${elsewhere}`);
    leaves.push({ meta, rowCount: group.rowCount });
  }
  if (leaves.length === 0) throw new Error("a row group lacks the column");
  return leaves;
}

function chunkOf(group: RowGroup, name: string): Chunk {
  const leaves = leavesOf(group, name);
  if (leaves.length > 1) throw new Error("a row group has the column twice");
  return leaves[0]!;
}

function timestampRange(
  bytes: Uint8Array<ArrayBuffer>,
  rowGroups: readonly RowGroup[],
  tree: SchemaTree | undefined,
  type: ColumnType | string | undefined,
): TimestampRange | undefined {
  if (!tree || typeof type !== "object" || type.kind !== "timestamp" || tree.element.type !== "INT64")
    return undefined;
  const { name, repetition_type: repetition } = tree.element;
  const perTick = unitNs(type.unit);
  let minNs: bigint | undefined;
  let maxNs: bigint | undefined;
  let nullCount = 0;
  for (const group of rowGroups) {
    const meta = metaOf(group, name);
    const nulls = meta?.nullCount ?? (repetition === "REQUIRED" ? 0 : undefined);
    if (nulls === undefined) return undefined;
    nullCount += nulls;
    // A group in which everything is null has no bounds to give.
    if (nulls === group.rowCount) continue;
    if (!meta || meta.minAt < 0 || meta.maxAt < 0) return undefined;
    const min = int64At(bytes, meta.minAt) * perTick;
    const max = int64At(bytes, meta.maxAt) * perTick;
    if (minNs === undefined || min < minNs) minNs = min;
    if (maxNs === undefined || max > maxNs) maxNs = max;
  }
  return minNs === undefined || maxNs === undefined ? undefined : { minNs, maxNs, nullCount };
}

function metaOf({ chunks }: RowGroup, name: string): ChunkMeta | undefined {
  for (const { meta } of chunks) if (meta?.path[0] === name) return meta;
  return undefined;
}

/** Little-endian, as Parquet and every machine that Node runs on have it; a view of the whole file costs more to make. */
function int64At(bytes: Uint8Array, at: number): bigint {
  for (let i = 0; i < 8; i++) eightBytes[i] = bytes[at + i]!;
  return oneInt64[0]!;
}

const oneInt64 = new BigInt64Array(1);
const eightBytes = new Uint8Array(oneInt64.buffer);

function guard<T>(path: string, column: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof BronzeError ? error : corrupt(path, column, error);
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
