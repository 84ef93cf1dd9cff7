import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AnyDataset, toEpochNs } from "bronzestore";
import type { Acknowledged } from "./live-acks.js";
import type { Finding } from "./live-check.js";
import { quoted, type SecondReader } from "./second-reader.js";

/** Every row that a write acknowledged is in bronze, cell for cell and once, as a reader of another make sees it. */
export async function checkAcks(
  duckdb: SecondReader,
  { root, datasets }: { readonly root: string; readonly datasets: readonly AnyDataset[] },
  promised: readonly Acknowledged[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const dataset of datasets.filter(({ layer }) => layer === "bronze")) {
    const own = promised.filter((ack) => ack.dataset === dataset.name);
    const kept = new Map<string, number>();
    for (const row of await duckdb.rows(historyOf(root, dataset))) {
      const text = textOf(dataset, row);
      kept.set(text, (kept.get(text) ?? 0) + 1);
    }
    const rows = own.flatMap(({ rows, run_id }) => rows.map((row) => ({ ...row, run_id })));
    const wanted = rows.map((row) => textOf(dataset, asStored(dataset, row)));
    const missing = wanted.filter((text) => !kept.has(text)).map((text) => `lost: ${text}`);
    const twice = [...kept]
      .filter(([, times]) => times > 1)
      .map(([text, times]) => `${times} times: ${text}`);
    const beyond = [...kept.values()].reduce((sum, times) => sum + times, 0) - wanted.length;
    findings.push({
      what: `${dataset.name} holds every row acknowledged`,
      found: `${wanted.length} rows in ${own.length} writes, and ${beyond} of writes killed before they said so`,
      problems: [...(own.length === 0 ? ["nothing was acknowledged"] : []), ...missing, ...twice],
    });
  }
  return findings;
}

/** All that was acknowledged, by any process. */
export function acknowledgements(folder: string): Acknowledged[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const lines = readFileSync(join(folder, name), "utf8").split("\n");
    // What follows the last line break was cut off by a kill, so it was never said.
    return lines.slice(0, -1).map((line): Acknowledged => JSON.parse(line));
  });
}

/** All rows of all partitions; instants as microseconds since the epoch, which is as fine as DuckDB has them. */
function historyOf(root: string, { name, columns }: AnyDataset): string {
  const cells = [...columns].map(([column, { type }]) =>
    type.kind === "timestamp" ? `epoch_us("${column}") AS "${column}"` : `"${column}"`,
  );
  const files = quoted(join(root, "bronze", name, "season=*/date=*/*/*.parquet"));
  return `SELECT ${cells.join(", ")} FROM read_parquet(${files}, hive_partitioning = false, union_by_name = true)`;
}

/** An acknowledged row in the words of the reader. */
function asStored({ columns }: AnyDataset, row: Readonly<Record<string, string | number | null>>) {
  const cells = [...columns].map(([column, { type }]) => {
    const value = row[column] ?? null;
    const isInstant = type.kind === "timestamp" && value !== null;
    return [
      column,
      isInstant ? String(toEpochNs(String(value)) / 1000n) : value === null ? null : String(value),
    ];
  });
  return Object.fromEntries(cells) as Record<string, string | null>;
}

function textOf({ columns }: AnyDataset, row: Readonly<Record<string, string | null>>): string {
  return JSON.stringify([...columns.keys()].map((column) => row[column] ?? null));
}
