import { Temporal } from "@js-temporal/polyfill";
import { defineDataset, formatInstant, instant, isBronzeError, layouts, nbaSeason } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import * as z from "zod";
import { type ExpectOptions, expectedSlots, type FreshnessAges } from "../../src/dataset/index.js";
import { tries } from "../campaign.js";

function feed({
  timeZone = "America/New_York",
  ...more
}: {
  timeZone?: string;
  expect?: ExpectOptions;
  freshness?: FreshnessAges;
}) {
  return defineDataset({
    name: "quotes_raw",
    schema: z.object({ id: z.string(), as_of_ts: instant(), ingested_ts: instant() }),
    key: ["id"],
    date: { from: "as_of_ts" },
    layout: layouts.daily(),
    season: nbaSeason,
    timeZone,
    ...more,
  });
}

function slots(expected: ExpectOptions, date: string, timeZone?: string): string[] {
  const { expect: own, timeZone: zone } = feed({ expect: expected, ...(timeZone && { timeZone }) });
  return expectedSlots(own!, zone, date).map(
    ({ atNs, endNs }) => `${formatInstant(atNs)}/${formatInstant(endNs)}`,
  );
}

const evening = { every: "PT15M", from: "10:00", to: "01:00" } as const;

describe("the captures a dataset expects of a day", () => {
  it("are due from one time of its zone to another, which is the next day's where it is the earlier", () => {
    const found = slots(evening, "2026-01-15");
    expect(found.length).toBe(61); // 10:00 to 01:00, both ends
    expect(found[0]).toBe("2026-01-15T15:00:00Z/2026-01-15T15:15:00Z");
    expect(found.at(-1)).toBe("2026-01-16T06:00:00Z/2026-01-16T06:15:00Z");
  });

  it("lie as far apart on days of 23 and of 25 hours", () => {
    expect(slots({ every: "PT15M" }, "2026-01-15").length).toBe(96);
    expect(slots({ every: "PT15M" }, "2026-03-08").length).toBe(92);
    expect(slots({ every: "PT15M" }, "2026-11-01").length).toBe(100);
    // The night in which clocks go back belongs to the evening before.
    expect(slots({ every: "PT1H", from: "22:00", to: "03:00" }, "2026-10-31").length).toBe(7);
    expect(slots({ every: "PT1H", from: "22:00", to: "03:00" }, "2026-03-07").length).toBe(5);
  });

  it("are one where both times are the same, and none on a day that a zone left out", () => {
    expect(slots({ every: "P1D", from: "06:00", to: "06:00" }, "2026-01-15")).toEqual([
      "2026-01-15T11:00:00Z/2026-01-16T11:00:00Z",
    ]);
    expect(slots({ every: "PT1H" }, "2011-12-30", "Pacific/Apia")).toEqual([]);
  });

  const time = fc
    .tuple(fc.nat({ max: 23 }), fc.constantFrom(0, 15, 30, 59))
    .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
  test("are those that Temporal finds, in any zone, and none meets the next day's", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          "America/New_York",
          "Europe/Berlin",
          "Australia/Lord_Howe",
          "America/St_Johns",
          "UTC",
          "+05:30",
        ),
        fc.constantFrom(
          "2026-03-07",
          "2026-03-08",
          "2026-03-29",
          "2026-04-05",
          "2026-10-03",
          "2026-10-04",
          "2026-10-25",
          "2026-10-31",
          "2026-11-01",
          "2026-07-01",
        ),
        time,
        time,
        fc.constantFrom(7, 15, 60, 1440),
        (zone, date, from, to, minutes) => {
          const day = Temporal.PlainDate.from(date);
          const at = (on: Temporal.PlainDate, plainTime: string) =>
            on.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(plainTime) })
              .epochNanoseconds;
          const next = day.add({ days: 1 });
          const [first, last, nextFirst] = [at(day, from), at(to < from ? next : day, to), at(next, from)];
          const expected: bigint[] = [];
          for (let ns = first; ns <= last && ns < nextFirst; ns += BigInt(minutes) * 60_000_000_000n)
            expected.push(ns);
          const { expect: own } = feed({ expect: { every: { minutes }, from, to } });
          const found = expectedSlots(own!, zone, date);
          expect(found.map(({ atNs }) => atNs)).toEqual(expected);
          for (const [i, { endNs }] of found.entries())
            expect(endNs <= (found[i + 1]?.atNs ?? nextFirst)).toBe(true);
        },
      ),
      tries({ small: 500, large: 20_000, seed: 5, few: 100 }),
    );
  });
});

describe("a dataset that contradicts itself", () => {
  const refused = (what: Parameters<typeof feed>[0]): string => {
    try {
      feed(what);
    } catch (error) {
      if (isBronzeError(error)) return `${error.code} ${error.message}`;
      throw error;
    }
    return "taken";
  };

  it.each([
    [{ expect: { every: "PT0.5S" } }, /^INVALID_DATASET .*one second/],
    [{ expect: { every: "P2D" } }, /^INVALID_DATASET .*24 hours/],
    [{ expect: { every: "P1M" } }, /^INVALID_DURATION /],
    [{ expect: { every: "PT1H", grace: "PT2H" } }, /^INVALID_DATASET .*belongs to the next slot/],
    [{ expect: { every: "PT1H", from: "25:00" } }, /^INVALID_DATASET .*expect\.from is "25:00"/],
    [{ expect: { every: "PT1H", to: "1:00" } }, /^INVALID_DATASET .*expect\.to is "1:00"/],
    [{ expect: { every: "PT1H", minRows: 0 } }, /^INVALID_DATASET .*minRows/],
    [{ freshness: {} }, /^INVALID_DATASET .*says no age/],
    [
      { freshness: { warnAfter: "PT2H", errorAfter: "PT1H" } },
      /^INVALID_DATASET .*shorter than freshness\.warnAfter/,
    ],
  ] satisfies [Parameters<typeof feed>[0], RegExp][])("is refused: %j", (what, message) => {
    expect(refused(what)).toMatch(message);
  });
});
