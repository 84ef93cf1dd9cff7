import { Temporal } from "@js-temporal/polyfill";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BronzeError } from "../../src/errors.js";
import { formatInstant, parseInstant, toEpochNs, toTemporalInstant } from "../../src/time/index.js";
import { tries } from "../campaign.js";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const anyNs = fc.bigInt(MIN, MAX);

describe("toEpochNs", () => {
  const ns = 1_768_520_700_000_000_000n;

  test("reads strings, Dates and bigints", () => {
    expect(toEpochNs("2026-01-15T23:45:00Z")).toBe(ns);
    expect(toEpochNs(new Date("2026-01-15T23:45:00Z"))).toBe(ns);
    expect(toEpochNs(ns)).toBe(ns);
  });

  test("reads a Date before the epoch and with milliseconds", () => {
    expect(toEpochNs(new Date(-1))).toBe(-1_000_000n);
  });

  test("reads Temporal.Instant and Temporal.ZonedDateTime", () => {
    const instant = new Temporal.Instant(ns + 1n);
    expect(toEpochNs(instant)).toBe(ns + 1n);
    expect(toEpochNs(instant.toZonedDateTimeISO("Asia/Kolkata"))).toBe(ns + 1n);
  });

  test("reads anything shaped like native Temporal", () => {
    expect(toEpochNs({ epochNanoseconds: 7n })).toBe(7n);
  });

  test("accepts the ends of int64 and nothing beyond", () => {
    expect(toEpochNs({ epochNanoseconds: MIN })).toBe(MIN);
    expect(toEpochNs(MAX)).toBe(MAX);
    expect(message(() => toEpochNs(MIN - 1n))).toContain(
      "-9223372036854775809n lies outside int64 nanoseconds",
    );
    expect(message(() => toEpochNs(MAX + 1n))).toContain("lies outside int64");
    expect(message(() => toEpochNs(new Date(8.64e15)))).toContain("+275760-09-13T00:00:00.000Z lies outside");
    expect(message(() => toEpochNs({ epochNanoseconds: MAX + 1n }))).toContain("lies outside int64");
  });

  test("refuses a bigint before 1971, and says which unit it looks like; such an instant has other forms", () => {
    const shown = "2026-01-15T23:45:00Z";
    const seconds = 1_768_520_700n;
    for (const [value, unit] of [
      [seconds, "seconds"],
      [seconds * 1000n, "milliseconds"],
      [seconds * 1_000_000n, "microseconds"],
    ] as const)
      expect(message(() => toEpochNs(value, "cutoff"))).toContain(
        `Cutoff ${value}n is before 1971 as nanoseconds, which is what a bigint is taken for, by the look of it ${unit} (${shown})`,
      );
    const first = BigInt(Date.UTC(1971, 0)) * 1_000_000n;
    for (const value of [0n, -1n, MIN, first - 1n])
      expect(message(() => toEpochNs(value))).toContain(
        "pass an instant so early as a Temporal.Instant or text",
      );
    expect(toEpochNs(first)).toBe(first);
    for (const early of ["1970-01-01T00:00:00Z", new Date(0), toTemporalInstant(0n)])
      expect(toEpochNs(early)).toBe(0n);
  });

  test("names the culprit and the remedy", () => {
    expect(message(() => toEpochNs("2026-01-05T00:00:00"))).toBe(
      'Instant "2026-01-05T00:00:00" has no time zone; write "2026-01-05T00:00:00Z" or add an offset (naive times are how leaks start)',
    );
    expect(message(() => toEpochNs("2026-01-05", "cutoff"))).toBe(
      'Cutoff "2026-01-05" has no time zone; write "2026-01-05T00:00:00Z" or add an offset (naive times are how leaks start)',
    );
  });

  test("leaves a column name as it is written", () => {
    expect(message(() => toEpochNs("soon", "as_of_ts"))).toMatch(/^as_of_ts "soon" is not YYYY-MM-DD/);
  });

  test.each([
    [1_768_520_700, "Instant 1768520700 is a number, and its unit cannot be known"],
    [Number.NaN, "is a number"],
    [null, "Instant null is not an instant"],
    [undefined, "Instant undefined is not an instant"],
    [true, "Instant true is not an instant"],
    [{}, "Instant (Object) is not an instant"],
    [Object.create(null), "Instant (Object) is not an instant"],
    [{ epochNanoseconds: 1 }, "is not an instant"],
    [new Date(Number.NaN), "(an invalid Date) holds no time"],
    [
      Temporal.PlainDateTime.from("2026-01-15T18:45"),
      "Temporal.PlainDateTime) has no time zone; call toZonedDateTime",
    ],
    [Temporal.PlainDate.from("2026-01-15"), "has no time zone"],
  ])("refuses %o", (value, expected) => {
    expect(message(() => toEpochNs(value as never))).toContain(expected);
  });
});

describe("parseInstant", () => {
  test.each([
    ["1970-01-01T00:00:00Z", 0n],
    ["1970-01-01t00:00:00z", 0n],
    ["1970-01-01 00:00:00Z", 0n],
    ["1970-01-01T00:00Z", 0n],
    ["1969-12-31T23:59:59.999999999Z", -1n],
    ["1970-01-01T00:00:00.1Z", 100_000_000n],
    ["1970-01-01T05:30:00+05:30", 0n],
    ["1970-01-01T05:30:00+0530", 0n],
    ["1969-12-31T19:00:00-05", 0n],
    ["1969-12-31T19:00:00-05:00[America/New_York]", 0n],
    ["1970-01-01T00:00:00Z[Etc/UTC][u-ca=iso8601]", 0n],
    ["1970-01-01T00:00:00+00:00[!-00:00]", 0n],
    ["+001970-01-01T00:00:00Z", 0n],
    ["2024-02-29T00:00:00Z", 1_709_164_800_000_000_000n],
    ["1677-09-21T00:12:43.145224192Z", MIN],
    ["2262-04-11T23:47:16.854775807Z", MAX],
  ])("reads %s", (text, ns) => {
    expect(parseInstant(text)).toBe(ns);
    expect(Temporal.Instant.from(text).epochNanoseconds).toBe(ns);
  });

  test.each([
    ["", "is not YYYY-MM-DD"],
    ["yesterday", "is not YYYY-MM-DD"],
    ["20260105T000000Z", "is not YYYY-MM-DD"],
    ["2026-1-5T00:00:00Z", "is not YYYY-MM-DD"],
    ["2026-01-05T00Z", "is not YYYY-MM-DD"],
    ["2026-01-05T0000Z", "is not YYYY-MM-DD"],
    ["2026-01-05_00:00:00Z", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:Z", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:00.Z", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:00ZZ", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:00Z ", "is not YYYY-MM-DD"],
    [" 2026-01-05T00:00:00Z", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:00Z[", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:00 EST", "is not YYYY-MM-DD"],
    ["２026-01-05T00:00:00Z", "is not YYYY-MM-DD"],
    ["2026-01-05T00:00:00", "has no time zone"],
    ["2026-01-05T00:00", 'write "2026-01-05T00:00Z"'],
    ["2026-01-05 00:00:00.5", "has no time zone"],
    ["2026-01-05", 'write "2026-01-05T00:00:00Z"'],
    ["2026-01-05T00:00:00[America/New_York]", "a zone name but no offset"],
    ["2026-00-05T00:00:00Z", "no such month"],
    ["2026-13-05T00:00:00Z", "no such month"],
    ["2026-02-29T00:00:00Z", "2026-02 has 28 days"],
    ["1900-02-29T00:00:00Z", "1900-02 has 28 days"],
    ["2026-01-00T00:00:00Z", "2026-01 has 31 days"],
    ["2026-01-05T24:00:00Z", "hour after 23"],
    ["2026-01-05T00:60:00Z", "minute after 59"],
    ["2026-01-05T00:00:61Z", "second after 59"],
    ["2016-12-31T23:59:60Z", "is a leap second"],
    ["2026-01-05T00:00:00.1234567890Z", "more than 9 fraction digits"],
    ["2026-01-05T00:00:00+24:00", "unreadable offset"],
    ["2026-01-05T00:00:00+05:60", "unreadable offset"],
    ["2026-01-05T00:00:00+5", "unreadable offset"],
    ["2026-01-05T00:00:00+05:", "unreadable offset"],
    ["2026-01-05T00:00:00+05:30:15", "is not YYYY-MM-DD"],
    ["-000000-01-01T00:00:00Z", "-000000"],
    ["0001-01-01T00:00:00Z", "lies outside int64"],
    ["+999999-12-31T00:00:00Z", "lies outside int64"],
    ["1677-09-21T00:12:43.145224191Z", "lies outside int64"],
    ["2262-04-11T23:47:16.854775808Z", "lies outside int64"],
  ])("refuses %j", (text, expected) => {
    expect(message(() => parseInstant(text))).toContain(expected);
  });

  test("refuses what is not a string", () => {
    expect(message(() => parseInstant(5 as never))).toContain("is a number");
  });

  test("shows only the beginning of a very long text", () => {
    expect(message(() => parseInstant("x".repeat(1e6))).length).toBeLessThan(300);
  });

  test("agrees with Temporal for any instant, written with any number of fraction digits and any offset", () => {
    const separator = fc.constantFrom("T", " ", "t");
    const offsetMinutes = fc.integer({ min: -1439, max: 1439 });
    const day = 86_400_000_000_000n;
    const inner = fc.bigInt(MIN + day, MAX - day);
    fc.assert(
      fc.property(
        inner,
        fc.nat(9),
        offsetMinutes,
        fc.boolean(),
        separator,
        (ns, digits, minutes, colon, between) => {
          const text = written(ns, digits, minutes, colon).replace("T", between);
          expect(parseInstant(text)).toBe(Temporal.Instant.from(text).epochNanoseconds);
        },
      ),
      tries({ small: 2_000, large: 40_000, seed: 107 }),
    );
  });

  test("refuses or agrees with Temporal on every mangled text", () => {
    const base = "2026-03-08T07:30:15.123456789+05:30";
    const characters = fc.constantFrom(..."0123456789TtZz+-:.,[] /!");
    fc.assert(
      fc.property(
        fc.nat(base.length),
        fc.nat(3),
        fc.array(characters, { maxLength: 3 }),
        (at, gone, added) => {
          const text = base.slice(0, at) + added.join("") + base.slice(at + gone);
          let ns: bigint;
          try {
            ns = parseInstant(text);
          } catch (error) {
            expect(error).toBeInstanceOf(BronzeError);
            return;
          }
          // What stands in brackets is ignored here, while Temporal checks its spelling.
          const [unannotated = ""] = text.split("[");
          expect(ns).toBe(Temporal.Instant.from(unannotated).epochNanoseconds);
        },
      ),
      tries({ small: 5_000, large: 100_000, seed: 108 }),
    );
  });
});

describe("formatInstant", () => {
  test.each([
    [0n, "1970-01-01T00:00:00Z"],
    [-1n, "1969-12-31T23:59:59.999999999Z"],
    [1_500_000_000n, "1970-01-01T00:00:01.5Z"],
    [1_000n, "1970-01-01T00:00:00.000001Z"],
    [MIN, "1677-09-21T00:12:43.145224192Z"],
    [MAX, "2262-04-11T23:47:16.854775807Z"],
  ])("writes %s as %s", (ns, text) => {
    expect(formatInstant(ns)).toBe(text);
  });

  test("writes what Temporal writes, and parseInstant reads it back, for every int64", () => {
    fc.assert(
      fc.property(anyNs, fc.nat(9), (ns, digits) => {
        const unit = 10n ** BigInt(digits);
        const rounded = (ns / unit) * unit;
        const text = formatInstant(rounded);
        expect(text).toBe(new Temporal.Instant(rounded).toString());
        expect(parseInstant(text)).toBe(rounded);
      }),
      tries({ small: 2_000, large: 40_000, seed: 109 }),
    );
  });

  test("refuses what is not an int64 bigint", () => {
    expect(message(() => formatInstant(MAX + 1n))).toContain("lies outside int64");
    expect(message(() => formatInstant(0 as never))).toContain("is a number");
  });
});

describe("toTemporalInstant", () => {
  test("keeps every nanosecond", () => {
    fc.assert(
      fc.property(anyNs, (ns) => toTemporalInstant(ns).epochNanoseconds === ns),
      tries({ small: 1_000, large: 20_000, seed: 209 }),
    );
  });

  test("gives an object that works with other copies of Temporal", () => {
    expect(Temporal.Instant.compare(toTemporalInstant(5n), new Temporal.Instant(5n))).toBe(0);
  });

  test("refuses what is not an int64 bigint", () => {
    expect(message(() => toTemporalInstant(MAX + 1n))).toContain("lies outside int64");
    expect(message(() => toTemporalInstant("2026" as never))).toContain("is not an instant");
  });
});

/** An independent writer: Temporal's own date and time, `digits` of the fraction cut off, at an offset in minutes. */
function written(ns: bigint, digits: number, offsetMinutes: number, colon: boolean): string {
  const sign = offsetMinutes < 0 ? "-" : "+";
  const two = (n: number) => String(n).padStart(2, "0");
  const offset = [two(Math.trunc(Math.abs(offsetMinutes) / 60)), two(Math.abs(offsetMinutes) % 60)];
  const local = new Temporal.Instant(ns).toZonedDateTimeISO(`${sign}${offset.join(":")}`).toPlainDateTime();
  const fractionalSecondDigits = digits as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
  return (
    local.toString({ fractionalSecondDigits, roundingMode: "trunc" }) + sign + offset.join(colon ? ":" : "")
  );
}

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ name: "BronzeError", code: "INVALID_INSTANT" });
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
