import { crc32 } from "node:zlib";

/**
 * Typed arrays and a JSON header in one run of bytes, guarded by a checksum, and read back without a copy: each array
 * is a view of the bytes, which therefore start at a multiple of eight.
 *
 * ```
 * magic (8) | CRC-32 of all that follows (4) | header's length (4) | whole length (8) | header, padded | arrays, each padded
 * ```
 *
 * Not Arrow IPC: importing apache-arrow takes longer than answering from here, and it has neither a checksum nor the
 * layout of `Column`. As everywhere in this library the machine is little-endian.
 */
export interface ArrayFile {
  readonly header: unknown;
  array<Kind extends ArrayKind>(ref: ArrayRef<Kind>): ArrayOf[Kind];
}

/** Where an array lies; plain data, made to stand in a header. */
export interface ArrayRef<Kind extends ArrayKind = ArrayKind> {
  readonly kind: Kind;
  /** Bytes from the first array. */
  readonly at: number;
  readonly length: number;
}

const ARRAYS: Record<ArrayKind, new (buffer: ArrayBuffer, at: number, length: number) => TypedArray> = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

interface ArrayOf {
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  i64: BigInt64Array;
  u64: BigUint64Array;
  f32: Float32Array;
  f64: Float64Array;
}

/** A class of typed arrays. */
export type ArrayKind = keyof ArrayOf;

/** Any of the arrays. */
export type TypedArray = ArrayOf[ArrayKind];

/** Collects arrays, and makes bytes of them. */
export class ArrayFileWriter {
  readonly #added: { readonly ref: ArrayRef; readonly array: TypedArray }[] = [];
  #length = 0;

  /** Takes an array in; it must stay as it is until the file is sealed. What is the same as one before is kept once. */
  add<Kind extends ArrayKind>(kind: Kind, array: ArrayOf[Kind]): ArrayRef<Kind> {
    const same = this.#added.find((one) => one.ref.kind === kind && isSame(one.array, array));
    if (same) return same.ref as ArrayRef<Kind>;
    const ref = { kind, at: this.#length, length: array.length };
    this.#added.push({ ref, array });
    this.#length += padded(array.byteLength);
    return ref;
  }

  /** The whole file. `magic` is eight characters that say what it is, in which version. */
  seal(magic: string, header: unknown): Uint8Array<ArrayBuffer> {
    const { bytes, body } = begin(magic, header, this.#length);
    let at = body;
    for (const { array } of this.#added) {
      bytes.set(bytesOf(array), at);
      at += padded(array.byteLength);
    }
    return finish(bytes);
  }
}

/** The class of an array. */
export function kindOf(array: TypedArray): ArrayKind {
  for (const [kind, made] of Object.entries(ARRAYS)) if (array instanceof made) return kind as ArrayKind;
  throw new TypeError("not a typed array");
}

/** The file in `bytes`, or `undefined` where they are not, bit for bit, what was sealed under this magic. */
export function openArrayFile(magic: string, given: Uint8Array<ArrayBuffer>): ArrayFile | undefined {
  const bytes = given.byteOffset % 8 === 0 ? given : given.slice();
  if (bytes.byteLength < PRELUDE || latin1(bytes, 0, MAGIC) !== magic) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getBigUint64(16, true) !== BigInt(bytes.byteLength)) return undefined;
  if (view.getUint32(8, true) !== crc32(bytes.subarray(GUARDED))) return undefined;
  const headerLength = view.getUint32(12, true);
  const start = bytes.byteOffset + PRELUDE + padded(headerLength);
  return {
    header: JSON.parse(utf8(bytes.subarray(PRELUDE, PRELUDE + headerLength))),
    array: ({ kind, at, length }) =>
      new ARRAYS[kind](bytes.buffer, start + at, length) as ArrayOf[typeof kind],
  };
}

/** Text of bytes that are known to be text; making a `TextDecoder` takes longer than most of what is read here. */
export function utf8({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
}

/** The same arrays under another header. */
export function withHeader(
  magic: string,
  bytes: Uint8Array<ArrayBuffer>,
  header: unknown,
): Uint8Array<ArrayBuffer> {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  const arrays = bytes.subarray(PRELUDE + padded(headerLength));
  const { bytes: out, body } = begin(magic, header, arrays.byteLength);
  out.set(arrays, body);
  return finish(out);
}

const MAGIC = 8;
/** From here on everything is under the checksum. */
const GUARDED = 12;
const PRELUDE = 24;

function begin(magic: string, header: unknown, arraysLength: number) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const body = PRELUDE + padded(text.byteLength);
  const bytes = new Uint8Array(body + arraysLength);
  const view = new DataView(bytes.buffer);
  if (magic.length !== MAGIC)
    throw new TypeError(`the magic ${JSON.stringify(magic)} is not of ${MAGIC} bytes`);
  for (let i = 0; i < MAGIC; i++) bytes[i] = magic.charCodeAt(i);
  view.setUint32(12, text.byteLength, true);
  view.setBigUint64(16, BigInt(bytes.byteLength), true);
  bytes.set(text, PRELUDE);
  return { bytes, body };
}

function finish(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setUint32(8, crc32(bytes.subarray(GUARDED)), true);
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isSame(a: TypedArray, b: TypedArray): boolean {
  return a.length === b.length && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function latin1(bytes: Uint8Array<ArrayBuffer>, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}

function padded(length: number): number {
  return (length + 7) & ~7;
}
