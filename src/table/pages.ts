import { crc32 } from "node:zlib";
import type { ColumnMetaData, CompressionCodec } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { Compressors, DataReader, Encoding, SchemaTree } from "hyparquet/src/types.js";

/** One page of a column chunk, decompressed, with its levels already read. */
export type Page =
  | { readonly kind: "dictionary"; readonly valueCount: number; readonly reader: DataReader }
  | {
      readonly kind: "data";
      /** Entries in the page, nulls included; for a flat column this is its rows. */
      readonly entryCount: number;
      /** Values actually stored. */
      readonly valueCount: number;
      readonly encoding: Encoding;
      /** Definition levels; absent when every entry is at the maximum, so nothing is null. */
      readonly definition?: Uint8Array;
      /** Repetition levels; absent for a column without lists. */
      readonly repetition?: Uint8Array;
      /** Stands at the first value. */
      readonly reader: DataReader;
    };

// A page larger than this is taken for a damaged header, not for data.
const MAX_PAGE_BYTES = 1 << 30;

/**
 * Walks the pages of one column chunk of a file in memory.
 *
 * Synchronous on purpose: a damaged file can only throw here, never reject a promise nobody awaits. Every size a
 * header claims is checked against the footer before memory is taken for it.
 *
 * @throws Error whose message says what is wrong; the caller knows the file and the column
 */
export function* pagesOf(
  file: Uint8Array<ArrayBuffer>,
  chunk: ColumnMetaData,
  path: SchemaTree[],
  compressors: Compressors | undefined,
): Generator<Page> {
  const dictionaryOffset = Number(chunk.dictionary_page_offset ?? 0);
  const dataOffset = Number(chunk.data_page_offset);
  const start = dictionaryOffset > 0 && dictionaryOffset < dataOffset ? dictionaryOffset : dataOffset;
  const end = start + Number(chunk.total_compressed_size);
  if (!(start >= 4 && end <= file.byteLength)) {
    throw new Error(`column chunk at bytes ${start} to ${end} lies outside the file`);
  }

  const maxRepetition = getMaxRepetitionLevel(path);
  const maxDefinition = getMaxDefinitionLevel(path);
  const reader: DataReader = { view: new DataView(file.buffer, file.byteOffset, end), offset: start };
  const expected = Number(chunk.num_values);
  let seen = 0;
  while (seen < expected) {
    if (reader.offset >= end) throw new Error(`column chunk ends after ${seen} of ${expected} values`);
    const header = parquetHeader(reader);
    const compressedSize = header.compressed_page_size;
    const sizeBytes = header.uncompressed_page_size;
    if (!(compressedSize >= 0 && reader.offset + compressedSize <= end)) {
      throw new Error(`page of ${compressedSize} bytes runs past its column chunk`);
    }
    if (
      !(sizeBytes >= 0 && sizeBytes <= MAX_PAGE_BYTES && sizeBytes <= Number(chunk.total_uncompressed_size))
    ) {
      throw new Error(`page claims ${sizeBytes} bytes, more than its column chunk holds`);
    }
    const body = file.subarray(reader.offset, reader.offset + compressedSize);
    reader.offset += compressedSize;
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0)
      throw new Error("page CRC does not match");

    if (header.type === "DICTIONARY_PAGE") {
      const bytes = decompress(body, sizeBytes, chunk.codec, compressors);
      const valueCount = countOf(
        header.dictionary_page_header?.num_values,
        Number(chunk.total_uncompressed_size),
      );
      yield { kind: "dictionary", valueCount, reader: readerOf(bytes) };
      continue;
    }
    if (header.type !== "DATA_PAGE" && header.type !== "DATA_PAGE_V2") continue;

    const v2 = header.data_page_header_v2;
    const counts = header.type === "DATA_PAGE_V2" ? v2 : header.data_page_header;
    if (!counts) throw new Error("data page has no header");
    const entryCount = countOf(counts.num_values, expected - seen);
    seen += entryCount;

    let repetition: Uint8Array | undefined;
    let definition: Uint8Array | undefined;
    let values: DataReader;
    if (v2) {
      const levels = readerOf(body);
      const repetitionBytes = v2.repetition_levels_byte_length;
      const levelBytes = repetitionBytes + v2.definition_levels_byte_length;
      if (!(repetitionBytes >= 0 && levelBytes <= body.byteLength))
        throw new Error("level lengths exceed the page");
      if (maxRepetition > 0) repetition = readLevels(levels, maxRepetition, entryCount, repetitionBytes);
      levels.offset = repetitionBytes;
      if (maxDefinition > 0 && v2.num_nulls !== 0) {
        definition = readLevels(levels, maxDefinition, entryCount, v2.definition_levels_byte_length);
      }
      const packed = body.subarray(levelBytes);
      const codec = v2.is_compressed === false ? "UNCOMPRESSED" : chunk.codec;
      values = readerOf(decompress(packed, sizeBytes - levelBytes, codec, compressors));
    } else {
      values = readerOf(decompress(body, sizeBytes, chunk.codec, compressors));
      if (maxRepetition > 0) repetition = readLevels(values, maxRepetition, entryCount);
      if (maxDefinition > 0) definition = readLevels(values, maxDefinition, entryCount);
    }
    const valueCount = definition ? countAt(definition, maxDefinition) : entryCount;
    if (definition && valueCount === entryCount) definition = undefined;
    yield {
      kind: "data",
      entryCount,
      valueCount,
      encoding: counts.encoding,
      definition,
      repetition,
      reader: values,
    };
  }
}

function decompress(
  body: Uint8Array,
  sizeBytes: number,
  codec: CompressionCodec,
  compressors: Compressors | undefined,
): Uint8Array {
  return sizeBytes === 0 ? new Uint8Array(0) : decompressPage(body, sizeBytes, codec, compressors);
}

function readLevels(reader: DataReader, maxLevel: number, count: number, length?: number): Uint8Array {
  const levels = new Uint8Array(count);
  readRleBitPackedHybrid(reader, 32 - Math.clz32(maxLevel), levels, length);
  return levels;
}

function countAt(levels: Uint8Array, level: number): number {
  let count = 0;
  for (let i = 0; i < levels.length; i++) if (levels[i] === level) count++;
  return count;
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

function countOf(count: number | undefined, limit: number): number {
  if (count === undefined || !(count >= 0 && count <= limit)) {
    throw new Error(`page claims ${count} values where at most ${limit} can be`);
  }
  return count;
}
