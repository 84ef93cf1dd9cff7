import { defineSchedule } from "bronzestore";
import { describe, expect, it } from "vitest";

describe("defineSchedule", () => {
  it("dates an evening game by its evening in New York, not by UTC", () => {
    const schedule = defineSchedule([{ game_id: "late", tip_ts: "2026-01-16T03:30:00Z" }], {
      timeZone: "America/New_York",
    });
    expect(schedule.gameDate("game_id").dateOf("late")).toBe("2026-01-15");
  });

  it("takes a date where the tip-off is not known, and does not know other games", () => {
    const lookup = defineSchedule([{ game_id: "tbd", game_date: "2026-01-15" }], {
      timeZone: "America/New_York",
    }).gameDate("game_id");
    expect([lookup.dateOf("tbd"), lookup.dateOf("other")]).toEqual(["2026-01-15", undefined]);
  });

  it("lists its games with their tip-offs", () => {
    const { games } = defineSchedule([{ game_id: "a", tip_ts: "2026-01-16T00:00:00Z" }], {
      timeZone: "America/New_York",
    });
    expect(games).toEqual([{ game_id: "a", game_date: "2026-01-15", tip_ts: 1_768_521_600_000_000_000n }]);
  });

  it("refuses a game without a day, a day that contradicts the tip-off, and one game on two days", () => {
    const bad = [
      [{ game_id: "a" }],
      [{ game_id: "a", game_date: "2026-01-16", tip_ts: "2026-01-16T03:30:00Z" }],
      [
        { game_id: "a", game_date: "2026-01-15" },
        { game_id: "a", game_date: "2026-01-16" },
      ],
    ];
    for (const games of bad) {
      expect(() => defineSchedule(games, { timeZone: "America/New_York" })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("Game a") }),
      );
    }
  });
});
