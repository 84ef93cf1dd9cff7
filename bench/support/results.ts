import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { version as duckdbVersion } from "@duckdb/node-api";
import type { Figure } from "./measure.js";
import { table } from "./table.js";

const RESULTS = fileURLToPath(new URL("../results.json", import.meta.url));
const DOCS = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));

/** What is kept of runs, by work: its figures, and the machine they were measured on. */
type Results = Record<string, { readonly machine: Machine; readonly figures: readonly Figure[] }>;

/** What a figure depends on; nothing that names the machine. */
interface Machine {
  readonly date: string;
  readonly node: string;
  readonly duckdb: string;
  readonly platform: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
}

/** Keeps figures in place of older ones of the same works. `works` are all there are, in order. */
export function keepResults(figures: readonly Figure[], works: readonly string[]): void {
  const machine: Machine = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    duckdb: duckdbVersion(),
    platform: `${process.platform} ${process.arch}`,
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
  const kept = existsSync(RESULTS) ? readResults() : {};
  const results: Results = {};
  for (const work of works) {
    const own = figures.filter((figure) => figure.work === work);
    if (own.length > 0) results[work] = { machine, figures: own };
    else if (kept[work]) results[work] = kept[work];
  }
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(4)) : value;
  writeFileSync(RESULTS, `${JSON.stringify(results, rounded, 2)}\n`);
}

/** Puts the kept figures between the markers of docs/performance.md. */
export function writeDocs(): void {
  const works = Object.values(readResults());
  const machines = new Set(
    works.map(
      ({ machine: { date, node, duckdb, platform, cores, memoryGb } }) =>
        `${date}, Node ${node}, DuckDB ${duckdb}, ${platform}, ${cores} cores, ${memoryGb} GB`,
    ),
  );
  const text = readFileSync(DOCS, "utf8");
  const parts = /^([\s\S]*<!-- figures -->\n)[\s\S]*(\n<!-- \/figures -->[\s\S]*)$/.exec(text);
  if (!parts) throw new Error("docs/performance.md has lost the markers of its figures");
  writeFileSync(
    DOCS,
    `${parts[1]}\nMeasured ${[...machines].join("; ")}.\n\n${table(works.flatMap(({ figures }) => figures))}\n${parts[2]}`,
  );
}

function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS, "utf8"));
}
