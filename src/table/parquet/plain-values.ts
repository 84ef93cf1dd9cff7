import type { SchemaElement } from "hyparquet";
import type { DataReader, ParquetType } from "hyparquet/src/types.js";
import type { ByteRange } from "./footer.js";
import type { Page } from "./pages.js";
import { isDictionaryCoded, type PhysicalValues, readCodes, readValues } from "./values.js";

/** Values in PLAIN encoding, whatever encoding they are stored in; a boolean is a byte. */
export interface PlainDictionary {
  readonly bytes: Uint8Array;
  /** Where each value starts; one entry more than values. */
  readonly offsets: Int32Array;
}

/** A chunk's dictionary. */
export function plainDictionary(
  page: Extract<Page, { kind: "dictionary" }>,
  element: SchemaElement,
): PlainDictionary {
  const { valueCount: count } = page;
  const bytes = plainBytes(page.reader, "PLAIN", element, count, { start: 0, end: count });
  const width = widthOf(element);
  const offsets = new Int32Array(count + 1);
  if (width !== undefined) for (let i = 0; i <= count; i++) offsets[i] = i * width;
  else {
    const view = viewOf(bytes);
    for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + 4 + view.getUint32(offsets[i]!, true);
  }
  return { bytes, offsets };
}

/** Some of a page's values, nulls not counted. */
export function plainValues(
  { encoding, reader, valueCount }: Extract<Page, { kind: "data" }>,
  element: SchemaElement,
  dictionary: PlainDictionary | undefined,
  range: ByteRange,
): Uint8Array {
  if (!isDictionaryCoded(encoding)) return plainBytes(reader, encoding, element, valueCount, range);
  const { bytes, offsets } = dictionary ?? NONE;
  const codes = readCodes(reader, valueCount, offsets.length - 1);
  let size = 0;
  for (let i = range.start; i < range.end; i++) size += offsets[codes[i]! + 1]! - offsets[codes[i]!]!;
  const out = new Uint8Array(size);
  let to = 0;
  for (let i = range.start; i < range.end; i++) {
    const end = offsets[codes[i]! + 1]!;
    // Values are short, and a call for each costs more than its bytes.
    for (let at = offsets[codes[i]!]!; at < end; at++) out[to++] = bytes[at]!;
  }
  return out;
}

const NONE: PlainDictionary = { bytes: new Uint8Array(0), offsets: new Int32Array(1) };

function plainBytes(
  reader: DataReader,
  encoding: Parameters<typeof readValues>[1],
  element: SchemaElement,
  count: number,
  range: ByteRange,
): Uint8Array {
  const type = element.type!;
  if (encoding === "PLAIN" && type !== "BOOLEAN") {
    const width = widthOf(element);
    const { view, offset } = reader;
    const { start, end } =
      width === undefined
        ? rangeOfLengths(view, offset, count, range)
        : { start: offset + range.start * width, end: offset + range.end * width };
    if (end > view.byteLength) throw new Error("values run past their page");
    return new Uint8Array(view.buffer, view.byteOffset + start, end - start);
  }
  return bytesOfValues(readValues(reader, encoding, type, count, element.type_length), type, range);
}

/** Where some of the values are that each have their length before them. */
function rangeOfLengths(view: DataView, offset: number, count: number, { start, end }: ByteRange): ByteRange {
  let at = offset;
  let from = at;
  for (let i = 0; i < Math.min(count, end); i++) {
    if (i === start) from = at;
    if (at + 4 > view.byteLength) throw new Error("values run past their page");
    at += 4 + view.getUint32(at, true);
  }
  return { start: start >= count ? at : from, end: at };
}

function bytesOfValues(values: PhysicalValues, type: ParquetType, { start, end }: ByteRange): Uint8Array {
  if (type === "BOOLEAN") return Uint8Array.from(Array.from(values as boolean[]).slice(start, end), Number);
  if (ArrayBuffer.isView(values)) {
    const { BYTES_PER_ELEMENT: width } = values as unknown as Int32Array;
    return new Uint8Array(
      values.buffer as ArrayBuffer,
      values.byteOffset + start * width,
      (end - start) * width,
    );
  }
  const own = (values as Uint8Array[]).slice(start, end);
  const before = type === "BYTE_ARRAY" ? 4 : 0;
  const out = new Uint8Array(own.reduce((sum, { byteLength }) => sum + before + byteLength, 0));
  const view = viewOf(out);
  let at = 0;
  for (const value of own) {
    if (before > 0) view.setUint32(at, value.byteLength, true);
    out.set(value, at + before);
    at += before + value.byteLength;
  }
  return out;
}

/** Bytes of each value; `undefined` where each says its own. */
function widthOf({ type, type_length }: SchemaElement): number | undefined {
  switch (type) {
    case "BOOLEAN":
      return 1;
    case "INT32":
    case "FLOAT":
      return 4;
    case "INT64":
    case "DOUBLE":
      return 8;
    case "INT96":
      return 12;
    case "FIXED_LEN_BYTE_ARRAY":
      return type_length ?? 0;
    case "BYTE_ARRAY":
    case undefined:
      return undefined;
    default:
      return type satisfies never;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
