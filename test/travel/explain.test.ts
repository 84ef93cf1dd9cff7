import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { Timeline } from "../../src/travel/index.js";
import { injuries, line, odds, oddsWithTombstone, status, t } from "./feeds.js";
import { frameOfRows, type PlainFile } from "./frame-of-rows.js";

const key = { game_id: "g1", book: "dk" };

function explain(dataset: AnyDataset, ...files: PlainFile["rows"][]) {
  const asked = new Timeline(
    frameOfRows(
      dataset,
      files.map((rows) => ({ rows })),
    ),
  );
  return (options = {}, of: Record<string, string> = key) => asked.explain(of, t("12:00"), options);
}

/** The one loser's rule. */
function ruleOf(dataset: AnyDataset, files: PlainFile["rows"][], options = {}): string[] {
  return explain(dataset, ...files)(options).losers.map(({ rule }) => rule);
}

describe("the rule that beats a row", () => {
  const winner = line(-110, t("11:00"), { ingested: t("11:30") });

  test.each([
    ["not-selectable", [winner, line(1, null, { ingested: null })]],
    ["after-cutoff", [winner, line(1, t("12:00") + 1n)]],
    ["earlier-effective-time", [winner, line(1, t("11:00") - 1n, { ingested: t("11:45") })]],
    ["earlier-ingested", [winner, line(1, t("11:00"), { ingested: t("11:30") - 1n })]],
    ["earlier-ingested", [winner, line(1, t("11:00"), { ingested: null })]],
    ["earlier-row", [{ ...winner, price: 1 }, winner]],
  ])("is %s", (rule, rows) => {
    expect(ruleOf(odds, [rows])).toEqual([rule]);
  });

  test("is earlier-partition between files", () => {
    expect(ruleOf(odds, [[{ ...winner, price: 1 }], [winner]])).toEqual(["earlier-partition"]);
  });

  test("is not-known for what was captured after knownBy, or at an unknown time", () => {
    const rows = [
      winner,
      line(1, t("11:30"), { ingested: t("11:31") }),
      line(1, t("11:30"), { ingested: null }),
    ];
    expect(ruleOf(odds, [rows], { knownBy: t("11:30") })).toEqual(["not-known", "not-known"]);
  });

  test("is too-old for what maxAge leaves out", () => {
    expect(ruleOf(odds, [[winner, line(1, t("11:00") - 1n)]], { maxAge: "PT1H" })).toEqual(["too-old"]);
  });

  test("is tombstone where the latest row says the key is gone", () => {
    const told = explain(oddsWithTombstone, [line(-110, t("10:00")), line(null, t("11:00"))])();
    expect(told.winner).toBeUndefined();
    expect(told.losers.map(({ rule }) => rule)).toEqual(["tombstone", "earlier-effective-time"]);
  });

  test("is gone where a later report no longer has the key, and the report is named", () => {
    const files = [
      [status("ann", "GTD", t("10:00"))],
      [status("ann", "OUT", t("10:30"))],
      [status("bob", "OUT", t("11:00"))],
    ];
    const told = explain(injuries, ...files)({}, { game_id: "g1", player_id: "ann" });
    expect(told.winner).toBeUndefined();
    expect(told.losers.map(({ rule }) => rule)).toEqual(["gone", "earlier-effective-time"]);
    expect(told.goneIn).toEqual({ file: "0002.parquet", time: t("11:00") });
  });
});

describe("an explanation", () => {
  test("prints which row won, which lost and why", () => {
    const told = explain(
      odds,
      [line(-110, t("10:00")), line(-105, null, { ingested: t("09:00") })],
      [line(-120, t("11:00")), line(-130, t("13:00")), line(0, null, { ingested: null })],
    )();
    expect(inspect(told)).toBe(
      [
        "game_id=g1 book=dk at 2026-01-15T12:00:00Z: won by 0001.parquet row 0, effective 2026-01-15T11:00:00Z (as_of_ts)",
        "  lost (after-cutoff): 0001.parquet row 1, effective 2026-01-15T13:00:00Z (as_of_ts)",
        "  lost (earlier-effective-time): 0000.parquet row 0, effective 2026-01-15T10:00:00Z (as_of_ts)",
        "  lost (earlier-effective-time): 0000.parquet row 1, effective 2026-01-15T09:00:00Z (ingested_ts)",
        "  lost (not-selectable): 0001.parquet row 2, effective no usable time",
      ].join("\n"),
    );
  });

  test("prints what ended a key, or that there is nothing", () => {
    const told = explain(injuries, [status("ann", "OUT", t("10:00"))], [status("bob", "OUT", t("11:00"))]);
    expect(String(told({}, { game_id: "g1", player_id: "ann" }))).toContain(
      "at 2026-01-15T12:00:00Z: gone: 0001.parquet of 2026-01-15T11:00:00Z no longer has it",
    );
    expect(String(told({}, { game_id: "g1", player_id: "eve" }))).toBe(
      "game_id=g1 player_id=eve at 2026-01-15T12:00:00Z: no row has this key",
    );
    const later = explain(odds, [line(1, t("13:00"))])();
    expect(String(later)).toMatch(/^game_id=g1 book=dk at 2026-01-15T12:00:00Z: nothing holds\n/);
  });

  test("neutralises control characters in keys", () => {
    const told = explain(odds)({}, { game_id: "\u001b[31mred", book: "a\nb" });
    expect(String(told)).toMatch(/^game_id=\u00b7\[31mred book=a\u00b7b at/);
  });

  test("prints a time only a coarse file can hold", () => {
    const far = 253_402_300_799_000_000_000n;
    const frame = frameOfRows(odds, [{ rows: [line(1, far, { ingested: t("10:00") })], unit: "ms" }]);
    const told = new Timeline(frame).explain(key, t("12:00"));
    expect(told.losers.map(({ rule }) => rule)).toEqual(["after-cutoff"]);
    expect(String(told)).toMatch(/effective 9999-12-31T23:59:5\d/);
  });

  test("needs the whole key", () => {
    expect(() => explain(odds)({}, { game_id: "g1" })).toThrow(
      'A key of "odds_raw" needs game_id, book; "book" is missing (null is a value, undefined is not).',
    );
  });
});
