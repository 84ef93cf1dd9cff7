import { Temporal } from "@js-temporal/polyfill";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, assertDate, dateFromEpochDay, dateRange, epochDay } from "../../src/time/index.js";
import { tries } from "../campaign.js";

const anyDay = fc.integer({ min: -719_528, max: 2_932_896 });

describe("assertDate", () => {
  test.each(["2026-01-15", "2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"])("accepts %s", (date) => {
    expect(() => assertDate(date)).not.toThrow();
  });

  test.each([
    ["2026-02-29", "2026-02 has 28 days"],
    ["1900-02-29", "1900-02 has 28 days"],
    ["2026-04-31", "2026-04 has 30 days"],
    ["2026-01-00", "2026-01 has 31 days"],
    ["2026-13-01", "no such month"],
    ["2026-00-01", "no such month"],
    ["2026-1-15", "not written YYYY-MM-DD"],
    ["20260115", "not written YYYY-MM-DD"],
    ["2026/01/15", "not written YYYY-MM-DD"],
    ["2026-01-15T00:00:00Z", "not written YYYY-MM-DD"],
    ["2026-01-15 ", "not written YYYY-MM-DD"],
    ["../../etc", "not written YYYY-MM-DD"],
    ["", "not written YYYY-MM-DD"],
    [null, "not a string but null"],
    [new Date(0), "not a string but object"],
    [20260115, "not a string but number"],
  ])("refuses %o", (date, expected) => {
    expect(() => assertDate(date)).toThrow(
      expect.objectContaining({ code: "INVALID_DATE", message: expect.stringContaining(expected) }),
    );
  });

  test("names what it was asked about", () => {
    expect(() => assertDate("soon", "game_date")).toThrow(/^The game_date "soon" is not written YYYY-MM-DD/);
  });
});

describe("epoch days", () => {
  test("count from 1970-01-01", () => {
    expect(epochDay("1970-01-01")).toBe(0);
    expect(epochDay("1969-12-31")).toBe(-1);
    expect(dateFromEpochDay(20_468)).toBe("2026-01-15");
  });

  test("agree with Temporal both ways for every date of four-digit years", () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const date = new Temporal.PlainDate(1970, 1, 1).add({ days: day }).toString();
        expect(dateFromEpochDay(day)).toBe(date);
        expect(epochDay(date)).toBe(day);
      }),
      tries({ small: 2_000, large: 40_000, seed: 106 }),
    );
  });

  test("outside the years 0000 to 9999 are refused", () => {
    const invalid = expect.objectContaining({ code: "INVALID_DATE" });
    expect(() => dateFromEpochDay(2_932_897)).toThrow(invalid);
    expect(() => dateFromEpochDay(-719_529)).toThrow(invalid);
    expect(() => addDays("9999-12-31", 1)).toThrow(invalid);
  });

  test("must be integers", () => {
    const invalid = expect.objectContaining({ code: "INVALID_ARGUMENT" });
    expect(() => dateFromEpochDay(0.5)).toThrow(invalid);
    expect(() => addDays("2026-01-15", Number.NaN)).toThrow(invalid);
  });
});

test("addDays crosses months, years and leap days", () => {
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
  expect(addDays("2025-12-31", 1)).toBe("2026-01-01");
  expect(addDays("2026-01-15", 0)).toBe("2026-01-15");
});

test("addDays goes as many days as it says, either way", () => {
  const near = fc.integer({ min: -10_000, max: 10_000 });
  fc.assert(
    fc.property(near, near, (day, days) => {
      const date = dateFromEpochDay(day);
      return epochDay(addDays(date, days)) - epochDay(date) === days;
    }),
    tries({ small: 1_000, large: 20_000, seed: 207 }),
  );
});

describe("dateRange", () => {
  test("includes both ends", () => {
    expect(dateRange("2026-02-27", "2026-03-01")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(dateRange("2026-02-27", "2026-02-27")).toEqual(["2026-02-27"]);
  });

  test("refuses to run backwards", () => {
    expect(() => dateRange("2026-03-01", "2026-02-27")).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});
