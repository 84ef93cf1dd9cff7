import type { CompressionCodec, ParquetType } from "hyparquet";
import { CompressionCodecs, ParquetTypes } from "hyparquet/src/constants.js";
import {
  eachField,
  eachItem,
  isInteger,
  readBytes,
  readZigZag,
  skip,
  THRIFT,
  type ThriftCursor,
} from "./thrift.js";

/**
 * What of a file's footer is needed to find and decode its columns. Counts and offsets are as claimed, roughly right
 * beyond 2^53, and NaN where nothing was claimed: whoever uses one checks it against the file first.
 */
export interface Footer {
  readonly rowCount: number;
  readonly rowGroups: readonly RowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
  /** Where the schema's list of elements stands, from its header on; parsed elsewhere, as files of a feed share it. */
  readonly schema: ByteRange;
}

/** A piece of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One row group; its chunks in the order of the schema's leaves. */
export interface RowGroup {
  readonly rowCount: number;
  readonly chunks: readonly ColumnChunk[];
}

/** Where one leaf's values lie in one row group. */
export interface ColumnChunk {
  /** Another file that holds the values; the format allows it, nobody does it. */
  readonly elsewhere: string;
  /** `undefined` where the footer does not describe the chunk. */
  readonly meta: ChunkMeta | undefined;
}

/** What a footer says of a chunk. */
export interface ChunkMeta {
  type: ParquetType | undefined;
  /** From the top-level column down. */
  path: readonly string[];
  codec: CompressionCodec | undefined;
  valueCount: number;
  uncompressedBytes: number;
  compressedBytes: number;
  dataOffset: number;
  /** 0 where there is no dictionary. */
  dictionaryOffset: number;
  /** `undefined` where it is not stated. */
  nullCount: number | undefined;
  /** Where the smallest and the largest value stand, as the column stores them. */
  min: ByteRange | undefined;
  max: ByteRange | undefined;
}

/**
 * Reads a footer in one walk, which also shows that it is whole. hyparquet's own parse trusts what it reads (a damaged
 * list size makes it take gigabytes, an endless number makes it quadratic) and builds ten times what is used here.
 *
 * @throws Error when the bytes are no footer
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift FileMetaData
 */
export function readFooter(bytes: Uint8Array, start: number, end: number): Footer {
  const cursor: ThriftCursor = { bytes, offset: start, end };
  let rowCount = Number.NaN;
  let schema: ByteRange | undefined;
  const rowGroups: RowGroup[] = [];
  const keyValues = new Map<string, string>();
  eachField(cursor, (field, type) => {
    if (field === 2 && type === THRIFT.LIST) {
      const from = cursor.offset;
      skip(cursor, type, 0);
      schema = { start: from, end: cursor.offset };
    } else if (field === 3 && isInteger(type)) rowCount = readZigZag(cursor);
    else if (field === 4 && type === THRIFT.LIST) {
      eachItem(cursor, THRIFT.STRUCT, () => rowGroups.push(readRowGroup(cursor)));
    } else if (field === 5 && type === THRIFT.LIST) {
      eachItem(cursor, THRIFT.STRUCT, () => readKeyValue(cursor, keyValues));
    } else return false;
    return true;
  });
  if (!schema) throw new Error("its footer has no schema");
  return { rowCount, rowGroups, keyValues, schema };
}

function readRowGroup(cursor: ThriftCursor): RowGroup {
  const chunks: ColumnChunk[] = [];
  let rowCount = Number.NaN;
  eachField(cursor, (field, type) => {
    if (field === 1 && type === THRIFT.LIST) {
      eachItem(cursor, THRIFT.STRUCT, () => chunks.push(readChunk(cursor)));
    } else if (field === 3 && isInteger(type)) rowCount = readZigZag(cursor);
    else return false;
    return true;
  });
  return { rowCount, chunks };
}

function readChunk(cursor: ThriftCursor): ColumnChunk {
  let elsewhere = "";
  let meta: ChunkMeta | undefined;
  eachField(cursor, (field, type) => {
    if (field === 1 && type === THRIFT.BINARY) elsewhere = readText(cursor);
    else if (field === 3 && type === THRIFT.STRUCT) meta = readChunkMeta(cursor);
    else return false;
    return true;
  });
  return { elsewhere, meta };
}

function readChunkMeta(cursor: ThriftCursor): ChunkMeta {
  const path: string[] = [];
  const meta: ChunkMeta = {
    type: undefined,
    path,
    codec: undefined,
    valueCount: Number.NaN,
    uncompressedBytes: Number.NaN,
    compressedBytes: Number.NaN,
    dataOffset: Number.NaN,
    dictionaryOffset: 0,
    nullCount: undefined,
    min: undefined,
    max: undefined,
  };
  eachField(cursor, (field, type) => {
    if (isInteger(type)) {
      const value = readZigZag(cursor);
      if (field === 1) meta.type = ParquetTypes[value];
      else if (field === 4) meta.codec = CompressionCodecs[value];
      else if (field === 5) meta.valueCount = value;
      else if (field === 6) meta.uncompressedBytes = value;
      else if (field === 7) meta.compressedBytes = value;
      else if (field === 9) meta.dataOffset = value;
      else if (field === 11) meta.dictionaryOffset = value;
    } else if (field === 3 && type === THRIFT.LIST) {
      eachItem(cursor, THRIFT.BINARY, () => path.push(readText(cursor)));
    } else if (field === 12 && type === THRIFT.STRUCT) readStatistics(cursor, meta);
    else return false;
    return true;
  });
  return meta;
}

/** The bounds whose order is defined (`min_value`, `max_value`), not the ones older writers left. */
function readStatistics(cursor: ThriftCursor, meta: ChunkMeta): void {
  eachField(cursor, (field, type) => {
    if (field === 3 && isInteger(type)) meta.nullCount = readZigZag(cursor);
    else if (field === 5 && type === THRIFT.BINARY) meta.max = readBytes(cursor);
    else if (field === 6 && type === THRIFT.BINARY) meta.min = readBytes(cursor);
    else return false;
    return true;
  });
}

function readKeyValue(cursor: ThriftCursor, keyValues: Map<string, string>): void {
  let key = "";
  let value = "";
  eachField(cursor, (field, type) => {
    if (type !== THRIFT.BINARY || field > 2) return false;
    if (field === 1) key = readText(cursor);
    else value = readText(cursor);
    return true;
  });
  keyValues.set(key, value);
}

const utf8 = new TextDecoder();

/** Names are short and plain; the decoder costs more to call than such a name to copy. */
function readText(cursor: ThriftCursor): string {
  const { start, end } = readBytes(cursor);
  const { bytes } = cursor;
  if (end - start > 32) return utf8.decode(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return utf8.decode(bytes.subarray(start, end));
    text += String.fromCharCode(bytes[at]!);
  }
  return text;
}
