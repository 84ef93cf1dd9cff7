import { defineDataset, history } from "bronzestore";
import { injuries } from "./injuries.js";

/** The injury report, game by game: it speaks for the games it lists and for those the writer says it covers. */
export const liveInjuries = defineDataset({
  name: "injuries_raw",
  file: "injuries.parquet",
  schema: injuries.schema,
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  history: history.hourly("report_ts"),
  latestView: true,
  partitionIs: "snapshot",
  scope: ["game_id"],
});
