import type * as arrow from "apache-arrow";
import { BronzeError } from "../errors.js";
import type { Column, FixedColumn, ObjectColumn } from "./column.js";
import { isNull } from "./column.js";
import type { ColumnType, TimeUnit } from "./column-type.js";
import { columnFromCells } from "./from-cells.js";

/**
 * What a program's own `import` or `require` of apache-arrow gives it.
 *
 * @category Answers
 */
export type ArrowModule = typeof arrow;

/** Left by the two entries of the package (`src/entry/`). */
const IMPORTED = Symbol.for("bronzestore.imported");
const REQUIRED = Symbol.for("bronzestore.required");

/**
 * The caller's own apache-arrow, loaded at first use. The package has two builds, one for `import` and one for
 * `require`, and the functions of one read a table of the other as an empty list, without an error. So it is loaded the
 * way the library was.
 *
 * @param given the caller's module, returned as it is
 * @throws BronzeError `INVALID_ARGUMENT` when the process loaded the library both ways and `given` is missing
 */
export async function arrowModule(given: ArrowModule | undefined): Promise<ArrowModule> {
  if (given !== undefined) return assertArrow(given);
  const process = globalThis as { [IMPORTED]?: true; [REQUIRED]?: () => ArrowModule };
  const required = process[REQUIRED];
  if (required && process[IMPORTED]) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "This process took bronzestore by import and by require, so which of apache-arrow's two builds is yours cannot be told; " +
        "hand it in: toArrow(arrow), toIPC(arrow).",
    );
  }
  return required ? required() : await import("apache-arrow");
}

function assertArrow(given: ArrowModule): ArrowModule {
  const [table, data, ipc] = [given?.Table, given?.makeData, given?.tableToIPC];
  if (typeof table === "function" && typeof data === "function" && typeof ipc === "function") return given;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    'toArrow and toIPC take the module apache-arrow (import * as arrow from "apache-arrow"), or nothing.',
  );
}

/**
 * The columns as an Apache Arrow table; buffers are shared, not copied, where the layouts agree.
 *
 * STRING becomes `Dictionary<Utf8, Int32>`, instants `Timestamp<unit, "UTC">`, dates `Date32`, decimals
 * `Decimal128`. Arrow's own `.get()` on a nanosecond timestamp is a lossy float: read the int64 buffer, or hand the
 * table to an engine.
 *
 * @param lib the apache-arrow whose functions are to take the table
 */
export function toArrowTable(columns: ReadonlyMap<string, Column>, lib: ArrowModule): arrow.Table {
  // Not by an object of vectors: a column called "1" would come first.
  const vectors = Array.from(columns, ([name, column]) => ({ name, vector: toVector(lib, column) }));
  const fields = vectors.map(({ name, vector }) => new lib.Field(name, vector.type, true));
  const schema = new lib.Schema(fields);
  const data = lib.makeData({
    type: new lib.Struct(fields),
    length: vectors[0]?.vector.length ?? 0,
    nullCount: 0,
    children: vectors.map(({ vector }) => vector.data[0]!),
  });
  return new lib.Table(schema, new lib.RecordBatch(schema, data));
}

/** The columns as the bytes of an Arrow IPC stream. */
export function toIpc(columns: ReadonlyMap<string, Column>, lib: ArrowModule): Uint8Array<ArrayBuffer> {
  const table = toArrowTable(columns, lib);
  // A batch without rows lacks buffers that other readers look for; without batches there is nothing to lack.
  return new Uint8Array(lib.tableToIPC(table.numRows === 0 ? new lib.Table(table.schema) : table, "stream"));
}

function toVector(lib: ArrowModule, column: Column): arrow.Vector {
  switch (column.storage) {
    case "text": {
      // Some readers look under nulls too: what lies there must be a place in the dictionary.
      const texts = column.dictionary.length === 0 ? [""] : [...column.dictionary];
      const dictionary = lib.vectorFromArray(texts, new lib.Utf8());
      const nulls = nullsOf(column);
      const data = lib.makeData({
        type: new lib.Dictionary(new lib.Utf8(), new lib.Int32()),
        length: column.length,
        ...nulls,
        data: nulls.nullCount === 0 ? column.codes : column.codes.map((code) => Math.max(code, 0)),
        dictionary,
      });
      return lib.makeVector(data);
    }
    case "object":
      return objectVector(lib, column);
    case "fixed": {
      const data = lib.makeData({
        type: fixedType(lib, column.type) as arrow.Float64,
        length: column.length,
        ...nullsOf(column),
        data: buffer(column) as Float64Array,
      });
      return lib.makeVector(data);
    }
    default:
      return column satisfies never;
  }
}

function objectVector(lib: ArrowModule, { type, objects }: ObjectColumn): arrow.Vector {
  switch (type.kind) {
    case "list": {
      const lists = objects as readonly (unknown[] | null)[];
      return listVector(lib, lists, (items) => toVector(lib, columnFromCells(type.item, items)));
    }
    case "bytes":
      return lib.vectorFromArray(objects as Uint8Array[], new lib.Binary());
    case "nested":
      return valuesVector(lib, objects);
    case "null":
      return nullVector(lib, objects.length);
    default:
      return type satisfies never;
  }
}

function nullVector(lib: ArrowModule, length: number): arrow.Vector {
  return lib.makeVector(lib.makeData({ type: new lib.Null(), length, nullCount: length }));
}

/**
 * Values of structs and maps: their types are not kept, so they are inferred from the values.
 * Numbers become DOUBLE and bigints INT64; a key that some values lack is null there.
 */
function valuesVector(lib: ArrowModule, values: readonly unknown[]): arrow.Vector {
  const example = values.find((value) => value !== null && value !== undefined);
  if (example === undefined) return nullVector(lib, values.length);
  if (Array.isArray(example)) {
    return listVector(lib, values as (unknown[] | null)[], (items) => valuesVector(lib, items));
  }
  const type = CELL_TYPES[typeof example];
  if (type) return toVector(lib, columnFromCells(type, values));
  if (example instanceof Uint8Array) return toVector(lib, columnFromCells({ kind: "bytes" }, values));
  return structVector(lib, values as (Record<string, unknown> | null)[]);
}

const CELL_TYPES: Readonly<Record<string, ColumnType | undefined>> = {
  string: { kind: "text" },
  boolean: { kind: "bool" },
  number: { kind: "float", bits: 64 },
  bigint: { kind: "int", bits: 64, signed: true },
};

function structVector(lib: ArrowModule, values: readonly (Record<string, unknown> | null)[]): arrow.Vector {
  const names = [...new Set(values.flatMap((value) => Object.keys(value ?? {})))];
  const children = names.map((name) =>
    valuesVector(
      lib,
      values.map((value) => value?.[name] ?? null),
    ),
  );
  const fields = names.map((name, i) => new lib.Field(name, children[i]!.type, true));
  const data = lib.makeData({
    type: new lib.Struct(fields),
    length: values.length,
    ...nullBits(values.length, (row) => values[row] == null),
    children: children.map((child) => child.data[0]!),
  });
  return lib.makeVector(data);
}

/** Arrow's own builders take instants as lossy floats; so the items become a vector and the list uses its buffers. */
function listVector(
  lib: ArrowModule,
  lists: readonly (readonly unknown[] | null)[],
  vectorOf: (items: unknown[]) => arrow.Vector,
): arrow.Vector {
  const offsets = new Int32Array(lists.length + 1);
  const items: unknown[] = [];
  for (let row = 0; row < lists.length; row++) {
    for (const item of lists[row] ?? []) items.push(item);
    offsets[row + 1] = items.length;
  }
  const child = vectorOf(items);
  const data = lib.makeData({
    type: new lib.List(new lib.Field("item", child.type, true)),
    length: lists.length,
    ...nullBits(lists.length, (row) => lists[row] == null),
    valueOffsets: offsets,
    child: child.data[0]!,
  });
  return lib.makeVector(data);
}

function fixedType(lib: ArrowModule, type: FixedColumn["type"]): arrow.DataType {
  switch (type.kind) {
    case "bool":
      return new lib.Bool();
    case "int":
      return new lib.Int(type.signed, type.bits);
    case "float":
      return type.bits === 32 ? new lib.Float32() : new lib.Float64();
    case "timestamp":
      return new lib.Timestamp(unitOf(lib, type.unit), type.utc ? "UTC" : null);
    case "date":
      return new lib.DateDay();
    case "time":
      return type.unit === "ms" ? new lib.TimeMillisecond() : new lib.Time(unitOf(lib, type.unit), 64);
    case "decimal":
      return new lib.Decimal(type.scale, type.precision, 128);
    default:
      return type satisfies never;
  }
}

function unitOf(lib: ArrowModule, unit: TimeUnit): arrow.TimeUnit {
  switch (unit) {
    case "ms":
      return lib.TimeUnit.MILLISECOND;
    case "us":
      return lib.TimeUnit.MICROSECOND;
    case "ns":
      return lib.TimeUnit.NANOSECOND;
    default:
      return unit satisfies never;
  }
}

/** The values as Arrow lays them out; the column's own buffer where the layout is the same. */
function buffer({ type, values, length }: FixedColumn): ArrayBufferView {
  switch (type.kind) {
    case "bool":
      return bitmap(length, (row) => values[row] === 1);
    case "time":
      return type.unit === "ms" ? Int32Array.from(values as BigInt64Array, Number) : values;
    case "decimal":
      return wideDecimals(values as BigInt64Array);
    case "int":
    case "float":
    case "timestamp":
    case "date":
      return values;
    default:
      return type satisfies never;
  }
}

function wideDecimals(values: BigInt64Array): Uint32Array {
  const wide = new BigInt64Array(values.length * 2);
  for (const [row, value] of values.entries()) {
    wide[row * 2] = value;
    wide[row * 2 + 1] = value < 0n ? -1n : 0n;
  }
  return new Uint32Array(wide.buffer);
}

function nullsOf(column: Column): NullBits {
  return nullBits(column.length, (row) => isNull(column, row));
}

interface NullBits {
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array;
}

function nullBits(length: number, isNullAt: (row: number) => boolean): NullBits {
  let nullCount = 0;
  for (let row = 0; row < length; row++) if (isNullAt(row)) nullCount++;
  if (nullCount === 0) return { nullCount };
  return { nullCount, nullBitmap: bitmap(length, (row) => !isNullAt(row)) };
}

function bitmap(length: number, isSet: (row: number) => boolean): Uint8Array {
  // Arrow pads buffers to 64 bytes.
  const bits = new Uint8Array(Math.ceil(length / 512) * 64);
  for (let row = 0; row < length; row++) if (isSet(row)) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}
