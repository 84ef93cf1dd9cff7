import { memoryStorage, type Storage } from "bronzestore";
import { expect, it } from "vitest";
import { quote, run, storeOf } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";

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
  const joined = (await (await quotes()).timeline("odds_raw", { date: "2026-01-15" })).joinAsOf(LABELS, ASK);
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
