import type { ParquetType, SchemaElement } from "hyparquet";
import type { ColumnType, TimeUnit } from "../column-type.js";

/**
 * The type of a leaf, or why it is refused.
 *
 * Timestamps keep their unit and whether they are adjusted to UTC. INT96 (Impala, old Spark) is taken as naive
 * nanoseconds, because the format does not say what its writer meant.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 * @throws Error when the annotation contradicts the physical type, which no writer does on purpose
 */
export function leafType(element: SchemaElement): ColumnType | string {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (logical?.type === "NULL") return { kind: "null" };
  if (logical?.type === "TIMESTAMP") {
    assertPhysical(element, "TIMESTAMP", "INT64");
    return { kind: "timestamp", unit: unitOf(logical.unit), utc: logical.isAdjustedToUTC === true };
  }
  // The older annotations were defined as adjusted to UTC.
  if (converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS") {
    assertPhysical(element, converted, "INT64");
    return { kind: "timestamp", unit: converted === "TIMESTAMP_MILLIS" ? "ms" : "us", utc: true };
  }
  if (logical?.type === "TIME" || converted === "TIME_MILLIS" || converted === "TIME_MICROS") {
    const unit = logical?.type === "TIME" ? unitOf(logical.unit) : converted === "TIME_MILLIS" ? "ms" : "us";
    assertPhysical(element, `TIME(${unit})`, unit === "ms" ? "INT32" : "INT64");
    return { kind: "time", unit };
  }
  if (logical?.type === "DATE" || converted === "DATE") {
    assertPhysical(element, "DATE", "INT32");
    return { kind: "date" };
  }
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") return decimalType(element);
  if (converted === "INTERVAL") return "INTERVAL columns have no exact counterpart here";
  if (logical?.type === "FLOAT16") {
    assertPhysical(element, "FLOAT16", "FIXED_LEN_BYTE_ARRAY");
    return { kind: "float", bits: 32 };
  }

  switch (type) {
    case "BOOLEAN":
      return { kind: "bool" };
    case "INT32":
    case "INT64":
      return integerType(element);
    case "INT96":
      return { kind: "timestamp", unit: "ns", utc: false };
    case "FLOAT":
      return { kind: "float", bits: 32 };
    case "DOUBLE":
      return { kind: "float", bits: 64 };
    case "BYTE_ARRAY":
      return isText(element) ? { kind: "text" } : { kind: "bytes" };
    case "FIXED_LEN_BYTE_ARRAY":
      return logical?.type === "UUID" ? { kind: "text" } : { kind: "bytes" };
    default:
      return `Parquet type ${type ?? "(none)"} is not known`;
  }
}

function assertPhysical(element: SchemaElement, annotation: string, ...types: ParquetType[]): void {
  if (!types.includes(element.type!)) {
    throw new Error(`column "${element.name}" is ${annotation} on ${element.type ?? "no type"}`);
  }
}

function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (converted === "UTF8" || converted === "JSON" || converted === "ENUM") return true;
  return logical?.type === "STRING" || logical?.type === "JSON" || logical?.type === "ENUM";
}

function integerType(element: SchemaElement): ColumnType {
  const { type, name, converted_type: converted, logical_type: logical } = element;
  const annotated = converted?.match(/^(U?)INT_(8|16|32|64)$/);
  const bits =
    logical?.type === "INTEGER"
      ? logical.bitWidth
      : annotated
        ? Number(annotated[2])
        : type === "INT32"
          ? 32
          : 64;
  const signed = logical?.type === "INTEGER" ? logical.isSigned === true : annotated?.[1] !== "U";
  if (!isWidth(bits) || (bits === 64) !== (type === "INT64")) {
    throw new Error(`column "${name}" is an integer of ${bits} bits on ${type}`);
  }
  return { kind: "int", bits, signed };
}

function isWidth(bits: number): bits is 8 | 16 | 32 | 64 {
  return bits === 8 || bits === 16 || bits === 32 || bits === 64;
}

function decimalType(element: SchemaElement): ColumnType | string {
  const logical = element.logical_type;
  const precision = (logical?.type === "DECIMAL" ? logical.precision : element.precision) ?? 0;
  const scale = (logical?.type === "DECIMAL" ? logical.scale : element.scale) ?? 0;
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
  return unit === "MILLIS" ? "ms" : unit === "MICROS" ? "us" : "ns";
}
