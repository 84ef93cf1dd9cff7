export { type DuckDBOptions, duckdb } from "./duckdb.js";
