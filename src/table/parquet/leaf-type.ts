import type { ParquetType, SchemaElement } from "hyparquet";
import type { ColumnType, TimeUnit } from "../column-type.js";

/**
 * The type of a leaf, or why it is refused.
 *
 * Timestamps keep their unit and whether they are adjusted to UTC. INT96 (Impala, old Spark) is read as naive
 * nanoseconds, because the format does not say what its writer meant.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 * @throws Error when the annotation contradicts the physical type, which no writer does on purpose
 */
export function leafType(element: SchemaElement): ColumnType | string {
  return byLogicalType(element) ?? byConvertedType(element) ?? byPhysicalType(element);
}

/** What the annotation says; `undefined` where it says nothing about how to read the values. */
function byLogicalType(element: SchemaElement): ColumnType | string | undefined {
  const { logical_type: logical } = element;
  switch (logical?.type) {
    case "NULL":
      return { kind: "null" };
    case "TIMESTAMP":
      assertPhysical(element, "TIMESTAMP", "INT64");
      return { kind: "timestamp", unit: unitOf(logical.unit), utc: logical.isAdjustedToUTC === true };
    case "TIME":
      return timeType(element, unitOf(logical.unit));
    case "DATE":
      return dateType(element);
    case "DECIMAL":
      return decimalType(element, logical.precision, logical.scale);
    case "FLOAT16":
      assertPhysical(element, "FLOAT16", "FIXED_LEN_BYTE_ARRAY");
      return { kind: "float", bits: 32 };
    case "INTEGER":
      return integerType(element, logical.bitWidth, logical.isSigned === true);
    case "STRING":
    case "JSON":
    case "ENUM":
      return element.type === "BYTE_ARRAY" ? { kind: "text" } : undefined;
    case "UUID":
      return element.type === "FIXED_LEN_BYTE_ARRAY" ? { kind: "text" } : undefined;
    case "MAP":
    case "LIST":
    case "BSON":
    case "INTERVAL":
    case "VARIANT":
    case "GEOMETRY":
    case "GEOGRAPHY":
    case undefined:
      return undefined;
    default:
      logical satisfies never;
      return undefined;
  }
}

/** The same for the older annotations, which newer writers add to the new ones. */
function byConvertedType(element: SchemaElement): ColumnType | string | undefined {
  const { converted_type: converted } = element;
  switch (converted) {
    // They were defined as adjusted to UTC.
    case "TIMESTAMP_MILLIS":
    case "TIMESTAMP_MICROS":
      assertPhysical(element, converted, "INT64");
      return { kind: "timestamp", unit: converted === "TIMESTAMP_MILLIS" ? "ms" : "us", utc: true };
    case "TIME_MILLIS":
      return timeType(element, "ms");
    case "TIME_MICROS":
      return timeType(element, "us");
    case "DATE":
      return dateType(element);
    case "DECIMAL":
      return decimalType(element, element.precision, element.scale);
    case "INTERVAL":
      return "INTERVAL columns have no exact counterpart here";
    case "UTF8":
    case "JSON":
    case "ENUM":
      return element.type === "BYTE_ARRAY" ? { kind: "text" } : undefined;
    case "INT_8":
    case "INT_16":
    case "INT_32":
    case "INT_64":
      return integerType(element, Number(converted.slice(4)), true);
    case "UINT_8":
    case "UINT_16":
    case "UINT_32":
    case "UINT_64":
      return integerType(element, Number(converted.slice(5)), false);
    case "MAP":
    case "MAP_KEY_VALUE":
    case "LIST":
    case "BSON":
    case undefined:
      return undefined;
    default:
      converted satisfies never;
      return undefined;
  }
}

function byPhysicalType({ type }: SchemaElement): ColumnType | string {
  switch (type) {
    case "BOOLEAN":
      return { kind: "bool" };
    case "INT32":
      return { kind: "int", bits: 32, signed: true };
    case "INT64":
      return { kind: "int", bits: 64, signed: true };
    case "INT96":
      return { kind: "timestamp", unit: "ns", utc: false };
    case "FLOAT":
      return { kind: "float", bits: 32 };
    case "DOUBLE":
      return { kind: "float", bits: 64 };
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
      return { kind: "bytes" };
    case undefined:
      return "Parquet type (none) is not known";
    default:
      return `Parquet type ${type satisfies never} is not known`;
  }
}

function timeType(element: SchemaElement, unit: TimeUnit): ColumnType {
  assertPhysical(element, `TIME(${unit})`, unit === "ms" ? "INT32" : "INT64");
  return { kind: "time", unit };
}

function dateType(element: SchemaElement): ColumnType {
  assertPhysical(element, "DATE", "INT32");
  return { kind: "date" };
}

function assertPhysical(element: SchemaElement, annotation: string, ...types: ParquetType[]): void {
  if (!types.includes(element.type!)) {
    throw new Error(`column "${element.name}" is ${annotation} on ${element.type ?? "no type"}`);
  }
}

/** `undefined` where the physical type is not an integer. */
function integerType({ type, name }: SchemaElement, bits: number, signed: boolean): ColumnType | undefined {
  if (type !== "INT32" && type !== "INT64") return undefined;
  if (!isWidth(bits) || (bits === 64) !== (type === "INT64")) {
    throw new Error(`column "${name}" is an integer of ${bits} bits on ${type}`);
  }
  return { kind: "int", bits, signed };
}

function isWidth(bits: number): bits is 8 | 16 | 32 | 64 {
  return bits === 8 || bits === 16 || bits === 32 || bits === 64;
}

function decimalType(element: SchemaElement, precision = 0, scale = 0): ColumnType | string {
  assertPhysical(element, "DECIMAL", "INT32", "INT64", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY");
  if (!(precision > 0 && scale >= 0 && scale <= precision)) {
    throw new Error(`column "${element.name}" is DECIMAL(${precision}, ${scale})`);
  }
  if (precision > 18) {
    return `DECIMAL(${precision}, ${scale}) has more than the 18 digits that are kept exactly; write it as text`;
  }
  return { kind: "decimal", precision, scale };
}

function unitOf(unit: "MILLIS" | "MICROS" | "NANOS"): TimeUnit {
  switch (unit) {
    case "MILLIS":
      return "ms";
    case "MICROS":
      return "us";
    case "NANOS":
      return "ns";
    default:
      return unit satisfies never;
  }
}
