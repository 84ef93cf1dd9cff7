import { expect, test } from "vitest";
import { calendarYear, nbaSeason, seasonStartingIn } from "../../src/time/index.js";

test("an NBA season is named by the year it starts in, from August on", () => {
  expect(nbaSeason("2025-07-31")).toBe(2024);
  expect(nbaSeason("2025-08-01")).toBe(2025);
  expect(nbaSeason("2025-12-31")).toBe(2025);
  expect(nbaSeason("2026-01-15")).toBe(2025);
  expect(nbaSeason("2026-06-20")).toBe(2025);
});

test("calendarYear is the year of the date", () => {
  expect(calendarYear("2026-01-01")).toBe(2026);
  expect(calendarYear("2026-12-31")).toBe(2026);
});

test("a season can start in any month", () => {
  expect(seasonStartingIn(12)("2026-11-30")).toBe(2025);
  expect(seasonStartingIn(12)("2026-12-01")).toBe(2026);
});

test.each([0, 13, 1.5, Number.NaN, "8"])("month %s is refused", (month) => {
  expect(() => seasonStartingIn(month as number)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
});

test("what is not a date has no season", () => {
  expect(() => nbaSeason("2026-02-30")).toThrow(expect.objectContaining({ code: "INVALID_DATE" }));
});
