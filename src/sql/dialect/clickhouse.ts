import type { ColumnType } from "../../table/index.js";
import { type ClickHousePlace, clickhousePlace } from "./clickhouse-place.js";
import { clickhouseText as text } from "./clickhouse-text.js";
import { commonFolder } from "./common-folder.js";
import type { Dialect, FilesOfForm, Source } from "./dialect.js";
import { inBatches, tuples } from "./literal-rows.js";
import { refusedByAll } from "./refused-types.js";
import { typesByName } from "./type-names.js";

const quoted = (column: string) => `\`${column.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
const values: Dialect["values"] = (columns, rows) => {
  const structure = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
  return `SELECT * FROM values(${text(structure)}, ${tuples(rows, text)})`;
};

/**
 * ClickHouse, over files that the server, or the process with chdb, reads from its own disk or from a bucket. It keeps nanoseconds.
 *
 * @param root where they lie, as ClickHouse names it
 * @param cluster whose servers share the files of a bucket; undefined where one reads them
 * @throws BronzeError `INVALID_ARGUMENT` for a cluster over a disk
 */
export function clickhouseOver(root: string, cluster?: string): Dialect {
  const place = clickhousePlace(root, cluster);
  return {
    ...statements,
    refusesPath: place.refusesPath,
    readsNamesInTable: place.below !== undefined,
    // A server that is lost fails a question; it would otherwise be answered without what that one had read.
    settings:
      cluster === undefined ? statements.settings : `${statements.settings}, skip_unavailable_shards=0`,
    source: (files) => sourceIn(place, files),
  };
}

/** It parses 256 KiB of a statement at most, and a row of the plan takes about 300 bytes. */
const MOST_ROWS = 200;

const statements: Omit<Dialect, "refusesPath" | "readsNamesInTable" | "source"> = {
  name: "clickhouse",
  isMicroseconds: false,
  foldsNames: false,
  mostInline: MOST_ROWS,
  // A dot would be an element of a tuple.
  reserves: (name) => /^_|\.|^(path|line)_$/.test(name),
  quoted,
  text,
  type: typeName,
  int64: "Nullable(Int64)",
  bool: "Nullable(Bool)",
  textType: "Nullable(String)",
  wide: (expression) => `CAST(${expression} AS Nullable(Int128))`,
  instantNs: (expression, { unit }) =>
    ({
      ms: `toUnixTimestamp64Milli(${expression}) * 1000000`,
      us: `toUnixTimestamp64Micro(${expression}) * 1000`,
      ns: `toUnixTimestamp64Nano(${expression})`,
    })[unit],
  days: (expression) => expression, // read as a number: its own dates begin in 1900
  dateText: (expression) => `toString(addDays(toDate32('1970-01-01'), ${expression}))`,
  checked: (condition, expression, message) =>
    `if(throwIf(NOT ifNull(${condition}, FALSE), ${text(message)}) = 0, ${expression}, NULL)`,
  same: (a, b) => `${a} IS NOT DISTINCT FROM ${b}`,
  values,
  quotient: (a, b) => `intDiv(${a}, ${b})`,
  // Its optimizer moves conditions before rows are numbered; joins without a partner give nulls; paths say nothing.
  settings:
    "\nSETTINGS use_hive_partitioning=0, join_use_nulls=1, optimize_move_to_prewhere=0, input_format_parquet_allow_missing_columns=0, input_format_parquet_filter_push_down=0, input_format_parquet_bloom_filter_push_down=0, prefer_column_name_to_alias=1, output_format_json_quote_64bit_integers=1, output_format_json_quote_denormals=1, output_format_json_quote_decimals=1",
  refuses(stored, wanted) {
    if (wanted.kind === "bytes") return "BYTES, which it gives as text";
    if (stored.kind === "date" && wanted.kind === "text") return "DATE read as STRING";
    return refusedByAll(stored, wanted, { lists: false });
  },
  keep: (name, query) => `CREATE TABLE ${name} ENGINE = Memory AS ${query}`,
  create: ({ name, columns, rows }) => [
    `CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(", ")}) ENGINE = Memory`,
    ...inBatches(rows).map((some) => `INSERT INTO ${name} VALUES ${tuples(some, text)}`),
  ],
  drop: ({ name }) => [`DROP TABLE IF EXISTS ${name}`],
  describe: (query) => `DESCRIBE TABLE (${query})`,
  columnType(name) {
    const own = name.replace(/^(?:LowCardinality|Nullable)\((.*)\)$/, "$1");
    if (own !== name) return statements.columnType(own);
    const [, digits] = /^DateTime64\(([369])(?:, .*)?\)$/.exec(name) ?? [];
    if (digits !== undefined)
      return { kind: "timestamp", unit: digits === "3" ? "ms" : digits === "6" ? "us" : "ns", utc: true };
    return typeNamed(name);
  },
  isOfType(expression, type) {
    if (type.kind === "date") return undefined;
    const nullable = typeName(type);
    const own = nullable.slice("Nullable(".length, -1);
    const names = [nullable, own, `LowCardinality(${own})`, `LowCardinality(${nullable})`];
    return `toTypeName(${expression}) IN (${names.map(text).join(", ")})`;
  },
  output(expression, type) {
    if (type.kind === "timestamp") return `fromUnixTimestamp64Nano(${expression}, 'UTC')`;
    return type.kind === "date" ? `addDays(toDate32('1970-01-01'), ${expression})` : expression;
  },
};

/** Its own dates begin in 1900, and are not read. */
const typeNamed = typesByName({
  Bool: "bool",
  String: "text",
  Int8: ["int", 8],
  Int16: ["int", 16],
  Int32: ["int", 32],
  Int64: ["int", 64],
  UInt8: ["uint", 8],
  UInt16: ["uint", 16],
  UInt32: ["uint", 32],
  UInt64: ["uint", 64],
  Float32: ["float", 32],
  Float64: ["float", 64],
});

function sourceIn(place: ClickHousePlace, { form, files, table, columns }: FilesOfForm): Source {
  // Files of which no column is read are still counted.
  const structure =
    columns.map(({ name, type }) => `${quoted(name)} ${storedType(type)}`).join(", ") || "auto";
  const own = columns.map(({ name }) => quoted(name)).join(", ");
  const address = place.address("_path");
  const rowsOf = (from: string) =>
    `SELECT CAST(${address} AS Nullable(String)) AS path_, CAST(_row_number AS Nullable(Int64)) AS line_${own && `, ${own}`} FROM ${from}`;
  const sql =
    table !== undefined && place.below
      ? // A condition on a path has it look for a column of that name, unless files may lack columns. Those of a form have all of them.
        `${rowsOf(place.below(commonFolder(files), structure))} WHERE ${address} IN (SELECT file FROM ${table} WHERE form = ${form}) SETTINGS input_format_parquet_allow_missing_columns=1`
      : inBatches(files, MOST_LISTED)
          .map((some) => rowsOf(place.files(some, structure)))
          .join(" UNION ALL ");
  return { sql, setup: [], teardown: [] };
}

/** A pattern may stand for 1,000 names. */
const MOST_LISTED = 500;

/** The type in which a file's column is read. */
function storedType(type: ColumnType): string {
  if (type.kind === "timestamp") return `Nullable(DateTime64(${{ ms: 3, us: 6, ns: 9 }[type.unit]}, 'UTC'))`;
  return typeName(type);
}

function typeName(type: ColumnType): string {
  switch (type.kind) {
    case "bool":
      return "Nullable(Bool)";
    case "int":
      return `Nullable(${type.signed ? "" : "U"}Int${type.bits})`;
    case "float":
      return `Nullable(Float${type.bits})`;
    case "text":
    case "bytes":
      return "Nullable(String)";
    case "timestamp":
      return "Nullable(Int64)";
    case "date":
      return "Nullable(Int32)";
    case "decimal":
      return `Nullable(Decimal(${type.precision}, ${type.scale}))`;
    case "null":
      return "Nullable(Int32)";
    case "list":
    case "time":
    case "nested":
      throw new RangeError(`${type.kind} is refused before`);
    default:
      return type satisfies never;
  }
}
