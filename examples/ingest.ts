/**
 * A file of injury reports, CSV or JSON lines, into bronze. Every row is checked before anything is written; writing
 * the same file again changes nothing.
 *
 * Run: `npx tsx examples/ingest.ts fixtures/sample-injuries.csv my-data` (or the .jsonl beside it)
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { BronzeStore, type WriteRowOf } from "bronzestore";
import { injuries } from "./feeds/injuries.js";
import { parseCsv } from "./support/csv.js";
import { main } from "./support/main.js";
import { counted, table } from "./support/print.js";

await main(import.meta.url, async () => {
  const [file, root] = process.argv.slice(2);
  if (!file || !root) throw new Error("Usage: npx tsx examples/ingest.ts <file.csv | file.jsonl> <root>");

  // Nobody knows yet what the rows are; `write` finds out, field by field.
  const rows = readRows(file) as WriteRowOf<typeof injuries>[];
  if (rows.length === 0) throw new Error(`${file} holds no rows.`);
  const bronze = new BronzeStore({ root, datasets: [injuries] });
  // A file holds the reports of a while, each of them the whole state of its time.
  const { partitions, latest } = await bronze.write("injuries_raw", rows, { snapshot: { several: true } });

  table(partitions.map(({ status, rows, path }) => [status, rows, path]));
  const dates = new Set(latest.map(({ date }) => date));
  console.log(`${counted(rows.length, "row")} of ${file} are in ${root}, under ${[...dates].join(" and ")}.`);
});

function readRows(file: string): unknown[] {
  const text = readFileSync(file, "utf8");
  const kind = extname(file);
  if (kind === ".csv") return parseCsv(text);
  if (kind !== ".jsonl" && kind !== ".ndjson") throw new Error(`${file}: expected .csv, .jsonl or .ndjson.`);
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line)];
    } catch (error) {
      throw new Error(`${file} line ${i + 1} is not JSON: ${(error as Error).message}`);
    }
  });
}
