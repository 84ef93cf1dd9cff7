export { type ClickHouseOptions, clickhouse } from "./clickhouse.js";
export { type DuckDBOptions, duckdb } from "./duckdb.js";
