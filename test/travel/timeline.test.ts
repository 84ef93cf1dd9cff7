import { describe, expect, test } from "vitest";
import { type AnyDataset, defineDataset, layouts, type RowOf } from "../../src/dataset/index.js";
import { isBronzeError } from "../../src/errors.js";
import { nbaSeason } from "../../src/time/index.js";
import { Timeline } from "../../src/travel/index.js";
import { injuries, injuriesByGame, line, odds, oddsWithTombstone, status, t } from "./feeds.js";
import { frameOfRows, type PlainFile } from "./frame-of-rows.js";

function timeline(dataset: AnyDataset, ...files: (PlainFile | PlainFile["rows"])[]): Timeline {
  return new Timeline(
    frameOfRows(
      dataset,
      files.map((file) => ("rows" in file ? file : { rows: file })),
    ),
  );
}

const prices = (dataset: AnyDataset, ...files: PlainFile["rows"][]) => {
  const asked = timeline(dataset, ...files);
  return (cutoff: bigint, options = {}) => asked.at(cutoff, options).column("price");
};

describe("asOf", () => {
  test("includes a row known exactly at the cutoff and excludes it one nanosecond before", () => {
    const at = prices(odds, [line(-110, t("12:00"))]);
    expect(at(t("12:00"))).toEqual([-110]);
    expect(at(t("12:00") - 1n)).toEqual([]);
  });

  test("takes the latest row of each key", () => {
    const at = prices(odds, [line(-110, t("10:00")), line(-120, t("12:00")), line(-115, t("11:00"))]);
    expect(at(t("11:30"))).toEqual([-115]);
    expect(at(t("23:00"))).toEqual([-120]);
  });

  test("selects by when the source says it held, not by when it was captured", () => {
    const at = prices(odds, [
      line(-110, t("10:00"), { ingested: t("15:00") }),
      line(-120, t("11:00"), { ingested: t("11:00") }),
    ]);
    expect(at(t("10:30"))).toEqual([-110]);
    expect(at(t("16:00"))).toEqual([-120]);
  });

  test("at the same time the later capture wins, then the later file, then the later row", () => {
    const noon = t("12:00");
    expect(prices(odds, [line(1, noon, { ingested: t("12:05") })], [line(2, noon)])(t("13:00"))).toEqual([1]);
    expect(prices(odds, [line(1, noon)], [line(2, noon)])(t("13:00"))).toEqual([2]);
    expect(prices(odds, [line(1, noon), line(2, noon)])(t("13:00"))).toEqual([2]);
    expect(prices(odds, [line(1, noon)], [line(2, noon, { ingested: null })])(t("13:00"))).toEqual([1]);
  });

  test("tells apart times that are the same in milliseconds", () => {
    const at = prices(odds, [line(2, t("12:00:00.000000002")), line(1, t("12:00:00.000000001"))]);
    expect(at(t("12:00:00.000000001"))).toEqual([1]);
    expect(at(t("12:00:00.000000002"))).toEqual([2]);
  });

  test("compares files in milliseconds, microseconds and nanoseconds exactly", () => {
    const asked = timeline(
      odds,
      { rows: [line(1, t("12:00:00.001"))], unit: "ms" },
      { rows: [line(2, t("12:00:00.001001"))], unit: "us" },
      { rows: [line(3, t("12:00:00.001001001"))], unit: "ns" },
    );
    const at = (cutoff: string) => asked.at(t(cutoff)).column("price");
    expect([at("12:00:00.001"), at("12:00:00.001001"), at("12:00:00.001001001")]).toEqual([[1], [2], [3]]);
  });

  test("lists rows by key: null first", () => {
    const at = timeline(odds, [
      line(1, t("10:00"), { game_id: "g2" }),
      line(2, t("10:00"), { book: "mgm" }),
      line(3, t("10:00"), { book: null }),
      line(4, t("10:00")),
    ]).at(t("12:00"));
    expect(at.column("price")).toEqual([3, 4, 2, 1]);
  });

  test("takes a null in a key column for a value like any other", () => {
    const at = prices(odds, [line(1, t("10:00"), { book: null }), line(2, t("11:00"), { book: null })]);
    expect(at(t("12:00"))).toEqual([2]);
  });

  test("leaves out a key whose latest row is a tombstone, until a later row", () => {
    const at = prices(oddsWithTombstone, [
      line(-110, t("10:00")),
      line(null, t("11:00")),
      line(-120, t("12:00")),
    ]);
    expect([at(t("10:30")), at(t("11:30")), at(t("12:30"))]).toEqual([[-110], [], [-120]]);
  });

  test("of nothing is nothing", () => {
    expect(timeline(odds).at(t("12:00")).rows()).toEqual([]);
    expect(timeline(odds, []).at(t("12:00")).provenance).toMatchObject({ rowsSeen: 0, maxAsOfTs: null });
  });

  test("refuses a cutoff without a zone", () => {
    expect(() => timeline(odds).at("2026-01-15T12:00:00")).toThrow(/has no time zone/);
  });
});

describe("effective time", () => {
  const withRules = (timestamps: NonNullable<Parameters<typeof defineDataset>[0]["timestamps"]>) =>
    ({ ...odds, timestamps: rulesOf(timestamps) }) as AnyDataset;
  const rulesOf = (timestamps: object) =>
    defineDataset({
      name: "odds_raw",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: odds.schema,
      key: ["game_id", "book"],
      date: { from: "ingested_ts" },
      timestamps,
    }).timestamps;

  test("is as_of_ts, else ingested_ts, else the row is counted and never guessed", () => {
    const asked = timeline(odds, [
      line(1, t("12:00"), { book: "a", ingested: t("13:00") }),
      line(2, null, { book: "b", ingested: t("12:30") }),
      line(3, null, { book: "c", ingested: null }),
    ]);
    expect(asked.at(t("12:00")).column("price")).toEqual([1]);
    const late = asked.at(t("23:00"));
    expect(late.column("price")).toEqual([1, 2]);
    expect(late.provenance).toMatchObject({ rowsSeen: 3, rowsByFallback: 1, rowsNotSelectable: 1 });
  });

  test("does not trust a sentinel before the earliest plausible instant, and trusts that instant", () => {
    const rows = [
      line(1, 0n, { ingested: t("12:00") }),
      line(2, t("09:00"), { book: "b", ingested: t("12:00") }),
    ];
    const at = prices(withRules({ earliest: t("09:00") }), rows);
    expect(at(t("11:00"))).toEqual([2]);
    expect(at(t("12:00"))).toEqual([2, 1]);
  });

  test("trusts rows announced ahead, counts them, and with maxLead trusts only so much", () => {
    const rows = [
      line(1, t("12:10"), { book: "a", ingested: t("12:00") }),
      line(2, t("12:10:00.000000001"), { book: "b", ingested: t("12:00") }),
    ];
    const free = timeline(odds, rows);
    expect(free.at(t("12:05")).column("price")).toEqual([]);
    expect(free.at(t("13:00")).provenance).toMatchObject({ rowsAhead: 2, rowsByFallback: 0 });
    const bound = timeline(withRules({ maxLead: "PT10M" }), rows);
    expect(bound.at(t("12:05")).column("price")).toEqual([2]);
    expect(bound.at(t("13:00")).provenance).toMatchObject({ rowsAhead: 1, rowsByFallback: 1 });
  });

  const mixed = [
    line(1, t("10:00"), { book: "a", ingested: t("12:00") }),
    line(2, null, { book: "b", ingested: t("11:00") }),
  ];

  test("under `row` an unusable row falls back alone", () => {
    expect(prices(odds, mixed)(t("11:30"))).toEqual([1, 2]);
  });

  test("under `never` it is not selectable", () => {
    expect(prices(withRules({ fallback: "never" }), mixed)(t("23:00"))).toEqual([1]);
  });

  test("under `dataset` it falls back only where no row at all has a usable as_of_ts", () => {
    const dataset = withRules({ fallback: "dataset" });
    expect(prices(dataset, mixed)(t("23:00"))).toEqual([1]);
    expect(prices(dataset, mixed.slice(1))(t("23:00"))).toEqual([2]);
  });

  test("under `dataset` a row captured after knownBy does not turn the rule", () => {
    const at = prices(withRules({ fallback: "dataset" }), mixed);
    expect(at(t("23:00"), { knownBy: t("11:30") })).toEqual([2]);
    expect(at(t("23:00"), { knownBy: t("12:00") })).toEqual([1]);
  });

  test("is ingested_ts throughout where the source is unreliable", () => {
    expect(prices(withRules({ unreliable: true }), mixed)(t("11:30"))).toEqual([2]);
  });
});

describe("snapshots", () => {
  const held = (dataset: AnyDataset, ...files: (PlainFile | PlainFile["rows"])[]) => {
    const asked = timeline(dataset, ...files);
    return (cutoff: bigint, options = {}) =>
      asked
        .at(cutoff, options)
        .rows()
        .map((row) => `${(row as RowOf<typeof injuries>).player_id}`);
  };
  const noon = [status("ann", "OUT", t("12:00")), status("bob", "OUT", t("12:00"))];
  const one = [status("bob", "OUT", t("13:00"))];

  test("a key the newest report lacks is gone, and does not come back from an older one", () => {
    const at = held(injuries, noon, one);
    expect(at(t("12:59"))).toEqual(["ann", "bob"]);
    expect(at(t("13:00"))).toEqual(["bob"]);
    expect(at(t("13:00") - 1n)).toEqual(["ann", "bob"]);
  });

  test("a key comes back with the report that has it again", () => {
    const at = held(injuries, noon, one, [status("ann", "GTD", t("14:00"))]);
    expect(at(t("14:00"))).toEqual(["ann"]);
  });

  test("an empty report that declares its time ends everything", () => {
    const at = held(injuries, noon, { rows: [], snapshot: { timeNs: t("13:00") } });
    expect(at(t("12:30"))).toEqual(["ann", "bob"]);
    expect(at(t("13:00"))).toEqual([]);
  });

  test("a report without a time is not evidence of absence", () => {
    expect(held(injuries, noon, [])(t("23:00"))).toEqual(["ann", "bob"]);
  });

  test("a scoped file speaks only for the games it holds", () => {
    const other = [status("cem", "OUT", t("13:00"), { game_id: "g2" })];
    expect(held(injuries, noon, other)(t("14:00"))).toEqual(["cem"]);
    expect(held(injuriesByGame, noon, other)(t("14:00"))).toEqual(["ann", "bob", "cem"]);
  });

  test("a scoped file can say that a game has nobody", () => {
    const nobody = { rows: [], snapshot: { timeNs: t("13:00"), covers: [["g1"]] } };
    const other = [status("cem", "OUT", t("12:00"), { game_id: "g2" })];
    expect(held(injuriesByGame, noon, other, nobody)(t("14:00"))).toEqual(["cem"]);
  });

  test("absence goes by the report's time, presence by the row's own", () => {
    // Ann's status is announced at 12:00 to hold from 12:30: the report has her, so she is not gone, only not yet there.
    const at = held(
      injuries,
      [status("ann", "OUT", t("11:00"))],
      [status("ann", "IN", t("12:00"), { asOf: t("12:30") })],
    );
    expect(at(t("12:10"))).toEqual(["ann"]);
  });

  test("under knownBy a report captured later is not evidence", () => {
    const late = one.map((row) => ({ ...row, ingested_ts: t("15:00") }));
    const at = held(injuries, noon, late);
    expect(at(t("14:00"))).toEqual(["bob"]);
    expect(at(t("14:00"), { knownBy: t("14:59") })).toEqual(["ann", "bob"]);
    expect(at(t("14:00"), { knownBy: t("15:00") })).toEqual(["bob"]);
  });

  test("of two reports of one time the one captured later is the newer", () => {
    const early = [status("ann", "OUT", t("12:00"), { ingested: t("12:02") })];
    const late = [status("bob", "OUT", t("12:00"), { ingested: t("12:03") })];
    expect(held(injuries, early, late)(t("13:00"))).toEqual(["bob"]);
    expect(held(injuries, late, early)(t("13:00"))).toEqual(["bob"]);
  });
});

describe("knownBy and maxAge", () => {
  const rows = [
    line(1, t("10:00"), { ingested: t("10:05") }),
    line(2, t("11:00"), { ingested: t("12:30") }),
    line(3, t("09:00"), { book: "b", ingested: null }),
  ];

  test("knownBy keeps what had been captured by then, and nothing of unknown capture", () => {
    const at = prices(odds, rows);
    expect(at(t("12:00"))).toEqual([3, 2]);
    expect(at(t("12:00"), { knownBy: t("12:00") })).toEqual([1]);
    expect(at(t("12:00"), { knownBy: t("10:05") - 1n })).toEqual([]);
  });

  test("maxAge keeps rows of exactly that age and none older", () => {
    const at = prices(odds, [line(1, t("10:00"))]);
    expect(at(t("12:00"), { maxAge: "PT2H" })).toEqual([1]);
    expect(at(t("12:00") + 1n, { maxAge: "PT2H" })).toEqual([]);
    expect(at(t("10:00"), { maxAge: "PT0S" })).toEqual([1]);
  });
});

describe("a timeline read up to a horizon", () => {
  const frame = frameOfRows(odds, [{ rows: [line(1, t("10:00"))], path: "b.parquet" }], {
    horizonNs: t("12:00"),
    pruned: [{ path: "c.parquet", rows: 7, sizeBytes: 70 }],
  });

  test("answers up to it and refuses later cutoffs", () => {
    const asked = new Timeline(frame);
    expect(asked.at(t("12:00")).length).toBe(1);
    for (const ask of [
      () => asked.at(t("12:00") + 1n),
      () => [...asked.sweep([t("11:00"), t("12:01")])],
      () => asked.diff(t("11:00"), t("12:01")),
      () => asked.explain({ game_id: "g1", book: "dk" }, t("12:01")),
    ]) {
      expect(codeOf(ask)).toBe("INVALID_ARGUMENT");
    }
  });

  test("counts the files it did not decode among those seen", () => {
    const { files, rowsSeen } = new Timeline(frame).at(t("12:00")).provenance;
    expect(files.map(({ path }) => path)).toEqual(["b.parquet", "c.parquet"]);
    expect(rowsSeen).toBe(8);
  });
});

function codeOf(work: () => unknown): string {
  try {
    work();
    return "returned";
  } catch (error) {
    return isBronzeError(error) ? error.code : String(error);
  }
}

describe("Timeline", () => {
  const asked = timeline(
    odds,
    [line(1, t("10:00")), line(2, null, { ingested: null })],
    [line(3, t("09:00"))],
  );

  test("says what it holds", () => {
    expect([asked.dataset, asked.rowCount, asked.keyCount]).toEqual(["odds_raw", 3, 1]);
  });

  test("history lists a key's rows in selection order, unselectable first, with place and times", () => {
    const history = asked.history({ game_id: "g1", book: "dk" });
    expect(history.map(({ row }) => row.price)).toEqual([2, 3, 1]);
    expect(history[1]).toMatchObject({
      file: "0001.parquet",
      rowInFile: 0,
      effective: t("09:00"),
      asOf: t("09:00"),
      ingested: t("09:00"),
      byFallback: false,
    });
    expect(history[0]).toMatchObject({ effective: null, asOf: null, ingested: null });
    expect(asked.history({ game_id: "nobody", book: "dk" })).toEqual([]);
  });

  test("sweep answers each cutoff in the order given, snapshots outliving the sweep", () => {
    const swept = [...asked.sweep([t("09:30"), t("11:00"), t("08:00"), t("09:00")])];
    expect(swept.map((snapshot) => snapshot.column("price"))).toEqual([[3], [1], [], [3]]);
    expect(swept.map(({ provenance }) => provenance.rowsEligible)).toEqual([1, 2, 0, 1]);
  });
});

describe("keys", () => {
  test("names every key there is, in key order, also one that never holds", () => {
    const asked = timeline(
      odds,
      [line(-110, t("12:00"), { book: "fd" }), line(-120, null, { book: "dk", ingested: null })],
      [line(-105, t("13:00"), { book: "fd" })],
    );
    expect(asked.keys().map(({ book }) => book)).toEqual(["dk", "fd"]);
    expect(asked.keys()).toHaveLength(asked.keyCount);
    for (const key of asked.keys()) expect(asked.history(key).length).toBeGreaterThan(0);
    expect(asked.at(t("14:00")).column("book")).toEqual(["fd"]);
    expect(timeline(odds, []).keys()).toEqual([]);
  });
});
