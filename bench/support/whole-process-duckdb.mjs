// The same question asked of DuckDB in a process of its own: node whole-process-duckdb.mjs <root> <date>
import { DuckDBInstance } from "@duckdb/node-api";

const [root, date] = process.argv.slice(2);
const duck = await (await DuckDBInstance.create()).connect();
const result = await duck.runAndReadAll(`
  SELECT game_id, book, market, outcome, arg_max(price, (as_of_ts, ingested_ts)), arg_max({'v': point}, (as_of_ts, ingested_ts)),
    max(as_of_ts), arg_max(ingested_ts, (as_of_ts, ingested_ts)), arg_max(run_id, (as_of_ts, ingested_ts))
  FROM read_parquet('${root}/bronze/odds_raw/season=2025/date=${date}/run_ts=*/*.parquet')
  WHERE as_of_ts <= TIMESTAMPTZ '${date}T05:45:00Z' GROUP BY ALL ORDER BY ALL`);
console.log(result.getColumnsJS().length, result.currentRowCount);
