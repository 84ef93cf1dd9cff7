import { defineDataset, instant, layouts, nbaSeason } from "bronzestore";
import * as z from "bronzestore/zod";

/** The hourly official injury report: one report is the whole state, so a player who is not in it is cleared. */
export const injuries = defineDataset({
  name: "injuries_raw",
  layout: layouts.hourly({ file: "injuries.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    team: z.string(),
    player_id: z.string(),
    player_name: z.string(),
    status: z.string(),
    reason: z.string().nullable(),
    report_ts: instant(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
    run_id: z.string().nullish(),
  }),
  key: ["game_id", "player_id"],
  // The report's own day and hour in New York, never the UTC day it was scraped on.
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  partitionIs: "snapshot",
});
