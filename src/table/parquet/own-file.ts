import { crc32 } from "node:zlib";
import type { ByteRange, Footer } from "./footer.js";

/**
 * A CRC-32 over every byte of a file, kept in its own footer.
 *
 * Parquet detects nothing by default: a flipped bit in a page reads as another number. So the writer puts eight hex
 * digits in the key-value metadata and computes the checksum over the whole file with those eight digits set to
 * zero. Other readers see one more metadata key.
 */
export const CHECKSUM_KEY = "bronzestore.crc32";

/** The digits in the footer until the rest of the file is known. */
export const CHECKSUM_PLACEHOLDER = "00000000";

/** How Thrift writes the entry: each text after its field header (0x18, the next field, binary) and its length. */
const CHECKSUM_ENTRY = `\x18\x11${CHECKSUM_KEY}\x18\x08`;

/** Writes the checksum into finished file bytes that hold the placeholder. */
export function sealChecksum(bytes: Uint8Array<ArrayBuffer>): void {
  const at = digitsOffset(bytes, { start: 0, end: bytes.byteLength });
  if (at === undefined) throw new Error("the footer holds no checksum placeholder");
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(checksumOf(bytes, at), at, "latin1");
}

/**
 * `true` where the bytes have a checksum and match it, `false` where they do not match it, `undefined` where they have
 * none. Reads raw bytes, so that damage elsewhere cannot hide it, before anything in the file is parsed.
 *
 * @param footer where the footer is
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
  return hexOf(crc32(bytes.subarray(at + 8), crc32(CHECKSUM_PLACEHOLDER, before)));
}

/**
 * What a file has that is read in pieces: the CRC-32 of each row group, JSON as `[{"start":4,"end":9131,"crc32":"0c8e5f1a"}]`
 * with the bytes from `start` up to, not including, `end`; and that of the footer's own bytes, in which the eight digits of
 * this entry and of the file's checksum are zeros.
 */
export const GROUP_CHECKSUMS_KEY = "bronzestore.row_groups_crc32";
export const FOOTER_CHECKSUM_KEY = "bronzestore.footer_crc32";

const FOOTER_CHECKSUM_ENTRY = `\x18\x18${FOOTER_CHECKSUM_KEY}\x18\x08`;

/**
 * Whether a footer's own checksum matches its bytes; `undefined` where it has none. The digits of both checksums counted as
 * zeros when it was made.
 */
export function hasIntactFooter(
  bytes: Uint8Array<ArrayBuffer>,
  { start, end }: ByteRange,
): boolean | undefined {
  const footer = Buffer.from(bytes.slice(start, end));
  const entry = footer.lastIndexOf(FOOTER_CHECKSUM_ENTRY, undefined, "latin1");
  const whole = footer.lastIndexOf(CHECKSUM_ENTRY, undefined, "latin1");
  const at = entry + FOOTER_CHECKSUM_ENTRY.length;
  if (entry < 0 || whole < 0 || at + 8 > footer.length) return undefined;
  const said = footer.toString("latin1", at, at + 8);
  for (const digits of [at, whole + CHECKSUM_ENTRY.length])
    footer.write(CHECKSUM_PLACEHOLDER, digits, "latin1");
  return said === hexOf(crc32(footer));
}

/** A row group's bytes, and their CRC-32 in eight hex digits. */
export interface GroupChecksum extends ByteRange {
  readonly crc32: string;
}

/**
 * What an intact footer says of its row groups; `undefined` where it says nothing, or not of each of them.
 *
 * @param footer of the same file
 */
export function groupChecksumsOf({
  keyValues,
  rowGroups,
  start,
}: Footer): readonly GroupChecksum[] | undefined {
  const text = keyValues.get(GROUP_CHECKSUMS_KEY);
  if (text === undefined) return undefined;
  const groups = JSON.parse(text) as readonly GroupChecksum[];
  let at = FIRST_GROUP;
  for (const group of groups) {
    if (group.start !== at || !(group.end >= at)) return undefined;
    at = group.end;
  }
  return groups.length === rowGroups.length && at <= start ? groups : undefined;
}

/** After "PAR1". */
const FIRST_GROUP = 4;

export function isIntactGroup(bytes: Uint8Array, { start, end, crc32: said }: GroupChecksum): boolean {
  return hexOf(crc32(bytes.subarray(start, end))) === said;
}

/** The entry of row groups, each from one offset to the next. */
export function groupChecksums(bytes: Uint8Array, offsets: readonly number[]): string {
  const groups = offsets.slice(0, -1).map((start, i) => {
    const end = offsets[i + 1]!;
    return { start, end, crc32: hexOf(crc32(bytes.subarray(start, end))) };
  });
  return JSON.stringify(groups);
}

/** Writes the footer's checksum into finished bytes that hold both placeholders; before the file's own. */
export function sealFooterChecksum(bytes: Uint8Array<ArrayBuffer>): void {
  const size = bytes.byteLength;
  const start = size - 8 - new DataView(bytes.buffer, bytes.byteOffset, size).getUint32(size - 8, true);
  const footer = Buffer.from(bytes.buffer, bytes.byteOffset + start, size - 8 - start);
  const entry = footer.lastIndexOf(FOOTER_CHECKSUM_ENTRY, undefined, "latin1");
  if (entry < 0) throw new Error("the footer holds no placeholder of its checksum");
  footer.write(hexOf(crc32(footer)), entry + FOOTER_CHECKSUM_ENTRY.length, "latin1");
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

/** The writer's name in its files. */
export const CREATED_BY = "bronzestore";

/** Names that only retention uses, for files it wrote. */
export const COMPACTED_NAME = /\.compacted-[0-9a-f]{16}\.parquet$/;

/**
 * A sign that this library wrote a file, in words; `undefined` for a file of another writer.
 *
 * Every file it ever wrote has a checksum, so a file that shows a sign of it and no checksum is damaged. Each sign is
 * checked separately and, as damage may have hit it too, also found where it only nearly matches.
 *
 * @param range where the footer is
 */
export function signOfOurs(
  bytes: Uint8Array<ArrayBuffer>,
  range: ByteRange,
  footer: Footer,
  path: string,
): string | undefined {
  const { createdBy, keyValues } = footer;
  if (createdBy.length === CREATED_BY.length && alike(createdBy, CREATED_BY) * 2 > CREATED_BY.length)
    return `it says that "${createdBy}" wrote it`;
  for (const key of keyValues.keys())
    if (alike(key, KEY_PREFIX) > KEY_PREFIX.length * 0.6) return `it has the metadata key "${key}"`;
  if (COMPACTED_NAME.test(path)) return "its name is one that compaction gives";
  const at = nearlyEntry(bytes, range);
  return at === undefined ? undefined : `byte ${at} starts a damaged checksum entry`;
}

const KEY_PREFIX = "bronzestore.";

function alike(text: string, pattern: string): number {
  let same = 0;
  for (let i = 0; i < pattern.length; i++) if (text[i] === pattern[i]) same++;
  return same;
}

/**
 * The entry and what follows it in our footers: the eight digits (any), the end of the entry, field 6, the writer's
 * name.
 */
const TRACE = Buffer.from(`${CHECKSUM_ENTRY}\0\0\0\0\0\0\0\0\0\x28\x0b${CREATED_BY}`, "latin1");
const DIGITS = { start: CHECKSUM_ENTRY.length, end: CHECKSUM_ENTRY.length + 8 };

/**
 * At most this many bytes of the trace may differ: more than half of it must be intact. Text with the same words in
 * another writer's statistics or column names does not reach that.
 */
const MAX_OTHER = 19;

/** Where bytes are that nearly match the trace. */
function nearlyEntry(bytes: Uint8Array, { start, end }: ByteRange): number | undefined {
  for (let at = start; at + TRACE.length <= end; at++) {
    let others = 0;
    for (let i = 0; i < TRACE.length && others <= MAX_OTHER; i++) {
      const byte = bytes[at + i]!;
      const isLike = i >= DIGITS.start && i < DIGITS.end ? isHexDigit(byte) : byte === TRACE[i];
      if (!isLike) others++;
    }
    if (others <= MAX_OTHER) return at;
  }
  return undefined;
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}
