import { defineDataset, defineSchedule, instant, layouts, nbaSeason } from "bronzestore";
import * as z from "zod";

/** Two games of 2026-01-15 in New York, where the season is 2025; the second is the next day in UTC. */
export const TIPS = { g1: "2026-01-16T00:00:00Z", g2: "2026-01-16T03:30:00Z" };

export const schedule = defineSchedule(
  Object.entries(TIPS).map(([game_id, tip_ts]) => ({ game_id, tip_ts })),
  { timeZone: "America/New_York" },
);

/** The lines of a day as the pipeline cleans them: derived, hence silver; only the latest counts. */
export const lines = defineDataset({
  name: "odds",
  layout: layouts.daily({ file: "odds.parquet" }),
  folder: "silver/{name}",
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    spread: z.number().nullable(),
    as_of_ts: instant(),
    ingested_ts: instant(),
    run_id: z.string(),
  }),
  key: ["game_id"],
  date: { from: schedule.gameDate("game_id") },
});

/** Where the lines of the evening lie. */
export const LINES_FILE = "silver/odds/season=2025/date=2026-01-15/odds.parquet";

/** The newest injury report, cleaned. */
export const injuries = defineDataset({
  name: "injuries",
  layout: layouts.daily({ file: "injuries.parquet" }),
  folder: "silver/{name}",
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    player_id: z.string(),
    status: z.string(),
    as_of_ts: instant(),
    ingested_ts: instant(),
    run_id: z.string(),
  }),
  key: ["player_id"],
  date: { from: "as_of_ts" },
});

/** Where the injuries of the evening lie. */
export const INJURIES_FILE = "silver/injuries/season=2025/date=2026-01-15/injuries.parquet";

/** A clock that stands still. */
export function clockAt(iso: string): () => bigint {
  const now = BigInt(Date.parse(iso)) * 1_000_000n;
  return () => now;
}
