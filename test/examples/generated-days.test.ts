import { calendar, memoryStorage, toEpochNs } from "bronzestore";
import { describe, expect, it } from "vitest";
import { writeGenerated } from "../../examples/support/generated-days.js";
import { gameStore } from "../../examples/support/store.js";
import { generateGameDay, generateGameWeek } from "../../fixtures/index.js";

describe("a generated day through the feeds", () => {
  it("comes back whole, each report, run and box score a file of its own", async () => {
    const day = generateGameDay();
    const bronze = gameStore(memoryStorage(), day.games);
    await writeGenerated(bronze, day);

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
    const bronze = gameStore(memoryStorage(), day.games);
    await writeGenerated(bronze, day);
    for (const { tip_ts } of day.games) {
      const known = await bronze.asOf(tip_ts).read("injuries_raw", { date: day.date, lookbackDays: 1 });
      const published = day.injuryReports.findLast(({ report_ts }) => report_ts <= tip_ts)!;
      const states = (rows: Iterable<{ player_id: string; status: string }>) =>
        [...rows].map(({ player_id, status }) => `${player_id} ${status}`).sort();
      expect(states(known)).toEqual(states(published.rows));
    }
  });
});

describe("a generated week through the feeds", () => {
  it("shows at every lock and tip-off the players that the report last published lists in the game", async () => {
    const week = generateGameWeek();
    const bronze = gameStore(memoryStorage(), week.games);
    await writeGenerated(bronze, week);
    const listed = (rows: Iterable<{ game_id: string; player_id: string; status: string }>, game: string) =>
      [...rows].flatMap((row) => (row.game_id === game ? [`${row.player_id} ${row.status}`] : [])).sort();
    for (const { game_id, tip_ts } of week.games) {
      for (const minutesBefore of [15, 0]) {
        const cutoff = new Date(Date.parse(tip_ts) - minutesBefore * 60_000);
        const published = week.injuryReports.findLast(({ report_ts }) => Date.parse(report_ts) <= +cutoff)!;
        const date = calendar("America/New_York").date(toEpochNs(cutoff));
        const known = await bronze.asOf(cutoff).read("injuries_raw", { date, lookbackDays: 1 });
        expect(listed(known, game_id), `${game_id} ${minutesBefore}`).toEqual(
          listed(published.rows, game_id),
        );
        expect(listed(known, game_id).length, `${game_id} ${minutesBefore}`).toBeGreaterThan(0);
      }
    }
  });
});
