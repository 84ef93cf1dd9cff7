import { BronzeStore, defineDataset, history, instant, isBronzeError, memoryStorage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import * as z from "zod";
import { indexedFrame, type JoinLabel, joinAsOf } from "../../src/travel/index.js";
import { quote, report, run, storeOf } from "../bronze/feeds.js";
import { campaign, tries } from "../campaign.js";
import { asOf, captures, hasUsableTime, type OracleRow } from "../oracle.js";
import { frameOf, MS, type RandomHistory, randomHistory } from "./random-history.js";

const ON = [["game", "player"], ["player", "game"], ["game"], ["player"]] as const;

/** Labels ask the history's own questions about keys it may hold; one bound on age for all of them. */
const joins = randomHistory().chain((random) =>
  fc.record({
    random: fc.constant(random),
    on: fc.constantFrom(...ON),
    maxAge: fc.constantFrom(undefined, 0n, 1n, MS, 2n * MS + 1n),
    keys: fc.array(
      fc.record({
        game: fc.constantFrom(null, "a", "b", "\uff5e", "\u{1f3c0}", "unknown"),
        player: fc.constantFrom(null, 1, 2, 3),
        at: fc.nat(),
      }),
      { maxLength: 6 },
    ),
  }),
);

const { count, seed } = campaign({ small: 1_500, large: 50_000, seed: 3 });

describe("joinAsOf", () => {
  test("equals one brute-force answer a label, in the order of the labels, then of the keys", () => {
    fc.assert(
      fc.property(joins, ({ random, on, maxAge, keys }) => {
        const { rules, files, questions } = random;
        const labels = keys.map(({ at, ...key }) => ({ key, ...questions[at % questions.length]! }));
        const asked = labels.map(
          ({ key, cutoff, knownBy }): JoinLabel => ({
            cells: on.map((name) => key[name]),
            cutoffNs: cutoff,
            knownByNs: knownBy,
          }),
        );
        const index = indexedFrame(frameOf(rules, files));
        const matches = joinAsOf(index, on, asked, maxAge);

        const expected = labels.flatMap(({ key, cutoff, knownBy }, label) => {
          const { winners } = asOf(files, rules, { cutoff, knownBy, maxAge });
          const own = winners.filter(({ row }) => on.every((name) => row[name] === key[name]));
          return (own.length > 0 ? own : [undefined]).map((winner) => ({ label, winner }));
        });
        expect(
          matches.rows.map((row, i) => ({
            label: matches.labels[i],
            row: row < 0 ? null : index.reader.row(row),
          })),
        ).toEqual(expected.map(({ label, winner }) => ({ label, row: winner?.row ?? null })));
        expect(matches.rowsByFallback).toBe(expected.filter(({ winner }) => winner?.byFallback).length);

        const counts = labels.map(({ key, cutoff, knownBy }) =>
          captures(files, rules, { cutoff, knownBy, maxAge })((row) =>
            on.every((name) => row[name] === key[name]),
          ),
        );
        const sum = (of: (one: (typeof counts)[number]) => number) =>
          counts.reduce((all, one) => all + of(one), 0);
        const bounds = labels.length > 0 ? labels.map(({ knownBy }) => knownBy) : [undefined];
        const usable = bounds.flatMap((knownBy) =>
          asOf(files, rules, { cutoff: 0n, knownBy }).all.filter((version) => hasUsableTime(version, rules)),
        );
        expect(matches).toMatchObject({
          rowsCapturedLater: sum((one) => one.rowsCapturedLater),
          rowsCaptureUnknown: sum((one) => one.rowsCaptureUnknown),
          keysByLaterEvidence: sum((one) => one.keysByLaterEvidence),
          labelsBeforeUsable: sum((one) => (one.asOfUsableByCutoff ? 0 : 1)),
          rowsNotSelectable:
            files.flatMap(({ rows }) => rows).length - new Set(usable.map(({ row }) => row)).size,
        });
      }),
      { numRuns: count, seed },
    );
  });

  test("answers a label the same whichever others are asked with it", () => {
    fc.assert(
      fc.property(joins, ({ random, on, maxAge, keys }) => {
        const labels = keys.map(({ at, ...key }) => labelOf(random, on, key, at));
        const index = indexedFrame(frameOf(random.rules, random.files));
        const rowsOf = (asked: JoinLabel[], label: number) => {
          const { labels, rows } = joinAsOf(index, on, asked, maxAge);
          return rows.filter((_, pair) => labels[pair] === label);
        };
        const together = labels.map((_, i) => rowsOf(labels, i));
        expect(together).toEqual(labels.map((label) => rowsOf([label], 0)));
      }),
      tries({ small: 300, large: 6_000, seed: 139 }),
    );
  });
});

function labelOf({ questions }: RandomHistory, on: readonly string[], key: OracleRow, at: number): JoinLabel {
  const { cutoff, knownBy } = questions[at % questions.length]!;
  return { cells: on.map((name) => key[name]!), cutoffNs: cutoff, knownByNs: knownBy };
}

/** Quotes of two games over a day, one of them back-filled after the game. */
async function evening() {
  const bronze = storeOf();
  await bronze.write(
    "odds_raw",
    [
      quote("g1", "dk", -110, "2026-01-15T17:00:00Z"),
      quote("g1", "fd", -105, null),
      quote("g2", "dk", 120, "2026-01-15T17:00:00Z"),
    ],
    run("r1"),
  );
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -120, "2026-01-15T23:45:00.000000001Z", "2026-01-15T23:46:00Z")],
    run("r2", "2026-01-15T23:46:00Z"),
  );
  await bronze.write(
    "odds_raw",
    [quote("g2", "dk", 99, "2026-01-15T20:00:00Z", "2026-01-17T00:00:00Z")],
    run("late", "2026-01-17T00:00:00Z"),
  );
  return bronze;
}

const at = (game_id: string, cutoff_ts: string) => ({ game_id, game_date: "2026-01-15", cutoff_ts });

describe("bronze.joinAsOf", () => {
  it("joins on a part of the key one row for each key that holds", async () => {
    const bronze = await evening();
    const labels = [at("g1", "2026-01-15T23:45:00Z"), at("g9", "2026-01-15T23:45:00Z")];
    const joined = await bronze.joinAsOf(labels, "odds_raw", {
      on: ["game_id"],
      cutoff: "cutoff_ts",
      date: "game_date",
      columns: ["book", "price"],
    });
    expect(joined.rows()).toEqual([
      { ...labels[0], book: "dk", price: -110 },
      { ...labels[0], book: "fd", price: -105 },
      { ...labels[1], book: null, price: null },
    ]);
    expect(joined.provenance).toMatchObject({
      dataset: "odds_raw",
      dates: ["2026-01-15"],
      labels: 2,
      labelsMatched: 1,
      rowsSelected: 2,
      rowsByFallback: 1,
      rowsSeen: 5,
    });
  });

  it("is exact to the nanosecond, label by label", async () => {
    const bronze = await evening();
    const labels = [
      { ...at("g1", "2026-01-15T23:45:00Z"), book: "dk" },
      { ...at("g1", "2026-01-15T23:45:00.000000001Z"), book: "dk" },
    ];
    const joined = await bronze.joinAsOf(labels, "odds_raw", {
      on: ["book", "game_id"],
      cutoff: "cutoff_ts",
      prefix: "line_",
    });
    expect(joined.rows().map(({ line_price }) => line_price)).toEqual([-110, -120]);
    expect(joined.rows()[1]).toEqual({
      ...labels[1],
      line_price: -120,
      line_as_of_ts: 1768520700000000001n,
      line_ingested_ts: 1768520760000000000n,
      line_run_id: "r2",
    });
  });

  it("keeps to what was captured by each label's own bound, and to an age", async () => {
    const bronze = await evening();
    const cutoff_ts = "2026-01-15T23:45:00Z";
    const labels = [
      { ...at("g2", cutoff_ts), known_ts: cutoff_ts },
      { ...at("g2", cutoff_ts), known_ts: "2026-01-18T00:00:00Z" },
    ];
    const ask = { on: ["game_id"], cutoff: "cutoff_ts", columns: ["price"] } as const;
    const prices = async (more: { knownBy?: string; maxAge?: string }) => {
      const joined = await bronze.joinAsOf(labels, "odds_raw", { ...ask, ...more });
      return joined.rows().map(({ price }) => price);
    };
    expect(await prices({})).toEqual([99, 99]);
    expect(await prices({ knownBy: "known_ts" })).toEqual([120, 99]);
    expect(await prices({ knownBy: cutoff_ts })).toEqual([120, 120]);
    expect(await prices({ maxAge: "PT3H45M" })).toEqual([99, 99]);
    expect(await prices({ maxAge: "PT3H44M59.999999999S" })).toEqual([null, null]);
    expect(await prices({ knownBy: "known_ts", maxAge: "PT6H" })).toEqual([null, 99]);
  });

  it("knows that a player who left the report is gone", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { ada: "Out", bo: "Out" }));
    await bronze.write("injuries_raw", report("2026-01-15T23:00:00Z", { ada: "Doubtful" }));
    const labels = ["ada", "bo"].flatMap((player_id) =>
      ["2026-01-15T22:59:59Z", "2026-01-15T23:00:00Z"].map((cutoff_ts) => ({
        player_id,
        game_id: "g1",
        cutoff_ts,
      })),
    );
    const joined = await bronze.joinAsOf(labels, "injuries_raw", {
      on: ["game_id", "player_id"],
      cutoff: "cutoff_ts",
      lookbackDays: 0,
      columns: ["status"],
    });
    expect(joined.rows().map(({ status }) => status)).toEqual(["Out", "Doubtful", "Out", null]);
  });

  it("reads each label's own days: the answer does not depend on the other labels", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_raw", report("2026-01-14T23:00:00Z", { ada: "Out" }));
    const cutoff_ts = "2026-01-15T23:45:00Z";
    const labels = [
      { game_id: "g1", game_date: "2026-01-15", cutoff_ts },
      { game_id: "g1", game_date: "2026-01-14", cutoff_ts },
    ];
    const ask = { on: ["game_id"], cutoff: "cutoff_ts", columns: ["status"] } as const;
    const statuses = async (
      more: { lookbackDays: number } | { from: string; to: string } | { date: "game_date" | (() => string) },
    ) => {
      const joined = await bronze.joinAsOf(labels, "injuries_raw", { ...ask, ...more });
      return joined.rows().map(({ status }) => status);
    };
    expect(await statuses({ lookbackDays: 0 })).toEqual([null, null]);
    expect(await statuses({ lookbackDays: 1 })).toEqual(["Out", "Out"]);
    expect(await statuses({ date: "game_date" })).toEqual([null, "Out"]);
    expect(await statuses({ date: () => "2026-01-14" })).toEqual(["Out", "Out"]);
    expect(await statuses({ from: "2026-01-14", to: "2026-01-15" })).toEqual(["Out", "Out"]);
  });

  it("gives no labels no rows", async () => {
    const joined = await storeOf().joinAsOf([] as { game_id: string; cutoff_ts: string }[], "odds_raw", {
      on: ["game_id"],
      cutoff: "cutoff_ts",
    });
    expect(joined.rows()).toEqual([]);
  });

  it("matches null with null, and instants and integers in any of their forms", async () => {
    const dataset = defineDataset({
      name: "ticks_raw",
      schema: z.object({
        at_ts: instant(),
        n: z.bigint().nullable(),
        text: z.string(),
        ingested_ts: instant(),
      }),
      key: ["at_ts", "n"],
      date: { from: "at_ts" },
      history: history.perRun(),
      timestamps: { asOf: null },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [dataset] });
    const at_ts = "2026-01-15T12:00:00Z";
    await bronze.write(
      "ticks_raw",
      [
        { at_ts, n: null, text: "none", ingested_ts: at_ts },
        { at_ts, n: 7n, text: "seven", ingested_ts: at_ts },
      ],
      run("r1"),
    );
    const labels: { at_ts: unknown; n: unknown; cutoff: bigint }[] = [
      { at_ts: new Date(at_ts), n: null, cutoff: 1768500000000000000n },
      { at_ts: 1768478400000000000n, n: 7, cutoff: 1768500000000000000n },
    ];
    const joined = await bronze.joinAsOf(labels, "ticks_raw", {
      on: ["at_ts", "n"],
      cutoff: "cutoff",
      columns: ["text"],
    });
    expect(joined.rows().map(({ text }) => text)).toEqual(["none", "seven"]);
  });

  it.each([
    [
      "a value of another type, which could match nothing",
      [{ game_id: 22500561 }],
      {},
      "STRING",
      "INVALID_ARGUMENT",
    ],
    ["a label without the column", [{}], {}, 'has no column "game_id"', "UNKNOWN_COLUMN"],
    [
      "a cutoff without a zone",
      [{ game_id: "g1", cutoff_ts: "2026-01-15T23:45:00" }],
      {},
      "label 0",
      "INVALID_INSTANT",
    ],
    [
      "a label without a cutoff",
      [{ game_id: "g1", cutoff_ts: null }],
      {},
      '"cutoff_ts" of label 0',
      "INVALID_INSTANT",
    ],
    ["columns both have", [{ game_id: "g1", price: 1 }], {}, "prefix", "INVALID_ARGUMENT"],
    ["columns the dataset lacks", [{ game_id: "g1" }], { columns: ["cost"] }, "cost", "UNKNOWN_COLUMN"],
    [
      "columns that are no key",
      [{ game_id: "g1", price: 1 }],
      { on: ["price"] },
      "game_id, book",
      "INVALID_ARGUMENT",
    ],
    ["nothing to join on", [{ game_id: "g1" }], { on: [] }, "nothing", "INVALID_ARGUMENT"],
    ["half a span", [{ game_id: "g1" }], { from: "2026-01-15" }, "from and to", "INVALID_ARGUMENT"],
    ["a dateless label", [{ game_id: "g1", day: null }], { date: "day" }, "date", "INVALID_DATE"],
    ["a label without the date column", [{ game_id: "g1" }], { date: "day" }, '"day"', "UNKNOWN_COLUMN"],
  ])("refuses %s", async (_, labels, options, message, code) => {
    const bronze = await evening();
    const given = labels.map((label) => ({ cutoff_ts: "2026-01-15T23:45:00Z", ...label }));
    const joined = bronze.joinAsOf(given as never[], "odds_raw", {
      on: ["game_id"],
      cutoff: "cutoff_ts",
      ...options,
    } as never);
    const error: unknown = await joined.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isBronzeError(error)) throw new Error(`expected a BronzeError, got ${String(error)}`);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
