import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BronzeStore, defineConfig } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { openParquet } from "../../src/table/index.js";
import { reportDataOf } from "../report/report-data-of.js";
import { query } from "../second-reader/duckdb.js";
import { tempFolders } from "../storage/temp-folder.js";
import { commandLine } from "./session.js";
import { demoTree, foreignTree } from "./trees.js";

const tempFolder = tempFolders();

describe("an answer of the command line", () => {
  let demo: string;
  beforeAll(async () => {
    demo = tempFolder();
    await demoTree(demo);
  });

  it("has the same rows in every form, which DuckDB reads alike", async () => {
    const line = "show injuries_raw 2026-01-15 --as-of 2026-01-15T23:45:00Z --lookback 1 --format";
    const rows = JSON.parse((await commandLine(`${line} json`, { cwd: demo })).out) as Record<
      string,
      unknown
    >[];
    const lines = (await commandLine(`${line} ndjson`, { cwd: demo })).out.trim().split("\n");
    expect(rows.length).toBeGreaterThan(2);
    expect(lines.map((text) => JSON.parse(text))).toEqual(rows);
    for (const form of ["csv", "parquet"]) {
      const file = join(tempFolder(), `answer.${form}`);
      writeFileSync(file, (await commandLine(`${line} ${form}`, { cwd: demo })).bytes);
      const source = form === "csv" ? `read_csv('${file}', all_varchar = true)` : `read_parquet('${file}')`;
      const seen = await query(`SELECT game_id, player_id, status FROM ${source}`);
      expect(seen).toEqual(rows.map(({ game_id, player_id, status }) => ({ game_id, player_id, status })));
    }
    expect(rows[0]!.game_id).toMatch(/^00225/);
  });

  it("of a command's own rows keeps numbers as numbers in Parquet", async () => {
    const { bytes } = await commandLine("ls --format parquet", { cwd: demo });
    const file = openParquet(Uint8Array.from(bytes), "answer.parquet");
    expect(file.columns.get("days")).toEqual({ kind: "int", bits: 64, signed: true });
    expect(file.columns.get("first")).toEqual({ kind: "text" });
  });

  it("is not written as Parquet to a terminal", async () => {
    const { code, out, err } = await commandLine("ls --format parquet", { cwd: demo, columns: 80 });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("send it into a file");
  });

  it("has colours at a terminal, and none in a pipe or with NO_COLOR", async () => {
    const colour = "\u001b[";
    expect((await commandLine("ls", { cwd: demo, columns: 200 })).out).toContain(colour);
    expect((await commandLine("ls", { cwd: demo, columns: 200, env: { NO_COLOR: "1" } })).out).not.toContain(
      colour,
    );
    expect((await commandLine("ls --format table", { cwd: demo })).out).not.toContain(colour);
  });

  it("fits into the terminal, whatever its width, and says which columns do not", async () => {
    for (const columns of [20, 40, 80, 120, 200]) {
      const { out, err } = await commandLine("ls", { cwd: demo, columns, env: { NO_COLOR: "1" } });
      for (const line of out.trimEnd().split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
      expect(err.includes("did not fit"), `${columns}`).toBe(columns < 200);
    }
  });

  it("of a guess is the library's own, by the definition that the guess comes to", async () => {
    const foreign = tempFolder();
    await foreignTree(foreign);
    const { out } = await commandLine("show prices 2026-01-15 --as-of 2026-01-15T15:30:00Z", {
      cwd: foreign,
    });
    const file = `${foreign}/prices/dt=2026-01-15/batch-0.parquet`;
    const expected = await query(`SELECT symbol, bid FROM read_parquet('${file}') ORDER BY symbol`);
    const rows = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { symbol: string; bid: number });
    expect(rows.map(({ symbol, bid }) => ({ symbol, bid }))).toEqual(expected);
  });
});

describe("the page of the command line", () => {
  it("shows the games of the config's schedule at their tip-offs, as DuckDB reads them from the tree", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    expect((await commandLine("report -o page.html", { cwd })).code).toBe(0);
    const { days } = reportDataOf(readFileSync(join(cwd, "page.html"), "utf8"));
    const shown = days.find(({ date }) => date === "2026-01-15")!.events.filter((one) => !one.isCutoff);
    const played =
      await query(`SELECT away || ' at ' || home AS name, epoch_ns(tip_ts)::VARCHAR AS at, game_id AS "group"
      FROM read_parquet('${cwd}/bronze/schedule_raw/season=2025/date=2026-01-15/schedule.parquet') ORDER BY tip_ts`);
    expect(played.length).toBe(2);
    expect(shown.map(({ name, at, group }) => ({ name, at, group }))).toEqual(played);
  });

  it("is made without a schedule that cannot be read, and says so", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    const path = join(cwd, "bronzestore.config.ts");
    const throwing = 'schedule: () => { throw new Error("the league is closed"); }';
    writeFileSync(path, readFileSync(path, "utf8").replace(/^ {2}schedule,$/m, `  ${throwing},`));
    const { code, err } = await commandLine("report -o page.html", { cwd });
    expect([code, err.split("\n")[0]]).toEqual([
      0,
      "No events: the config's schedule cannot be read: the league is closed",
    ]);
  });
});

describe("a config", () => {
  const write = (text: string) => {
    const folder = tempFolder();
    writeFileSync(join(folder, "bronzestore.config.ts"), text);
    return folder;
  };

  it("gets the very library that the command line uses", async () => {
    const folder = write(`import * as lib from "bronzestore";
globalThis.seen = lib;
export default lib.defineConfig({ root: ".", datasets: [] });`);
    expect(await commandLine("ls", { cwd: folder })).toMatchObject({ code: 0, out: "" });
    const { seen } = globalThis as unknown as { seen: { BronzeStore: unknown; defineConfig: unknown } };
    expect(seen.BronzeStore).toBe(BronzeStore);
    expect(seen.defineConfig).toBe(defineConfig);
  });

  it.each([
    ["export const root = '.';", "no default export"],
    ["export default { root: '.' };", "datasets"],
    ["export default { root: '.', datasets: [], stores: 1 };", "stores"],
    ["export default { datasets: [] };", "a root (a folder) or a storage"],
    ["export default { root: '.', datasets: [], gold: { timezone: 'UTC' } };", "timezone"],
    ["throw new Error('not today');", "not today"],
    ["const x: = 1", "cannot be loaded"],
  ])("that makes no sense is refused: %s", async (text, said) => {
    const { code, err } = await commandLine("ls", { cwd: write(text) });
    expect(code).toBe(2);
    expect(err).toContain("INVALID_ARGUMENT");
    expect(err).toContain(said);
  });
});
