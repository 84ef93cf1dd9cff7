import type { ColumnType } from "../../table/index.js";
import type { Dialect } from "./dialect.js";
import { castValues, inBatches, tuples } from "./literal-rows.js";
import { refusedByAll } from "./refused-types.js";
import { typesByName } from "./type-names.js";

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const quoted = (column: string) => `"${column.replaceAll('"', '""')}"`;

/**
 * DuckDB. It keeps microseconds: of instants in nanoseconds only those are asked that are whole microseconds.
 *
 * @category Engines
 */
export const duckdbDialect: Dialect = {
  name: "duckdb",
  isMicroseconds: true,
  foldsNames: true,
  mostInline: 500,
  readsNamesInTable: true,
  reserves: (name) => ["path_", "line_", "file_row_number"].includes(name.toLowerCase()),
  refusesPath: (path) => (/[*?[]/.test(path) ? "it would be a pattern" : undefined),
  quoted,
  text,
  type: typeName,
  int64: "BIGINT",
  bool: "BOOLEAN",
  textType: "VARCHAR",
  wide: (expression) => `CAST(${expression} AS HUGEINT)`,
  instantNs: (expression) => `epoch_ns(${expression})`,
  days: (expression) => `CAST(date_diff('day', DATE '1970-01-01', ${expression}) AS INTEGER)`,
  dateText: (expression) => `CAST(${expression} AS VARCHAR)`,
  checked: (condition, expression, message) =>
    `CASE WHEN ${condition} THEN ${expression} ELSE error(${text(message)}) END`,
  same: (a, b) => `${a} IS NOT DISTINCT FROM ${b}`,
  values: (columns, rows) => castValues(columns, rows, text),
  quotient: (a, b) => `(${a} // ${b})`,
  source({ form, files, table, columns }) {
    const variable = `${table}_${form}`;
    const list = table === undefined ? `[${files.map(text).join(", ")}]` : `getvariable('${variable}')`;
    const own = columns.map((column) => quoted(column.name)).join(", ");
    return {
      // Never a glob, and never what a path seems to say: the plan knows the files and what their paths mean.
      sql: `SELECT path_, file_row_number AS line_${own && `, ${own}`} FROM read_parquet(${list}, filename='path_', file_row_number=true, hive_partitioning=false, union_by_name=false)`,
      setup:
        table === undefined
          ? []
          : [`SET VARIABLE ${variable} = (SELECT list(file) FROM ${table} WHERE form = ${form})`],
      teardown: table === undefined ? [] : [`RESET VARIABLE ${variable}`],
    };
  },
  settings: "",
  // By itself it would also hold what is named once, which is every row of the files.
  keptStep: (isKept) => (isKept ? "MATERIALIZED " : "NOT MATERIALIZED "),
  refuses: (stored, wanted) => refusedByAll(stored, wanted, { lists: true }),
  create({ name: table, columns, rows }) {
    const own = columns.map((column) => `${column.name} ${column.type}`).join(", ");
    return [
      `CREATE TEMP TABLE ${table} (${own})`,
      ...inBatches(rows).map((some) => `INSERT INTO ${table} VALUES ${tuples(some, text)}`),
    ];
  },
  drop: ({ name: table }) => [`DROP TABLE IF EXISTS ${table}`],
  describe: (query) => `DESCRIBE ${query}`,
  columnType: typesByName({
    BOOLEAN: "bool",
    VARCHAR: "text",
    TINYINT: ["int", 8],
    SMALLINT: ["int", 16],
    INTEGER: ["int", 32],
    BIGINT: ["int", 64],
    UTINYINT: ["uint", 8],
    USMALLINT: ["uint", 16],
    UINTEGER: ["uint", 32],
    UBIGINT: ["uint", 64],
    FLOAT: ["float", 32],
    DOUBLE: ["float", 64],
    DATE: "date",
    TIMESTAMP: "instant without a zone",
    "TIMESTAMP WITH TIME ZONE": "instant",
  }),
  isOfType: (expression, type) =>
    `typeof(${expression}) = ${text(type.kind === "date" ? "DATE" : typeName(type).replace(", ", ","))}`,
  output(expression, type) {
    if (type.kind === "timestamp")
      return type.utc ? `make_timestamptz(${expression} // 1000)` : `make_timestamp_ns(${expression})`;
    return type.kind === "date" ? `DATE '1970-01-01' + ${expression}` : expression;
  },
};

function typeName(type: ColumnType): string {
  switch (type.kind) {
    case "bool":
      return "BOOLEAN";
    case "int":
      return `${type.signed ? "" : "U"}${{ 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" }[type.bits]}`;
    case "float":
      return type.bits === 32 ? "FLOAT" : "DOUBLE";
    case "text":
      return "VARCHAR";
    case "bytes":
      return "BLOB";
    case "timestamp":
      return "BIGINT";
    case "date":
      return "INTEGER";
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "list":
      return `${typeName(type.item)}[]`;
    case "null":
      return "INTEGER";
    case "time":
    case "nested":
      throw new RangeError(`${type.kind} is refused before`);
    default:
      return type satisfies never;
  }
}
