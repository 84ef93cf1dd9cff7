import { defineDataset, instant, layouts, nbaSeason, type Schedule } from "bronzestore";
import * as z from "bronzestore/zod";

/**
 * Betting lines, one partition a scrape. A line may be quoted days before its game, so its date comes from the
 * schedule and never from the time of the quote.
 */
export function oddsOf(schedule: Schedule) {
  return defineDataset({
    name: "odds_raw",
    layout: layouts.perRun({ file: "odds.parquet", latest: true }),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      game_id: z.string(),
      book: z.string(),
      market: z.string(),
      outcome: z.string(),
      price: z.int(),
      point: z.number().nullable(),
      as_of_ts: instant().nullable(),
      ingested_ts: instant(),
      run_id: z.string().nullish(),
    }),
    key: ["game_id", "book", "market", "outcome"],
    date: { from: schedule.gameDate("game_id") },
    partitionIs: "changes",
    // The feed writes the epoch where it does not know when a line moved; such a row falls back to `ingested_ts`.
    timestamps: { earliest: "2000-01-01T00:00:00Z" },
  });
}
