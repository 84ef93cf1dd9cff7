import { CHECKSUM_ENTRY } from "./checksum.js";
import type { ByteRange, Footer } from "./footer.js";

/** What the writer signs its files with. */
export const CREATED_BY = "bronzestore";

/** Names that only retention gives, to files it wrote. */
export const COMPACTED_NAME = /\.compacted-[0-9a-f]{16}\.parquet$/;

/**
 * A sign that this library wrote a file, in words; `undefined` for a file of another writer.
 *
 * Every file it ever wrote has a checksum, so one that shows a sign of it and no checksum is damaged. Each sign is
 * looked for by itself and, as damage may have hit it too, also where it is only nearly there.
 *
 * @param range where the footer stands
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
  return at === undefined ? undefined : `byte ${at} starts what was a checksum entry`;
}

const KEY_PREFIX = "bronzestore.";

function alike(text: string, pattern: string): number {
  let same = 0;
  for (let i = 0; i < pattern.length; i++) if (text[i] === pattern[i]) same++;
  return same;
}

/**
 * How the entry and what follows it stand in our footers: the eight digits (any), the end of the entry, field 6, the
 * writer's name.
 */
const TRACE = Buffer.from(`${CHECKSUM_ENTRY}\0\0\0\0\0\0\0\0\0\x28\x0b${CREATED_BY}`, "latin1");
const DIGITS = { start: CHECKSUM_ENTRY.length, end: CHECKSUM_ENTRY.length + 8 };

/**
 * At most this many bytes of the trace may differ: more than half of it must still stand. Text of the same words in
 * somebody's statistics or column names comes to less.
 */
const MAX_OTHER = 19;

/** Where bytes stand that nearly are the trace. */
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
