import { describe, expect, test } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import { Timeline } from "../../src/travel/index.js";
import { line, odds, t } from "./feeds.js";
import { frameOfRows } from "./frame-of-rows.js";

const books = ["\u{1f3c0}", "b", null, "\uff5e", "a"];
const rows = books.map((book, i) =>
  line(i, t("10:00") + BigInt(i), { book, ingested: i === 1 ? null : t("10:30") }),
);
const asked = new Timeline(frameOfRows(odds, [{ rows: rows.slice(0, 2) }, { rows: rows.slice(2) }]));
const snapshot = asked.at(t("12:00"));
/** Code point order, null first. */
const inOrder = [null, "a", "b", "\uff5e", "\u{1f3c0}"];

function codeOf(work: () => unknown): string {
  try {
    work();
    return "returned";
  } catch (error) {
    return isBronzeError(error) ? error.code : String(error);
  }
}

describe("a snapshot", () => {
  test("has rows in key order, whole and fresh each time", () => {
    const first = snapshot.rows();
    expect(first.map(({ book }) => book)).toEqual(inOrder);
    expect(first[2]).toEqual(rows[1]);
    first[2]!.price = 99;
    expect(snapshot.rows()[2]).toEqual(rows[1]);
  });

  test("iterates over the same rows", () => {
    expect([...snapshot]).toEqual(snapshot.rows());
  });

  test("gets every row by its key and nothing by any other", () => {
    for (const row of rows) expect(snapshot.get({ game_id: "g1", book: row.book })).toEqual(row);
    expect(snapshot.get({ game_id: "g1", book: "aa" })).toBeUndefined();
    expect(snapshot.get({ game_id: "", book: "a" })).toBeUndefined();
    expect(snapshot.get({ game_id: "z", book: null })).toBeUndefined();
    expect(asked.at(t("09:00")).get({ game_id: "g1", book: "a" })).toBeUndefined();
  });

  test("gets nothing for a key of another type", () => {
    expect(snapshot.get({ game_id: 1, book: "a" })).toBeUndefined();
    expect(snapshot.get({ game_id: "g1", book: 1n })).toBeUndefined();
  });

  test("gives one column in key order", () => {
    expect(snapshot.column("book")).toEqual(inOrder);
    expect(snapshot.column("ingested_ts")).toEqual([t("10:30"), t("10:30"), null, t("10:30"), t("10:30")]);
    expect(snapshot.columns).toEqual(["game_id", "book", "price", "as_of_ts", "ingested_ts", "run_id"]);
  });

  test("names what it is asked for wrongly", () => {
    expect(codeOf(() => snapshot.column("prize"))).toBe("UNKNOWN_COLUMN");
    expect(() => snapshot.column("prize")).toThrow(
      'Dataset "odds_raw" has no column "prize"; it has game_id, book, price, as_of_ts, ingested_ts, run_id.',
    );
    expect(codeOf(() => snapshot.get({ game_id: "g1" }))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => snapshot.get(undefined as never))).toBe("INVALID_ARGUMENT");
  });

  test("knows its cutoff and counts its provenance once", () => {
    expect([snapshot.cutoff, snapshot.length]).toEqual([t("12:00"), 5]);
    expect(snapshot.provenance).toBe(snapshot.provenance);
    expect(snapshot.provenance).toEqual({
      dataset: "odds_raw",
      cutoff: t("12:00"),
      knownBy: null,
      maxAge: null,
      files: [
        { path: "0000.parquet", rows: 2, sizeBytes: 200 },
        { path: "0001.parquet", rows: 3, sizeBytes: 300 },
      ],
      filesSkipped: [],
      filesPruned: [],
      filesIgnored: [],
      rowsSeen: 5,
      rowsEligible: 5,
      rowsEligiblePruned: 0,
      rowsSelected: 5,
      rowsByFallback: 0,
      rowsNotSelectable: 0,
      rowsAhead: 0,
      rowsCapturedLater: 0,
      rowsCaptureUnknown: 1,
      keysByLaterEvidence: 0,
      asOfUsableByCutoff: true,
      emptyBecause: null,
      maxAsOfTs: t("10:00") + 4n,
      maxIngestedTs: t("10:30"),
    });
  });
});

describe("toArrow", () => {
  test("has every row and column, instants exact to the nanosecond", async () => {
    const table = await snapshot.toArrow();
    expect([table.numRows, table.schema.fields.map(({ name }) => name)]).toEqual([5, snapshot.columns]);
    expect(String(table.schema.fields[3]!.type)).toBe("Timestamp<NANOSECOND, UTC>");
    const [data] = table.getChild("as_of_ts")!.data;
    expect([...data!.values]).toEqual(snapshot.column("as_of_ts"));
    expect([...table.getChild("book")!]).toEqual(inOrder);
    expect(table.getChild("ingested_ts")!.nullCount).toBe(1);
    expect(table.getChild("ingested_ts")!.isValid(2)).toBe(false);
  });

  test("puts files of different time units into one", async () => {
    const cells = [t("10:00:00.001"), t("10:00:00.001001"), t("10:00:00.001001001")];
    const frame = frameOfRows(
      odds,
      cells.map((at, i) => ({
        rows: [line(i, at, { book: `b${i}` })],
        unit: (["ms", "us", "ns"] as const)[i]!,
      })),
    );
    const [data] = (await new Timeline(frame).at(t("12:00")).toArrow()).getChild("as_of_ts")!.data;
    expect([...data!.values]).toEqual(cells);
  });

  test("of no rows has the columns all the same", async () => {
    const table = await asked.at(t("09:00")).toArrow();
    expect([table.numRows, table.numCols]).toEqual([0, 6]);
  });

  test("has null where a file lacks a column", async () => {
    const frame = frameOfRows(
      odds,
      [{ rows: [line(1, t("10:00"), { book: "a" })] }, { rows: [{ ...line(2, t("10:00")), wager: 5n }] }],
      { extras: { wager: { kind: "int", bits: 64, signed: true } } },
    );
    const answer = new Timeline(frame).at(t("12:00"));
    expect(answer.column("wager")).toEqual([null, 5n]);
    expect([...(await answer.toArrow()).getChild("wager")!]).toEqual([null, 5n]);
  });
});
