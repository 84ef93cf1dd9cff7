// old-timer <timer> <root>: what each unit's script did. `live-score`, `live-scrape`, `live-rates` and `live-sim` all
// began with the same ETLs, "to be sure that the data is fresh", and none knew of the others.
import { join } from "node:path";
import { type Row, writeInPlace } from "../support/parquet.js";
import { INJURIES_FILE, LINES_FILE } from "../support/tables.js";
import { hangUp, scrape } from "./talk.js";

const [timer = "", root = ""] = process.argv.slice(2);
const run_id = `${timer}-${process.pid}`; // date +%Y%m%dT%H%M%SZ, one a script

const report = await scrape<Row>("injuries");
writeInPlace(
  join(root, INJURIES_FILE),
  report.map((row) => ({ ...row, run_id })),
);
const quotes = await scrape<Row>("odds");
writeInPlace(
  join(root, LINES_FILE),
  quotes.map((row) => ({ ...row, run_id })),
);
hangUp();
