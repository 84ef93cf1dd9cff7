import type { SchemaElement, SchemaTree } from "hyparquet";
import { isListLike } from "hyparquet/src/schema.js";
import { type ColumnType, describeType, type TimeUnit } from "./column-type.js";

/**
 * The column type of a top-level Parquet column, or a string that says why this library refuses it.
 *
 * Timestamps keep their unit and whether they are adjusted to UTC. INT96 (Impala, old Spark) is taken as naive
 * nanoseconds, because the format does not say what its writer meant.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
export function columnTypeOf(tree: SchemaTree): ColumnType | string {
  const { element } = tree;
  if (tree.children.length > 0 || element.repetition_type === "REPEATED") return nestedType(tree);
  return leafType(element);
}

function nestedType(tree: SchemaTree): ColumnType | string {
  if (isListLike(tree)) {
    const repeated = tree.children[0]!;
    const item = repeated.children.length === 1 ? repeated.children[0]! : repeated;
    const itemType = item.children.length > 0 ? nestedType(item) : leafType(item.element);
    return typeof itemType === "string" ? itemType : { kind: "list", item: itemType };
  }
  const parts: string[] = [];
  for (const child of tree.children) {
    const childType = columnTypeOf(child);
    if (typeof childType === "string") return childType;
    parts.push(`${child.element.name}: ${describeType(childType)}`);
  }
  if (tree.children.length === 0) {
    const item = leafType(tree.element);
    return typeof item === "string" ? item : { kind: "list", item };
  }
  return { kind: "nested", shape: `STRUCT<${parts.join(", ")}>` };
}

function leafType(element: SchemaElement): ColumnType | string {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (logical?.type === "NULL") return { kind: "null" };
  if (logical?.type === "TIMESTAMP") {
    return { kind: "timestamp", unit: unitOf(logical.unit), utc: logical.isAdjustedToUTC };
  }
  // The older annotations were defined as adjusted to UTC.
  if (converted === "TIMESTAMP_MILLIS") return { kind: "timestamp", unit: "ms", utc: true };
  if (converted === "TIMESTAMP_MICROS") return { kind: "timestamp", unit: "us", utc: true };
  if (logical?.type === "TIME") return { kind: "time", unit: unitOf(logical.unit) };
  if (converted === "TIME_MILLIS") return { kind: "time", unit: "ms" };
  if (converted === "TIME_MICROS") return { kind: "time", unit: "us" };
  if (logical?.type === "DATE" || converted === "DATE") return { kind: "date" };
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") return decimalType(element);
  if (converted === "INTERVAL") return "INTERVAL columns have no exact counterpart here";
  if (logical?.type === "FLOAT16") return { kind: "float", bits: 32 };

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

function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (converted === "UTF8" || converted === "JSON" || converted === "ENUM") return true;
  return logical?.type === "STRING" || logical?.type === "JSON" || logical?.type === "ENUM";
}

function integerType({ type, converted_type: converted, logical_type: logical }: SchemaElement): ColumnType {
  if (logical?.type === "INTEGER") {
    return { kind: "int", bits: logical.bitWidth as 8 | 16 | 32 | 64, signed: logical.isSigned };
  }
  const annotated = converted?.match(/^(U?)INT_(8|16|32|64)$/);
  if (annotated) {
    return { kind: "int", bits: Number(annotated[2]) as 8 | 16 | 32 | 64, signed: annotated[1] === "" };
  }
  return { kind: "int", bits: type === "INT32" ? 32 : 64, signed: true };
}

function decimalType(element: SchemaElement): ColumnType | string {
  const logical = element.logical_type;
  const precision = (logical?.type === "DECIMAL" ? logical.precision : element.precision) ?? 0;
  const scale = (logical?.type === "DECIMAL" ? logical.scale : element.scale) ?? 0;
  if (precision > 18) {
    return `DECIMAL(${precision}, ${scale}) has more than the 18 digits that are kept exactly; write it as text`;
  }
  return { kind: "decimal", precision, scale };
}

function unitOf(unit: "MILLIS" | "MICROS" | "NANOS"): TimeUnit {
  return unit === "MILLIS" ? "ms" : unit === "MICROS" ? "us" : "ns";
}
