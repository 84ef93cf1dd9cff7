import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { easternClock } from "../../examples/support/print.js";
import { american } from "../../examples/support/quotes.js";
import { openGames } from "../../examples/support/store.js";
import { generateGameDay } from "../../fixtures/index.js";
import { tempFolders } from "../storage/temp-folder.js";
import { type Ended, runScript } from "./run-script.js";

const tempFolder = tempFolders();

describe("demo", () => {
  const cwd = tempFolder();
  let first: Ended;
  beforeAll(() => {
    first = runScript("demo", [], cwd);
  });

  it("prints the same again, into a new tree", () => {
    expect(first).toMatchObject({ code: 0, err: "" });
    const stray = join(cwd, "demo-data/stray.txt");
    writeFileSync(stray, "");
    expect(runScript("demo", [], cwd)).toEqual(first);
    expect(existsSync(stray)).toBe(false);
  });

  it("prints no colour codes into a pipe, and no line too long for a wide terminal", () => {
    expect(first.out).not.toContain("\u001b");
    expect(Math.max(...first.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it("says where the tree is, and the tree is there", async () => {
    expect(first.out).toContain("The tree is in ./demo-data/bronze/");
    const { games } = await openGames(join(cwd, "demo-data"), "2026-01-15");
    expect(games.map(({ tip_ts }) => easternClock(tip_ts))).toEqual(["19:00", "20:00", "21:30", "22:30"]);
  });

  it("counts what the generator made", () => {
    const day = generateGameDay();
    const quotes = day.oddsRuns.flatMap(({ rows }) => rows);
    const lines = new Set(quotes.map((row) => [row.game_id, row.book, row.market, row.outcome].join()));
    const grouped = (count: number) => count.toLocaleString("en-US");
    expect(first.out).toContain(
      `${grouped(quotes.length + lines.size)} rows instead of ${grouped(quotes.length)}: ${lines.size} quotes`,
    );
  });

  it("shows the price before tip-off and the leaked one from the generator's own rows", () => {
    const { games, oddsRuns } = generateGameDay();
    const { game_id, home, tip_ts } = games.at(-1)!;
    const own = oddsRuns
      .flatMap(({ rows }) => rows)
      .filter((row) => row.game_id === game_id && row.book === "draftkings" && row.market === "h2h")
      .filter(({ outcome }) => outcome === "home");
    const right = own.findLast(({ ingested_ts }) => Date.parse(ingested_ts) <= Date.parse(tip_ts))!;
    const leaked = own.at(-1)!;
    expect(leaked).not.toBe(right);
    expect(first.out).toContain(
      `${home} to win at ${american(leaked.price)} instead of ${american(right.price)}`,
    );
  });

  it("shows labels only after the game", () => {
    const rows = generateGameDay().boxScores.at(-1)!.rows.length;
    expect(first.out).toMatch(/pretip +22:30 ET {2}0 box-score rows/);
    expect(first.out).toMatch(new RegExp(`final buzzer +\\d\\d:\\d\\d ET {2}${rows} box-score rows`));
  });

  it("has a day's files in one, with the same answers, and back again", () => {
    const { oddsRuns } = generateGameDay();
    const [, files, bytes] = /before +(\d+) {2}files +([\d,]+) {2}bytes/.exec(first.out)!;
    const [, one, fewer] = /compacted +(\d+) {2}file +([\d,]+) {2}bytes/.exec(first.out)!;
    expect([Number(files), Number(one)]).toEqual([oddsRuns.length, 1]);
    expect(sizeOf(fewer!)).toBeLessThan(sizeOf(bytes!));
    const section = first.out.slice(first.out.indexOf("compacted"), first.out.indexOf("Pruning"));
    expect(section).toMatch(/answers +the same .*\n +verify +intact\n +replay +the same, byte for byte\n/);
    expect(section).toContain(`${files} files again`);
  });

  it("names the slate for which a file is not pruned", () => {
    const { game_id } = generateGameDay().games.at(-1)!;
    const section = first.out.slice(first.out.indexOf("Pruning keeps"));
    expect(section).toMatch(new RegExp(`run_ts=\\w+ stays\\n.*game_id=${game_id}/manifest\\.pretip\\.json`));
  });

  it("tells another day from another seed", () => {
    const other = runScript("demo", ["8"], tempFolder());
    expect(other).toMatchObject({ code: 0, err: "" });
    expect(other.out).not.toBe(first.out);
  });
});

function sizeOf(bytes: string): number {
  return Number(bytes.replaceAll(",", ""));
}
