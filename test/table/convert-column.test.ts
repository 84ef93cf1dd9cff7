import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import {
  type Cell,
  type ColumnType,
  canConvert,
  columnFromCells,
  convertColumn,
  describeType,
  INSTANT,
  unifyTypes,
} from "../../src/table/index.js";
import { toEpochNs } from "../../src/time/index.js";
import { tries } from "../campaign.js";
import { cellsOf, TRICKY_CELLS } from "./columns.js";

const origin = { path: "day/odds.parquet", name: "price" };
const DOUBLE: ColumnType = { kind: "float", bits: 64 };
const FLOAT: ColumnType = { kind: "float", bits: 32 };
const TEXT: ColumnType = { kind: "text" };
const DATE: ColumnType = { kind: "date" };
const int = (bits: 8 | 16 | 32 | 64, signed = true): ColumnType => ({ kind: "int", bits, signed });
const at = (unit: "ms" | "us" | "ns", utc = true): ColumnType => ({ kind: "timestamp", unit, utc });
const decimal = (precision: number, scale: number): ColumnType => ({ kind: "decimal", precision, scale });

function converted(from: ColumnType, cells: readonly Cell[], to: ColumnType): Cell[] {
  return cellsOf(convertColumn(columnFromCells(from, cells), to, origin));
}

describe("convertColumn keeps every value", () => {
  test.each<[string, ColumnType, Cell[], ColumnType, Cell[]]>([
    ["integers widen", int(8), [-128, null, 127], int(64), [-128n, null, 127n]],
    ["integers narrow where they fit", int(64), [255n], int(8, false), [255]],
    ["integers become doubles up to 2^53", int(64), [2n ** 53n - 1n, null], DOUBLE, [2 ** 53 - 1, null]],
    ["whole doubles become integers", DOUBLE, [3, null, -7], int(64), [3n, null, -7n]],
    ["a float widens", FLOAT, [0.5, Number.NaN, -0], DOUBLE, [0.5, Number.NaN, -0]],
    [
      "a double narrows where it fits",
      DOUBLE,
      [0.5, Number.NaN, Infinity],
      FLOAT,
      [0.5, Number.NaN, Infinity],
    ],
    ["times take a finer unit", at("ms"), [1_000_000n, null], at("ns"), [1_000_000n, null]],
    ["times take a coarser unit where nothing is lost", at("ns"), [5_000_000n], at("ms"), [5_000_000n]],
    ["a column of nothing takes any type", { kind: "null" }, [null, null], TEXT, [null, null]],
    ["dates become text", DATE, ["2026-01-15", null, "2026-01-15"], TEXT, ["2026-01-15", null, "2026-01-15"]],
    ["text becomes dates", TEXT, ["2026-01-15", null], DATE, ["2026-01-15", null]],
    ["decimals take more digits", decimal(4, 2), ["-12.30"], decimal(18, 2), ["-12.30"]],
    [
      "lists of nothing take any item",
      { kind: "list", item: { kind: "null" } },
      [[null], null],
      { kind: "list", item: TEXT },
      [[null], null],
    ],
  ])("%s", (_, from, cells, to, expected) => {
    expect(converted(from, cells, to)).toEqual(expected);
  });

  test.each([
    ["2026-01-15T23:45:00Z", "2026-01-15T23:45:00Z"],
    ["2026-01-15T18:45:00.000000001-05:00", "2026-01-15T23:45:00.000000001Z"],
    ["1768520700", "2026-01-15T23:45:00Z"],
    ["1768520700.000000001", "2026-01-15T23:45:00.000000001Z"],
    ["0", "1970-01-01T00:00:00Z"],
    ["-1.5", "1969-12-31T23:59:58.5Z"],
  ])("the text %s is the instant %s", (text, instant) => {
    expect(converted(TEXT, [text, null], INSTANT)).toEqual([toEpochNs(instant), null]);
  });

  test("text becomes instants of a coarser unit, if it has no more digits than that", () => {
    expect(converted(TEXT, ["1768520700.5"], at("ms"))).toEqual([1_768_520_700_500_000_000n]);
    expect(refusal(TEXT, ["1768520700.0005"], at("ms")).code).toBe("TYPE_CLASH");
  });
});

describe("convertColumn refuses, naming file and column", () => {
  test.each<[string, ColumnType, Cell[], ColumnType, string]>([
    ["an integer past 2^53 as a double", int(64), [1n, 2n ** 53n + 1n], DOUBLE, "TYPE_CLASH"],
    ["2^53 itself, which two integers share", int(64), [2n ** 53n], DOUBLE, "TYPE_CLASH"],
    ["a fraction as an integer", DOUBLE, [1.5], int(64), "TYPE_CLASH"],
    ["NaN as an integer", DOUBLE, [Number.NaN], int(64), "TYPE_CLASH"],
    ["an integer too wide", int(32), [128], int(8), "TYPE_CLASH"],
    ["a negative as unsigned", int(8), [-1], int(64, false), "TYPE_CLASH"],
    ["0.1 as a float", DOUBLE, [0.1], FLOAT, "TYPE_CLASH"],
    ["a nanosecond in microseconds", at("ns"), [1n], at("us"), "TYPE_CLASH"],
    ["a decimal too long", decimal(6, 2), ["1234.00"], decimal(4, 2), "TYPE_CLASH"],
    ["another scale", decimal(6, 2), ["1.00"], decimal(6, 3), "TYPE_CLASH"],
    ["text without a zone as an instant", TEXT, ["2026-01-15T23:45:00"], INSTANT, "NAIVE_TIMESTAMP"],
    ["a bare date as an instant", TEXT, ["2026-01-15"], INSTANT, "NAIVE_TIMESTAMP"],
    ["a compact date, which is no number of seconds", TEXT, ["20260115"], INSTANT, "NAIVE_TIMESTAMP"],
    ["an instant that does not exist", TEXT, ["2026-02-30T00:00:00Z"], INSTANT, "TYPE_CLASH"],
    ["words", TEXT, ["OUT"], DATE, "TYPE_CLASH"],
    ["seconds beyond int64 nanoseconds", TEXT, ["99999999999"], INSTANT, "TYPE_CLASH"],
    ["a naive time as an instant", at("ns", false), ["2026-01-15T00:00:00"], INSTANT, "TYPE_CLASH"],
    ["a boolean as a number", { kind: "bool" }, [true], int(64), "TYPE_CLASH"],
    ["a number as text", int(64), [1n], TEXT, "TYPE_CLASH"],
  ])("%s", (_, from, cells, to, code) => {
    const error = refusal(from, cells, to);
    expect(error.code).toBe(code);
    expect(error.message).toContain("day/odds.parquet");
    expect(error.details).toMatchObject({ file: "day/odds.parquet", column: "price" });
  });
});

describe("text that is not an instant is refused with what it may have been", () => {
  const advice = (text: string) => refusal(TEXT, [text], INSTANT).message;

  test("a wall time: the zone can be declared", () => {
    const said = advice("2026-01-15T23:45:00");
    expect(said).toContain(
      '(naive times are how leaks start). If this feed\'s files are UTC, say timestamps: { naive: "utc" }',
    );
  });

  test.each([
    "1768520700000",
    "20260115",
    "1768520700.0000000001",
    "1e9",
  ])("the number %s: seconds since 1970 have another form", (text) => {
    expect(advice(text)).toMatch(/\. A number in text is seconds since 1970, up to 11 digits and 9 decimals/);
    expect(advice(text)).not.toContain("naive:");
  });

  test.each(["abc", "", "2026-01-15"])("anything else, %o, is only refused", (text) => {
    expect(advice(text)).not.toContain("A number in text");
    expect(advice(text)).not.toContain("naive:");
    expect(advice(text)).toMatch(/\.$/);
  });

  test("whatever it holds, a message is one short line", () => {
    expect(advice(`two\nlines${"x".repeat(5000)}`)).not.toContain("\n");
    expect(advice("x".repeat(5000)).length).toBeLessThan(1000);
  });
});

function refusal(from: ColumnType, cells: readonly Cell[], to: ColumnType) {
  try {
    converted(from, cells, to);
  } catch (error) {
    if (isBronzeError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("for any two types", () => {
  const anyOf = TRICKY_CELLS.filter(([, type]) => type.kind !== "bytes");

  test("conversion is exact or TYPE_CLASH (NAIVE_TIMESTAMP for text), and the way back gives the same", () => {
    for (const [, from, cells] of anyOf) {
      for (const [, to] of anyOf) {
        for (const cell of [...cells, null]) {
          let there: Cell[];
          try {
            there = converted(from, [cell, null], to);
          } catch (error) {
            const named = isBronzeError(error, "TYPE_CLASH") || isBronzeError(error, "NAIVE_TIMESTAMP");
            if (!named) throw new Error(`${describeType(from)} to ${describeType(to)}`, { cause: error });
            continue;
          }
          expect(canConvert(from, to)).toBe(true);
          if (!canConvert(to, from)) continue;
          const back = converted(to, there, from);
          // -0 is 0 as an integer; all else returns as it was.
          expect(back).toEqual([Object.is(cell, -0) && to.kind === "int" ? 0 : cell, null]);
        }
      }
    }
  });

  test("uniting does not depend on the order, and both sides convert to the union", () => {
    for (const [, a, someA] of TRICKY_CELLS) {
      for (const [, b] of TRICKY_CELLS) {
        const union = unifyTypes(a, b);
        expect(unifyTypes(b, a)).toEqual(union);
        if (!union) continue;
        expect(canConvert(a, union) && canConvert(b, union)).toBe(true);
        // A large integer has no double, a time of the year 1600 no int64 nanoseconds: values decide.
        const lossless = union.kind !== "float" && union.kind !== "timestamp";
        if (lossless) expect(() => converted(a, someA, union)).not.toThrow();
      }
    }
  });

  test("integers and doubles unite without losing an integer, or not at all", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const safe = value > -(2n ** 53n) && value < 2n ** 53n;
        if (safe) expect(BigInt(converted(int(64), [value], DOUBLE)[0] as number)).toBe(value);
        else expect(refusal(int(64), [value], DOUBLE).code).toBe("TYPE_CLASH");
      }),
      tries({ small: 1_000, large: 20_000, seed: 202 }),
    );
  });
});
