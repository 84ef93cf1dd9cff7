import { Temporal } from "@js-temporal/polyfill";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  calendar,
  dateFromEpochDay,
  epochDay,
  formatInstant,
  toEpochNs,
} from "../../src/time/index.js";
import { tries } from "../campaign.js";

const MINUTE = 60_000_000_000n;
const HOUR = 60n * MINUTE;
const eastern = calendar("America/New_York");

describe("the Eastern domain day", () => {
  test("23:59:59.999999999 and one nanosecond later fall on different dates", () => {
    const last = toEpochNs("2026-01-15T23:59:59.999999999-05:00");
    expect(eastern.date(last)).toBe("2026-01-15");
    expect(eastern.date(last + 1n)).toBe("2026-01-16");
  });

  test("a late game belongs to the day before its UTC date", () => {
    expect(eastern.date(toEpochNs("2026-01-16T03:00:00Z"))).toBe("2026-01-15");
    expect(eastern.hour(toEpochNs("2026-01-16T03:00:00Z"))).toBe(22);
  });

  test("starts at 05:00 UTC in winter and 04:00 UTC in summer", () => {
    expect(formatInstant(eastern.startOfDay("2026-01-15"))).toBe("2026-01-15T05:00:00Z");
    expect(formatInstant(eastern.startOfDay("2026-07-15"))).toBe("2026-07-15T04:00:00Z");
  });

  test("in autumn has 25 hours, and hour 1 twice", () => {
    expect(eastern.hoursInDay("2026-11-01")).toBe(25);
    expect(eastern.hour(toEpochNs("2026-11-01T01:30:00-04:00"))).toBe(1);
    expect(eastern.hour(toEpochNs("2026-11-01T01:30:00-05:00"))).toBe(1);
    expect(hoursSeen("2026-11-01")).toEqual([0, 1, 1, ...hours(2, 23)]);
  });

  test("in spring has 23 hours, and hour 2 never", () => {
    expect(eastern.hoursInDay("2026-03-08")).toBe(23);
    expect(hoursSeen("2026-03-08")).toEqual([0, 1, ...hours(3, 23)]);
  });

  test("otherwise has 24 hours", () => {
    expect(eastern.hoursInDay("2026-01-15")).toBe(24);
    expect(hoursSeen("2026-01-15")).toEqual(hours(0, 23));
  });

  test("ends where the next one starts, all through a season", () => {
    for (let date = "2025-10-01"; date < "2026-07-01"; date = addDays(date, 1)) {
      expect(eastern.endOfDay(date)).toBe(eastern.startOfDay(addDays(date, 1)));
      expect(eastern.date(eastern.startOfDay(date))).toBe(date);
      expect(eastern.date(eastern.endOfDay(date) - 1n)).toBe(date);
    }
  });

  test("offsetNs is what the zone adds to UTC", () => {
    expect(eastern.offsetNs(toEpochNs("2026-01-15T12:00:00Z"))).toBe(-5n * HOUR);
    expect(eastern.offsetNs(toEpochNs("2026-07-15T12:00:00Z"))).toBe(-4n * HOUR);
  });
});

describe("zones with their own ideas", () => {
  test("a day can start at 01:00 (Sao Paulo 2018-11-04)", () => {
    const saoPaulo = calendar("America/Sao_Paulo");
    expect(formatInstant(saoPaulo.startOfDay("2018-11-04"))).toBe("2018-11-04T03:00:00Z");
    expect(saoPaulo.hour(saoPaulo.startOfDay("2018-11-04"))).toBe(1);
    expect(saoPaulo.hoursInDay("2018-11-04")).toBe(23);
  });

  test("a day can be left out (Apia 2011-12-30): it is empty", () => {
    const apia = calendar("Pacific/Apia");
    expect(apia.startOfDay("2011-12-30")).toBe(apia.endOfDay("2011-12-30"));
    expect(apia.hoursInDay("2011-12-30")).toBe(0);
    expect(apia.date(apia.startOfDay("2011-12-30"))).toBe("2011-12-31");
    expect(apia.date(apia.startOfDay("2011-12-30") - 1n)).toBe("2011-12-29");
  });

  test("clocks can change by half an hour (Lord Howe)", () => {
    expect(calendar("Australia/Lord_Howe").hoursInDay("2026-04-05")).toBe(24.5);
    expect(calendar("Australia/Lord_Howe").hoursInDay("2026-10-04")).toBe(23.5);
  });

  test("midnight can come twice (St. John's 2010-11-07, 00:01): the day starts at the first", () => {
    const stJohns = calendar("America/St_Johns");
    const start = stJohns.startOfDay("2010-11-07");
    expect(formatInstant(start)).toBe("2010-11-07T02:30:00Z");
    expect(stJohns.date(start + MINUTE)).toBe("2010-11-06");
  });

  test.each([
    ["UTC", 0n],
    ["Etc/UTC", 0n],
    ["+05:30", 330n],
    ["+0530", 330n],
    ["-05", -300n],
  ])("%s is a zone without clock changes", (zone, offsetMinutes) => {
    const fixed = calendar(zone);
    expect(fixed.timeZone).toBe(zone);
    expect(fixed.offsetNs(0n)).toBe(offsetMinutes * MINUTE);
    expect(fixed.startOfDay("2026-03-08")).toBe(toEpochNs("2026-03-08T00:00:00Z") - offsetMinutes * MINUTE);
    expect(fixed.hoursInDay("2026-03-08")).toBe(24);
  });

  test("a calendar is made once per zone", () => {
    expect(calendar("America/New_York")).toBe(eastern);
  });

  test.each([
    "",
    "Mars/Olympus_Mons",
    "America/New York",
    "+25:00",
    "EST5EDT4",
    undefined,
    null,
    5,
  ])("%o is not a zone", (zone) => {
    expect(() => calendar(zone as string)).toThrow(expect.objectContaining({ code: "INVALID_TIME_ZONE" }));
  });

  test("a name only Intl knows is refused too, at the latest when it is used", () => {
    expect(() => calendar("ACT").date(0n)).toThrow(expect.objectContaining({ code: "INVALID_TIME_ZONE" }));
  });
});

describe("the ends of time", () => {
  test("every int64 instant has a date", () => {
    expect(eastern.date(-(2n ** 63n))).toBe("1677-09-20");
    expect(eastern.date(2n ** 63n - 1n)).toBe("2262-04-11");
  });

  test("an instant outside int64 is refused", () => {
    expect(() => eastern.date(2n ** 70n)).toThrow(expect.objectContaining({ code: "INVALID_INSTANT" }));
  });

  test("a day whose ends do not fit int64 nanoseconds is refused", () => {
    for (const date of ["1677-09-22", "2262-04-10"]) {
      for (const zone of ["Pacific/Kiritimati", "Etc/GMT+12", "+14:00"]) {
        expect(BigInt.asIntN(64, calendar(zone).startOfDay(date))).toBe(calendar(zone).startOfDay(date));
        expect(BigInt.asIntN(64, calendar(zone).endOfDay(date))).toBe(calendar(zone).endOfDay(date));
      }
    }
    for (const date of ["1677-09-21", "2262-04-11", "9999-12-31", "2026-02-30"]) {
      expect(() => eastern.startOfDay(date)).toThrow(expect.objectContaining({ code: "INVALID_DATE" }));
      expect(() => eastern.endOfDay(date)).toThrow(expect.objectContaining({ code: "INVALID_DATE" }));
    }
  });
});

describe.each([
  "America/New_York",
  "Europe/London",
  "Australia/Sydney",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "America/Sao_Paulo",
  "Pacific/Apia",
  "America/St_Johns",
  "Asia/Beirut",
  "Africa/Casablanca",
])("%s agrees with Temporal from 1970 to 2100", (zone) => {
  const ours = calendar(zone);
  const from = toEpochNs("1970-01-01T00:00:00Z");
  const to = toEpochNs("2101-01-01T00:00:00Z");
  const anyDate = fc
    .integer({ min: epochDay("1970-01-02"), max: epochDay("2100-12-30") })
    .map(dateFromEpochDay);
  const transitions = transitionsOf(zone, from, to);
  const nearby = fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-2n * HOUR, 2n * HOUR));
  const anywhere = fc.bigInt(from, to);
  const nearMidnight = fc.tuple(anyDate, nearby).map(([date, ns]) => temporalStart(zone, date) + ns);
  const nearTransition = fc
    .tuple(fc.constantFrom(...(transitions.length > 0 ? transitions : [from])), nearby)
    .map(([transition, ns]) => transition + ns);

  test("on the date, hour and offset of instants: any, near midnights and near clock changes", () => {
    fc.assert(
      fc.property(fc.oneof(anywhere, nearMidnight, nearTransition), (ns) => {
        const theirs = new Temporal.ZonedDateTime(ns, zone);
        expect([ours.date(ns), ours.hour(ns), ours.offsetNs(ns)]).toEqual([
          theirs.toPlainDate().toString(),
          theirs.hour,
          BigInt(theirs.offsetNanoseconds),
        ]);
      }),
      tries({ small: 1_500, large: 30_000, seed: 104 }),
    );
  });

  test("on where days start and end: any, and those with a clock change", () => {
    const changing = nearTransition.map((ns) =>
      new Temporal.ZonedDateTime(ns, zone).toPlainDate().toString(),
    );
    fc.assert(
      fc.property(fc.oneof(anyDate, changing), (date) => {
        const start = temporalStart(zone, date);
        const end = temporalStart(zone, addDays(date, 1));
        expect([ours.startOfDay(date), ours.endOfDay(date)]).toEqual([start, end]);
        expect(ours.hoursInDay(date)).toBe(Number(end - start) / Number(HOUR));
      }),
      tries({ small: 500, large: 10_000, seed: 105 }),
    );
  });
});

function temporalStart(zone: string, date: string): bigint {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochNanoseconds;
}

function transitionsOf(zone: string, from: bigint, to: bigint): bigint[] {
  const found: bigint[] = [];
  let at: Temporal.ZonedDateTime | null = new Temporal.ZonedDateTime(from, zone);
  while (at !== null && at.epochNanoseconds < to) {
    at = at.getTimeZoneTransition("next");
    if (at !== null && at.epochNanoseconds < to) found.push(at.epochNanoseconds);
  }
  return found;
}

/** The wall-clock hours of an Eastern day, scanned minute by minute, one entry for each 60 minutes seen. */
function hoursSeen(date: string): number[] {
  const seen: number[] = [];
  const end = eastern.endOfDay(date);
  for (let ns = eastern.startOfDay(date); ns < end; ns += MINUTE) seen.push(eastern.hour(ns));
  return seen.filter((_, minute) => minute % 60 === 0);
}

function hours(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
