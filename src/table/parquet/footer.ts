import type { CompressionCodec, ParquetType } from "hyparquet";
import { CompressionCodecs, ParquetTypes } from "hyparquet/src/constants.js";
import { Damage, reasonOf } from "./damage.js";
import {
  isInteger,
  nextField,
  readLength,
  readListOf,
  readZigZag,
  skip,
  THRIFT,
  type ThriftCursor,
} from "./thrift.js";

/**
 * The part of a file's footer that is needed to find and decode its columns. Counts and offsets are as claimed, roughly
 * right beyond 2^53, and -1 where nothing was claimed: check them against the file before use.
 */
export interface Footer {
  readonly rowCount: number;
  readonly rowGroups: readonly RowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
  /** Where it begins in the file: all that it describes is before. */
  readonly start: number;
  /** Who wrote the file; empty where not stated. */
  readonly createdBy: string;
  /** Where the schema's list of elements is, from its header on; parsed elsewhere, as files of a feed share it. */
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

/** Where one leaf's values are in one row group. */
export interface ColumnChunk {
  /** Another file that holds the values; the format allows it, no writer does it. */
  readonly elsewhere: string;
  /** Whether its values are encrypted; its description may be too. */
  readonly isEncrypted: boolean;
  /** `undefined` where the footer does not describe the chunk. */
  readonly meta: ChunkMeta | undefined;
}

/** What a footer says about a chunk. The sizes in it are left out: writers get them wrong, and nothing needs them. */
export interface ChunkMeta {
  type: ParquetType | undefined;
  /** From the top-level column down. */
  path: readonly string[];
  codec: CompressionCodec | undefined;
  valueCount: number;
  dataOffset: number;
  /** 0 where there is no dictionary. */
  dictionaryOffset: number;
  /** `undefined` where it is not stated. */
  nullCount: number | undefined;
  /** Where the smallest and the largest value are, for a column whose values take eight bytes; else -1. */
  minAt: number;
  maxAt: number;
}

/**
 * Reads a footer in one pass, which also shows that it is whole. hyparquet's own parser trusts what it reads (a damaged
 * list size makes it allocate gigabytes, an endless number makes it quadratic) and builds ten times what is used here.
 *
 * @param like the footer of a file of the same feed, which likely names the same columns; equal parts are reused from
 * it
 * @throws Damage when the bytes are not a footer, naming the byte where that shows
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift FileMetaData
 */
export function readFooter(bytes: Uint8Array, start: number, end: number, like?: Footer): Footer {
  const cursor: ThriftCursor = { bytes, offset: start, end };
  try {
    return walk(cursor, like);
  } catch (error) {
    throw new Damage(reasonOf(error, "a footer"), { offset: cursor.offset }, { cause: error });
  }
}

function walk(cursor: ThriftCursor, like: Footer | undefined): Footer {
  const start = cursor.offset;
  let rowCount = -1;
  let schema: ByteRange | undefined;
  const rowGroups: RowGroup[] = [];
  const keyValues = new Map<string, string>();
  let createdBy = "";
  let isSigned = false;
  for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
    if (field === SCHEMA) {
      const from = cursor.offset;
      skip(cursor, field);
      schema = { start: from, end: cursor.offset };
    } else if (field >> 4 === 3 && isInteger(field)) rowCount = readZigZag(cursor);
    else if (field === ROW_GROUPS) {
      const count = readListOf(cursor, THRIFT.STRUCT);
      for (let i = 0; i < count; i++) rowGroups.push(readRowGroup(cursor, like?.rowGroups[i]));
    } else if (field === KEY_VALUES) {
      const count = readListOf(cursor, THRIFT.STRUCT);
      for (let i = 0; i < count; i++) readKeyValue(cursor, keyValues);
    } else if (field === CREATED_BY) createdBy = readText(cursor);
    else {
      if (field === ENCRYPTION) isSigned = true;
      skip(cursor, field);
    }
  }
  // Damage can end the pass early, and the rest would be missing silently.
  const rest = cursor.end - cursor.offset;
  if (rest !== (isSigned ? SIGNATURE_BYTES : 0)) throw new Error(`its footer ends ${rest} bytes too early`);
  if (!schema) throw new Error("its footer has no schema");
  return { start, rowCount, rowGroups, keyValues, createdBy, schema };
}

/** A readable footer of a file with encrypted columns is followed by a nonce and a tag. */
const SIGNATURE_BYTES = 28;

// Fields as `nextField` returns them.
const SCHEMA = 2 * 16 + THRIFT.LIST;
const ROW_GROUPS = 4 * 16 + THRIFT.LIST;
const KEY_VALUES = 5 * 16 + THRIFT.LIST;
const CREATED_BY = 6 * 16 + THRIFT.BINARY;
const ENCRYPTION = 8 * 16 + THRIFT.STRUCT;
const CHUNKS = 1 * 16 + THRIFT.LIST;
const FILE_PATH = 1 * 16 + THRIFT.BINARY;
const META = 3 * 16 + THRIFT.STRUCT;
const CRYPTO = 8 * 16 + THRIFT.STRUCT;
const PATH = 3 * 16 + THRIFT.LIST;
const STATISTICS = 12 * 16 + THRIFT.STRUCT;
const MAX_VALUE = 5 * 16 + THRIFT.BINARY;
const MIN_VALUE = 6 * 16 + THRIFT.BINARY;
const KEY = 1 * 16 + THRIFT.BINARY;
const VALUE = 2 * 16 + THRIFT.BINARY;

function readRowGroup(cursor: ThriftCursor, like: RowGroup | undefined): RowGroup {
  const chunks: ColumnChunk[] = [];
  let rowCount = -1;
  for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
    if (field === CHUNKS) {
      const count = readListOf(cursor, THRIFT.STRUCT);
      for (let i = 0; i < count; i++) chunks.push(readChunk(cursor, like?.chunks[i]));
    } else if (field >> 4 === 3 && isInteger(field)) rowCount = readZigZag(cursor);
    else skip(cursor, field);
  }
  return { rowCount, chunks };
}

function readChunk(cursor: ThriftCursor, like: ColumnChunk | undefined): ColumnChunk {
  let elsewhere = "";
  let isEncrypted = false;
  let meta: ChunkMeta | undefined;
  for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
    if (field === FILE_PATH) elsewhere = readText(cursor);
    else if (field === META) meta = readChunkMeta(cursor, like?.meta?.path);
    else {
      if (field === CRYPTO) isEncrypted = true;
      skip(cursor, field);
    }
  }
  return { elsewhere, isEncrypted, meta };
}

function readChunkMeta(cursor: ThriftCursor, like: readonly string[] | undefined): ChunkMeta {
  const meta: ChunkMeta = {
    type: undefined,
    path: [],
    codec: undefined,
    valueCount: -1,
    dataOffset: -1,
    dictionaryOffset: 0,
    nullCount: undefined,
    minAt: -1,
    maxAt: -1,
  };
  for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
    if (isInteger(field)) {
      const value = readZigZag(cursor);
      switch (field >> 4) {
        case 1:
          meta.type = ParquetTypes[value];
          break;
        case 4:
          meta.codec = CompressionCodecs[value];
          break;
        case 5:
          meta.valueCount = value;
          break;
        case 9:
          meta.dataOffset = value;
          break;
        case 11:
          meta.dictionaryOffset = value;
          break;
      }
    } else if (field === PATH) meta.path = readPath(cursor, like);
    else if (field === STATISTICS) readStatistics(cursor, meta);
    else skip(cursor, field);
  }
  return meta;
}

/** The names from the top-level column down; those of `like` where they are the same. */
function readPath(cursor: ThriftCursor, like: readonly string[] | undefined): readonly string[] {
  const count = readListOf(cursor, THRIFT.BINARY);
  let own: string[] | undefined;
  for (let i = 0; i < count; i++) {
    const name = readText(cursor, like?.[i]);
    if (own === undefined && name !== like?.[i]) own = like?.slice(0, i) ?? [];
    own?.push(name);
  }
  return own ?? (like?.length === count ? like : (like?.slice(0, count) ?? []));
}

/** The bounds whose order is defined (`min_value`, `max_value`), not the ones of older writers. */
function readStatistics(cursor: ThriftCursor, meta: ChunkMeta): void {
  for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
    if (field >> 4 === 3 && isInteger(field)) meta.nullCount = readZigZag(cursor);
    else if (field === MAX_VALUE) meta.maxAt = readEightBytes(cursor);
    else if (field === MIN_VALUE) meta.minAt = readEightBytes(cursor);
    else skip(cursor, field);
  }
}

/** Where they are; -1 for more or fewer. */
function readEightBytes(cursor: ThriftCursor): number {
  const length = readLength(cursor);
  return length === 8 ? cursor.offset - 8 : -1;
}

function readKeyValue(cursor: ThriftCursor, keyValues: Map<string, string>): void {
  let key = "";
  let value = "";
  for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
    if (field === KEY) key = readText(cursor);
    else if (field === VALUE) value = readText(cursor);
    else skip(cursor, field);
  }
  keyValues.set(key, value);
}

const utf8 = new TextDecoder();

/** Names are short and plain; calling the decoder costs more than copying such a name, or finding it in `like`. */
function readText(cursor: ThriftCursor, like = ""): string {
  const length = readLength(cursor);
  const { bytes, offset: end } = cursor;
  const start = end - length;
  if (isAscii(bytes, start, end, like)) return like;
  if (end - start > 32) return utf8.decode(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return utf8.decode(bytes.subarray(start, end));
    text += String.fromCharCode(bytes[at]!);
  }
  return text;
}

/** Whether the bytes are this text, which is plain. */
function isAscii(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80 || bytes[start + i] !== code) return false;
  }
  return true;
}
