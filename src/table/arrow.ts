import type * as arrow from "apache-arrow";
import type { Column, FixedColumn } from "./column.js";
import { isNull } from "./column.js";
import type { ColumnType } from "./column-type.js";
import { requireEsm } from "./lazy-module.js";

/**
 * The columns as an Apache Arrow table; buffers are shared, not copied, where the layouts agree.
 *
 * STRING becomes `Dictionary<Utf8, Int32>`, instants `Timestamp<unit, "UTC">`, dates `Date32`, decimals
 * `Decimal128`. Arrow's own `.get()` on a nanosecond timestamp is a lossy float: read the int64 buffer, or hand the
 * table to an engine.
 */
export function toArrowTable(columns: ReadonlyMap<string, Column>): arrow.Table {
  const lib = requireEsm("apache-arrow") as typeof arrow;
  const vectors: Record<string, arrow.Vector> = {};
  for (const [name, column] of columns) vectors[name] = toVector(lib, column);
  return new lib.Table(vectors);
}

function toVector(lib: typeof arrow, column: Column): arrow.Vector {
  const type = arrowType(lib, column.type);
  if (column.storage === "text") {
    const dictionary = lib.vectorFromArray([...column.dictionary], new lib.Utf8());
    const data = lib.makeData({
      type: type as arrow.Dictionary<arrow.Utf8, arrow.Int32>,
      length: column.length,
      ...nullsOf(column),
      data: column.codes,
      dictionary,
    });
    return lib.makeVector(data);
  }
  if (column.storage === "object") {
    return column.type.kind === "nested"
      ? lib.vectorFromArray(column.objects)
      : lib.vectorFromArray(column.objects as unknown[], type);
  }
  const data = lib.makeData({
    type: type as arrow.Float64,
    length: column.length,
    ...nullsOf(column),
    data: buffer(column) as Float64Array,
  });
  return lib.makeVector(data);
}

function arrowType(lib: typeof arrow, type: ColumnType): arrow.DataType {
  switch (type.kind) {
    case "bool":
      return new lib.Bool();
    case "int":
      return new lib.Int(type.signed, type.bits);
    case "float":
      return type.bits === 32 ? new lib.Float32() : new lib.Float64();
    case "text":
      return new lib.Dictionary(new lib.Utf8(), new lib.Int32());
    case "bytes":
      return new lib.Binary();
    case "timestamp":
      return new lib.Timestamp(unitOf(lib, type.unit), type.utc ? "UTC" : null);
    case "date":
      return new lib.DateDay();
    case "time":
      return type.unit === "ms" ? new lib.TimeMillisecond() : new lib.Time(unitOf(lib, type.unit), 64);
    case "decimal":
      return new lib.Decimal(type.scale, type.precision, 128);
    case "list":
      return new lib.List(new lib.Field("item", arrowType(lib, type.item), true));
    default:
      return new lib.Null();
  }
}

function unitOf(lib: typeof arrow, unit: "ms" | "us" | "ns"): arrow.TimeUnit {
  return unit === "ms"
    ? lib.TimeUnit.MILLISECOND
    : unit === "us"
      ? lib.TimeUnit.MICROSECOND
      : lib.TimeUnit.NANOSECOND;
}

function buffer(column: FixedColumn): ArrayBufferView {
  if (column.type.kind === "bool") return bitmap(column.length, (row) => column.values[row] === 1);
  if (column.type.kind === "time" && column.type.unit === "ms") {
    return Int32Array.from(column.values as BigInt64Array, Number);
  }
  if (column.type.kind !== "decimal") return column.values;
  const wide = new BigInt64Array(column.length * 2);
  for (let row = 0; row < column.length; row++) {
    const value = column.values[row] as bigint;
    wide[row * 2] = value;
    wide[row * 2 + 1] = value < 0n ? -1n : 0n;
  }
  return new Uint32Array(wide.buffer);
}

function nullsOf(column: Column): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0;
  for (let row = 0; row < column.length; row++) if (isNull(column, row)) nullCount++;
  return nullCount === 0
    ? { nullCount }
    : { nullCount, nullBitmap: bitmap(column.length, (row) => !isNull(column, row)) };
}

function bitmap(length: number, isSet: (row: number) => boolean): Uint8Array {
  // Arrow pads buffers to 64 bytes.
  const bits = new Uint8Array(Math.ceil(length / 512) * 64);
  for (let row = 0; row < length; row++) if (isSet(row)) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}
