import {
  type AnyDataset,
  type BronzeStore,
  type BronzeView,
  type Build,
  defineConfig,
  defineDataset,
  defineSchedule,
  instant,
} from "bronzestore";
import * as z from "bronzestore/zod";
import { describe, expectTypeOf, it } from "vitest";

const injuries = defineDataset({
  name: "injuries_raw",
  layout: "date={date}/run={run}/injuries.parquet",
  timeZone: "UTC",
  schema: z.object({
    player_id: z.string(),
    status: z.string(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["player_id"],
  date: { from: "as_of_ts" },
});

describe("a config", () => {
  it("gives its builder a view of its own datasets", () => {
    defineConfig({
      root: "data",
      datasets: [injuries],
      gold: {
        timeZone: "UTC",
        async build(at) {
          const rows = (await at.read("injuries_raw", { date: "2026-01-15" })).rows();
          expectTypeOf(rows[0]!.status).toEqualTypeOf<string>();
          // @ts-expect-error: there is no such dataset
          await at.read("odds_raw", { date: "2026-01-15" });
          return rows;
        },
      },
      schedule: (bronze) => {
        expectTypeOf(bronze).toEqualTypeOf<BronzeStore<readonly [typeof injuries]>>();
        return defineSchedule([], { timeZone: "UTC" });
      },
    });
  });

  it("has a root or a storage, and no option there is not", () => {
    // @ts-expect-error: one of the two
    defineConfig({ datasets: [] });
    // @ts-expect-error: misspelt
    defineConfig({ root: "data", datasets: [], gold: { timezone: "UTC" } });
  });

  it("may have its builder in a module of its own", () => {
    const build: Build<readonly AnyDataset[]> = async (at, { slate }) => {
      expectTypeOf(at).toEqualTypeOf<BronzeView<readonly AnyDataset[]>>();
      const rows = await at.read("injuries_raw", { date: String(slate.game_date) });
      return [{ listed: rows.length }];
    };
    defineConfig({ root: "data", datasets: [injuries], gold: { timeZone: "UTC", build } });
  });
});
