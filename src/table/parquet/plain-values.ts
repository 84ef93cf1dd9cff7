import type { SchemaElement } from "hyparquet";
import type { DataReader, ParquetType } from "hyparquet/src/types.js";
import type { Page } from "./pages.js";
import { isDictionaryCoded, type PhysicalValues, readCodes, readValues } from "./values.js";

/** Values in PLAIN encoding, whatever encoding they are stored in; a boolean is a byte. */
export interface PlainPiece {
  readonly byteLength: number;
  /**
   * All bytes, a bounded number at a time: a dictionary of few bytes can stand for many more. They are to be used at
   * once, their place is reused.
   */
  read(use: (bytes: Uint8Array) => void): void;
}

/** A chunk's dictionary. */
export interface PlainDictionary {
  /** Some bytes longer than the values, so that the last can be read by words. */
  readonly view: DataView;
  /** Where each value starts; one entry more than values. */
  readonly offsets: Int32Array;
  /** Bytes of the shortest and of the longest value. */
  readonly shortest: number;
  readonly longest: number;
}

export function plainDictionary(
  page: Extract<Page, { kind: "dictionary" }>,
  element: SchemaElement,
): PlainDictionary {
  const { valueCount: count, reader } = page;
  const values = plainBytes(reader, "PLAIN", element, count)(0, count);
  const view = new DataView(new ArrayBuffer(values.byteLength + WORD));
  new Uint8Array(view.buffer).set(values);
  const width = widthOf(element);
  const offsets = new Int32Array(count + 1);
  let shortest = values.byteLength;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const length = width ?? 4 + view.getUint32(offsets[i]!, true);
    offsets[i + 1] = offsets[i]! + length;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
  }
  return { view, offsets, shortest, longest };
}

/**
 * The values of a page, nulls not counted.
 *
 * @returns skips some values, and returns those that follow; asked for values in order
 */
export function plainValues(
  { encoding, reader, valueCount }: Extract<Page, { kind: "data" }>,
  element: SchemaElement,
  dictionary: PlainDictionary = NONE,
): (skipped: number, count: number) => PlainPiece {
  if (!isDictionaryCoded(encoding)) {
    const bytesOf = plainBytes(reader, encoding, element, valueCount);
    return (skipped, count) => {
      const bytes = bytesOf(skipped, count);
      return { byteLength: bytes.byteLength, read: (use) => use(bytes) };
    };
  }
  const codes = readCodes(reader, valueCount, dictionary.offsets.length - 1);
  let at = 0;
  return (skipped, count) => {
    at += skipped + count;
    return pieceOfCodes(codes.subarray(at - count, at), dictionary);
  };
}

const NONE: PlainDictionary = {
  view: new DataView(new ArrayBuffer(0)),
  offsets: new Int32Array(1),
  shortest: 0,
  longest: 0,
};

function pieceOfCodes(codes: Int32Array, dictionary: PlainDictionary): PlainPiece {
  const { offsets, shortest, longest } = dictionary;
  let byteLength = shortest * codes.length;
  if (shortest < longest)
    for (let i = 0; i < codes.length; i++)
      byteLength += offsets[codes[i]! + 1]! - offsets[codes[i]!]! - shortest;
  return {
    byteLength,
    read: (use) => gather(codes, dictionary, use),
  };
}

/** Hot path: a function with numbers only, of 32 bits. */
function gather(
  codes: Int32Array,
  { view, offsets, longest }: PlainDictionary,
  use: (bytes: Uint8Array) => void,
): void {
  const room = Math.max(PIECE_BYTES, longest);
  const bytes = longest > PIECE_BYTES ? new Uint8Array(longest + WORD) : scratch();
  const out = new DataView(bytes.buffer);
  let to = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const from = offsets[code]!;
    const length = offsets[code + 1]! - from;
    if (to + length > room) {
      use(bytes.subarray(0, to));
      to = 0;
    }
    // By words: values are short, so that a call for each costs more than its bytes. The last word may write past the
    // value, where the next one comes.
    for (let k = 0; k < length; k += WORD) out.setInt32(to + k, view.getInt32(from + k, true), true);
    to += length;
    if (codes[i + RUN] !== code) continue;
    // Columns that are one value for long, as the id of a run.
    const more = equalAfter(codes, i, ((room - to) / length) | 0);
    repeat(bytes, to - length, length, more);
    to += length * more;
    i += more;
  }
  use(bytes.subarray(0, to));
}

/** How many of the codes that follow one, and no more than some, are equal to it. */
function equalAfter(codes: Int32Array, at: number, most: number): number {
  const end = Math.min(at + 1 + most, codes.length);
  let next = at + 1;
  while (next < end && codes[next] === codes[at]) next++;
  return next - at - 1;
}

/** Puts some bytes after themselves, so many times more, by ever longer copies. */
function repeat(bytes: Uint8Array, start: number, length: number, times: number): void {
  const total = length * (times + 1);
  for (let done = length; done < total; ) {
    const more = Math.min(done, total - done);
    bytes.copyWithin(start + done, start, start + more);
    done += more;
  }
}

/** From so many equal values on they may be copied together; a call for few costs more than it saves. */
const RUN = 16;

const PIECE_BYTES = 1 << 16;

/** Where values are made, one piece after the other. */
function scratch(): Uint8Array<ArrayBuffer> {
  made ??= new Uint8Array(PIECE_BYTES + WORD);
  return made;
}

let made: Uint8Array<ArrayBuffer> | undefined;

const WORD = 4;

/** The same of what is not coded by a dictionary. */
function plainBytes(
  reader: DataReader,
  encoding: Parameters<typeof readValues>[1],
  element: SchemaElement,
  total: number,
): (skipped: number, count: number) => Uint8Array {
  const type = element.type!;
  let at = 0;
  if (encoding !== "PLAIN" || type === "BOOLEAN") {
    const values = readValues(reader, encoding, type, total, element.type_length);
    return (skipped, count) => {
      at += skipped + count;
      return bytesOfValues(values, type, at - count, at);
    };
  }
  const { view } = reader;
  const width = widthOf(element);
  at = reader.offset;
  return (skipped, count) => {
    const start = after(skipped);
    at = start;
    at = after(count);
    return new Uint8Array(view.buffer, view.byteOffset + start, at - start);
  };

  function after(count: number): number {
    let end = at;
    if (width !== undefined) end += count * width;
    else for (let i = 0; i < count; i++) end += 4 + lengthAt(end);
    if (end > view.byteLength) throw new Error("values run past their page");
    return end;
  }

  function lengthAt(offset: number): number {
    if (offset + 4 > view.byteLength) throw new Error("values run past their page");
    return view.getUint32(offset, true);
  }
}

function bytesOfValues(values: PhysicalValues, type: ParquetType, start: number, end: number): Uint8Array {
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
  const view = new DataView(out.buffer);
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
