import { defineDataset, instant, layouts, nbaSeason, type Schedule } from "bronzestore";
import * as z from "bronzestore/zod";

/** What players did: labels. `as_of_ts` is the final buzzer, so no question about tip-off can see them. */
export function boxScoresOf(schedule: Schedule) {
  return defineDataset({
    name: "box_scores_raw",
    layout: layouts.perRun({ file: "box_scores.parquet" }),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      game_id: z.string(),
      team: z.string(),
      player_id: z.string(),
      player_name: z.string(),
      minutes: z.number(),
      points: z.int(),
      as_of_ts: instant(),
      ingested_ts: instant(),
      run_id: z.string().nullish(),
    }),
    key: ["game_id", "player_id"],
    date: { from: schedule.gameDate("game_id") },
  });
}
