import {
  defineDataset,
  type EndedRun,
  instant,
  layouts,
  nbaSeason,
  type Pointer,
  type Run,
  type RunResult,
  readPointer,
  type StageOutput,
  stageOutput,
  withRun,
} from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";

const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({ game_id: z.string(), price: z.int(), as_of_ts: instant().nullable() }),
  key: ["game_id"],
  date: { from: "as_of_ts" },
});
const options = { root: "data", name: "live-score", timeZone: "America/New_York", datasets: [odds] } as const;

describe("a run", () => {
  it("is typed by its datasets", () => {
    void withRun(options, async (run) => {
      expectTypeOf(run).toEqualTypeOf<Run<readonly [typeof odds]>>();
      // @ts-expect-error there is no such dataset
      await run.bronze.write("odd_raw", []);
      // @ts-expect-error a price is a number
      await run.bronze.write("odds_raw", [{ game_id: "g1", price: "-110", as_of_ts: null }]);
      // @ts-expect-error the run stamps itself
      await run.bronze.write("odds_raw", [], { run: { id: "mine", startedAt: 0n } });
      const at = run.bronze.asOf();
      const rows = (await at.read("odds_raw", { date: "2026-01-15" })).rows();
      expectTypeOf(rows).toEqualTypeOf<{ game_id: string; price: number; as_of_ts: bigint | null }[]>();
    });
  });

  it("returns what its function returns, or reports that it was skipped", () => {
    expectTypeOf(withRun(options, async () => 42)).toEqualTypeOf<Promise<EndedRun<number>>>();
    const skipping = { ...options, onHeld: "skip" } as const;
    expectTypeOf(withRun(skipping, async () => 42)).toEqualTypeOf<Promise<RunResult<number>>>();
  });

  it("hands typed outputs from stage to stage", () => {
    void withRun(options, async (run) => {
      const scrape = await run.stage("scrape", {}, async () => ({ games: 12 }));
      expectTypeOf(scrape.value).toEqualTypeOf<{ games: number }>();
      const tips = await run.stage(
        "tips",
        { needs: { scrape }, output: z.array(instant()) },
        ({ scrape }, { signal }) => {
          expectTypeOf(scrape.games).toEqualTypeOf<number>();
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
          return ["2026-01-16T00:00:00Z"];
        },
      );
      expectTypeOf(tips.value).toEqualTypeOf<bigint[]>();
      await run.stage("sim", { needs: { scrape, tips } }, (inputs) => {
        expectTypeOf(inputs).toEqualTypeOf<{ readonly scrape: { games: number }; readonly tips: bigint[] }>();
      });
      // @ts-expect-error it was told to keep a list of numbers
      await run.stage("wrong", { output: z.array(z.number()) }, () => ["1"]);
    });
  });

  it("types the output of an earlier run by the schema it is read with", () => {
    const minutes = stageOutput("minutes", z.array(z.object({ minutes: z.number() })), { run: "r" });
    expectTypeOf(minutes).toEqualTypeOf<StageOutput<{ minutes: number }[]>>();
  });
});

describe("a pointer", () => {
  it("is typed by the schema of its own fields", async () => {
    const pointer = readPointer({ root: "data" }, "latest_run.json", { fields: z.object({ rows: z.int() }) });
    expectTypeOf(pointer).toEqualTypeOf<Promise<Pointer<{ rows: number }> | undefined>>();
  });
});
