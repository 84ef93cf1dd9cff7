import { crc32 } from "node:zlib";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { DataReader, Encoding, SchemaTree } from "hyparquet/src/types.js";
import { Damage, NotKept, reasonOf } from "./damage.js";
import { decompress } from "./decompress.js";
import type { ByteRange, ChunkMeta } from "./footer.js";
import { MAX_PAGE_BYTES, maxNestedEntries, maxRows } from "./limits.js";
import { type PageHeader, readPageHeader } from "./page-header.js";
import { isSingleRun, readRuns } from "./read-runs.js";
import type { ThriftCursor } from "./thrift.js";

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
      /** Positioned at the first value. */
      readonly reader: DataReader;
    };

/** Where one column is in one row group. */
export interface Chunk {
  readonly meta: ChunkMeta;
  readonly rowCount: number;
  /** Its pages begin at the start, and have ended by the end: only the pages themselves show where they end. */
  readonly range: ByteRange;
}

/**
 * Reads the pages of one column chunk of a file in memory.
 *
 * Synchronous on purpose: a damaged file can only throw here, never reject a promise that nothing awaits. Every size
 * that a header claims is checked against the file and our limits before memory is allocated for it.
 *
 * @param use decodes a page; its errors are reported for that page
 * @throws Damage that names the page; the caller knows the file and the column
 */
export function readPages(
  file: Uint8Array<ArrayBuffer>,
  chunk: Chunk,
  path: SchemaTree[],
  use: (page: Page) => void,
): void {
  const place: PagePlace = { page: -1, offset: -1, header: undefined };
  try {
    for (const page of pagesOf(file, chunk, path, place)) use(page);
  } catch (error) {
    if (place.page < 0 || error instanceof NotKept) throw error;
    const { page, offset, header } = place;
    const holds = header && contentOf(header, chunk.meta);
    throw new Damage(reasonOf(error, holds ?? "a page header"), { page, offset, holds }, { cause: error });
  }
}

/** The page being read. */
interface PagePlace {
  /** -1 before the first. */
  page: number;
  offset: number;
  header: PageHeader | undefined;
}

function contentOf({ kind, count, encoding }: PageHeader, { type }: ChunkMeta): string {
  if (kind === "dictionary") return `dictionary of ${count} ${type ?? "unknown"} values`;
  return kind === "other"
    ? "page of another kind"
    : `${count} ${type ?? "unknown"} values in ${encoding ?? "no known encoding"}`;
}

function* pagesOf(
  file: Uint8Array<ArrayBuffer>,
  { meta: chunk, range: { start, end } }: Chunk,
  path: SchemaTree[],
  place: PagePlace,
): Generator<Page, void, void> {
  const maxRepetition = getMaxRepetitionLevel(path);
  const maxDefinition = getMaxDefinitionLevel(path);
  const expected = chunk.valueCount;
  const most = maxRepetition > 0 ? maxNestedEntries(file.byteLength) : maxRows(file.byteLength);
  if (!(expected >= 0 && expected <= most)) throw new Error(`column chunk claims ${expected} values`);

  if (expected > 0 && !(start >= 4 && start < end)) throw new Error(`column chunk is at byte ${start}`);
  const cursor: ThriftCursor = { bytes: file, offset: start, end };
  const checkLevels = maxRepetition > 0 ? levelCheck(path) : undefined;
  let seen = 0;
  while (seen < expected) {
    if (cursor.offset >= end) throw new Error(`column chunk ends after ${seen} of ${expected} values`);
    place.page++;
    place.offset = cursor.offset;
    place.header = undefined;
    const header = readPageHeader(cursor);
    place.header = header;
    const { compressedBytes, sizeBytes } = header;
    if (!(compressedBytes >= 0 && compressedBytes <= end - cursor.offset)) {
      throw new Error(`page of ${compressedBytes} bytes runs past its column chunk`);
    }
    const body = file.subarray(cursor.offset, cursor.offset + compressedBytes);
    cursor.offset += compressedBytes;
    if (header.kind === "other") continue;
    if (!(sizeBytes >= 0 && sizeBytes <= MAX_PAGE_BYTES)) throw new Error(`page claims ${sizeBytes} bytes`);
    if (header.crc !== undefined && crc32(body) !== header.crc) throw new Error("page CRC does not match");

    if (header.kind === "dictionary") {
      const reader = readerOf(decompress(body, sizeBytes, chunk.codec));
      yield { kind: "dictionary", valueCount: countOf(header, sizeBytes * 8), reader };
      continue;
    }
    const entryCount = countOf(header, expected - seen);
    seen += entryCount;
    if (header.encoding === undefined) throw new Error("page has an encoding that is not known");

    let levels: PageLevels;
    let reader: DataReader;
    if (header.kind === "data-v2") {
      const levelBytes = header.repetitionBytes + header.definitionBytes;
      if (!(header.repetitionBytes >= 0 && header.definitionBytes >= 0 && levelBytes <= body.byteLength)) {
        throw new Error("level lengths exceed the page");
      }
      levels = {
        repetition: readLevels(body, 0, header.repetitionBytes, maxRepetition, entryCount),
        definition: readLevels(body, header.repetitionBytes, levelBytes, maxDefinition, entryCount),
      };
      const codec = header.isCompressed ? chunk.codec : "UNCOMPRESSED";
      reader = readerOf(decompress(body.subarray(levelBytes), sizeBytes - levelBytes, codec));
    } else {
      reader = readerOf(decompress(body, sizeBytes, chunk.codec));
      levels = {
        repetition: readPrefixedLevels(reader, maxRepetition, entryCount),
        definition: readPrefixedLevels(reader, maxDefinition, entryCount),
      };
    }
    const valueCount = levels.definition ? countAt(levels.definition, maxDefinition) : entryCount;
    // If every level is the deepest, each entry continues a list; that differs from having no levels.
    const repetition =
      maxRepetition > 0 ? (levels.repetition ?? fullLevels(entryCount, maxRepetition)) : undefined;
    if (repetition) checkLevels?.(repetition, levels.definition);
    yield {
      kind: "data",
      entryCount,
      valueCount,
      encoding: header.encoding,
      definition: valueCount === entryCount ? undefined : levels.definition,
      repetition,
      reader,
    };
  }
}

/** Where a chunk's pages begin, including its dictionary. */
export function chunkStart({ dataOffset, dictionaryOffset }: ChunkMeta): number {
  return dictionaryOffset > 0 && dictionaryOffset < dataOffset ? dictionaryOffset : dataOffset;
}

interface PageLevels {
  readonly repetition: Uint8Array | undefined;
  readonly definition: Uint8Array | undefined;
}

/** The levels of a page, or `undefined` when all of them are at the maximum. */
function readLevels(
  bytes: Uint8Array,
  offset: number,
  end: number,
  maxLevel: number,
  count: number,
): Uint8Array | undefined {
  if (maxLevel === 0 || isSingleRun(bytes, offset, end, maxLevel, count)) return undefined;
  const levels = new Uint8Array(count);
  readRuns(bytes, offset, end, 32 - Math.clz32(maxLevel), maxLevel + 1, levels);
  return levels;
}

/** Version 1 pages put the length of the levels before them. */
function readPrefixedLevels(reader: DataReader, maxLevel: number, count: number): Uint8Array | undefined {
  if (maxLevel === 0) return undefined;
  const { view, offset } = reader;
  const start = offset + 4;
  const end = start <= view.byteLength ? start + view.getUint32(offset, true) : start;
  if (end > view.byteLength) throw new Error("level lengths exceed the page");
  reader.offset = end;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return readLevels(bytes, start, end, maxLevel, count);
}

function fullLevels(count: number, level: number): Uint8Array {
  return new Uint8Array(count).fill(level);
}

function countAt(levels: Uint8Array, level: number): number {
  let count = 0;
  for (let i = 0; i < levels.length; i++) if (levels[i] === level) count++;
  return count;
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

function countOf({ count }: PageHeader, limit: number): number {
  if (!(count >= 0 && count <= limit)) {
    throw new Error(`page claims ${count} values where at most ${limit} can be`);
  }
  return count;
}

/**
 * Checks the levels of a column with lists, page by page: each entry that continues a list must follow an entry of that
 * list. Building lists from other levels would drop values, or put them into other rows.
 *
 * @param path from the root down to the leaf
 * @returns checks the levels of the next page; absent definition levels are all the deepest
 * @see https://github.com/apache/arrow/issues/45185
 */
function levelCheck(
  path: readonly SchemaTree[],
): (repetition: Uint8Array, definition: Uint8Array | undefined) => void {
  // The definition level from which a value is an element of the list of each repetition level.
  const elementFrom: number[] = [0];
  let deepest = 0;
  for (const { element } of path.slice(1)) {
    if (element.repetition_type !== "REQUIRED") deepest++;
    if (element.repetition_type === "REPEATED") elementFrom.push(deepest);
  }
  let before = -1;
  return (repetition, definition) => {
    for (let i = 0; i < repetition.length; i++) {
      const level = repetition[i]!;
      const defined = definition ? definition[i]! : deepest;
      if (level > 0) {
        if (before < 0) {
          throw new Error(`its first repetition level is ${level}, where 0 must begin the first row`);
        }
        const least = elementFrom[level]!;
        if (before < least || defined < least) {
          throw new Error(
            `entry ${i} continues a list (repetition level ${level}) where there is none: ` +
              `definition level ${before < least ? before : defined}, at least ${least} expected`,
          );
        }
      }
      before = defined;
    }
  };
}
