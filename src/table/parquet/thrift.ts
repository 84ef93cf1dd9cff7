/** A place in Thrift compact-protocol bytes. `end` is never read. */
export interface ThriftCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
}

/** Compact-protocol types, as the low four bits of a field header. */
export const THRIFT = { TRUE: 1, FALSE: 2, I32: 5, BINARY: 8, LIST: 9, STRUCT: 12 } as const;

/** Whether a field (or a type) is a whole number: i16, i32 and i64 are written alike. */
export function isInteger(field: number): boolean {
  const type = field & 0x0f;
  return type >= 4 && type <= 6;
}

// Parquet's own footer nests about ten structs deep.
const MAX_DEPTH = 32;
const MAX_VARINT_BYTES = 10;

/** An i32, or any other number whose exact value beyond 32 bits does not matter. */
export function readZigZag(cursor: ThriftCursor): number {
  const zigzag = readVarint(cursor);
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}

/**
 * The next field of a struct, after the one before it (0 at the start): its number and its type in one, `field * 16 +
 * type`, or 0 at the struct's end. Read or skip the field's value before the next call. A number rather than an object
 * or a callback: a day of files has a hundred thousand fields.
 *
 * @throws Error when the bytes end before the struct does
 * @example
 * ```ts
 * for (let field = nextField(cursor, 0); field !== 0; field = nextField(cursor, field)) {
 *   if (field === 3 * 16 + THRIFT.I32) count = readZigZag(cursor);
 *   else skip(cursor, field);
 * }
 * ```
 */
export function nextField(cursor: ThriftCursor, before: number): number {
  const header = readByte(cursor);
  const type = header & 0x0f;
  if (header === 0) return 0;
  if (type === 0) throw new Error("metadata has a field without a type");
  const field = header >> 4 ? (before >> 4) + (header >> 4) : readZigZag(cursor);
  // Field numbers have 16 bits.
  if (!(field > 0 && field < 0x8000)) throw new Error(`metadata has a field ${field}`);
  return field * 16 + type;
}

/**
 * How many items a list of `itemType` has, which the caller must then read.
 *
 * @throws Error when the list has other items, or claims more of them than there are bytes
 */
export function readListOf(cursor: ThriftCursor, itemType: number): number {
  const header = readByte(cursor);
  const size = readListSize(cursor, header);
  const type = header & 0x0f;
  if (size > 0 && type !== itemType) throw new Error(`metadata list of type ${type}, not ${itemType}`);
  return size;
}

/** Skips a binary or a string, and returns its length in bytes: it ends at the cursor. */
export function readLength(cursor: ThriftCursor): number {
  const length = readVarint(cursor);
  advance(cursor, length);
  return length;
}

/**
 * Skips a field's value without building anything.
 *
 * @param field as `nextField` returned it; for a value outside a struct, its type
 */
export function skip(cursor: ThriftCursor, field: number, depth = 0): void {
  if (depth > MAX_DEPTH) throw new Error("metadata is nested too deeply");
  const type = field & 0x0f;
  switch (type) {
    case THRIFT.TRUE:
    case THRIFT.FALSE:
      return;
    case 3: // byte
      advance(cursor, 1);
      return;
    case 4: // i16
    case THRIFT.I32:
    case 6: // i64
      skipVarint(cursor);
      return;
    case 7: // double
      advance(cursor, 8);
      return;
    case THRIFT.BINARY:
      advance(cursor, readVarint(cursor));
      return;
    case THRIFT.LIST: {
      const header = readByte(cursor);
      const size = readListSize(cursor, header);
      const itemType = header & 0x0f;
      const isBool = itemType === THRIFT.TRUE || itemType === THRIFT.FALSE;
      for (let i = 0; i < size; i++) skip(cursor, isBool ? 3 : itemType, depth + 1);
      return;
    }
    case THRIFT.STRUCT:
      for (let inner = nextField(cursor, 0); inner !== 0; inner = nextField(cursor, inner))
        skip(cursor, inner, depth + 1);
      return;
    default:
      throw new Error(`metadata field of unknown type ${type}`);
  }
}

/** An unsigned number of up to ten bytes; beyond 2^53 it is only approximate. */
export function readVarint(cursor: ThriftCursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = readByte(cursor);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw new Error("metadata holds an endless number");
}

function skipVarint(cursor: ThriftCursor): void {
  for (let i = 0; i < MAX_VARINT_BYTES; i++) if (readByte(cursor) < 0x80) return;
  throw new Error("metadata holds an endless number");
}

/** Every item takes at least a byte, so a larger size is damage. */
function readListSize(cursor: ThriftCursor, header: number): number {
  const size = header >> 4 === 15 ? readVarint(cursor) : header >> 4;
  if (size > cursor.end - cursor.offset) throw new Error(`metadata list of ${size} items`);
  return size;
}

function readByte(cursor: ThriftCursor): number {
  if (cursor.offset >= cursor.end) throw new Error("metadata ends too early");
  return cursor.bytes[cursor.offset++]!;
}

function advance(cursor: ThriftCursor, sizeBytes: number): void {
  if (sizeBytes > cursor.end - cursor.offset) throw new Error("metadata ends too early");
  cursor.offset += sizeBytes;
}
