import { defineDataset, domainDate, instant, layouts, nbaSeason } from "bronzestore";
import * as z from "zod";
import { type CsvRow, text } from "./shared-data.js";

/** The injury reports of March 2024, hour by hour. */
export const MARCH = "fixtures/nba_injury_hourly_2024-03.csv.gz";

/** In these files `as_of_ts` is the time of the report itself: the same in all of its rows. */
export function injuries(partitionIs: "changes" | "snapshot", timeZone = "America/New_York") {
  return defineDataset({
    name: "injuries_raw",
    layout: layouts.hourly({ file: "injuries.parquet" }),
    timeZone,
    season: nbaSeason,
    schema: z.object({
      game_date: domainDate(),
      matchup: z.string(),
      team: z.string(),
      player: z.string().nullable(),
      game_time_et: z.string().nullable(),
      status: z.string().nullable(),
      reason: z.string().nullable(),
      as_of_ts: instant(),
      ingested_ts: instant(),
    }),
    key: ["game_date", "matchup", "team", "player"],
    date: { from: "as_of_ts" },
    hour: { from: "as_of_ts" },
    partitionIs,
  });
}

/** A line of the file as a row to write. */
export function writable(row: CsvRow) {
  return {
    game_date: text(row, "game_date"),
    matchup: text(row, "matchup"),
    team: text(row, "team"),
    player: row.player ?? null,
    game_time_et: row.game_time_et ?? null,
    status: row.status ?? null,
    reason: row.reason ?? null,
    as_of_ts: text(row, "as_of_ts"),
    ingested_ts: text(row, "ingested_ts"),
  };
}
