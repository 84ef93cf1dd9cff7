import {
  BronzeStore,
  type BronzeView,
  type Build,
  type Dataset,
  defineDataset,
  defineSchedule,
  GoldStore,
  instant,
  type LeakCheck,
  layouts,
  leakCheck,
  type Manifest,
  nbaSeason,
  type RowSource,
  type Schedule,
  type TrainingSetResult,
  withRun,
} from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";

const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    book: z.string(),
    price: z.int(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "book"],
  date: { from: "ingested_ts" },
});
const bronze = new BronzeStore({ root: "data", datasets: [odds] });
const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, root: "data", bronze });

interface Label {
  game_id: string;
  game_date: string;
  cutoff_ts: bigint;
  won: boolean;
}
declare const labels: Label[];

describe("a zone", () => {
  it("must be said, by gold and by a schedule; the gold of a run has the run's", () => {
    // @ts-expect-error whose days are they?
    void (() => new GoldStore({ root: "data", bronze }));
    // @ts-expect-error
    void (() => defineSchedule([]));
    // @ts-expect-error
    void (() => defineSchedule([], {}));
    void (() => new GoldStore({ root: "data", bronze, timeZone: "UTC" }));
    const run = { root: "data", name: "live", timeZone: "UTC" } as const;
    void (() => withRun({ ...run, gold: { season: nbaSeason } }, () => 1));
    // @ts-expect-error
    void (() => withRun({ root: "data", name: "live" }, () => 1));
  });
});

describe("bronze.joinAsOf", () => {
  it("says where each row's values lie, null where nothing held", () => {
    const joined = bronze.joinAsOf(labels, "odds_raw", {
      on: ["game_id"],
      cutoff: "cutoff_ts",
      date: "game_date",
    });
    expectTypeOf(joined.then((join) => join.sources())).resolves.items.toEqualTypeOf<RowSource | null>();
  });

  it("adds the dataset's columns to the label's, null where nothing held", () => {
    const joined = bronze.joinAsOf(labels, "odds_raw", {
      on: ["game_id"],
      cutoff: "cutoff_ts",
      date: "game_date",
    });
    expectTypeOf(joined.then((join) => join.rows())).resolves.items.branded.toEqualTypeOf<{
      game_id: string;
      game_date: string;
      cutoff_ts: bigint;
      won: boolean;
      book: string | null;
      price: number | null;
      as_of_ts: bigint | null;
      ingested_ts: bigint | null;
    }>();
  });

  it("adds the columns that are named, under a prefix", async () => {
    const joined = await bronze.joinAsOf(labels, "odds_raw", {
      on: ["game_id"],
      cutoff: "cutoff_ts",
      date: "game_date",
      columns: ["book", "price"],
      prefix: "line_",
    });
    expectTypeOf(joined.rows()).toEqualTypeOf<
      {
        game_id: string;
        game_date: string;
        cutoff_ts: bigint;
        won: boolean;
        line_book: string | null;
        line_price: number | null;
      }[]
    >();
    for (const row of joined) expectTypeOf(row.line_price).toEqualTypeOf<number | null>();
  });

  it("does not compile with mistakes", () => {
    const cutoff = "cutoff_ts";
    const lookbackDays = 0;
    // @ts-expect-error a column the labels lack
    bronze.joinAsOf(labels, "odds_raw", { on: ["book"], cutoff, lookbackDays });
    // @ts-expect-error a column that is no key
    bronze.joinAsOf(labels, "odds_raw", { on: ["price"], cutoff, lookbackDays });
    // @ts-expect-error a cutoff the labels lack
    bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "tip_ts", lookbackDays });
    // @ts-expect-error a date column the labels lack
    bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff, date: "day" });
    // @ts-expect-error a column the dataset lacks
    bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff, lookbackDays, columns: ["cost"] });
    // @ts-expect-error an unknown dataset
    bronze.joinAsOf(labels, "odds", { on: ["game_id"], cutoff, lookbackDays });
  });

  it("does not compile where nothing says which days a label reads", () => {
    const ask = { on: ["game_id"], cutoff: "cutoff_ts" } as const;
    // @ts-expect-error rows are dated by ingested_ts, on which nothing is joined
    bronze.joinAsOf(labels, "odds_raw", ask);
    // @ts-expect-error to lacks its from
    bronze.joinAsOf(labels, "odds_raw", { ...ask, to: "2026-01-31" });
    bronze.joinAsOf(labels, "odds_raw", { ...ask, date: "game_date" });
    bronze.joinAsOf(labels, "odds_raw", { ...ask, date: ({ game_date }) => game_date });
    bronze.joinAsOf(labels, "odds_raw", { ...ask, lookbackDays: 1 });
    bronze.joinAsOf(labels, "odds_raw", { ...ask, from: "2026-01-01", to: "2026-01-31" });
  });

  it("compiles without days where the types show that on tells them, or do not show what does", () => {
    const schedule = defineSchedule([], { timeZone: "America/New_York" });
    const options = {
      schema: odds.schema,
      key: ["game_id", "book"] as const,
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
    };
    const byGame = defineDataset({
      ...options,
      name: "by_game",
      date: { from: schedule.gameDate("game_id") },
    });
    const store = new BronzeStore({ root: "data", datasets: [byGame] });
    const ask = { on: ["game_id"], cutoff: "cutoff_ts" } as const;
    store.joinAsOf(labels, "by_game", ask);
    // @ts-expect-error a book tells no day
    store.joinAsOf([{ book: "dk", cutoff_ts: "2026-01-15T23:45:00Z" }], "by_game", { ...ask, on: ["book"] });
    const anyStore = new BronzeStore({
      root: "data",
      datasets: [byGame as Dataset<"by_game", typeof odds.schema, "game_id">],
    });
    anyStore.joinAsOf(labels, "by_game", ask);
  });
});

describe("GoldStore", () => {
  it("gives builders a view of its own datasets", () => {
    type Datasets = typeof bronze extends BronzeStore<infer Known> ? Known : never;
    expectTypeOf<Parameters<Build<Datasets>>[0]>().toEqualTypeOf<BronzeView<Datasets>>();
    gold.freeze({ slate: { game_id: "g1" }, snapshot: "lock", tip: 0n }, async (at, { cutoff, slate }) => {
      expectTypeOf(cutoff).toEqualTypeOf<bigint>();
      expectTypeOf(slate.game_id).toEqualTypeOf<string | number | undefined>();
      const lines = await at.read("odds_raw", { date: "2026-01-15" });
      expectTypeOf(lines.column("price")).toEqualTypeOf<number[]>();
      return lines.rows();
    });
    // @ts-expect-error an unknown dataset
    gold.freeze({ slate: {}, snapshot: "lock", tip: 0n }, (at) => at.read("injuries_raw", { date: "x" }));
  });

  it("takes labels as rows or from a function of a slate's manifest", () => {
    const options = {
      from: "2026-01-01",
      to: "2026-01-31",
      snapshot: "lock",
      on: ["game_id"],
      version: "v1",
      splits: { trainEnd: "2026-01-20", valEnd: "2026-01-25" },
    };
    const written = gold.trainingSet({ ...options, labels: [{ game_id: "g1", won: true }] });
    expectTypeOf(written).resolves.toEqualTypeOf<TrainingSetResult>();
    gold.trainingSet({
      ...options,
      labels: async (slate) => {
        expectTypeOf(slate).toEqualTypeOf<Manifest>();
        return [];
      },
    });
    // @ts-expect-error which splits?
    gold.trainingSet({ ...options, splits: { trainEnd: "2026-01-20" }, labels: [] });
  });
});

describe("requireInputs", () => {
  const slate = { slate: { game_id: "g1" }, snapshot: "lock", tip: 0n };

  it("names datasets of the store, or all", () => {
    gold.freeze({ ...slate, requireInputs: true }, () => []);
    gold.freeze({ ...slate, requireInputs: ["odds_raw"] }, () => []);
    // @ts-expect-error an unknown dataset
    gold.freeze({ ...slate, requireInputs: ["injuries_raw"] }, () => []);
    // @ts-expect-error none are required without the option
    gold.freeze({ ...slate, requireInputs: false }, () => []);
    const schedule = defineSchedule([], { timeZone: "America/New_York" });
    gold.freezeDue(schedule, () => [], { requireInputs: ["odds_raw"] });
    // @ts-expect-error an unknown dataset
    gold.freezeDue(schedule, () => [], { requireInputs: ["odds"] });
    // @ts-expect-error an unknown dataset
    gold.backfill(schedule, () => [], { from: "2026-01-01", to: "2026-01-02", requireInputs: ["odds"] });
  });
});

describe("defineSchedule", () => {
  it("keeps the columns it does not know, with their types", () => {
    const matches = defineSchedule(
      [{ game_id: "m1", league: "ATP", match_no: 1, tip_ts: "2026-01-15T12:00:00Z" }],
      { timeZone: "America/New_York" },
    );
    const game = matches.games[0]!;
    expectTypeOf(game.league).toEqualTypeOf<string>();
    expectTypeOf(game.match_no).toEqualTypeOf<number>();
    expectTypeOf(game.game_date).toEqualTypeOf<string>();
    expectTypeOf(game.tip_ts).toEqualTypeOf<bigint | undefined>();
    expectTypeOf(matches).toExtend<Schedule>();
    gold.freezeDue(matches, () => []);
    // @ts-expect-error a game has an id
    defineSchedule([{ league: "ATP" }], { timeZone: "America/New_York" });
  });
});

describe("leakCheck", () => {
  it("hands on the store's own datasets", () => {
    const checked = leakCheck(
      async (at, { bronze: store, root }) => {
        expectTypeOf(root).toEqualTypeOf<() => Promise<string>>();
        expectTypeOf(store).toEqualTypeOf(bronze);
        return (await at.read("odds_raw", { date: "2026-01-15" })).column("price");
      },
      { bronze, cutoffs: ["2026-01-15T23:45:00Z"] },
    );
    expectTypeOf(checked).resolves.toEqualTypeOf<LeakCheck>();
    // @ts-expect-error an unknown dataset
    leakCheck((at) => at.read("injuries_raw", { date: "2026-01-15" }), { bronze, cutoffs: [] });
  });
});
