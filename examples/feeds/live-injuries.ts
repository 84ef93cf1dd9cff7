import { defineDataset, layouts, nbaSeason } from "bronzestore";
import { injuries } from "./injuries.js";

/** The injury report, game by game: it speaks for the games it lists and for those the writer says it covers. */
export const liveInjuries = defineDataset({
  name: "injuries_raw",
  layout: layouts.hourly({ file: "injuries.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: injuries.schema,
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  partitionIs: "snapshot",
  scope: ["game_id"],
});
