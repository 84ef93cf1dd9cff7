import { defineDataset, layouts, nbaSeason } from "bronzestore";
import * as z from "bronzestore/zod";
import { games } from "./schedule.js";

/** The schedule of a day that is not over: tip-offs move, and what was frozen stands on the one that was known. */
export const liveGames = defineDataset({
  name: "schedule_raw",
  layout: layouts.perRun({ file: "schedule.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: games.schema.extend({ run_id: z.string().nullish() }),
  key: ["game_id"],
  date: { from: "tip_ts" },
});
