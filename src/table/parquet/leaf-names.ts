import type { SchemaElement } from "hyparquet";

/** A leaf's physical type in the words of the format, with its length where that is fixed. */
export function physicalText({ type, type_length }: SchemaElement): string {
  return type === "FIXED_LEN_BYTE_ARRAY" ? `${type}(${type_length ?? 0})` : (type ?? "NONE");
}

/**
 * A leaf's annotation, spelled in one way: the older and the newer that mean the same are one. Signed integers of 32 and
 * 64 bits are what the physical types are anyway. `docs/manifest.md` lists all spellings.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
export function logicalText(element: SchemaElement): string | null {
  const text = byLogicalType(element);
  return text === undefined ? byConvertedType(element) : text;
}

/** What the format says of a column that names no reference system. */
const DEFAULT_CRS = "OGC:CRS84";

/** `undefined` where there is none that the table has. */
function byLogicalType({ logical_type: logical }: SchemaElement): string | null | undefined {
  switch (logical?.type) {
    case undefined:
      return undefined;
    case "TIMESTAMP":
    case "TIME":
      return timeText(logical.type, logical.unit, logical.isAdjustedToUTC === true);
    case "DECIMAL":
      return decimalText(logical.precision, logical.scale);
    case "INTEGER":
      return integerText(logical.bitWidth, logical.isSigned === true);
    case "GEOMETRY":
      return `GEOMETRY(${JSON.stringify(logical.crs ?? DEFAULT_CRS)})`;
    case "GEOGRAPHY":
      return `GEOGRAPHY(${JSON.stringify(logical.crs ?? DEFAULT_CRS)}, ${logical.algorithm ?? "SPHERICAL"})`;
    case "NULL":
    case "DATE":
    case "FLOAT16":
    case "STRING":
    case "JSON":
    case "ENUM":
    case "UUID":
    case "MAP":
    case "LIST":
    case "BSON":
    case "INTERVAL":
    case "VARIANT":
      return logical.type;
    default:
      return logical satisfies never;
  }
}

function byConvertedType({ converted_type: converted, precision, scale }: SchemaElement): string | null {
  switch (converted) {
    case undefined:
      return null;
    // They were defined as adjusted to UTC.
    case "TIMESTAMP_MILLIS":
      return timeText("TIMESTAMP", "MILLIS", true);
    case "TIMESTAMP_MICROS":
      return timeText("TIMESTAMP", "MICROS", true);
    case "TIME_MILLIS":
      return timeText("TIME", "MILLIS", true);
    case "TIME_MICROS":
      return timeText("TIME", "MICROS", true);
    case "DECIMAL":
      return decimalText(precision, scale);
    case "UTF8":
      return "STRING";
    case "INT_8":
    case "INT_16":
    case "INT_32":
    case "INT_64":
      return integerText(Number(converted.slice(4)), true);
    case "UINT_8":
    case "UINT_16":
    case "UINT_32":
    case "UINT_64":
      return integerText(Number(converted.slice(5)), false);
    case "MAP_KEY_VALUE":
      return "MAP";
    case "DATE":
    case "INTERVAL":
    case "JSON":
    case "ENUM":
    case "BSON":
    case "MAP":
    case "LIST":
      return converted;
    default:
      return converted satisfies never;
  }
}

function integerText(bits: number, isSigned: boolean): string | null {
  return isSigned && bits >= 32 ? null : `${isSigned ? "INT" : "UINT"}(${bits})`;
}

function timeText(kind: string, unit: string, isUtc: boolean): string {
  return `${kind}(${unit}, ${isUtc ? "UTC" : "local"})`;
}

function decimalText(precision = 0, scale = 0): string {
  return `DECIMAL(${precision}, ${scale})`;
}
