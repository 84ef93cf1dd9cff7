import { defineDataset, layouts, nbaSeason, type Schedule } from "bronzestore";
import { oddsOf } from "./odds.js";

/**
 * The lines as they stand, derived from `odds_raw`: silver. No history, one row a line; the writer never lets it
 * regress, so a spread that is off the board for a minute keeps the number it had.
 */
export function oddsLatestOf(schedule: Schedule) {
  return defineDataset({
    name: "odds_latest",
    layout: layouts.daily({ file: "odds.parquet" }),
    folder: "silver/{name}",
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: oddsOf(schedule).schema,
    key: ["game_id", "book", "market", "outcome"],
    date: { from: schedule.gameDate("game_id") },
    timestamps: { earliest: "2000-01-01T00:00:00Z" },
  });
}
