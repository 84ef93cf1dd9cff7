import { crc32 } from "node:zlib";
import type { ByteRange } from "./footer.js";

/**
 * A CRC-32 over every byte of a file, kept in its own footer.
 *
 * Parquet guards nothing by default: a flipped bit in a page reads as another number. So the writer puts eight hex
 * digits in the key-value metadata and computes the checksum over the whole file with those eight digits set to
 * zero. Other readers see one more metadata key.
 */
export const CHECKSUM_KEY = "bronzestore.crc32";

/** What stands in the footer until the rest of the file is known. */
export const CHECKSUM_PLACEHOLDER = "00000000";

/** How Thrift writes the entry: each text after its field header (0x18, the next field, binary) and its length. */
export const CHECKSUM_ENTRY = `\x18\x11${CHECKSUM_KEY}\x18\x08`;

/** Writes the checksum into finished file bytes that hold the placeholder. */
export function sealChecksum(bytes: Uint8Array<ArrayBuffer>): void {
  const at = digitsOffset(bytes, { start: 0, end: bytes.byteLength });
  if (at === undefined) throw new Error("the footer holds no checksum placeholder");
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(checksumOf(bytes, at), at, "latin1");
}

/**
 * `true` where the bytes carry a checksum and match it, `false` where they do not match it, `undefined` where they
 * carry none. Looks at raw bytes, so that damage elsewhere cannot hide it, and before anything of the file is parsed.
 *
 * @param footer where the footer stands
 */
export function hasIntactChecksum(bytes: Uint8Array<ArrayBuffer>, footer: ByteRange): boolean | undefined {
  const at = digitsOffset(bytes, footer);
  if (at === undefined) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 8).toString("latin1") === checksumOf(bytes, at);
}

/** The writer puts the entry last. */
function digitsOffset(bytes: Uint8Array<ArrayBuffer>, { start, end }: ByteRange): number | undefined {
  const footer = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  const entry = footer.lastIndexOf(CHECKSUM_ENTRY, undefined, "latin1");
  if (entry < 0) return undefined;
  const at = start + entry + CHECKSUM_ENTRY.length;
  return at + 8 <= end ? at : undefined;
}

/** Eight hex digits. */
function checksumOf(bytes: Uint8Array<ArrayBuffer>, at: number): string {
  const before = crc32(bytes.subarray(0, at));
  return crc32(bytes.subarray(at + 8), crc32(CHECKSUM_PLACEHOLDER, before))
    .toString(16)
    .padStart(8, "0");
}
