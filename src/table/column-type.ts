/**
 * Precision of a stored time.
 *
 * @category Answers
 */
export type TimeUnit = "ms" | "us" | "ns";

/**
 * The type of one column in memory.
 *
 * - `timestamp`: int64 since the epoch in `unit`; `utc` tells instants (adjusted to UTC) from naive wall times.
 * - `date`: int32 days since the epoch, no zone.
 * - `decimal`: int64 unscaled value, so at most 18 digits.
 * - `nested`: lists, structs and maps, held as JavaScript values; `shape` is what they are made of, in words.
 * - `null`: a column in which nothing was ever known.
 *
 * @category Answers
 */
export type ColumnType =
  | { readonly kind: "bool" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "text" }
  | { readonly kind: "bytes" }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly kind: "date" }
  | { readonly kind: "time"; readonly unit: TimeUnit }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "list"; readonly item: ColumnType }
  | { readonly kind: "nested"; readonly shape: string }
  | { readonly kind: "null" };

/** How columns of a type are laid out in memory, see `Column`. */
const STORAGE = {
  bool: "fixed",
  int: "fixed",
  float: "fixed",
  text: "text",
  bytes: "object",
  timestamp: "fixed",
  date: "fixed",
  time: "fixed",
  decimal: "fixed",
  list: "object",
  nested: "object",
  null: "object",
} as const satisfies Record<ColumnType["kind"], "fixed" | "text" | "object">;

type Storage = (typeof STORAGE)[ColumnType["kind"]];

/** The types whose columns have one layout. */
export type TypeStoredAs<S extends Storage> = Extract<
  ColumnType,
  {
    kind: {
      [Kind in ColumnType["kind"]]: (typeof STORAGE)[Kind] extends S ? Kind : never;
    }[ColumnType["kind"]];
  }
>;

/** Whether columns of a type have that layout. */
export function isStoredAs<S extends Storage>(type: ColumnType, storage: S): type is TypeStoredAs<S> {
  return STORAGE[type.kind] === storage;
}

/** Epoch nanoseconds, UTC: the type this library writes for every instant. */
export const INSTANT = { kind: "timestamp", unit: "ns", utc: true } as const satisfies ColumnType;

/** A type in one word of the Parquet world, for messages: `INT64`, `TIMESTAMP(ns, naive)`. */
export function describeType(type: ColumnType): string {
  switch (type.kind) {
    case "bool":
      return "BOOLEAN";
    case "int":
      return `${type.signed ? "" : "U"}INT${type.bits}`;
    case "float":
      return type.bits === 32 ? "FLOAT" : "DOUBLE";
    case "text":
      return "STRING";
    case "bytes":
      return "BYTES";
    case "timestamp":
      return `TIMESTAMP(${type.unit}, ${type.utc ? "UTC" : "naive"})`;
    case "date":
      return "DATE";
    case "time":
      return `TIME(${type.unit})`;
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "list":
      return `LIST<${describeType(type.item)}>`;
    case "nested":
      return type.shape;
    case "null":
      return "NULL";
    default:
      return type satisfies never;
  }
}

/** Whether two types are the same in every part. */
export function sameType(a: ColumnType, b: ColumnType): boolean {
  return describeType(a) === describeType(b);
}

/** Nanoseconds in one tick of a unit. */
export function unitNs(unit: TimeUnit): bigint {
  switch (unit) {
    case "ns":
      return 1n;
    case "us":
      return 1_000n;
    case "ms":
      return 1_000_000n;
    default:
      return unit satisfies never;
  }
}
