import { gzipSync } from "node:zlib";
import {
  BINARY,
  encodeThrift,
  I32,
  i32,
  i64,
  list,
  MAGIC,
  STRUCT,
  struct,
  type Thrift,
  text,
  withTail,
  writeVarint,
} from "./thrift-tree.js";

/**
 * A Parquet file as some other program may write it: any schema, any annotation, either page version, wrong statistics.
 * Written by the format's own words, with nothing of the library under test.
 */
export interface Node {
  readonly name: string;
  readonly repetition: "required" | "optional" | "repeated";
  readonly type?: keyof typeof TYPES;
  readonly length?: number;
  /** A `ConvertedType`. */
  readonly converted?: number;
  readonly scale?: number;
  readonly precision?: number;
  /** A `LogicalType`. */
  readonly logical?: Thrift;
  readonly children?: readonly Node[];
}

/** How to write. */
export interface WriteOptions {
  readonly pages?: 1 | 2;
  readonly codec?: "none" | "gzip";
  /** Data pages a chunk has, where it has as many rows. */
  readonly pagesPerChunk?: number;
  /** Cuts pages there instead, in the middle of rows, as version 1 allows. */
  readonly entriesPerPage?: number;
  /** The `Statistics` of a chunk. */
  readonly statistics?: (path: string, group: number) => Thrift | undefined;
  readonly keyValues?: Readonly<Record<string, string>>;
}

const TYPES = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const;
const REPETITIONS = { required: 0, optional: 1, repeated: 2 };

export const CONVERTED = {
  UTF8: 0,
  MAP: 1,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIME_MILLIS: 7,
  TIME_MICROS: 8,
  INTERVAL: 21,
};
/** `LogicalType`s: STRING, MAP, LIST, DECIMAL, TIME, TIMESTAMP, VARIANT. */
export const LOGICAL = {
  MAP: struct({ 2: struct({}) }),
  LIST: struct({ 3: struct({}) }),
  time: (unit: 1 | 2 | 3) => struct({ 7: struct({ 1: { bool: true }, 2: struct({ [unit]: struct({}) }) }) }),
  timestamp: (unit: 1 | 2 | 3, utc: boolean) =>
    struct({ 8: struct({ 1: { bool: utc }, 2: struct({ [unit]: struct({}) }) }) }),
  VARIANT: struct({ 16: struct({}) }),
};
/** Of `LOGICAL.time` and `LOGICAL.timestamp`. */
export const UNIT = { ms: 1, us: 2, ns: 3 } as const;

/** A row as the schema has it: a repeated field is an array, a group an object, what is absent null. */
export type RawRow = Readonly<Record<string, unknown>>;

export function foreignFile(
  columns: readonly Node[],
  rowGroups: readonly (readonly RawRow[])[],
  {
    pages = 1,
    codec = "none",
    pagesPerChunk = 1,
    entriesPerPage,
    statistics,
    keyValues = {},
  }: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  const body: number[] = [...MAGIC];
  const groups = rowGroups.map((rows, group): Thrift => {
    const chunks = leavesOf(columns).map((leaf): Thrift => {
      const offset = body.length;
      let [entryCount, uncompressed] = [0, 0];
      const perPage = Math.max(1, Math.ceil(rows.length / pagesPerChunk));
      const byRows = cut(rows, perPage).map((some) => some.flatMap((row) => shred(leaf, row)));
      for (const entries of entriesPerPage ? cut(byRows.flat(), entriesPerPage) : byRows) {
        const before = body.length;
        const begun = entries.filter(({ repetition }) => repetition === 0).length;
        uncompressed += writePage(body, leaf, entries, { pages, codec, rows: begun });
        uncompressed += body.length - before;
        entryCount += entries.length;
      }
      const path = leaf.path.map(({ name }) => name);
      const meta = struct({
        1: i32(TYPES[leaf.node.type!]),
        2: list(I32, [i32(0), i32(3)]),
        3: list(BINARY, path.map(text)),
        4: i32(codec === "gzip" ? 2 : 0),
        5: i64(entryCount),
        6: i64(uncompressed),
        7: i64(body.length - offset),
        9: i64(offset),
        12: statistics?.(path.join("."), group),
      });
      return struct({ 2: i64(offset), 3: meta });
    });
    return struct({ 1: list(STRUCT, chunks), 2: i64(body.length), 3: i64(rows.length) });
  });
  const root = struct({ 4: text("schema"), 5: i32(columns.length) });
  const footer = struct({
    1: i32(pages),
    2: list(STRUCT, [root, ...columns.flatMap(elementsOf)]),
    3: i64(rowGroups.reduce((sum, rows) => sum + rows.length, 0)),
    4: list(STRUCT, groups),
    5: list(
      STRUCT,
      Object.entries(keyValues).map(([key, value]) => struct({ 1: text(key), 2: text(value) })),
    ),
    6: text("a program of somebody else"),
  });
  return withTail(Uint8Array.from(body), footer);
}

function cut<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function elementsOf(node: Node): Thrift[] {
  const own = struct({
    1: node.type === undefined ? undefined : i32(TYPES[node.type]),
    2: node.length === undefined ? undefined : i32(node.length),
    3: i32(REPETITIONS[node.repetition]),
    4: text(node.name),
    5: node.children ? i32(node.children.length) : undefined,
    6: node.converted === undefined ? undefined : i32(node.converted),
    7: node.scale === undefined ? undefined : i32(node.scale),
    8: node.precision === undefined ? undefined : i32(node.precision),
    10: node.logical,
  });
  return [own, ...(node.children ?? []).flatMap(elementsOf)];
}

interface Leaf {
  readonly node: Node;
  /** From the top-level column down. */
  readonly path: readonly Node[];
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

function leavesOf(nodes: readonly Node[], above: readonly Node[] = []): Leaf[] {
  return nodes.flatMap((node) => {
    const path = [...above, node];
    if (node.children) return leavesOf(node.children, path);
    const count = (wanted: (one: Node) => boolean) => path.filter(wanted).length;
    return [
      {
        node,
        path,
        maxDefinition: count(({ repetition }) => repetition !== "required"),
        maxRepetition: count(({ repetition }) => repetition === "repeated"),
      },
    ];
  });
}

interface Entry {
  readonly repetition: number;
  readonly definition: number;
  readonly value: unknown;
}

/** Dremel's levels of one leaf in one row. */
function shred({ path }: Leaf, row: RawRow): Entry[] {
  const entries: Entry[] = [];
  const walk = (step: number, holder: RawRow, repetition: number, definition: number, lists: number) => {
    const node = path[step];
    if (!node) throw new Error("a path without a leaf");
    const put = (value: unknown, own: number, level: number, depth: number) => {
      if (node.children) walk(step + 1, value as RawRow, own, level, depth);
      else entries.push({ repetition: own, definition: level, value });
    };
    const value = holder[node.name];
    const absent = () => entries.push({ repetition, definition, value: undefined });
    if (node.repetition === "required") put(value, repetition, definition, lists);
    else if (node.repetition === "optional") {
      if (value === null || value === undefined) absent();
      else put(value, repetition, definition + 1, lists);
    } else {
      const items = value as readonly unknown[];
      if (items.length === 0) absent();
      items.forEach((item, i) => {
        put(item, i === 0 ? repetition : lists + 1, definition + 1, lists + 1);
      });
    }
  };
  walk(0, row, 0, 0, 0);
  return entries;
}

/** Writes a PLAIN data page; returns by how many bytes it would be longer without compression. */
function writePage(
  body: number[],
  { node, maxDefinition, maxRepetition }: Leaf,
  entries: readonly Entry[],
  { pages, codec, rows }: { pages: 1 | 2; codec: "none" | "gzip"; rows: number },
): number {
  const present = entries.filter(({ definition }) => definition === maxDefinition);
  const values = plain(
    node,
    present.map(({ value }) => value),
  );
  const repetition = levels(
    entries.map((entry) => entry.repetition),
    maxRepetition,
  );
  const definition = levels(
    entries.map((entry) => entry.definition),
    maxDefinition,
  );
  const pack = (raw: readonly number[]) =>
    codec === "gzip" ? [...gzipSync(Uint8Array.from(raw))] : [...raw];
  if (pages === 2) {
    const packed = pack(values);
    const size = repetition.length + definition.length;
    const header = struct({
      1: i32(3),
      2: i32(size + values.length),
      3: i32(size + packed.length),
      8: struct({
        1: i32(entries.length),
        2: i32(entries.length - present.length),
        3: i32(rows),
        4: i32(0),
        5: i32(definition.length),
        6: i32(repetition.length),
      }),
    });
    for (const byte of [...encodeThrift(header), ...repetition, ...definition, ...packed]) body.push(byte);
    return values.length - packed.length;
  }
  const prefixed = (raw: number[], max: number) => (max === 0 ? [] : [...int(raw.length, 4), ...raw]);
  const raw = [...prefixed(repetition, maxRepetition), ...prefixed(definition, maxDefinition), ...values];
  const packed = pack(raw);
  const header = struct({
    1: i32(0),
    2: i32(raw.length),
    3: i32(packed.length),
    5: struct({ 1: i32(entries.length), 2: i32(0), 3: i32(3), 4: i32(3) }),
  });
  for (const byte of [...encodeThrift(header), ...packed]) body.push(byte);
  return raw.length - packed.length;
}

/** Levels as runs. */
function levels(values: readonly number[], max: number): number[] {
  const out: number[] = [];
  if (max === 0) return out;
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (to < values.length && values[to] === values[from]) to++;
    writeVarint(BigInt(to - from) * 2n, out);
    out.push(values[from]!);
    from = to;
  }
  return out;
}

function int(value: number | bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
}

function plain({ type }: Node, values: readonly unknown[]): number[] {
  if (type === "BOOLEAN") {
    const bits = new Array<number>(Math.ceil(values.length / 8)).fill(0);
    values.forEach((value, i) => {
      if (value) bits[i >> 3]! |= 1 << (i & 7);
    });
    return bits;
  }
  return values.flatMap((value) => {
    switch (type) {
      case "INT32":
        return int(value as number, 4);
      case "INT64":
        return int(value as bigint, 8);
      case "INT96":
        return int(value as bigint, 12);
      case "FLOAT":
        return [...new Uint8Array(Float32Array.of(value as number).buffer)];
      case "DOUBLE":
        return [...new Uint8Array(Float64Array.of(value as number).buffer)];
      case "BYTE_ARRAY": {
        const raw = typeof value === "string" ? new TextEncoder().encode(value) : (value as Uint8Array);
        return [...int(raw.length, 4), ...raw];
      }
      default:
        return [...(value as Uint8Array)];
    }
  });
}

/** An instant as INT96, given as nanoseconds since 1970. */
export function int96(ns: bigint): bigint {
  const perDay = 86_400_000_000_000n;
  const day = ns / perDay - (ns % perDay < 0n ? 1n : 0n);
  return ((day + 2_440_588n) << 64n) | (ns - day * perDay);
}
