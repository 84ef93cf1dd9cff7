import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BronzeStore, formatInstant } from "bronzestore";
import type { Bench, Work } from "../support/bench.js";
import { runChild } from "../support/child.js";
import { startOfDay } from "../support/data.js";
import { compared, type Figure, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";

const DATE = "2026-01-15";
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const feeds = fileURLToPath(new URL("../support/feeds.mjs", import.meta.url));

/** The command line from start to end: what a person waits for before the first line. */
export const command: Work = {
  name: "command",
  async run(bench) {
    const root = bench.tree([{ date: DATE, firstRuns: 12 }]);
    writeFileSync(
      join(root, "bronzestore.config.ts"),
      `import { defineConfig } from "bronzestore";
import * as z from "bronzestore/zod";
import { feeds } from "${feeds}";
const { odds } = feeds(z);
export default defineConfig({ root: ".", datasets: [odds()] });
`,
    );
    return [await help(bench), await show(bench, root)];
  },
};

async function help(bench: Bench): Promise<Figure> {
  const pairs = await inTurn(
    bench.quick ? 5 : 11,
    1,
    () => timed(() => run(bench.path("."), [main, "--help"])),
    () => timed(() => run(bench.path("."), ["-e", "0"])),
  );
  return compared(
    { work: "command", what: "bronzestore --help", unit: "ms", goal: { share: 2 } },
    pairs,
    "empty Node",
  );
}

async function show(bench: Bench, root: string): Promise<Figure> {
  const cutoff = startOfDay(DATE) + 45n * 60_000_000_000n;
  const argv = [main, "show", "odds_raw", DATE, "--as-of", formatInstant(cutoff), "--format", "ndjson"];
  const snapshot = await new BronzeStore({ root, datasets: [odds()] })
    .asOf(cutoff)
    .read("odds_raw", { date: DATE });
  const expected = snapshot.toJSON().map((row) => `${JSON.stringify(row)}\n`);
  if (expected.length === 0 || run(root, argv) !== expected.join(""))
    throw new Error("The command line and the library give other rows.");
  const request = bench.path("request.json");
  const asked = {
    question: "asOf",
    root,
    zod: "bronzestore/zod",
    days: { date: DATE },
    cutoff: formatInstant(cutoff),
  };
  const pairs = await inTurn(
    bench.quick ? 5 : 11,
    1,
    () => timed(() => run(root, argv)),
    () => runChild("ours.mjs", request, asked).wallMs,
  );
  const what = "bronzestore show, one hour of odds, 12 files of 840 rows, with a config in TypeScript";
  return compared({ work: "command", what, unit: "ms", goal: { share: 2 } }, pairs, "the library");
}

/** What a process prints, on plain Node. */
function run(cwd: string, argv: readonly string[]): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return execFileSync(process.execPath, argv, {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}
