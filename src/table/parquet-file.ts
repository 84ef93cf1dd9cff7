import type { FileMetaData } from "hyparquet";
import { parquetMetadata, parquetSchema } from "hyparquet/src/metadata.js";
import { getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import type { SchemaTree } from "hyparquet/src/types.js";
import { BronzeError } from "../errors.js";
import { CHECKSUM_KEY, hasIntactChecksum } from "./checksum.js";
import type { Column } from "./column.js";
import { type ColumnType, unitNs } from "./column-type.js";
import { decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import { maxRows } from "./limits.js";
import { columnTypeOf } from "./parquet-schema.js";
import { assertThriftStruct } from "./thrift.js";

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
  const { metadata, keyValues, isChecked, root, trees, types, rowCount } = guard(path, undefined, () =>
    parseFooter(bytes, path),
  );
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
    checked: isChecked,
    column(name) {
      let column = decoded.get(name);
      if (!column) {
        column = decodeColumn(name);
        decoded.set(name, column);
      }
      return column;
    },
    timestampRange: (name) => timestampRange(metadata, trees.get(name), types.get(name)),
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
        const chunks = metadata.row_groups.map((group) => chunkOf(group, tree));
        return decodeFlat(bytes, chunks, getTreePath(root, tree.path), type);
      }
      const chunks = metadata.row_groups.map((group) => ({
        rowCount: Number(group.num_rows),
        leaves: leavesOf(group, tree),
      }));
      return decodeNested(bytes, chunks, root, tree, type);
    });
  }
}

function parseFooter(bytes: Uint8Array<ArrayBuffer>, path: string) {
  const { metadata, isIntact } = readFooter(bytes);
  const keyValues = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]));
  const isChecked = keyValues.has(CHECKSUM_KEY);
  if (isChecked && !isIntact) throw new Error("its checksum does not match its bytes");

  assertSchemaShape(metadata.schema);
  const root = parquetSchema(metadata);
  const trees = new Map(root.children.map((tree) => [tree.element.name, tree]));
  if (trees.size !== root.children.length) throw new Error("two columns share one name");
  const types = new Map<string, ColumnType | string>();
  for (const [name, tree] of trees)
    types.set(
      name,
      guard(path, name, () => columnTypeOf(tree)),
    );
  const rowCount = countRows(metadata, bytes.byteLength);
  return { metadata, keyValues, isChecked, root, trees, types, rowCount };
}

function readFooter(bytes: Uint8Array<ArrayBuffer>): { metadata: FileMetaData; isIntact: boolean } {
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
  // Bytes that match their checksum are as our writer made them; any others are walked before they are believed.
  const isIntact = hasIntactChecksum(bytes, footerBytes) === true;
  if (!isIntact) assertThriftStruct(bytes, size - 8 - footerBytes, size - 8);
  return { metadata: parquetMetadata(bytes, { geoparquet: false, parsers: RAW_STATISTICS }), isIntact };
}

/** "PAR1", little-endian. */
const MAGIC = 0x31524150;

/** Statistics stay integers: a Date would round them to milliseconds. */
const RAW_STATISTICS = {
  timestampFromMilliseconds: (ticks: bigint) => ticks,
  timestampFromMicroseconds: (ticks: bigint) => ticks,
  timestampFromNanoseconds: (ticks: bigint) => ticks,
};

// Deeper than any schema in use; the tree is built by recursion.
const MAX_SCHEMA_DEPTH = 32;

/** Every element must have a name and a place: the counts of children must use them up exactly. */
function assertSchemaShape(schema: FileMetaData["schema"]): void {
  const open: number[] = [];
  for (const [i, element] of schema.entries()) {
    if (i > 0 && open.length === 0) throw new Error("its schema has elements that belong nowhere");
    if (typeof element.name !== "string") throw new Error("its schema has an element without a name");
    if (i > 0 && element.repetition_type === undefined)
      throw new Error(`column "${element.name}" has no repetition`);
    // A struct is built as an object, where this name would set the prototype.
    if (element.name === "__proto__") throw new Error('a column is named "__proto__"');
    if (open.length > 0) open[open.length - 1]!--;
    if ((element.num_children ?? 0) > 0) open.push(element.num_children!);
    if (open.length > MAX_SCHEMA_DEPTH) throw new Error("its schema is nested too deeply");
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  }
  if (schema.length === 0 || open.length > 0) throw new Error("its schema is cut short");
}

function countRows(metadata: FileMetaData, sizeBytes: number): number {
  const rows = Number(metadata.num_rows);
  let inGroups = 0;
  for (const group of metadata.row_groups) {
    if (!(Number(group.num_rows) >= 0)) throw new Error(`a row group claims ${group.num_rows} rows`);
    inGroups += Number(group.num_rows);
  }
  if (!(rows >= 0 && rows <= maxRows(sizeBytes))) throw new Error(`it claims ${metadata.num_rows} rows`);
  if (rows !== inGroups) throw new Error(`it claims ${rows} rows, its row groups ${inGroups}`);
  return rows;
}

type RowGroup = FileMetaData["row_groups"][number];

function leavesOf(group: RowGroup, tree: SchemaTree) {
  const leaves = [];
  for (const { meta_data: meta, file_path: elsewhere } of group.columns) {
    if (!meta) throw new Error("a column chunk has no metadata");
    if (meta.path_in_schema[0] !== tree.element.name) continue;
    if (elsewhere) throw new Error(`its values lie in another file, ${elsewhere}`);
    leaves.push({ meta, rowCount: Number(group.num_rows) });
  }
  if (leaves.length === 0) throw new Error("a row group lacks the column");
  return leaves;
}

function chunkOf(group: RowGroup, tree: SchemaTree) {
  const leaves = leavesOf(group, tree);
  if (leaves.length > 1) throw new Error("a row group has the column twice");
  return leaves[0]!;
}

function timestampRange(
  metadata: FileMetaData,
  tree: SchemaTree | undefined,
  type: ColumnType | string | undefined,
): TimestampRange | undefined {
  if (!tree || typeof type !== "object" || type.kind !== "timestamp") return undefined;
  const perTick = unitNs(type.unit);
  const isRequired = tree.element.repetition_type === "REQUIRED";
  let minNs: bigint | undefined;
  let maxNs: bigint | undefined;
  let nullCount = 0;
  for (const group of metadata.row_groups) {
    const chunk = group.columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === tree.element.name);
    const { min_value: min, max_value: max, null_count: stated } = chunk?.meta_data?.statistics ?? {};
    const nulls = stated ?? (isRequired ? 0n : undefined);
    if (nulls === undefined) return undefined;
    nullCount += Number(nulls);
    // A group in which everything is null has no bounds to give.
    if (BigInt(nulls) === BigInt(group.num_rows)) continue;
    if (typeof min !== "bigint" || typeof max !== "bigint") return undefined;
    if (minNs === undefined || min * perTick < minNs) minNs = min * perTick;
    if (maxNs === undefined || max * perTick > maxNs) maxNs = max * perTick;
  }
  return minNs === undefined || maxNs === undefined ? undefined : { minNs, maxNs, nullCount };
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
