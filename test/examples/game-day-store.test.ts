import { memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { gameDayStore, writeGameDay } from "../../examples/support/game-day-store.js";
import { generateGameDay } from "../../fixtures/index.js";

describe("a generated day through the feeds", () => {
  it("comes back whole, each report, run and box score a file of its own", async () => {
    const day = generateGameDay();
    const bronze = gameDayStore(memoryStorage(), day.games);
    await writeGameDay(bronze, day);

    const odds = await bronze.readBronzeDay("odds_raw", day.date);
    expect(odds.files).toHaveLength(day.oddsRuns.length);
    expect(odds.length).toBe(day.oddsRuns.reduce((sum, { rows }) => sum + rows.length, 0));
    const boxes = await bronze.readBronzeDay("box_scores_raw", day.date);
    expect(boxes.length).toBe(day.boxScores.reduce((sum, { rows }) => sum + rows.length, 0));
    const reports = await Promise.all(
      ["2026-01-14", "2026-01-15", "2026-01-16"].map((date) => bronze.readBronzeDay("injuries_raw", date)),
    );
    expect(reports.map(({ files }) => files.length)).toEqual([1, 15, 1]);
    expect(reports.reduce((sum, { length }) => sum + length, 0)).toBe(
      day.injuryReports.reduce((sum, { rows }) => sum + rows.length, 0),
    );
  });

  it("shows at every tip-off exactly the report that was last published", async () => {
    const day = generateGameDay({ seed: 11, runs: 1 });
    const bronze = gameDayStore(memoryStorage(), day.games);
    await writeGameDay(bronze, day);
    for (const { tip_ts } of day.games) {
      const known = await bronze.asOf(tip_ts).read("injuries_raw", { date: day.date, lookbackDays: 1 });
      const published = day.injuryReports.findLast(({ report_ts }) => report_ts <= tip_ts)!;
      const states = (rows: Iterable<{ player_id: string; status: string }>) =>
        [...rows].map(({ player_id, status }) => `${player_id} ${status}`).sort();
      expect(states(known)).toEqual(states(published.rows));
    }
  });
});
