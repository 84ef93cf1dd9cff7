import type { ColumnType } from "../../table/index.js";
import { cast } from "./cast.js";
import { listPattern } from "./common-folder.js";
import type { Dialect } from "./dialect.js";
import { castValues, inBatches } from "./literal-rows.js";
import { refusedByAll } from "./refused-types.js";
import { typesByName } from "./type-names.js";

const text = (value: string) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const quoted = (column: string) => `\`${column.replaceAll("`", "``")}\``;
const values: Dialect["values"] = (columns, rows) => castValues(columns, rows, text);

const ROWS_PER_TEXT = 10_000;
/** Many rows out of one text: it parses each literal of VALUES in a tenth of a millisecond. */
const readValues: Dialect["values"] = (columns, rows) => {
  const own = columns.map(({ name, type }, i) => `${cast(`v_[${i}]`, type)} AS ${name}`);
  return `SELECT ${own.join(", ")} FROM (SELECT explode(from_json(${text(JSON.stringify(rows))}, 'array<array<string>>')) AS v_)`;
};

/** Spark SQL, 3.5 and later. It reads nanoseconds as numbers, and so keeps them. */
export const sparkDialect: Dialect = {
  name: "spark",
  isMicroseconds: false,
  foldsNames: true,
  mostInline: 500,
  readsNamesInTable: false,
  reserves: (name) => ["path_", "line_", "_metadata"].includes(name.toLowerCase()),
  // Patterns, and what a file's own address has in another spelling.
  refusesPath: (path) =>
    /^[\w./=:+@~-]*$/.test(path) ? undefined : "it would be a pattern, or be spelt otherwise in an address",
  quoted,
  text,
  type: typeName,
  int64: "BIGINT",
  bool: "BOOLEAN",
  textType: "STRING",
  wide: (expression) => `CAST(${expression} AS DECIMAL(38, 0))`,
  instantNs: (expression, { unit, utc }) =>
    unit === "ns"
      ? expression
      : utc
        ? `unix_micros(${expression}) * 1000`
        : `timestampdiff(MICROSECOND, TIMESTAMP_NTZ '1970-01-01 00:00:00', ${expression}) * 1000`,
  days: (expression) => `unix_date(${expression})`,
  dateText: (expression) => `CAST(${expression} AS STRING)`,
  checked: (condition, expression, message, type) =>
    `CASE WHEN ${condition} THEN ${expression} ELSE CAST(raise_error(${text(message)}) AS ${type}) END`,
  same: (a, b) => `${a} <=> ${b}`,
  values,
  quotient: (a, b) => `(${a} DIV ${b})`,
  source({ files, columns }) {
    const own = columns.map(({ name }) => quoted(name)).join(", ");
    return {
      // Whether a local file's address has one slash or three is told by nothing.
      // Files that are named themselves have no columns from their folders, and those of a form have one schema.
      sql: `SELECT regexp_replace(_metadata.file_path, '^file:/+', 'file:///') AS path_, _metadata.row_index AS line_${own && `, ${own}`} FROM parquet.${quoted(listPattern(files))}`,
      setup: ["SET spark.sql.legacy.parquet.nanosAsLong=true"],
      teardown: [],
    };
  },
  settings: "",
  refuses(stored, wanted) {
    const unsigned = [stored, wanted].some((type) => type.kind === "int" && !type.signed);
    if (stored.kind === "date" && wanted.kind === "text") return "DATE read as STRING";
    return unsigned ? "an unsigned integer" : refusedByAll(stored, wanted, { lists: false });
  },
  // What a view is made of would be planned, and read, wherever it is named.
  keep: (name, query) => `CACHE TABLE ${name} AS ${query}`,
  create: ({ name, columns, rows }) => [
    `CACHE TABLE ${name} AS ${inBatches(rows, ROWS_PER_TEXT)
      .map((some) => readValues(columns, some))
      .join(" UNION ALL ")}`,
  ],
  drop: ({ name }) => [`DROP VIEW IF EXISTS ${name}`],
  describe: (query) => `DESCRIBE QUERY ${query}`,
  columnType: typesByName({
    boolean: "bool",
    string: "text",
    tinyint: ["int", 8],
    smallint: ["int", 16],
    int: ["int", 32],
    bigint: ["int", 64],
    float: ["float", 32],
    double: ["float", 64],
    date: "date",
    timestamp: "instant",
    timestamp_ntz: "instant without a zone",
  }),
  isOfType: (expression, type) =>
    `typeof(${expression}) = ${text(type.kind === "date" ? "date" : typeName(type).replace(", ", ",").toLowerCase())}`,
  output(expression, type) {
    if (type.kind === "timestamp") return `timestamp_micros(${expression} DIV 1000)`;
    return type.kind === "date" ? `date_from_unix_date(${expression})` : expression;
  },
};

function typeName(type: ColumnType): string {
  switch (type.kind) {
    case "bool":
      return "BOOLEAN";
    case "int":
      return { 8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT" }[type.bits];
    case "float":
      return type.bits === 32 ? "FLOAT" : "DOUBLE";
    case "text":
      return "STRING";
    case "bytes":
      return "BINARY";
    case "timestamp":
      return "BIGINT";
    case "date":
    case "null":
      return "INT";
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "list":
    case "time":
    case "nested":
      throw new RangeError(`${type.kind} is refused before`);
    default:
      return type satisfies never;
  }
}
