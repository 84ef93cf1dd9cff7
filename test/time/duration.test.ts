import { Temporal } from "@js-temporal/polyfill";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationText, toDurationNs } from "../../src/time/index.js";
import { tries } from "../campaign.js";

describe("toDurationNs", () => {
  test.each([
    ["PT6H", 21_600_000_000_000n],
    ["PT1H30M", 5_400_000_000_000n],
    ["P1D", 86_400_000_000_000n],
    ["P2W", 1_209_600_000_000_000n],
    ["P1DT1S", 86_401_000_000_000n],
    ["PT0.5S", 500_000_000n],
    ["PT0,5S", 500_000_000n],
    ["PT0.000000001S", 1n],
    ["PT1.5H", 5_400_000_000_000n],
    ["PT0.000000001H", 3_600n],
    ["pt6h", 21_600_000_000_000n],
    ["+PT6H", 21_600_000_000_000n],
    ["PT0S", 0n],
  ])("reads %s", (text, ns) => {
    expect(toDurationNs(text)).toBe(ns);
    const total = Temporal.Duration.from(text).total({ unit: "nanoseconds", relativeTo: "1970-01-01" });
    expect(BigInt(total)).toBe(ns);
  });

  test("reads parts", () => {
    expect(toDurationNs({ hours: 6 })).toBe(21_600_000_000_000n);
    expect(toDurationNs({ weeks: 1, days: 1, minutes: 1, seconds: 1 })).toBe(691_261_000_000_000n);
    expect(toDurationNs({ milliseconds: 1, microseconds: 1, nanoseconds: 1 })).toBe(1_001_001n);
    expect(toDurationNs({ years: 0, hours: 0 })).toBe(0n);
  });

  test("reads a Temporal.Duration", () => {
    expect(toDurationNs(Temporal.Duration.from("P1DT6H0.000000001S"))).toBe(108_000_000_000_001n);
  });

  test("a day is 24 hours, whatever the clocks do", () => {
    expect(toDurationNs("P1D")).toBe(toDurationNs("PT24H"));
  });

  test("agrees with Temporal on any exact duration", () => {
    const parts = fc.record({
      days: fc.nat(1000),
      hours: fc.nat(1000),
      minutes: fc.nat(1000),
      seconds: fc.nat(1000),
      nanoseconds: fc.nat(999_999_999),
    });
    fc.assert(
      fc.property(parts, (given) => {
        const duration = Temporal.Duration.from(given);
        const epoch = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO("UTC");
        const ns = epoch.add(duration).epochNanoseconds;
        expect(toDurationNs(given)).toBe(ns);
        expect(toDurationNs(duration)).toBe(ns);
        expect(toDurationNs(duration.toString())).toBe(ns);
      }),
      tries({ small: 1_000, large: 20_000, seed: 208 }),
    );
  });

  test.each([
    ["", "is not an ISO 8601 duration"],
    ["6h", "is not an ISO 8601 duration"],
    ["P", "is not an ISO 8601 duration"],
    ["PT", "is not an ISO 8601 duration"],
    ["P1DT", "is not an ISO 8601 duration"],
    ["P0.5D", "is not an ISO 8601 duration"],
    ["PT1M1H", "is not an ISO 8601 duration"],
    ["PT0.0000000001S", "is not an ISO 8601 duration"],
    ["PT6H\n", "is not an ISO 8601 duration"],
    ["-PT6H", "is negative"],
    ["P1Y", "has no exact length, since a year has none"],
    ["P1M", "has no exact length, since a month (minutes come after T, as in PT6M) has none"],
    ["PT1.5H30M", "a fraction before its last part"],
    ["PT2562048H", "longer than int64"],
    [{ hours: -6 }, "The duration { hours: -6 } is negative (hours: -6)"],
    [Temporal.Duration.from("-PT6H"), "is negative"],
    [Temporal.Duration.from("P1M"), "has no exact length"],
    [{ years: 1 }, "has no exact length"],
    [{ hours: 1.5 }, "hours that are not an integer"],
    [{ hours: Number.NaN }, "not an integer"],
    [{ hours: "6" }, "not an integer"],
    [{ hour: 6 }, "an unknown part (hour)"],
    [{ hours: 1, minute: 6 }, "an unknown part (minute)"],
    [{}, "has no parts"],
    [new Date(0), "has no parts"],
    [3600, "The duration 3600 is not a duration"],
    [null, "The duration null is not a duration"],
  ])("refuses %o", (value, expected) => {
    expect(() => toDurationNs(value as never)).toThrow(
      expect.objectContaining({ code: "INVALID_DURATION", message: expect.stringContaining(expected) }),
    );
  });

  test("names what it was asked about", () => {
    expect(() => toDurationNs("6h", "maxAge")).toThrow(/^The maxAge "6h" is not/);
  });
});

describe("durationText", () => {
  test("is read back as the same nanoseconds", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (ns) => {
        expect(toDurationNs(durationText(ns))).toBe(ns);
      }),
      tries({ small: 2_000, large: 100_000, seed: 61 }),
    );
  });
});
