import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { defineDataset, instant, layouts } from "../../src/dataset/index.js";
import { compareCells } from "../../src/table/compare-cells.js";
import { type Cell, keyText } from "../../src/table/index.js";
import { nbaSeason } from "../../src/time/index.js";
import { distinctKeys } from "../../src/travel/index.js";
import { encodeKeys } from "../../src/travel/rule/key-codes.js";
import { tries } from "../campaign.js";
import { frameOfRows } from "./frame-of-rows.js";

const feed = defineDataset({
  name: "keys_raw",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    text: z.string().nullable(),
    whole: z.bigint().nullable(),
    real: z.number().nullable(),
    flag: z.boolean().nullable(),
    at: instant().nullable(),
  }),
  key: ["text", "whole", "real", "flag", "at"],
  date: { from: "at" },
  timestamps: { asOf: null },
});

const NONE = { text: null, whole: null, real: null, flag: null, at: null };

function ordered(column: keyof typeof NONE, cells: readonly Cell[]): Cell[] {
  const frame = frameOfRows(feed, [{ rows: cells.map((cell) => ({ ...NONE, [column]: cell })) }]);
  return [...distinctKeys(frame).all()].map((key) => key[feed.key.indexOf(column)]!);
}

describe("keys are numbered in order", () => {
  test("null first, then by value", () => {
    expect(ordered("whole", [10n, null, -1n, 9n, 10n])).toEqual([null, -1n, 9n, 10n]);
    expect(ordered("flag", [true, null, false])).toEqual([null, false, true]);
    expect(ordered("real", [2, 10, null, -0.5])).toEqual([null, -0.5, 2, 10]);
    expect(ordered("at", [1n, null, 0n])).toEqual([null, 0n, 1n]);
  });

  test("of integers past 2^53 exactly", () => {
    expect(ordered("whole", [2n ** 53n + 1n, 2n ** 53n])).toEqual([2n ** 53n, 2n ** 53n + 1n]);
  });

  test("NaN is one value, after every number; -0 is 0", () => {
    expect(ordered("real", [Number.NaN, 1, Number.NaN])).toEqual([1, Number.NaN]);
    expect(ordered("real", [0, -0])).toHaveLength(1);
  });

  test("of text by code point, as UTF-8 sorts, not by UTF-16 unit", () => {
    const texts = ["\u{1f3c0}", "\uff5e", "b", "", "B", "ba", null];
    expect(ordered("text", texts)).toEqual([null, "", "B", "b", "ba", "\uff5e", "\u{1f3c0}"]);
  });

  test("the empty text is not null", () => {
    expect(ordered("text", ["", null, "null"])).toEqual([null, "", "null"]);
  });

  test("the same instant in milliseconds and nanoseconds is one key", () => {
    const row = { ...NONE, at: 1_000_000n };
    const frame = frameOfRows(feed, [
      { rows: [row], unit: "ms" },
      { rows: [row], unit: "ns" },
    ]);
    expect([...distinctKeys(frame).all()]).toEqual([[null, null, null, null, 1_000_000n]]);
  });
});

describe("compareCells", () => {
  test("orders text as its UTF-8 bytes", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 4 });
    const sharp = fc.constantFrom("\u{1f3c0}", "\uff5e", "\ud7ff", "\ue000", "a\u{10ffff}", "a\uffff");
    fc.assert(
      fc.property(fc.oneof(text, sharp), fc.oneof(text, sharp), (a, b) => {
        expect(Math.sign(compareCells(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      tries({ small: 500, large: 10_000, seed: 135 }),
    );
  });

  test("never calls cells of different types equal", () => {
    const cells: Cell[] = [null, 1, 1n, "1", true];
    for (const a of cells) for (const b of cells) expect(compareCells(a, b) === 0).toBe(a === b);
  });
});

describe("encodeKeys", () => {
  const cell = {
    text: fc.option(fc.constantFrom("a", "b", "\uff5e", "\u{1f3c0}")),
    whole: fc.option(fc.bigInt(-2n, 2n)),
    real: fc.option(fc.constantFrom(0, 1.5, -1)),
    flag: fc.option(fc.boolean()),
    at: fc.option(fc.bigInt(0n, 2n)),
  };

  test("equals sorting the combinations, and finds each again", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.record(cell), { maxLength: 6 }), { maxLength: 4 }), (files) => {
        const keys = encodeKeys(
          frameOfRows(
            feed,
            files.map((rows) => ({ rows })),
          ),
          feed.key,
        );
        const rows = files.flat().map((row) => feed.key.map((name): Cell => row[name]));
        const distinct = [...new Map(rows.map((cells) => [keyText(cells), cells])).values()].sort(
          compareKeys,
        );
        expect(keys.count).toBe(distinct.length);
        expect(distinct.map((_, code) => keys.cells(code))).toEqual(distinct);
        expect(rows.map((cells) => keys.cells(keys.codes[rows.indexOf(cells)]!))).toEqual(rows);
        expect(distinct.map((cells) => keys.codeOf(cells))).toEqual(distinct.map((_, code) => code));
        expect(keys.codeOf(["never", null, null, null, null])).toBe(-1);
      }),
      tries({ small: 200, large: 4_000, seed: 136 }),
    );
  });

  test("renumbers on the way where the combinations pass 2^53", () => {
    // Five columns of 2,000 values each are 3.2e16 combinations: more than a double counts exactly.
    const n = 2_000;
    const rows = Array.from({ length: n }, (_, i) => ({
      ...NONE,
      text: `t${String((i * 7) % n).padStart(4, "0")}`,
      whole: BigInt((i * 11) % n),
      real: (i * 13) % n,
      at: BigInt((i * 17) % n),
    }));
    // The same keys but for one step in the last column: an inexact number would take them for one.
    const twins = rows.map((row) => ({ ...row, at: row.at ^ 1n }));
    const columns = ["text", "whole", "real", "text", "at"] as const;
    const keys = encodeKeys(frameOfRows(feed, [{ rows }, { rows: twins }]), columns);
    const sorted = [...rows, ...twins].map((row) => columns.map((name): Cell => row[name])).sort(compareKeys);
    expect(keys.count).toBe(2 * n);
    expect(sorted.every((cells, code) => compareKeys(keys.cells(code), cells) === 0)).toBe(true);
  });

  test("an empty frame has no keys", () => {
    expect(encodeKeys(frameOfRows(feed, []), feed.key).count).toBe(0);
    expect(encodeKeys(frameOfRows(feed, [{ rows: [] }]), feed.key).count).toBe(0);
  });

  test("a file that lacks a key column has null there", () => {
    const { text: _, ...rest } = NONE;
    const keys = encodeKeys(frameOfRows(feed, [{ rows: [rest] }, { rows: [{ ...NONE, text: "a" }] }]), [
      "text",
    ]);
    expect([keys.cells(0), keys.cells(1)]).toEqual([[null], ["a"]]);
  });
});

function compareKeys(a: readonly Cell[], b: readonly Cell[]): number {
  return a.map((cell, i) => compareCells(cell, b[i]!)).find((order) => order !== 0) ?? 0;
}
