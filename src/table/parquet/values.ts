import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import type { DataReader, Encoding, ParquetType } from "hyparquet/src/types.js";
import { MAX_PAGE_BYTES } from "./limits.js";
import { readRuns } from "./read-runs.js";
import { readVarint } from "./thrift.js";

/** Physical values of a page: typed arrays where the type allows, else arrays of bytes, bigints or booleans. */
export type PhysicalValues = ArrayLike<number> | ArrayLike<bigint> | Uint8Array[] | boolean[] | bigint[];

/** Whether a page holds codes into the chunk's dictionary. */
export function isDictionaryCoded(encoding: Encoding): boolean {
  return encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY";
}

/**
 * The dictionary codes of a page, each checked to be inside the dictionary.
 */
export function readCodes(reader: DataReader, count: number, dictionarySize: number): Int32Array {
  const codes = new Int32Array(count);
  if (count === 0) return codes;
  const bytes = bytesOf(reader);
  const width = bytes[reader.offset++];
  if (width === undefined || width > 31) throw new Error(`dictionary codes of ${width} bits`);
  if (width > 0) readRuns(bytes, reader.offset, bytes.byteLength, width, dictionarySize, codes);
  else if (dictionarySize === 0) throw new Error("dictionary codes without a dictionary");
  return codes;
}

/** The values of a page that is not dictionary-coded. */
export function readValues(
  reader: DataReader,
  encoding: Encoding | undefined,
  type: ParquetType,
  count: number,
  typeLength: number | undefined,
): PhysicalValues {
  const values = decodeValues(reader, encoding, type, count, typeLength);
  // The view that hyparquet reads may cover the whole file.
  if (reader.offset > reader.view.byteLength) throw new Error("values run past their page");
  if (values.length !== count) throw new Error(`page has ${values.length} of ${count} values`);
  return values;
}

function decodeValues(
  reader: DataReader,
  encoding: Encoding | undefined,
  type: ParquetType,
  count: number,
  typeLength: number | undefined,
): PhysicalValues {
  if (count === 0) return [];
  switch (encoding) {
    case "PLAIN":
      assertEnoughBytes(reader, count, type, typeLength);
      return readPlain(reader, type, count, typeLength);
    case "RLE":
      if (type !== "BOOLEAN") break;
      return readRleBooleans(reader, count);
    case "DELTA_BINARY_PACKED":
      if (type !== "INT32" && type !== "INT64") break;
      return readDelta(reader, count, type);
    case "DELTA_LENGTH_BYTE_ARRAY":
      if (type !== "BYTE_ARRAY") break;
      return readStrings(reader, readDelta(reader, count, "INT32") as Int32Array);
    case "DELTA_BYTE_ARRAY": {
      if (type !== "BYTE_ARRAY" && type !== "FIXED_LEN_BYTE_ARRAY") break;
      const prefixes = readDelta(reader, count, "INT32") as Int32Array;
      return withPrefixes(prefixes, readStrings(reader, readDelta(reader, count, "INT32") as Int32Array));
    }
    case "BYTE_STREAM_SPLIT":
      assertEnoughBytes(reader, count, type, typeLength);
      return byteStreamSplit(reader, count, type, typeLength);
    // Codes, which are not values; encodings that no writer uses; an unknown number.
    case "RLE_DICTIONARY":
    case "PLAIN_DICTIONARY":
    case "BIT_PACKED":
    case "GROUP_VAR_INT":
    case undefined:
      break;
    default:
      encoding satisfies never;
  }
  throw new Error(`encoding ${encoding} of ${type} is not supported`);
}

/** Before arrays are allocated for `count` values: the page must at least have the bytes for them. */
function assertEnoughBytes(
  reader: DataReader,
  count: number,
  type: ParquetType,
  typeLength: number | undefined,
): void {
  const bits = type === "FIXED_LEN_BYTE_ARRAY" ? (typeLength ?? 0) * 8 : MIN_BITS[type];
  if (!(bits > 0)) throw new Error("a fixed-length column has no length");
  const available = reader.view.byteLength - reader.offset;
  if (Math.ceil((count * bits) / 8) > available)
    throw new Error(`${available} bytes cannot hold ${count} values`);
}

const MIN_BITS: Readonly<Record<Exclude<ParquetType, "FIXED_LEN_BYTE_ARRAY">, number>> = {
  BOOLEAN: 1,
  INT32: 32,
  INT64: 64,
  INT96: 96,
  FLOAT: 32,
  DOUBLE: 64,
  BYTE_ARRAY: 32,
};

function readRleBooleans(reader: DataReader, count: number): Uint8Array {
  const bits = new Uint8Array(count);
  const bytes = bytesOf(reader);
  const start = reader.offset + 4;
  const end = start + reader.view.getUint32(reader.offset, true);
  if (end > bytes.byteLength) throw new Error("booleans run past their page");
  readRuns(bytes, start, end, 1, 2, bits);
  reader.offset = end;
  return bits;
}

function readDelta(
  reader: DataReader,
  count: number,
  type: "INT32" | "INT64",
): Int32Array | BigInt64Array<ArrayBuffer> {
  assertDeltaHeader(reader);
  const integers = type === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
  deltaBinaryUnpack(reader, count, integers);
  if (reader.offset > reader.view.byteLength) throw new Error("values run past their page");
  return integers;
}

/** hyparquet trusts the block sizes, and reads backwards, or forever, when they are damaged. */
function assertDeltaHeader(reader: DataReader): void {
  const bytes = bytesOf(reader);
  const cursor = { bytes, offset: reader.offset, end: bytes.byteLength };
  const blockSize = readVarint(cursor);
  const miniblocks = readVarint(cursor);
  const perMiniblock = blockSize / miniblocks;
  if (!(blockSize > 0 && blockSize <= 1 << 20 && perMiniblock >= 8 && perMiniblock % 8 === 0)) {
    throw new Error(`delta blocks of ${blockSize} values in ${miniblocks} parts`);
  }
}

function readStrings(reader: DataReader, lengths: Int32Array): Uint8Array[] {
  const { buffer, byteOffset, byteLength } = reader.view;
  return Array.from(lengths, (length) => {
    if (!(length >= 0 && length <= byteLength - reader.offset)) throw new Error("a value runs past its page");
    const bytes = new Uint8Array(buffer, byteOffset + reader.offset, length);
    reader.offset += length;
    return bytes;
  });
}

/** Each value starts with the first `prefixes[i]` bytes of the one before it. */
function withPrefixes(prefixes: Int32Array, suffixes: Uint8Array[]): Uint8Array[] {
  let previous: Uint8Array = new Uint8Array(0);
  let wholeBytes = 0;
  return suffixes.map((suffix, i) => {
    const shared = prefixes[i]!;
    if (shared < 0 || shared > previous.byteLength)
      throw new Error("a value shares more bytes than the one before it has");
    wholeBytes += shared + suffix.byteLength;
    if (wholeBytes > MAX_PAGE_BYTES) throw new Error("values have more bytes than a page may have");
    if (shared > 0) {
      const value = new Uint8Array(shared + suffix.byteLength);
      value.set(previous.subarray(0, shared));
      value.set(suffix, shared);
      previous = value;
    } else {
      previous = suffix;
    }
    return previous;
  });
}

function bytesOf({ view }: DataReader): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
