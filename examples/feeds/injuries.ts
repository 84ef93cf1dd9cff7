import { defineDataset, history, instant } from "bronzestore";
import * as z from "bronzestore/zod";

/** The hourly official injury report: one report is the whole state, so a player who is not in it is cleared. */
export const injuries = defineDataset({
  name: "injuries_raw",
  file: "injuries.parquet",
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
  history: history.hourly("report_ts"),
  latestView: true,
  partitionIs: "snapshot",
});
