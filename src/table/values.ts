import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit, readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import type { DataReader, Encoding, ParquetType } from "hyparquet/src/types.js";

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
  const width = reader.view.getUint8(reader.offset++);
  if (width > 31) throw new Error(`dictionary codes of ${width} bits`);
  if (width > 0) readRleBitPackedHybrid(reader, width, codes, reader.view.byteLength - reader.offset);
  for (let i = 0; i < count; i++) {
    if (codes[i]! >= dictionarySize || codes[i]! < 0) {
      throw new Error(`dictionary code ${codes[i]} outside a dictionary of ${dictionarySize}`);
    }
  }
  return codes;
}

/** The values of a page that is not dictionary-coded. */
export function readValues(
  reader: DataReader,
  encoding: Encoding,
  type: ParquetType,
  count: number,
  typeLength: number | undefined,
): PhysicalValues {
  switch (encoding) {
    case "PLAIN":
      return readPlain(reader, type, count, typeLength);
    case "RLE": {
      const bits = new Uint8Array(count);
      if (count > 0) readRleBitPackedHybrid(reader, 1, bits);
      return bits;
    }
    case "DELTA_BINARY_PACKED": {
      const integers = type === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
      deltaBinaryUnpack(reader, count, integers);
      return integers;
    }
    case "DELTA_LENGTH_BYTE_ARRAY": {
      const bytes = new Array<Uint8Array>(count);
      deltaLengthByteArray(reader, count, bytes);
      return bytes;
    }
    case "DELTA_BYTE_ARRAY": {
      const bytes = new Array<Uint8Array>(count);
      deltaByteArray(reader, count, bytes);
      return bytes;
    }
    case "BYTE_STREAM_SPLIT":
      return byteStreamSplit(reader, count, type, typeLength);
    default:
      throw new Error(`encoding ${encoding} is not supported`);
  }
}
