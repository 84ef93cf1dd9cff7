// The same asked of DuckDB, in a process of its own: node duckdb.mjs <request.json>
import { DuckDBInstance } from "@duckdb/node-api";
import { Digest } from "../support/digest.mjs";
import { report, request } from "./report.mjs";

const { setup = [], queries } = request();
const digest = new Digest();
const duck = await (await DuckDBInstance.create()).connect();
for (const sql of setup) await duck.run(sql);
const start = performance.now();
for (const sql of queries) {
  const { price, point, as_of_ts } = (await duck.runAndReadAll(sql)).getColumnsObjectJS();
  digest.add(price, point, as_of_ts);
}
report(digest, performance.now() - start);
