import {
  defineDataset,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  type Run,
  type Storage,
  withRun,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { schedule } from "../bronze/feeds.js";
import { clockAt, finished, NOW } from "./live.js";

const lines = defineDataset({
  name: "lines",
  layout: layouts.daily(),
  folder: "silver/{name}",
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    spread: z.number().nullable(),
    total: z.number().nullable(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["game_id"],
  date: { from: schedule.gameDate("game_id") },
});

describe("a silver latest view", () => {
  it("is under silver/ and is written by the same writer", async () => {
    const storage = memoryStorage();
    const { value } = await runWithLines(storage, (run) =>
      run.bronze.write("lines", [line("g1", -3.5, 221)]),
    );
    expect(value.latest.map(({ path }) => path)).toEqual([
      "silver/lines/season=2025/date=2026-01-15/data.parquet",
    ]);
  });

  it("keeps its coverage through an empty scrape, and a known value through a null", async () => {
    const storage = memoryStorage();
    const { value } = await runWithLines(storage, async (run) => {
      await run.bronze.write("lines", [line("g1", -3.5, 221), line("g2", 2, 215)]);
      await run.bronze.write("lines", []);
      await run.bronze.write("lines", [line("g1", null, 222, "2026-01-15T23:10:00Z")]);
      return (await run.bronze.asOf().read("lines", { date: "2026-01-15" })).rows();
    });
    expect(value).toMatchObject([
      { game_id: "g1", spread: -3.5, total: 222 },
      { game_id: "g2", spread: 2, total: 215 },
    ]);
  });

  it("is not moved back by an earlier state that arrives later", async () => {
    const storage = memoryStorage();
    const { value } = await runWithLines(storage, async (run) => {
      await run.bronze.write("lines", [line("g1", -4, 222, "2026-01-15T23:10:00Z")]);
      await run.bronze.write("lines", [line("g1", -3.5, 221, "2026-01-15T22:00:00Z")]);
      return (await run.bronze.asOf().read("lines", { date: "2026-01-15" })).rows();
    });
    expect(value).toMatchObject([{ game_id: "g1", spread: -4, total: 222 }]);
  });
});

function runWithLines<T>(storage: Storage, fn: (run: Run<readonly [typeof lines]>) => Promise<T>) {
  return finished(
    withRun(
      { storage, name: "live-scrape", timeZone: "America/New_York", datasets: [lines], clock: clockAt(NOW) },
      fn,
    ),
  );
}

function line(game_id: string, spread: number | null, total: number, as_of_ts = "2026-01-15T23:00:00Z") {
  return { game_id, spread, total, as_of_ts };
}
