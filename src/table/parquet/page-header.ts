import type { Encoding } from "hyparquet";
import { Encodings } from "hyparquet/src/constants.js";
import { nextField, readZigZag, skip, THRIFT, type ThriftCursor } from "./thrift.js";

/** A page's own description. Sizes and counts are as claimed; -1 where nothing was claimed. */
export interface PageHeader {
  kind: "dictionary" | "data" | "data-v2" | "other";
  sizeBytes: number;
  compressedBytes: number;
  crc: number | undefined;
  /** Entries of a data page, values of a dictionary. */
  count: number;
  encoding: Encoding | undefined;
  /** Version 2 only: levels come before the compressed values. */
  repetitionBytes: number;
  definitionBytes: number;
  isCompressed: boolean;
}

/**
 * Reads a page header, leaving the cursor at the first byte of the page.
 *
 * Only the fields needed here are kept; page statistics, the bulk of most headers, are skipped.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift PageHeader
 */
export function readPageHeader(cursor: ThriftCursor): PageHeader {
  const header: PageHeader = {
    kind: "other",
    sizeBytes: -1,
    compressedBytes: -1,
    crc: undefined,
    count: -1,
    encoding: undefined,
    repetitionBytes: -1,
    definitionBytes: -1,
    isCompressed: true,
  };
  let pageType = -1;
  let describedType = -1;
  for (let next = nextField(cursor, 0); next !== 0; next = nextField(cursor, next)) {
    const [field, type] = [next >> 4, next & 0x0f];
    const described = type === THRIFT.STRUCT ? DESCRIBED_TYPE[field] : undefined;
    if (type === THRIFT.I32) {
      const value = readZigZag(cursor);
      if (field === 1) pageType = value;
      else if (field === 2) header.sizeBytes = value;
      else if (field === 3) header.compressedBytes = value;
      else if (field === 4) header.crc = value >>> 0;
    } else if (described !== undefined && pageType === described) {
      // If there are two descriptions, only the one that belongs to the page type counts.
      describedType = described;
      readDescription(cursor, header, described);
    } else skip(cursor, next);
  }
  if (pageType === describedType) header.kind = KINDS[pageType] ?? "other";
  else if (KINDS[pageType] !== undefined) throw new Error("page has no header of its own type");
  return header;
}

/** Struct field of the header -> the page type it describes. */
const DESCRIBED_TYPE: Readonly<Record<number, number>> = { 5: 0, 7: 2, 8: 3 };
const KINDS: Readonly<Record<number, PageHeader["kind"]>> = { 0: "data", 2: "dictionary", 3: "data-v2" };

function readDescription(cursor: ThriftCursor, header: PageHeader, pageType: number): void {
  const isV2 = pageType === 3;
  for (let next = nextField(cursor, 0); next !== 0; next = nextField(cursor, next)) {
    const [field, type] = [next >> 4, next & 0x0f];
    if (isV2 && field === 7 && (type === THRIFT.TRUE || type === THRIFT.FALSE)) {
      header.isCompressed = type === THRIFT.TRUE;
    } else if (type === THRIFT.I32) {
      const value = readZigZag(cursor);
      if (field === 1) header.count = value;
      else if (field === (isV2 ? 4 : 2)) header.encoding = Encodings[value];
      else if (isV2 && field === 5) header.definitionBytes = value;
      else if (isV2 && field === 6) header.repetitionBytes = value;
    } else skip(cursor, next);
  }
}
