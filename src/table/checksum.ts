import { crc32 } from "node:zlib";

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

/** Writes the checksum into finished file bytes that hold the placeholder. */
export function sealChecksum(bytes: Uint8Array<ArrayBuffer>): void {
  const at = checksumOffset(bytes, bytes.byteLength);
  if (at === undefined) throw new Error("the footer holds no checksum placeholder");
  const digits = checksumOf(bytes, at).toString(16).padStart(8, "0");
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(digits, at, "latin1");
}

/**
 * `true` where the bytes carry a checksum and match it, `false` where they do not match what stands in its place,
 * `undefined` where nothing does. Looks at raw bytes, so that it can be asked before anything of the file is parsed.
 *
 * @param footerBytes length of the footer
 */
export function hasIntactChecksum(bytes: Uint8Array<ArrayBuffer>, footerBytes: number): boolean | undefined {
  const at = checksumOffset(bytes, footerBytes + 8);
  if (at === undefined) return undefined;
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset + at, 8).toString("latin1");
  return Number.parseInt(digits, 16) === checksumOf(bytes, at);
}

/** Where the eight digits stand: after the key come the value's field header and its length, two bytes. */
function checksumOffset(bytes: Uint8Array<ArrayBuffer>, tailLength: number): number | undefined {
  const tail = bytes.byteLength - tailLength;
  const footer = Buffer.from(bytes.buffer, bytes.byteOffset + tail, tailLength);
  const key = footer.lastIndexOf(CHECKSUM_KEY, undefined, "latin1");
  if (key < 0) return undefined;
  const at = tail + key + CHECKSUM_KEY.length + 2;
  return at + 8 <= bytes.byteLength ? at : undefined;
}

function checksumOf(bytes: Uint8Array<ArrayBuffer>, at: number): number {
  const before = crc32(bytes.subarray(0, at));
  return crc32(bytes.subarray(at + 8), crc32(CHECKSUM_PLACEHOLDER, before));
}
