import type { FileMetaData } from "hyparquet";
import { parquetMetadata, parquetSchema } from "hyparquet/src/metadata.js";
import { getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import type { Compressors, SchemaTree } from "hyparquet/src/types.js";
import { BronzeError } from "../errors.js";
import { hasIntactChecksum } from "./checksum.js";
import type { Column } from "./column.js";
import { type ColumnType, unitNs } from "./column-type.js";
import { decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { requireFromHere } from "./lazy-module.js";
import { columnTypeOf } from "./parquet-schema.js";

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
 * @throws BronzeError `CORRUPT_FILE` naming the file
 */
export function openParquet(bytes: Uint8Array<ArrayBuffer>, path: string): ParquetFile {
  const metadata = guard(path, undefined, () => readFooter(bytes));
  const keyValues = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]));
  const checksum = hasIntactChecksum(bytes, keyValues, metadata.metadata_length);
  if (checksum === false) throw corrupt(path, undefined, new Error("its checksum does not match its bytes"));

  const root = guard(path, undefined, () => parquetSchema(metadata));
  const trees = new Map(root.children.map((tree) => [tree.element.name, tree]));
  if (trees.size !== root.children.length)
    throw corrupt(path, undefined, new Error("two columns share one name"));
  const types = new Map<string, ColumnType | string>();
  for (const [name, tree] of trees)
    types.set(
      name,
      guard(path, name, () => columnTypeOf(tree)),
    );
  const rowCount = guard(path, undefined, () => countRows(metadata));
  const decoded = new Map<string, Column>();

  return {
    path,
    sizeBytes: bytes.byteLength,
    rowCount,
    columns: new Map(
      [...types].map(([name, type]) => [
        name,
        typeof type === "string" ? { kind: "nested", shape: type } : type,
      ]),
    ),
    keyValues,
    checked: checksum === true,
    column(name) {
      let column = decoded.get(name);
      if (!column) {
        column = decodeColumn(name);
        decoded.set(name, column);
      }
      return column;
    },
    timestampRange: (name) => timestampRange(metadata, name, types.get(name)),
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
      const compressors = compressorsFor(metadata);
      if (isFlatColumn([root, tree])) {
        const chunks = metadata.row_groups.map((group) => chunkOf(group, tree));
        return decodeFlat(bytes, chunks, getTreePath(root, tree.path), type, compressors);
      }
      const chunks = metadata.row_groups.map((group) => ({
        rowCount: Number(group.num_rows),
        leaves: leavesOf(group, tree),
      }));
      return decodeNested(bytes, chunks, root, tree, type, compressors);
    });
  }
}

function readFooter(bytes: Uint8Array<ArrayBuffer>): FileMetaData {
  if (bytes.byteLength === 0) throw new Error("the file is empty");
  const head = bytes.byteLength >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  if (head !== 0x31524150) throw new Error("it does not start with PAR1, so it is no Parquet file");
  return parquetMetadata(bytes, { geoparquet: false, parsers: RAW_STATISTICS });
}

/** Statistics stay integers: a Date would round them to milliseconds. */
const RAW_STATISTICS = {
  timestampFromMilliseconds: (ticks: bigint) => ticks,
  timestampFromMicroseconds: (ticks: bigint) => ticks,
  timestampFromNanoseconds: (ticks: bigint) => ticks,
};

function countRows(metadata: FileMetaData): number {
  const rows = Number(metadata.num_rows);
  const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (!(rows >= 0 && rows < 2 ** 31)) throw new Error(`it claims ${metadata.num_rows} rows`);
  if (rows !== inGroups) throw new Error(`it claims ${rows} rows, its row groups ${inGroups}`);
  return rows;
}

type RowGroup = FileMetaData["row_groups"][number];

function leavesOf(group: RowGroup, tree: SchemaTree) {
  const leaves = [];
  for (const { meta_data: meta } of group.columns) {
    if (!meta) throw new Error("a column chunk has no metadata");
    if (meta.path_in_schema[0] === tree.element.name) leaves.push({ meta, rowCount: Number(group.num_rows) });
  }
  if (leaves.length === 0) throw new Error("a row group lacks the column");
  return leaves;
}

function chunkOf(group: RowGroup, tree: SchemaTree) {
  return leavesOf(group, tree)[0]!;
}

/** Loads the decompressors (a WebAssembly module among them) only for files that are not Snappy or plain. */
function compressorsFor(metadata: FileMetaData): Compressors | undefined {
  const special = metadata.row_groups.some((group) =>
    group.columns.some(
      ({ meta_data: meta }) => meta && meta.codec !== "SNAPPY" && meta.codec !== "UNCOMPRESSED",
    ),
  );
  if (!special) return undefined;
  return (requireFromHere("hyparquet-compressors") as typeof import("hyparquet-compressors")).compressors;
}

function timestampRange(
  metadata: FileMetaData,
  name: string,
  type: ColumnType | string | undefined,
): TimestampRange | undefined {
  if (typeof type !== "object" || type.kind !== "timestamp" || metadata.row_groups.length === 0)
    return undefined;
  const perTick = unitNs(type.unit);
  let minNs: bigint | undefined;
  let maxNs: bigint | undefined;
  let nullCount = 0;
  for (const group of metadata.row_groups) {
    const meta = group.columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === name)?.meta_data;
    const { min_value: min, max_value: max, null_count: nulls } = meta?.statistics ?? {};
    const required = nulls === undefined && !isOptional(metadata, name);
    if (typeof min !== "bigint" || typeof max !== "bigint" || (nulls === undefined && !required))
      return undefined;
    nullCount += Number(nulls ?? 0);
    if (minNs === undefined || min * perTick < minNs) minNs = min * perTick;
    if (maxNs === undefined || max * perTick > maxNs) maxNs = max * perTick;
  }
  return minNs === undefined || maxNs === undefined ? undefined : { minNs, maxNs, nullCount };
}

function isOptional(metadata: FileMetaData, name: string): boolean {
  return metadata.schema.find((element) => element.name === name)?.repetition_type !== "REQUIRED";
}

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
