import { defineDataset, instant, layouts, nbaSeason } from "bronzestore";
import * as z from "bronzestore/zod";

/** The league's schedule. No history: a game's day does not change, so the latest view says it all. */
export const games = defineDataset({
  name: "schedule_raw",
  layout: layouts.daily({ file: "schedule.parquet" }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    home: z.string(),
    away: z.string(),
    tip_ts: instant(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["game_id"],
  // A tip-off at 22:30 in New York is that evening's game, though it is the next day in UTC.
  date: { from: "tip_ts" },
});
