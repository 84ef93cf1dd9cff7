/** Thrift compact protocol as plain values: what a test changes in a footer, or makes one of. */
export type Thrift =
  | { readonly bool: boolean }
  | { readonly int: bigint; readonly width: 4 | 5 | 6 }
  | { readonly bytes: Uint8Array }
  | { readonly list: readonly Thrift[]; readonly of: number }
  | { readonly struct: ReadonlyMap<number, Thrift> }
  | { readonly raw: Uint8Array; readonly type: number };

export const i32 = (value: number): Thrift => ({ int: BigInt(value), width: 5 });
export const i64 = (value: number | bigint): Thrift => ({ int: BigInt(value), width: 6 });
export const text = (value: string): Thrift => ({ bytes: new TextEncoder().encode(value) });
export const bytes = (value: Uint8Array): Thrift => ({ bytes: value });
export const list = (of: number, items: readonly Thrift[]): Thrift => ({ of, list: items });
/** Fields by number; those that are undefined are left out. */
export const struct = (fields: Readonly<Record<number, Thrift | undefined>>): Thrift => ({
  struct: new Map(
    Object.entries(fields).flatMap(([id, value]) => (value ? [[Number(id), value] as const] : [])),
  ),
});

export const I32 = 5;
export const BINARY = 8;
export const STRUCT = 12;

/** The bytes of a struct. */
export function encodeThrift(value: Thrift): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  write(value, out);
  return Uint8Array.from(out);
}

/** The struct that stands at `start`. */
function decodeThrift(from: Uint8Array, start = 0): Thrift {
  return readStruct({ from, at: start });
}

/** A field of a struct, down a path of field numbers and list places. */
export function at(value: Thrift, ...path: number[]): Thrift | undefined {
  let found: Thrift | undefined = value;
  for (const step of path) {
    if (!found) return undefined;
    found = "struct" in found ? found.struct.get(step) : "list" in found ? found.list[step] : undefined;
  }
  return found;
}

/** A struct with some fields changed; those that become undefined go. */
export function withFields(
  value: Thrift,
  fields: Readonly<Record<number, (old: Thrift | undefined) => Thrift | undefined>>,
): Thrift {
  if (!("struct" in value)) throw new Error("no struct");
  const changed = new Map(value.struct);
  for (const [id, change] of Object.entries(fields)) {
    const made = change(changed.get(Number(id)));
    if (made) changed.set(Number(id), made);
    else changed.delete(Number(id));
  }
  return { struct: changed };
}

/** A list with every item changed. */
function withItems(
  value: Thrift | undefined,
  change: (item: Thrift, place: number) => Thrift,
): Thrift | undefined {
  return value && "list" in value ? { ...value, list: value.list.map(change) } : value;
}

function typeOf(value: Thrift): number {
  if ("bool" in value) return value.bool ? 1 : 2;
  if ("int" in value) return value.width;
  if ("bytes" in value) return BINARY;
  if ("list" in value) return 9;
  if ("struct" in value) return STRUCT;
  return value.type;
}

function write(value: Thrift, out: number[]): void {
  if ("bool" in value) return;
  if ("int" in value) writeVarint(value.int >= 0n ? value.int * 2n : -value.int * 2n - 1n, out);
  else if ("raw" in value) out.push(...value.raw);
  else if ("bytes" in value) {
    writeVarint(BigInt(value.bytes.length), out);
    for (const byte of value.bytes) out.push(byte);
  } else if ("list" in value) {
    const { length } = value.list;
    if (length < 15) out.push(length * 16 + value.of);
    else {
      out.push(0xf0 + value.of);
      writeVarint(BigInt(length), out);
    }
    for (const item of value.list) write(item, out);
  } else {
    let before = 0;
    for (const [id, field] of [...value.struct].sort(([a], [b]) => a - b)) {
      const type = typeOf(field);
      if (id - before < 16) out.push((id - before) * 16 + type);
      else {
        out.push(type);
        writeVarint(BigInt(id) * 2n, out);
      }
      write(field, out);
      before = id;
    }
    out.push(0);
  }
}

export function writeVarint(value: bigint, out: number[]): void {
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
}

interface Cursor {
  readonly from: Uint8Array;
  at: number;
}

function read(type: number, cursor: Cursor): Thrift {
  switch (type) {
    case 1:
    case 2:
      return { bool: type === 1 };
    case 4:
    case 5:
    case 6: {
      const zigzag = readVarint(cursor);
      return { int: zigzag % 2n === 0n ? zigzag / 2n : -(zigzag + 1n) / 2n, width: type };
    }
    case BINARY: {
      const length = Number(readVarint(cursor));
      cursor.at += length;
      return { bytes: cursor.from.slice(cursor.at - length, cursor.at) };
    }
    case 9: {
      const header = cursor.from[cursor.at++]!;
      const of = header & 15;
      const length = header >> 4 === 15 ? Number(readVarint(cursor)) : header >> 4;
      return { of, list: Array.from({ length }, () => (of <= 2 ? rawByte(of, cursor) : read(of, cursor))) };
    }
    case STRUCT:
      return readStruct(cursor);
    default:
      return rawByte(type, cursor);
  }
}

function rawByte(type: number, cursor: Cursor): Thrift {
  const length = type === 7 ? 8 : 1;
  cursor.at += length;
  return { type, raw: cursor.from.slice(cursor.at - length, cursor.at) };
}

function readStruct(cursor: Cursor): Thrift {
  const fields = new Map<number, Thrift>();
  let id = 0;
  for (;;) {
    const header = cursor.from[cursor.at++]!;
    if (header === 0) return { struct: fields };
    id = header >> 4 ? id + (header >> 4) : Number(readVarint(cursor) / 2n);
    fields.set(id, read(header & 15, cursor));
  }
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = cursor.from[cursor.at++]!;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/** A Parquet file with another footer. */
function withFooter(file: Uint8Array, change: (footer: Thrift) => Thrift): Uint8Array<ArrayBuffer> {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(file.length - 8, true);
  const start = file.length - 8 - length;
  return withTail(file.subarray(0, start), change(decodeThrift(file, start)));
}

/** Pages with a footer behind them. */
export function withTail(body: Uint8Array, footer: Thrift): Uint8Array<ArrayBuffer> {
  const encoded = encodeThrift(footer);
  const file = new Uint8Array(body.length + encoded.length + 8);
  file.set(body);
  file.set(encoded, body.length);
  new DataView(file.buffer).setUint32(file.length - 8, encoded.length, true);
  file.set(MAGIC, file.length - 4);
  return file;
}

export const MAGIC = new TextEncoder().encode("PAR1");

/** The file with every column chunk's metadata (`ColumnMetaData`) changed. */
export function withChunks(
  file: Uint8Array,
  change: (meta: Thrift, group: number, column: number) => Thrift,
): Uint8Array<ArrayBuffer> {
  return withFooter(file, (footer) =>
    withFields(footer, {
      4: (groups) =>
        withItems(groups, (group, g) =>
          withFields(group, {
            1: (chunks) =>
              withItems(chunks, (chunk, c) => withFields(chunk, { 3: (meta) => meta && change(meta, g, c) })),
          }),
        ),
    }),
  );
}
