import { isFlatColumn } from "hyparquet/src/schema.js";
import { BronzeError } from "../errors.js";
import type { Column } from "./column.js";
import { type ColumnType, unitNs } from "./column-type.js";
import { at, Damage, describePlace, reasonOf } from "./damage.js";
import { type Chunk, decodeFlat } from "./decode-flat.js";
import { decodeNested } from "./decode-nested.js";
import type { Footer, RowGroup } from "./footer.js";
import { type ColumnTree, readSchema } from "./footer-schema.js";
import { maxRows } from "./limits.js";
import { DECRYPT_FIRST, openFooter } from "./open-footer.js";
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
  const { footer, isChecked, schema, rowCount } = guard(path, undefined, () => open(bytes, path, known));
  const { rowGroups } = footer;
  const { trees, types } = schema;
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
    const column = trees.get(name);
    const type = types.get(name);
    if (!column || type === undefined) {
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
    const { tree, leaves, firstLeaf } = column;
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
        at({ rowGroup: i }, "the chunks of its columns", () => chunksOf(group, column)),
      );
      if (isFlatColumn(leaves[0]!)) {
        const flat = chunks.map(([chunk]) => chunk!);
        return knownColumn(known, bytes, tree, flat, () => decodeFlat(bytes, flat, leaves[0]!, type));
      }
      const nested = chunks.map((leafChunks, i) => ({
        rowCount: rowGroups[i]!.rowCount,
        leaves: leafChunks.map((chunk, leaf) => ({ chunk, path: leaves[leaf]! })),
      }));
      return decodeNested(bytes, nested, tree, type);
    });
  }
}

function open(bytes: Uint8Array<ArrayBuffer>, path: string, known: Repeats) {
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

/** A row group's chunks of one column, for each of its leaves. They stand in the order of the schema. */
function chunksOf(group: RowGroup, { firstLeaf, leaves }: ColumnTree): Chunk[] {
  return leaves.map((path, i) => {
    const leaf = path[path.length - 1]!.path;
    const chunk = group.chunks[firstLeaf + i];
    if (!chunk) throw new Error(`it has ${group.chunks.length} column chunks and lacks that of the column`);
    const { meta, elsewhere } = chunk;
    if (!meta) throw new Error("a column chunk has no metadata");
    if (meta.path.length !== leaf.length || meta.path.some((name, level) => name !== leaf[level])) {
      throw new Error(`its chunk ${firstLeaf + i} is of "${meta.path.join(".")}", not "${leaf.join(".")}"`);
    }
    if (elsewhere) throw new Error(`its values lie in another file, ${elsewhere}`);
    return { meta, rowCount: group.rowCount };
  });
}

function timestampRange(
  bytes: Uint8Array<ArrayBuffer>,
  rowGroups: readonly RowGroup[],
  column: ColumnTree | undefined,
  type: ColumnType | string | undefined,
): TimestampRange | undefined {
  if (!column || typeof type !== "object" || type.kind !== "timestamp") return undefined;
  const { name, type: physical, repetition_type: repetition } = column.tree.element;
  if (physical !== "INT64") return undefined;
  const perTick = unitNs(type.unit);
  let minNs: bigint | undefined;
  let maxNs: bigint | undefined;
  let nullCount = 0;
  for (const group of rowGroups) {
    const meta = group.chunks[column.firstLeaf]?.meta;
    if (meta && meta.path[0] !== name) return undefined;
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
