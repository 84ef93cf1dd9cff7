import {
  BronzeStore,
  defineDataset,
  instant,
  isBronzeError,
  layouts,
  memoryStorage,
  nbaSeason,
  type Storage,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { quote, report, run, storeOf } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";

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
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({
        at_ts: instant(),
        n: z.bigint().nullable(),
        text: z.string(),
        ingested_ts: instant(),
      }),
      key: ["at_ts", "n"],
      date: { from: "at_ts" },
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

const LABELS = [
  { game_id: "g2", cutoff_ts: "2026-01-15T23:45:00Z", won: true },
  { game_id: "g1", cutoff_ts: "2026-01-15T17:30:00Z", won: false },
  { game_id: "g9", cutoff_ts: "2026-01-15T23:45:00Z", won: null },
  { game_id: "g1", cutoff_ts: "2026-01-15T23:45:00Z", won: true },
];
const ASK = { on: ["game_id"], cutoff: "cutoff_ts", prefix: "line_" } as const;

async function quotes(storage: Storage = memoryStorage()) {
  const bronze = storeOf(storage);
  const early = [
    quote("g1", "dk", -110, "2026-01-15T17:00:00Z"),
    quote("g2", "dk", 120, "2026-01-15T17:00:00Z"),
  ];
  await bronze.write("odds_raw", early, run("r1"));
  const late = [
    quote("g1", "dk", -120, "2026-01-15T23:00:00Z"),
    quote("g1", "fd", -105, "2026-01-15T23:00:00Z"),
  ];
  await bronze.write("odds_raw", late, run("r2", "2026-01-15T23:00:00Z"));
  return bronze;
}

/** What a call throws, as a rejection. */
const later = async (call: () => unknown) => call();

describe("a join", () => {
  it("a timeline joins as the store does over the same days, again and again", async () => {
    const bronze = await quotes();
    const days = { from: "2026-01-14", to: "2026-01-15" };
    const timeline = await bronze.timeline("odds_raw", days);
    const joined = await bronze.joinAsOf(LABELS, "odds_raw", { ...ASK, ...days });
    for (const again of [timeline.joinAsOf(LABELS, ASK), timeline.joinAsOf(LABELS, ASK)]) {
      expect(again.rows()).toEqual(joined.rows());
      expect(again.provenance).toEqual(joined.provenance);
    }
    expect(joined.column("line_price")).toEqual([120, -110, null, -120, -105]);
  });

  it("columns are those of the rows, a label's own too", async () => {
    const joined = (await (await quotes()).timeline("odds_raw", { date: "2026-01-15" })).joinAsOf(
      LABELS,
      ASK,
    );
    expect(joined.columns).toEqual(Object.keys(joined.rows()[0]!));
    for (const name of joined.columns)
      expect(joined.column(name as "won")).toEqual(joined.rows().map((row) => row[name as "won"]));
    expect(await errorOf(later(() => joined.column("line_cost" as "won")))).toMatchObject({
      code: "UNKNOWN_COLUMN",
    });
  });

  it("an Arrow table has the same rows, cutoffs as instants exact to the nanosecond", async () => {
    const bronze = await quotes();
    const labels = [{ ...LABELS[1]!, cutoff_ts: "2026-01-15T17:30:00.000000001Z" }, LABELS[2]!];
    const table = await (
      await bronze.joinAsOf(labels, "odds_raw", { ...ASK, date: () => "2026-01-15" })
    ).toArrow();
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`).slice(0, 5)).toEqual([
      "game_id Dictionary<Int32, Utf8>",
      "cutoff_ts Timestamp<NANOSECOND, UTC>",
      "won Bool",
      "line_book Dictionary<Int32, Utf8>",
      "line_price Int64",
    ]);
    expect([...table.getChild("line_price")!]).toEqual([-110n, null]);
    expect([...table.getChild("won")!]).toEqual([false, null]);
    const [cutoffs] = table.getChild("cutoff_ts")!.data;
    expect((cutoffs!.values as BigInt64Array)[0]).toBe(1768498200000000001n);
  });

  it("labels whose values have several types are no Arrow column, and say so", async () => {
    const labels = [{ game_id: "g1", cutoff_ts: "2026-01-15T23:45:00Z", odd: 1 as unknown }];
    labels.push({ ...labels[0]!, odd: "one" });
    const joined = await (await quotes()).joinAsOf(labels, "odds_raw", ASK);
    expect(await errorOf(joined.toArrow())).toMatchObject({
      code: "TYPE_CLASH",
      details: { column: "odd" },
    });
  });

  it("what the caller does to labels afterwards changes no row", async () => {
    const labels = [{ ...LABELS[0]! }];
    const joined = await (await quotes()).joinAsOf(labels, "odds_raw", ASK);
    labels[0]!.won = false;
    expect(joined.rows()[0]!.won).toBe(true);
  });

  it("a misspelled bound is an error, not no bound", async () => {
    const bronze = await quotes();
    const wrong = { ...ASK, maxage: "PT1H" } as typeof ASK;
    await expect(bronze.joinAsOf(LABELS, "odds_raw", wrong)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const timeline = await bronze.timeline("odds_raw", { date: "2026-01-15" });
    expect(await errorOf(later(() => timeline.joinAsOf(LABELS, wrong)))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("days that several dates look back on are read once, and answer as if read alone", async () => {
    const read: string[] = [];
    const disk = memoryStorage();
    const watched: Storage = {
      ...disk,
      read: (path) => {
        read.push(path);
        return disk.read(path);
      },
    };
    const bronze = await quotes(watched);
    const labels = ["2026-01-15", "2026-01-16", "2026-01-17", "2026-01-19"].map((game_date) => ({
      game_id: "g1",
      game_date,
      cutoff_ts: `${game_date}T23:45:00Z`,
    }));
    const columns = ["book", "price"] as const;
    const ask = { ...ASK, columns, date: "game_date", lookbackDays: 2 } as const;
    const alone = [];
    for (const label of labels) alone.push(...(await bronze.joinAsOf([label], "odds_raw", ask)).rows());
    read.length = 0;
    expect((await bronze.joinAsOf(labels, "odds_raw", ask)).rows()).toEqual(alone);
    expect(alone).toHaveLength(7);
    expect(new Set(read).size).toBe(2);
    expect(read).toHaveLength(2);
  });
});
