import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BronzeStore } from "bronzestore";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builtChild } from "../built-child.js";
import { odds, withView } from "./feeds.js";

const script = builtChild(new URL("./children/writer.ts", import.meta.url));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bronze-crash-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Lets a writer run for a while, kills it with SIGKILL, and says which writes it had acknowledged. */
async function killedWriter(name: string, aliveMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [script(), root, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    // By its own progress first, so that a slow machine lets it write as much.
    if (output.split("\n").length > 3) setTimeout(() => child.kill("SIGKILL"), aliveMs);
  });
  await new Promise((resolve) => child.on("close", resolve));
  return output.split("\n").slice(0, -1);
}

describe("kill -9 of writers", () => {
  it("loses nothing that was acknowledged, in history or latest view, and leaves nothing a reader trips over", async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const names = [`a${round}`, `b${round}`];
      const written = await Promise.all(names.map((name, i) => killedWriter(name, 20 * round + 7 * i)));
      acknowledged.push(...written.flat());
    }
    expect(acknowledged.length).toBeGreaterThan(6);

    const bronze = new BronzeStore({ root, datasets: [withView(odds)] });
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
    const books = new Set(day.column("book"));
    expect(acknowledged.filter((id) => !books.has(id))).toEqual([]);
    const latest = await bronze.readBronzeDay("odds_raw", "2026-01-15", { prefer: "latest" });
    const shown = new Set(latest.column("book"));
    expect(acknowledged.filter((id) => !shown.has(id))).toEqual([]);
    expect(day.ignored).toEqual([]);
  });
});
