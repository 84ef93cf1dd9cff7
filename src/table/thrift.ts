/** A place in Thrift compact-protocol bytes. `end` is never read. */
export interface ThriftCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
}

/** Compact-protocol types, as the low four bits of a field header. */
export const THRIFT = { TRUE: 1, FALSE: 2, I32: 5, BINARY: 8, LIST: 9, STRUCT: 12 } as const;

/** Whether a type is a whole number: i16, i32 and i64 are written alike. */
export function isInteger(type: number): boolean {
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
 * Calls `visit` for every field of a struct; what `visit` does not read itself (returning true) is skipped.
 *
 * @throws Error when the bytes are not a struct that ends before `end`
 */
export function eachField(
  cursor: ThriftCursor,
  visit: (field: number, type: number) => boolean,
  depth = 0,
): void {
  if (depth > MAX_DEPTH) throw new Error("metadata is nested too deeply");
  let field = 0;
  for (;;) {
    const header = readByte(cursor);
    const type = header & 0x0f;
    if (type === 0) return;
    field = header >> 4 ? field + (header >> 4) : readZigZag(cursor);
    if (!visit(field, type)) skip(cursor, type, depth);
  }
}

/**
 * Calls `visit` for every item of a list, which must read it; a list of other items than `itemType` is skipped.
 *
 * @throws Error when the list claims more items than there are bytes
 */
export function eachItem(cursor: ThriftCursor, itemType: number, visit: () => void): void {
  const at = cursor.offset;
  const header = readByte(cursor);
  if ((header & 0x0f) !== itemType) {
    cursor.offset = at;
    skip(cursor, THRIFT.LIST, 0);
    return;
  }
  const size = readListSize(cursor, header);
  for (let i = 0; i < size; i++) visit();
}

/** Where a binary's or a string's bytes stand. */
export function readBytes(cursor: ThriftCursor): { start: number; end: number } {
  const length = readVarint(cursor);
  const start = cursor.offset;
  advance(cursor, length);
  return { start, end: cursor.offset };
}

/** Walks over a value without building anything. */
export function skip(cursor: ThriftCursor, type: number, depth: number): void {
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
      readVarint(cursor);
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
      eachField(cursor, () => false, depth + 1);
      return;
    default:
      throw new Error(`metadata field of unknown type ${type}`);
  }
}

/** An unsigned number of up to ten bytes; beyond 2^53 it is only roughly right. */
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
