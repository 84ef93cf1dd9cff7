import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BronzeStore, localDisk } from "bronzestore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../built-package.js";
import { campaign } from "../campaign.js";
import { below, seeded } from "../real/seeded.js";
import { tempFolders } from "../storage/temp-folder.js";
import { ticks, writeTicks } from "./children/ticks.js";
import { treeOf } from "./feeds-of-files.js";

const tempFolder = tempFolders();
const children = fileURLToPath(new URL("./children", import.meta.url));
let project: string;
beforeAll(async () => {
  // As users have it: tsx and its compiler would be in the memory that is measured.
  project = await projectWithPackage();
  await bundleChild(project);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

async function bundleChild(into: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(children, "importer.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile: join(into, "importer.mjs"),
  });
}

/** Imports in a process of its own; it is killed when the given line of its output has come, and then some. */
async function importInChild(
  root: string,
  file: string,
  {
    rowsPerWrite,
    killAt,
  }: { readonly rowsPerWrite: number; readonly killAt?: { line: number; afterMs: number } },
): Promise<{ output: string; wasKilled: boolean }> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(project, "importer.mjs"), root, file, String(rowsPerWrite)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  let isMarked = false;
  child.stdout!.on("data", (chunk) => {
    output += chunk;
    if (!killAt || isMarked || output.split("\n").length <= killAt.line) return;
    isMarked = true;
    setTimeout(() => child.kill("SIGKILL"), killAt.afterMs);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("close", (...how) => resolve(how)),
  );
  if (signal !== "SIGKILL") expect(code).toBe(0);
  return { output, wasKilled: signal === "SIGKILL" };
}

describe("an import in a process of its own", () => {
  it("takes a million CSV rows in less than 300 MB", async () => {
    const { count, seed } = campaign({ small: 1_000_000, large: 3_000_000, few: 1_000_000, seed: 7 });
    const [root, file] = [tempFolder(), join(tempFolder(), "ticks.csv")];
    await writeTicks(file, count, seed);
    const { output } = await importInChild(root, file, { rowsPerWrite: 20_000 });
    const [, rows, bytes] = /done (\d+) (\d+)/.exec(output)!;
    console.log(`${rows} rows imported, at most ${Math.round(Number(bytes) / 1e6)} MB in memory`);
    expect(Number(rows)).toBe(count);
    expect(Number(bytes)).toBeLessThan(300e6);
    const bronze = new BronzeStore({ storage: localDisk(root), datasets: [ticks] });
    const { days } = await bronze.coverage("ticks", { from: "2026-01-15", to: "2026-01-15" });
    expect(days.reduce((sum, { rows }) => sum + rows, 0)).toBe(count);
  });

  it("killed with SIGKILL anywhere and run again is the import that was never killed", async () => {
    const { count, seed } = campaign({ small: 12, large: 120, seed: 11 });
    const file = join(tempFolder(), "ticks.csv");
    await writeTicks(file, 40_000, seed);
    const rowsPerWrite = 1_500;
    const undisturbed = tempFolder();
    const whole = await importInChild(undisturbed, file, { rowsPerWrite });
    const expected = await treeOf(localDisk(undisturbed));
    const lines = whole.output.trim().split("\n").length;
    const random = seeded(seed);
    let kills = 0;
    for (let round = 0; round < count; round++) {
      const root = tempFolder();
      for (let attempt = 0; ; attempt++) {
        const killAt = { line: below(random, lines), afterMs: below(random, 12) };
        const how = attempt < 3 ? { rowsPerWrite, killAt } : { rowsPerWrite };
        if (!(await importInChild(root, file, how)).wasKilled) break;
        kills++;
      }
      expect(await treeOf(localDisk(root)), `round ${round}`).toEqual(expected);
    }
    console.log(`${kills} kills in ${count} imports`);
    expect(kills).toBeGreaterThan(0);
  });
});
