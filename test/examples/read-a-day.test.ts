import { beforeAll, describe, expect, it } from "vitest";
import { writeGenerated } from "../../examples/support/generated-days.js";
import { gameStore } from "../../examples/support/store.js";
import { generateGameDay } from "../../fixtures/index.js";
import { tempFolders } from "../storage/temp-folder.js";
import { runScript } from "./run-script.js";

const tempFolder = tempFolders();

describe("read-a-day", () => {
  const root = tempFolder();
  const day = generateGameDay({ games: 2, runs: 8 });
  beforeAll(() => writeGenerated(gameStore(root, day.games), day));

  it("shows what is there and the state at the first tip-off", () => {
    const { code, out, err } = runScript("read-a-day", [root, day.date], tempFolder());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { home, away } = day.games[0]!;
    expect(out).toMatch(new RegExp(`0022500561 +${away} at ${home} +19:00`));
    const quotes = day.oddsRuns.reduce((sum, { rows }) => sum + rows.length, 0);
    expect(out).toContain(`BronzeDay odds_raw 2026-01-15: ${quotes} rows from 9 files (history)`);
    expect(out).toContain("Snapshot of odds_raw at 2026-01-16T00:00:00Z");
  });

  it("suggests running the demo where there is no tree, and leaves nothing behind", () => {
    const { code, out, err } = runScript("read-a-day", [], tempFolder());
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toBe('There is no bronze tree in "demo-data". Write one first: npm run demo\n');
  });

  it("says that a day has no games", () => {
    const { code, err } = runScript("read-a-day", [root, "2026-02-01"], tempFolder());
    expect(code).toBe(1);
    expect(err).toContain("has no games on 2026-02-01");
  });
});
