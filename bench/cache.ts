/**
 * A second process asks about a closed day (288 run files, 241,920 rows) that a first one left in the cache, against
 * DuckDB reading the files. Each answer in a process of its own; in turn, medians of ratios.
 *
 *     npm run build && npx tsx bench/cache.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./support/measure.js";
import { DATE, writeOddsDay } from "./support/odds-day.js";

const CUTOFF = "2026-01-16T04:30:00Z";
const ROUNDS = Number(process.argv[2] ?? 15);

const root = mkdtempSync(join(tmpdir(), "bronze-bench-"));
const cache = join(root, ".cache");

/** Milliseconds inside the process, from the store to the columns, and of the whole process. */
interface Times {
  readonly inside: number;
  readonly whole: number;
}

type Round = Record<"first" | "plain" | "second" | "duck", Times>;

function ask(script: string, ...args: string[]): Times {
  const path = fileURLToPath(new URL(`./support/${script}`, import.meta.url));
  const start = performance.now();
  const said = execFileSync(process.execPath, [path, root, DATE, CUTOFF, ...args], { encoding: "utf8" });
  return { inside: Number.parseFloat(said), whole: performance.now() - start };
}

/** Sizes of all files below a folder, in bytes. */
function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

try {
  await writeOddsDay(root);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rmSync(cache, { recursive: true, force: true });
    const first = ask("cached-ours.mjs", "cache");
    const plain = ask("cached-ours.mjs", "plain");
    // What the files' tokens prove nothing about yet is compared by content: a day that was just written is old soon.
    if (round === 0) await new Promise((resolve) => setTimeout(resolve, 3000));
    const second = ask("cached-ours.mjs", "cache");
    const duck = ask("cold-duckdb.mjs");
    rounds.push({ first, plain, second, duck });
  }
  const show = (title: string, of: (round: Round) => Times) => {
    const [inside, whole] = (["inside", "whole"] as const).map((what) => {
      const ms = median(rounds.map((round) => of(round)[what]));
      const ratio = median(rounds.map((round) => round.duck[what] / of(round)[what]));
      return `${ms.toFixed(1).padStart(8)} ms, DuckDB takes ${ratio.toFixed(2).padStart(6)} times that`;
    });
    console.log(`${title.padEnd(34)} in process ${inside}; whole process ${whole}`);
  };
  console.log(
    `One closed day, 288 files, asked in fresh processes (${ROUNDS} rounds, Node ${process.version})\n`,
  );
  show("DuckDB, reads the files", ({ duck }) => duck);
  show("ours, reads the files", ({ plain }) => plain);
  show("ours, first with a cache (writes)", ({ first }) => first);
  show("ours, second with a cache", ({ second }) => second);
  const extra = median(rounds.map(({ first, plain }) => first.inside / plain.inside));
  console.log(`\nwriting an entry: the first read takes ${extra.toFixed(2)} times a plain one`);
  const [entry, source] = [sizeOf(join(cache, "timelines")), sizeOf(join(root, "bronze"))];
  console.log(`entry ${entry} bytes, files ${source} bytes: ${(entry / source).toFixed(2)} to one`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
