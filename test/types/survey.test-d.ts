import {
  BronzeStore,
  type Coverage,
  type Diagnosis,
  defineDataset,
  doctor,
  type Freshness,
  instant,
  layouts,
  nbaSeason,
} from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";

const definition = {
  name: "odds_raw",
  schema: z.object({ game_id: z.string(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["game_id"],
  date: { from: "as_of_ts" },
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
} as const;
const odds = defineDataset({
  ...definition,
  expect: { every: "PT15M", from: "10:00", to: "01:00", minRows: 10, grace: { minutes: 5 } },
  freshness: { warnAfter: "PT30M", errorAfter: "PT2H" },
});
const bronze = new BronzeStore({ root: "data", datasets: [odds] });

describe("surveys", () => {
  it("take the names of the store's datasets, and give data", () => {
    expectTypeOf(bronze.dates).returns.resolves.toEqualTypeOf<string[]>();
    expectTypeOf(bronze.dates).parameter(0).toEqualTypeOf<"odds_raw">();
    expectTypeOf(bronze.coverage("odds_raw", { date: "2026-01-15" })).resolves.toEqualTypeOf<Coverage>();
    expectTypeOf(bronze.freshness({ datasets: ["odds_raw"] })).resolves.toEqualTypeOf<Freshness>();
    expectTypeOf(doctor({ root: "data" }, { datasets: [odds] })).resolves.toEqualTypeOf<Diagnosis>();
    expectTypeOf<Freshness["datasets"][number]["status"]>().toEqualTypeOf<"pass" | "warn" | "error" | null>();
    expectTypeOf<Diagnosis["findings"][number]["fix"]>().toEqualTypeOf<"safe" | "manual">();
  });

  it("refuse what is misspelt", () => {
    // @ts-expect-error no such dataset
    bronze.dates("odds");
    // @ts-expect-error no such dataset
    bronze.coverage("odds", { date: "2026-01-15" });
    // @ts-expect-error no such dataset
    bronze.freshness({ datasets: ["odds"] });
    // @ts-expect-error a span says which days
    bronze.coverage("odds_raw", {});
    // @ts-expect-error every is needed
    defineDataset({ ...definition, expect: { from: "10:00" } });
    // @ts-expect-error dbt's words are warnAfter and errorAfter here
    defineDataset({ ...definition, freshness: { warn_after: "PT30M" } });
    // @ts-expect-error which datasets there are must be said
    doctor({ root: "data" }, {});
  });
});
