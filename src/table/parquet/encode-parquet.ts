import type { DecodedArray, KeyValue, SchemaElement } from "hyparquet";
import { BronzeError } from "../../errors.js";
import { requireFromHere } from "../../lazy-module.js";
import { type Column, type FixedColumn, isNull, type NamedColumn, nullCount } from "../column.js";
import { type ColumnType, describeType, type TimeUnit } from "../column-type.js";
import { columnFromCells } from "../from-cells.js";
import { KEY_DIGEST_KEY, keyDigestEntry } from "./key-digest.js";
import {
  CHECKSUM_KEY,
  CHECKSUM_PLACEHOLDER,
  CREATED_BY,
  FOOTER_CHECKSUM_KEY,
  GROUP_CHECKSUMS_KEY,
  groupChecksums,
  sealChecksum,
  sealFooterChecksum,
} from "./own-file.js";
import { WHOLE_US_KEY, wholeMicrosecondsEntry } from "./whole-microseconds.js";

/** A named column to write; with `elements` it gets the types of another file's column. */
export interface ColumnToWrite extends NamedColumn {
  /** What that file's schema says of it, as `ParquetFile.elements` has it. */
  readonly elements?: readonly SchemaElement[];
}

/**
 * The bytes of a Parquet file (Snappy, column statistics) that hold these columns exactly, with a checksum over all
 * of it. Equal input gives equal bytes.
 *
 * @param key the columns whose combinations are keys, if the footer is to record which set of them the file holds
 * @param rowGroups how many rows each row group has, none of them 0; such a file also has a checksum of each, and one of
 * the footer. Default: 122,880
 * @throws BronzeError `UNSUPPORTED_TYPE` for structs and maps, `INVALID_ROWS` for names no column can have
 */
export function encodeParquet(
  columns: readonly ColumnToWrite[],
  keyValues: ReadonlyMap<string, string> = new Map(),
  key: readonly string[] = [],
  rowGroups?: readonly number[],
): Uint8Array<ArrayBuffer> {
  const schema: SchemaElement[] = [{ name: "root", num_children: columns.length }];
  assertColumnNames(columns.map(({ name }) => name));
  for (const { name, column, nullable = true, elements } of columns) {
    if (!nullable && nullCount(column) > 0)
      throw new RangeError(`column "${name}" is declared without nulls but has some`);
    schema.push(
      ...(elements ? likeElements(name, column.type, elements) : schemaOf(name, column.type, nullable)),
    );
  }
  // A caller may pass another file's metadata; what it says about that file's bytes and rows is not true here.
  const kvMetadata: KeyValue[] = [...keyValues]
    .filter(([name]) => !OF_OTHER_BYTES.has(name))
    .map(([name, value]) => ({ key: name, value }));
  const keyDigest = keyDigestEntry(columns, key);
  if (keyDigest !== undefined) kvMetadata.push({ key: KEY_DIGEST_KEY, value: keyDigest });
  kvMetadata.push({ key: WHOLE_US_KEY, value: wholeMicrosecondsEntry(columns) });
  // Loaded with the first write: a process that only reads need not wait for it.
  const { ByteWriter } = requireFromHere("hyparquet-writer/src/bytewriter.js") as ByteWriterModule;
  const { ParquetWriter } = requireFromHere("hyparquet-writer/src/parquet-writer.js") as WriterModule;
  const writer = new ByteWriter(1 << 16);
  const parquet = new ParquetWriter({ writer, schema, kvMetadata, createdBy: CREATED_BY });
  parquet.write({
    columnData: columns.map(({ name, column }) => ({
      name,
      data: physicalData(column),
      // A dictionary holds one zero, so it would lose the sign of -0.
      ...(hasNegativeZero(column) && { encoding: "PLAIN" as const }),
    })),
    rowGroupSize: rowGroups && rowGroups.length > 0 ? [...rowGroups] : 122_880,
  });
  if (rowGroups) {
    const starts = parquet.row_groups.map(({ columns }) => Number(columns[0]!.file_offset));
    const written = new Uint8Array(writer.getBuffer());
    kvMetadata.push(
      { key: GROUP_CHECKSUMS_KEY, value: groupChecksums(written, [...starts, writer.offset]) },
      { key: FOOTER_CHECKSUM_KEY, value: CHECKSUM_PLACEHOLDER },
    );
  }
  kvMetadata.push({ key: CHECKSUM_KEY, value: CHECKSUM_PLACEHOLDER });
  parquet.finish();
  const bytes = new Uint8Array(writer.getBuffer());
  if (rowGroups) sealFooterChecksum(bytes);
  sealChecksum(bytes);
  return bytes;
}

/** What another file's metadata says about its own bytes and rows. */
const OF_OTHER_BYTES = new Set([
  CHECKSUM_KEY,
  KEY_DIGEST_KEY,
  WHOLE_US_KEY,
  GROUP_CHECKSUMS_KEY,
  FOOTER_CHECKSUM_KEY,
]);

/** Why a column cannot have that name; `undefined` where it can. */
export function problemWithColumnName(name: string): string | undefined {
  if (name === "__proto__") return "is what JavaScript calls the prototype of a row";
  // UTF-8 has no half of a surrogate pair; it would come back as another name.
  return /\p{Surrogate}/u.test(name) ? "is not well-formed Unicode" : undefined;
}

function assertColumnNames(names: readonly string[]): void {
  for (const name of names) {
    const problem = problemWithColumnName(name);
    if (problem === undefined) continue;
    throw new BronzeError("INVALID_ROWS", `The column name ${JSON.stringify(name)} ${problem}; rename it.`, {
      column: name,
    });
  }
  const twice = firstRepeated(names);
  if (twice === undefined) return;
  throw new BronzeError("INVALID_ROWS", `Two columns are called "${twice}"; rename one.`, { column: twice });
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

function hasNegativeZero(column: Column): boolean {
  if (column.type.kind !== "float" && !(column.type.kind === "list" && column.type.item.kind === "float"))
    return false;
  if (column.storage === "object")
    return column.objects.some((list) => (list as unknown[] | null)?.some(isNegativeZero));
  if (column.storage !== "fixed") return false;
  for (const value of column.values) if (isNegativeZero(value)) return true;
  return false;
}

function isNegativeZero(value: unknown): boolean {
  return Object.is(value, -0);
}

type ByteWriterModule = typeof import("hyparquet-writer/src/bytewriter.js");
type WriterModule = typeof import("hyparquet-writer/src/parquet-writer.js");

/**
 * The schema of a column with another file's physical types, nullability and annotations, as far as the writer knows them:
 * whether the values came out the same, only reading them again shows.
 */
function likeElements(
  name: string,
  type: ColumnType,
  [own, ...inside]: readonly SchemaElement[],
): SchemaElement[] {
  const elements = schemaOf(name, type, own?.repetition_type !== "REQUIRED");
  if (!own || inside.length > 0) return elements;
  const [leaf] = elements as [SchemaElement];
  switch (type.kind) {
    case "decimal":
    case "bytes":
    case "text":
      return [{ ...leaf, ...(own.type !== leaf.type && asStoredIn(own)) }];
    case "float":
    case "time":
      return [{ ...leaf, ...asStoredIn(own) }];
    // Each of them is stored in one way only.
    case "bool":
    case "int":
    case "null":
    case "date":
    case "timestamp":
    case "list":
    case "nested":
      return elements;
    default:
      return type satisfies never;
  }
}

function asStoredIn({
  type,
  type_length,
  logical_type,
  converted_type,
}: SchemaElement): Partial<SchemaElement> {
  return {
    type,
    ...(type_length !== undefined && { type_length }),
    ...(logical_type && { logical_type }),
    ...(converted_type && { converted_type }),
  };
}

function schemaOf(name: string, type: ColumnType, nullable: boolean): SchemaElement[] {
  const repetition_type = nullable ? "OPTIONAL" : "REQUIRED";
  if (type.kind === "list") {
    return [
      { name, repetition_type, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...schemaOf("element", type.item, true),
    ];
  }
  return [{ name, repetition_type, ...leafOf(name, type) }];
}

function leafOf(name: string, type: ColumnType): Partial<SchemaElement> {
  switch (type.kind) {
    case "bool":
      return { type: "BOOLEAN" };
    case "int": {
      // Only the older annotation: the writer encodes the newer one's width so that DuckDB cannot read the file.
      const annotated = type.bits < 32 || !type.signed;
      const converted = `${type.signed ? "" : "U"}INT_${type.bits}` as const;
      return {
        type: type.bits === 64 ? "INT64" : "INT32",
        ...(annotated && { converted_type: converted }),
      };
    }
    case "float":
      return { type: type.bits === 32 ? "FLOAT" : "DOUBLE" };
    case "text":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
    case "bytes":
      return { type: "BYTE_ARRAY" };
    case "null":
      return { type: "INT32", logical_type: { type: "NULL" } };
    case "date":
      return { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } };
    case "timestamp":
      return {
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: type.utc, unit: UNITS[type.unit] },
      };
    case "time":
      return {
        type: type.unit === "ms" ? "INT32" : "INT64",
        logical_type: { type: "TIME", isAdjustedToUTC: false, unit: UNITS[type.unit] },
      };
    case "decimal":
      return {
        type: "INT64",
        converted_type: "DECIMAL",
        precision: type.precision,
        scale: type.scale,
        logical_type: { type: "DECIMAL", precision: type.precision, scale: type.scale },
      };
    case "list":
    case "nested":
      throw new BronzeError(
        "UNSUPPORTED_TYPE",
        `Column "${name}" of type ${describeType(type)} cannot be written`,
        {
          column: name,
        },
      );
    default:
      return type satisfies never;
  }
}

const UNITS = { ms: "MILLIS", us: "MICROS", ns: "NANOS" } as const satisfies Record<TimeUnit, string>;

/** The column as the writer accepts it: a typed array where nothing is null, else an array with nulls. */
function physicalData(column: Column): DecodedArray {
  switch (column.storage) {
    case "text":
      return Array.from(column.codes, (code) => (code < 0 ? null : column.dictionary[code]));
    case "object": {
      const { type, objects } = column;
      if (type.kind !== "list") return [...objects];
      return objects.map((list) =>
        list == null ? null : Array.from(physicalData(columnFromCells(type.item, list as unknown[]))),
      );
    }
    case "fixed":
      return fixedData(column);
    default:
      return column satisfies never;
  }
}

function fixedData(column: FixedColumn): DecodedArray {
  const { type, values } = column;
  // The writer refuses a Uint32Array's upper half, but accepts the same numbers in an array.
  if (values instanceof Uint32Array && !column.valid) return Array.from(values);
  const plain = type.kind !== "bool" && !(type.kind === "time" && type.unit === "ms");
  // The writer accepts any typed array; its types name only the common ones.
  if (!column.valid && plain) return values as DecodedArray;
  return Array.from({ length: column.length }, (_, row) => {
    if (isNull(column, row)) return null;
    const value = values[row]!;
    if (type.kind === "bool") return value === 1;
    return plain ? value : Number(value);
  });
}
