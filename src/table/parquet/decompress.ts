import zlib from "node:zlib";
import type { CompressionCodec } from "hyparquet";
import { requireFromHere } from "../../lazy-module.js";
import { at, NotKept } from "./damage.js";

/**
 * The bytes of a page, which must be exactly `sizeBytes`.
 *
 * Snappy and LZ4 are decoded here because the available decoders loop forever, or return zeros, on some damaged input;
 * GZIP and Brotli are Node's own. Memory is allocated only for sizes the codec can reach.
 *
 * @throws Error when the bytes are damaged
 * @throws NotKept for LZO, of which there is no decoder here
 */
export function decompress(
  body: Uint8Array,
  sizeBytes: number,
  codec: CompressionCodec | undefined,
): Uint8Array {
  return at({}, `${codec} data of ${sizeBytes} bytes`, () => decode(body, sizeBytes, codec));
}

function decode(body: Uint8Array, sizeBytes: number, codec: CompressionCodec | undefined): Uint8Array {
  // Some writers store nothing at all for an empty page.
  if (sizeBytes === 0 && codec !== "UNCOMPRESSED") return new Uint8Array(0);
  switch (codec) {
    case "UNCOMPRESSED":
      return sized(body, sizeBytes);
    case "SNAPPY":
      return snappy(body, sizeBytes);
    case "GZIP":
      return sized(
        zlib.unzipSync(body, { maxOutputLength: sizeBytes, chunkSize: chunkSize(sizeBytes) }),
        sizeBytes,
      );
    case "BROTLI":
      return sized(
        zlib.brotliDecompressSync(body, { maxOutputLength: sizeBytes, chunkSize: chunkSize(sizeBytes) }),
        sizeBytes,
      );
    case "ZSTD":
      return zstd(body, sizeBytes);
    case "LZ4_RAW":
      return lz4(body, sizeBytes);
    case "LZ4":
      return hadoopLz4(body, sizeBytes);
    case "LZO":
      throw new NotKept("its pages are compressed with LZO; write the file with another codec, such as ZSTD");
    case undefined:
      throw new Error("compression of an unknown code is not supported");
    default:
      return codec satisfies never;
  }
}

function sized(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  if (bytes.byteLength !== sizeBytes) throw new Error(`page has ${bytes.byteLength} bytes, not ${sizeBytes}`);
  return bytes;
}

/** A chunk size that holds the result in one piece, within what zlib allows. */
function chunkSize(sizeBytes: number): number {
  return Math.min(Math.max(sizeBytes, 64), 1 << 20);
}

/** An array for the result, unless input of this length cannot produce that much. */
function outputFor(body: Uint8Array, sizeBytes: number, bytesPerByte: number): Uint8Array {
  if (sizeBytes > (body.byteLength + 1) * bytesPerByte) {
    throw new Error(`${body.byteLength} compressed bytes cannot hold ${sizeBytes}`);
  }
  // Node's pool: pages are small and many, and the decoders below fill every byte or throw.
  const { buffer, byteOffset } = Buffer.allocUnsafe(sizeBytes);
  return new Uint8Array(buffer, byteOffset, sizeBytes);
}

/** Up to here a loop is faster than the engine's own copying, because of the call. */
const LOOP_BYTES = 192;

/** @see https://github.com/google/snappy/blob/main/format_description.txt */
function snappy(body: Uint8Array, sizeBytes: number): Uint8Array {
  // Its densest element makes 64 bytes from 3.
  const out = outputFor(body, sizeBytes, 22);
  const end = body.byteLength;
  let at = 0;
  while (at < end && body[at]! >= 0x80) at++;
  at++;
  let to = 0;
  while (at < end) {
    const tag = body[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const lengthBytes = length - 60;
        if (at + lengthBytes > end) throw new Error("snappy literal is cut short");
        length = 1;
        for (let i = 0; i < lengthBytes; i++) length += body[at++]! * 2 ** (8 * i);
      }
      if (length > end - at || length > sizeBytes - to) throw new Error("snappy literal runs past its page");
      if (length > LOOP_BYTES) out.set(body.subarray(at, at + length), to);
      else for (let i = 0; i < length; i++) out[to + i] = body[at + i]!;
      at += length;
      to += length;
      continue;
    }
    const distanceBytes = kind === 3 ? 4 : kind;
    if (at + distanceBytes > end) throw new Error("snappy copy is cut short");
    let length = (tag >>> 2) + 1;
    let distance = body[at]!;
    if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4;
      distance |= (tag >>> 5) << 8;
    } else {
      distance |= body[at + 1]! << 8;
      // A page is smaller than 2^31 bytes, so a distance that becomes negative here is damage too.
      if (kind === 3) distance |= (body[at + 2]! << 16) | (body[at + 3]! << 24);
    }
    at += distanceBytes;
    to = copyBack(out, to, distance, length);
  }
  if (to !== sizeBytes) throw new Error(`snappy page has ${to} bytes, not ${sizeBytes}`);
  return out;
}

/** @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function lz4(body: Uint8Array, sizeBytes: number): Uint8Array {
  const out = outputFor(body, sizeBytes, 255);
  const end = body.byteLength;
  let at = 0;
  let to = 0;
  const extend = (length: number): number => {
    let whole = length;
    if (length < 15) return whole;
    for (let byte = 255; byte === 255; whole += byte) {
      if (at >= end) throw new Error("LZ4 length is cut short");
      byte = body[at++]!;
    }
    return whole;
  };
  while (at < end) {
    const token = body[at++]!;
    const literals = extend(token >> 4);
    if (literals > end - at || literals > sizeBytes - to) throw new Error("LZ4 literal runs past its page");
    out.set(body.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= end) break;
    if (at + 2 > end) throw new Error("LZ4 copy is cut short");
    const distance = body[at]! | (body[at + 1]! << 8);
    at += 2;
    to = copyBack(out, to, distance, extend(token & 15) + 4);
  }
  if (to !== sizeBytes) throw new Error(`LZ4 page has ${to} bytes, not ${sizeBytes}`);
  return out;
}

/** The old LZ4 codec: Hadoop's frames of (size, compressed size, block), or, from some writers, a bare block. */
function hadoopLz4(body: Uint8Array, sizeBytes: number): Uint8Array {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const blocks: Uint8Array[] = [];
  let at = 0;
  let whole = 0;
  while (at + 8 <= body.byteLength) {
    const size = view.getUint32(at);
    const compressed = view.getUint32(at + 4);
    if (size > sizeBytes - whole || compressed > body.byteLength - at - 8) return lz4(body, sizeBytes);
    blocks.push(lz4(body.subarray(at + 8, at + 8 + compressed), size));
    at += 8 + compressed;
    whole += size;
  }
  return whole === sizeBytes && at === body.byteLength ? Buffer.concat(blocks) : lz4(body, sizeBytes);
}

/**
 * Node's own decoder if present (22.15 and later), otherwise fzstd. fzstd trusts the size that a frame claims, so that
 * is compared first.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc8878#name-frame-header
 */
function zstd(body: Uint8Array, sizeBytes: number): Uint8Array {
  const native = (zlib as unknown as { zstdDecompressSync?: typeof zlib.gunzipSync }).zstdDecompressSync;
  if (native)
    return sized(native(body, { maxOutputLength: sizeBytes, chunkSize: chunkSize(sizeBytes) }), sizeBytes);

  const { decompressZstd } = requireFromHere(
    "hyparquet-compressors",
  ) as typeof import("hyparquet-compressors");
  const decodeZstd = decompressZstd as (input: Uint8Array, output?: Uint8Array) => Uint8Array;
  const descriptor = body[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeField = descriptor >> 6;
  if (isSingleSegment || sizeField > 0) {
    const at = (isSingleSegment ? 5 : 6) + [0, 1, 2, 4][descriptor & 3]!;
    const claimed = littleEndian(body, at, 1 << sizeField) + (sizeField === 1 ? 256 : 0);
    if (claimed !== sizeBytes) throw new Error(`page has ${claimed} bytes, not ${sizeBytes}`);
    return sized(decodeZstd(body, new Uint8Array(sizeBytes)), sizeBytes);
  }
  // No size claimed: fzstd allocates the window instead.
  const windowLog = 10 + ((body[5] ?? 0) >> 3);
  if (windowLog > 27) throw new Error(`zstd window of 2^${windowLog} bytes`);
  return sized(decodeZstd(body), sizeBytes);
}

function littleEndian(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let i = sizeBytes - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Copies `length` bytes from `distance` before `to`; they may overlap what is being written. */
function copyBack(out: Uint8Array, to: number, distance: number, length: number): number {
  if (distance <= 0 || distance > to || length > out.length - to) {
    throw new Error("copy from outside the page");
  }
  const end = to + length;
  if (distance >= length && length > LOOP_BYTES) out.copyWithin(to, to - distance, end - distance);
  else for (let i = to; i < end; i++) out[i] = out[i - distance]!;
  return end;
}
