import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import type { Cell } from "../../src/table/index.js";
import { latestRows, type ScopeTimes } from "../../src/travel/index.js";
import { tries } from "../campaign.js";
import { asOf, type OracleRow } from "../oracle.js";
import { injuries, injuriesByGame, line, odds, status, t } from "./feeds.js";
import { frameOfRows, type PlainFile } from "./frame-of-rows.js";

type View = Pick<ReturnType<typeof latestRows>, "rows" | "scopeTimes">;
type Fresh = PlainFile | PlainFile["rows"];

/** The view after files arrived one by one, each as one write. */
function arriving(dataset: AnyDataset, ...writes: Fresh[]): View {
  let view: View | undefined;
  for (const write of writes) view = merged(dataset, view, write);
  return view ?? { rows: [], scopeTimes: new Map() };
}

function merged(dataset: AnyDataset, view: View | undefined, ...fresh: Fresh[]): View {
  const files = fresh.map((file) => ("rows" in file ? file : { rows: file }));
  const before = view ? [{ rows: view.rows }] : [];
  return latestRows(
    frameOfRows(dataset, [...before, ...files]),
    view !== undefined,
    view?.scopeTimes ?? new Map(),
  );
}

/** A view that some other writer made, without a word on how new it is. */
const foreign = (rows: PlainFile["rows"]): View => ({ rows, scopeTimes: new Map() as ScopeTimes });

const prices = ({ rows }: View) => rows.map(({ price }) => price);
const players = ({ rows }: View) => rows.map(({ player_id }) => player_id);

describe("the latest view of changes", () => {
  test("has one row per key, the one of the greatest effective time, in key order", () => {
    const view = arriving(
      odds,
      [line(1, t("10:00"), { book: "z" }), line(2, t("10:00"))],
      [line(3, t("11:00"))],
    );
    expect(prices(view)).toEqual([3, 1]);
  });

  test("does not go back when an older row arrives late", () => {
    expect(
      prices(arriving(odds, [line(2, t("11:00"))], [line(1, t("10:00"), { ingested: t("12:00") })])),
    ).toEqual([2]);
  });

  test("takes the later written of two rows with the same times", () => {
    expect(prices(arriving(odds, [line(1, t("10:00"))], [line(2, t("10:00"))]))).toEqual([2]);
  });

  test("keeps what a failed or empty scrape did not bring", () => {
    expect(prices(arriving(odds, [line(1, t("10:00"))], []))).toEqual([1]);
    expect(prices(arriving(odds, [line(1, t("10:00"))], [line(2, t("11:00"), { book: "z" })]))).toEqual([
      1, 2,
    ]);
  });

  test("does not let a null wipe a known value", () => {
    const view = arriving(odds, [line(-110, t("10:00"))], [line(null, t("11:00"))]);
    expect(view.rows).toEqual([line(-110, t("11:00"))]);
  });

  test("learns from a late older row what it did not know", () => {
    const view = arriving(odds, [line(null, t("11:00"))], [line(-110, t("10:00"))]);
    expect(view.rows).toEqual([line(-110, t("11:00"))]);
  });

  test("never mixes one row's times and run into another", () => {
    const old = { ...line(1, t("10:00")), run_id: "r1" };
    const view = arriving(odds, [old], [line(2, null, { ingested: t("11:00") })]);
    expect(view.rows).toEqual([line(2, null, { ingested: t("11:00") })]);
  });

  test("keeps a row without any time until one with a time comes", () => {
    const timeless = line(1, null, { ingested: null });
    expect(prices(arriving(odds, [timeless]))).toEqual([1]);
    expect(prices(arriving(odds, [line(2, t("10:00"))], [timeless]))).toEqual([2]);
  });
});

describe("the latest view of snapshots", () => {
  const noon = [status("ann", "OUT", t("12:00")), status("bob", "OUT", t("12:00"))];
  const one = [status("bob", "IN", t("13:00"))];

  test("loses a key that the newest report lacks", () => {
    expect(players(arriving(injuries, noon, one))).toEqual(["bob"]);
  });

  test("neither gains nor loses by an older report that arrives late", () => {
    expect(arriving(injuries, one, noon).rows).toEqual(one);
    expect(players(arriving(injuries, noon, [status("cem", "OUT", t("11:00"))]))).toEqual(["ann", "bob"]);
  });

  test("of two reports in one write takes the newer, in whatever order", () => {
    expect(players(merged(injuries, undefined, noon, one))).toEqual(["bob"]);
    expect(players(merged(injuries, undefined, one, noon))).toEqual(["bob"]);
  });

  test("keeps all of it when a scrape comes back empty", () => {
    expect(players(arriving(injuries, noon, []))).toEqual(["ann", "bob"]);
    expect(players(arriving(injuriesByGame, noon, []))).toEqual(["ann", "bob"]);
  });

  test("is empty when a report lists nobody, and stays so when an older one arrives", () => {
    const nobody = { rows: [], snapshot: { timeNs: t("13:00") } };
    expect(players(arriving(injuries, noon, nobody))).toEqual([]);
    expect(players(arriving(injuries, noon, nobody, noon))).toEqual([]);
    expect(players(arriving(injuries, noon, nobody, [status("ann", "OUT", t("14:00"))]))).toEqual(["ann"]);
  });

  test("does not let a null wipe a known value", () => {
    const known = status("ann", "OUT", t("12:00"), { note: "knee" });
    expect(arriving(injuries, [known], [status("ann", "GTD", t("13:00"))]).rows).toEqual([
      status("ann", "GTD", t("13:00"), { note: "knee" }),
    ]);
  });

  test("a report of the same time replaces the one before", () => {
    expect(players(arriving(injuries, noon, [status("bob", "IN", t("12:00"))]))).toEqual(["bob"]);
  });

  describe("scoped by game", () => {
    const other = [status("cem", "OUT", t("13:00"), { game_id: "g2" })];

    test("a scrape of one game leaves the others alone", () => {
      expect(players(arriving(injuriesByGame, noon, other))).toEqual(["ann", "bob", "cem"]);
      expect(players(arriving(injuriesByGame, noon, other, one))).toEqual(["bob", "cem"]);
    });

    test("a declared game without rows is emptied", () => {
      const nobody = { rows: [], snapshot: { timeNs: t("14:00"), covers: [["g1"]] } };
      const view = arriving(injuriesByGame, noon, other, nobody);
      expect(players(view)).toEqual(["cem"]);
      expect(players(merged(injuriesByGame, view, one))).toEqual(["cem"]);
    });

    test("each game keeps its own time for the next write", () => {
      const { scopeTimes } = arriving(injuriesByGame, noon, other);
      expect([...scopeTimes.values()].map(({ time }) => time).sort()).toEqual([t("12:00"), t("13:00")]);
    });
  });

  test("a foreign view is as new, game by game, as its newest row", () => {
    const view = foreign([...noon, status("cem", "OUT", t("13:00"), { game_id: "g2" })]);
    const late = status("dan", "OUT", t("12:30"), { game_id: "g2" });
    expect(players(merged(injuriesByGame, view, [late]))).toEqual(["ann", "bob", "cem"]);
    expect(players(merged(injuriesByGame, view, one))).toEqual(["bob", "cem"]);
  });

  test("keeps a row of a foreign view that nothing dates", () => {
    const undated = { ...status("ann", "OUT", t("12:00")), report_ts: null };
    const other = [status("cem", "OUT", t("13:00"), { game_id: "g2" })];
    expect(players(merged(injuriesByGame, foreign([undated]), other))).toEqual(["ann", "cem"]);
  });

  test("is as new as its reports said they were, not as its rows' captures", () => {
    const undated = { ...injuries, snapshotTime: undefined };
    const captured = (player: string) => [status(player, "OUT", t("11:00"), { ingested: t("12:05") })];
    const first = { rows: captured("ann"), snapshot: { timeNs: t("12:00") } };
    const second = { rows: captured("bob"), snapshot: { timeNs: t("12:02") } };
    expect(players(arriving(undated, first, second))).toEqual(["bob"]);
  });
});

describe("the latest view does not depend on the order in which files arrive", () => {
  const plain = (view: View) => view.rows as readonly OracleRow[];
  const END = { cutoff: t("23:59") };
  const times = { asOf: "as_of_ts", ingested: "ingested_ts", fallback: "row" } as const;
  const shuffled = <T>(files: fc.Arbitrary<T[]>) =>
    files.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );

  test("of changes", () => {
    const change = fc.tuple(fc.constantFrom("a", "b", null), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(
        shuffled(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 4 })),
        ([inOrder, order]) => {
          // Every row has a time of its own.
          let at = t("10:00");
          const files = new Map(
            inOrder.map((rows) => [rows, { rows: rows.map(([book, price]) => line(price, at++, { book })) }]),
          );
          const expected = asOf(
            [...files.values()],
            {
              ...times,
              key: ["game_id", "book"],
              meaning: "changes",
              scope: [],
            },
            END,
          );
          expect(plain(arriving(odds, ...order.map((rows) => files.get(rows)!)))).toEqual(expected.rows);
        },
      ),
      tries({ small: 200, large: 4_000, seed: 119 }),
    );
  });

  test.each([
    ["the whole feed", injuries],
    ["one game each", injuriesByGame],
  ])("of snapshots of %s", (_, dataset) => {
    const player = fc.tuple(fc.constantFrom("g1", "g2"), fc.constantFrom("ann", "bob"));
    const report = fc.record({
      players: fc.uniqueArray(player, { maxLength: 3, selector: String }),
      covers: fc.array(fc.constantFrom("g1", "g2"), { maxLength: 1 }),
    });
    fc.assert(
      fc.property(shuffled(fc.array(report, { maxLength: 5 })), ([inOrder, order]) => {
        const files = new Map(inOrder.map((one, i) => [one, reportOf(one, t("10:00") + BigInt(i))]));
        const oracleFiles = [...files.values()].map(({ rows, snapshot }) => ({
          rows,
          covers: snapshot.covers,
          snapshotTime: snapshot.timeNs,
        }));
        const expected = asOf(
          oracleFiles,
          {
            ...times,
            key: ["game_id", "player_id"],
            meaning: "snapshot",
            scope: dataset.scope,
          },
          END,
        );
        expect(plain(arriving(dataset, ...order.map((one) => files.get(one)!)))).toEqual(expected.rows);
      }),
      tries({ small: 300, large: 6_000, seed: 120 }),
    );
  });

  function reportOf({ players, covers }: { players: [string, string][]; covers: string[] }, at: bigint) {
    const rows = players.map(([game_id, player]) => status(player, `at ${at}`, at, { game_id, note: "-" }));
    return { rows, snapshot: { timeNs: at, covers: covers.map((game): Cell[] => [game]) as string[][] } };
  }
});
