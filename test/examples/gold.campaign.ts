import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeGenerated } from "../../examples/support/generated-days.js";
import { gameStore } from "../../examples/support/store.js";
import { generateGameDay } from "../../fixtures/index.js";
import { tempFolders } from "../storage/temp-folder.js";
import { type Ended, runScript } from "./run-script.js";

const tempFolder = tempFolders();

const cells = (out: string, start: string) =>
  out
    .split("\n")
    .find((line) => line.trim().startsWith(start))!
    .trim()
    .split(/ {2,}/);

describe("freeze-slate", () => {
  const root = tempFolder();
  const day = generateGameDay({ games: 2, runs: 12, runEveryMinutes: 60 });
  beforeAll(() => writeGenerated(gameStore(root, day.games), day));

  it("freezes a game and proves it", () => {
    const { code, out, err } = runScript("freeze-slate", [root, day.date], tempFolder());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { game_id, home, away, tip_ts } = day.games[0]!;
    expect(out).toContain(`${away} at ${home}, tip-off 19:00 ET`);
    const lock = Date.parse(tip_ts) - 15 * 60_000;
    const report = day.injuryReports.findLast(({ report_ts }) => Date.parse(report_ts) <= lock)!;
    for (const team of [home, away]) {
      const listed = report.rows.filter((row) => row.game_id === game_id && row.team === team);
      const playersOut = listed.filter(({ status }) => status === "OUT").length;
      expect(cells(out, `${team}  `).slice(1, 3)).toEqual([team === home ? "yes" : "no", String(playersOut)]);
    }
    expect(out).toMatch(/leak check +[1-9]\d* rows after the cutoff dropped and mangled: nothing moved/);
    expect(out).toContain(
      `freeze      frozen, gold/slates/season=2025/game_date=${day.date}/game_id=${game_id}/`,
    );
    expect(out).toContain("every input and the output are what they were");
    expect(out).toContain("the same, byte for byte");
  });

  it("finds it frozen the second time", () => {
    expect(runScript("freeze-slate", [root, day.date], tempFolder()).out).toContain(
      "unchanged, gold/slates/",
    );
  });
});

describe("a week of slates", () => {
  const root = join(tempFolder(), "week");
  let backfilled: Ended;
  beforeAll(() => {
    expect(runScript("demo-week", [root], tempFolder())).toMatchObject({
      code: 0,
      out: `18 games from 2026-01-12 to 2026-01-17 are in ${root}.\n`,
    });
    backfilled = runScript("backfill-slates", [root], tempFolder());
  });

  it("demo-week leaves alone a tree that is there", () => {
    const { code, out } = runScript("demo-week", [root], tempFolder());
    expect({ code, out }).toEqual({
      code: 0,
      out: `${root} holds a bronze tree already; it is left as it is.\n`,
    });
  });

  it("backfill-slates explains how to write a week where there is none", () => {
    const { code, err } = runScript("backfill-slates", [], tempFolder());
    expect({ code, err }).toEqual({
      code: 1,
      err: 'There is no bronze tree in "demo-data/week". Write one first: npm run demo:week\n',
    });
  });

  it("backfill-slates freezes every game twice, and shows it as it goes", () => {
    expect(backfilled).toMatchObject({ code: 0, err: "" });
    expect(backfilled.out.match(/^ {2}\d+\/36 \d{10} (lock|pretip): frozen$/gm)).toHaveLength(36);
    expect(backfilled.out).toContain("36 slates frozen, 0 frozen before.");
    expect(cells(backfilled.out, "2026-01-12").slice(1, 3)).toEqual(["6", "12"]);
    const status = JSON.parse(readFileSync(join(root, "gold/backfill.json"), "utf8"));
    expect(status).toMatchObject({ done: 36, total: 36, frozen: 36, failed: [] });
  });

  it("backfill-slates leaves alone what is frozen", () => {
    const { code, out } = runScript("backfill-slates", [root], tempFolder());
    expect(code).toBe(0);
    expect(out).toContain("0 slates frozen, 36 frozen before.");
  });

  it("build-training-set joins them with the points that were scored, split by time", () => {
    const first = runScript("build-training-set", [root], tempFolder());
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("Training set points-v1: written");
    expect(["train", "val", "test"].map((split) => cells(first.out, split).slice(0, 3))).toEqual([
      ["train", "12", "24"],
      ["val", "3", "6"],
      ["test", "3", "6"],
    ]);
    expect(first.out).toContain("features  is_home, players_out, win_chance");
    expect(first.out).toContain("labels    team_points");
    const files = readdirSync(join(root, "gold/training/points-v1")).filter((name) => !name.startsWith("."));
    expect(files.map((name) => name.replace(/\.[0-9a-f]{16}\./, "."))).toEqual([
      "manifest.json",
      "test.parquet",
      "train.parquet",
      "val.parquet",
    ]);
    const again = runScript("build-training-set", [root], tempFolder());
    expect(again.out).toBe(first.out.replace("points-v1: written", "points-v1: unchanged"));
  });
});
