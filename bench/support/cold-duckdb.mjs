// The same question asked of DuckDB: node cold-duckdb.mjs <root> <date> <cutoff>
import { DuckDBInstance } from "@duckdb/node-api";

const [root, date, cutoff] = process.argv.slice(2);
const start = performance.now();
const duck = await (await DuckDBInstance.create()).connect();
const result = await duck.runAndReadAll(`
  SELECT game_id, book, market, outcome, arg_max(price, (as_of_ts, ingested_ts)), arg_max({'v': point}, (as_of_ts, ingested_ts)),
    max(as_of_ts), arg_max(ingested_ts, (as_of_ts, ingested_ts)), arg_max(run_id, (as_of_ts, ingested_ts))
  FROM read_parquet('${root}/bronze/odds_raw/season=2025/date=${date}/run_ts=*/*.parquet')
  WHERE as_of_ts <= TIMESTAMPTZ '${cutoff}' GROUP BY ALL ORDER BY ALL`);
const columns = result.getColumnsJS();
console.log(performance.now() - start, columns.length, columns[0].length);
