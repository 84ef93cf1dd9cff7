import type { ColumnType } from "../table/index.js";
import type { Dialect } from "./dialect.js";
import { refusedByAll } from "./refused-types.js";

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
  reservedNames: ["path_", "line_", "file_row_number"],
  quoted,
  text,
  type: typeName,
  cast: (expression, type) => `CAST(${expression} AS ${type})`,
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
  values: (columns, rows) =>
    `SELECT * FROM (VALUES ${rows.map((row) => `(${row.join(", ")})`).join(", ")}) AS v_(${columns.join(", ")})`,
  quotient: (a, b) => `(${a} // ${b})`,
  source({ form, files, columns }) {
    const list =
      "table" in files ? `getvariable('${files.table}_${form}')` : `[${files.map(text).join(", ")}]`;
    const own = columns.map((column) => quoted(column.name)).join(", ");
    // Never a glob, and never what a path seems to say: the plan knows the files and what their paths mean.
    return `SELECT path_, file_row_number AS line_${own && `, ${own}`} FROM read_parquet(${list}, filename='path_', file_row_number=true, hive_partitioning=false, union_by_name=false)`;
  },
  settings: "",
  refuses: (stored, wanted) => refusedByAll(stored, wanted, { lists: true }),
  create({ name: table, columns, rows, forms = 0 }) {
    const own = columns.map((column) => `${column.name} ${column.type}`).join(", ");
    const statements = [`CREATE TEMP TABLE ${table} (${own})`];
    for (let first = 0; first < rows.length; first += ROWS_PER_INSERT) {
      const some = rows.slice(first, first + ROWS_PER_INSERT);
      statements.push(`INSERT INTO ${table} VALUES ${some.map((row) => `(${row.join(", ")})`).join(", ")}`);
    }
    for (let form = 0; form < forms; form++)
      statements.push(
        `SET VARIABLE ${table}_${form} = (SELECT list(file) FROM ${table} WHERE form = ${form})`,
      );
    return statements;
  },
  drop: ({ name: table, forms = 0 }) => [
    ...Array.from({ length: forms }, (_, form) => `RESET VARIABLE ${table}_${form}`),
    `DROP TABLE IF EXISTS ${table}`,
  ],
  output(expression, type) {
    if (type.kind === "timestamp")
      return type.utc ? `make_timestamptz(${expression} // 1000)` : `make_timestamp_ns(${expression})`;
    return type.kind === "date" ? `DATE '1970-01-01' + ${expression}` : expression;
  },
};

const ROWS_PER_INSERT = 1_000;

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
