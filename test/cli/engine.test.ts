import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { duckdb } from "bronzestore/duckdb";
import { beforeAll, describe, expect, it } from "vitest";
import { tempFolders } from "../storage/temp-folder.js";
import { LOCK } from "./command-lines.js";
import { commandLine } from "./session.js";
import { demoConfig, demoTree } from "./trees.js";

const tempFolder = tempFolders();
let cwd: string;

beforeAll(async () => {
  cwd = tempFolder();
  await demoTree(cwd);
  const instance = await DuckDBInstance.create(":memory:");
  (globalThis as { duckOfTest?: unknown }).duckOfTest = duckdb(instance, { root: cwd });
  const engines = "engines: { duck: () => globalThis.duckOfTest, broken: {} },";
  const config = demoConfig(`root: "."`).replace(/^ {2}clock,$/m, `  clock, ${engines}`);
  writeFileSync(join(cwd, "bronzestore.config.ts"), config);
});

describe("an engine of the config", () => {
  it.each([
    `show odds_raw 2026-01-15 --as-of ${LOCK}`,
    `show odds_raw 2026-01-15 --as-of ${LOCK} --known-by cutoff --max-age 6h --columns price --lookback 1`,
    `diff odds_raw 2026-01-15 --from 2026-01-15T20:00:00Z --to ${LOCK}`,
    `diff odds_raw 2026-01-15 --from 2026-01-15T20:00:00Z --to ${LOCK} --columns price --known-by cutoff`,
  ])("answers as this process does: %s", async (line) => {
    const own = await commandLine(`${line} --format csv`, { cwd });
    const asked = await commandLine(`${line} --format csv --engine duck`, { cwd });
    expect(own.out.split("\n").length).toBeGreaterThan(3);
    expect([asked.code, asked.out]).toEqual([own.code, own.out]);
  });

  it.each([
    [`show odds_raw 2026-01-15 --as-of ${LOCK} --engine quack`, 'no engine "quack"; there are duck, broken'],
    [`show odds_raw 2026-01-15 --as-of ${LOCK} --engine broken`, "engine"],
    ["show odds_raw 2026-01-15 --engine duck", "--engine means something only with --as-of"],
  ])("is refused where it cannot answer: %s", async (line, why) => {
    const { code, out, err } = await commandLine(line, { cwd });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(why);
  });

  it("is said to be missing from a config without engines", async () => {
    const other = tempFolder();
    await demoTree(other);
    const line = `diff odds_raw 2026-01-15 --from 2026-01-15T20:00:00Z --to ${LOCK} --engine duck`;
    const { code, err } = await commandLine(line, { cwd: other });
    expect(code).toBe(2);
    expect(err).toContain("add engines: { duckdb: ... } to it");
  });
});
