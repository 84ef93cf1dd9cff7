import { defineDataset, defineSchedule, instant, layouts, nbaSeason } from "bronzestore";

/** The two feeds of the benchmarks, declared with the zod that is given. */
export const feeds = (z) => {
  /** Odds as the live pipeline writes them: one file a run, nine columns. */
  function odds({ games = [], partitionIs = "changes" } = {}) {
    return defineDataset({
      name: "odds_raw",
      layout: layouts.perRun({ file: "odds.parquet" }),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({
        game_id: z.string(),
        book: z.string(),
        market: z.string(),
        outcome: z.string(),
        price: z.int32(),
        point: z.number().nullable(),
        as_of_ts: instant(),
        ingested_ts: instant(),
        run_id: z.string(),
      }),
      key: ["game_id", "book", "market", "outcome"],
      date: { from: defineSchedule(games, { timeZone: "America/New_York" }).gameDate("game_id") },
      partitionIs,
    });
  }

  /** Reports that come once an hour: one file an hour, seven columns. */
  function reports() {
    return defineDataset({
      name: "reports_raw",
      layout: layouts.hourly(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({
        game_id: z.string(),
        player_id: z.string(),
        price: z.int32(),
        point: z.number().nullable(),
        report_ts: instant(),
        as_of_ts: instant(),
        ingested_ts: instant(),
      }),
      key: ["game_id", "player_id"],
      date: { from: "report_ts" },
      hour: { from: "report_ts" },
    });
  }

  return { odds, reports };
};
