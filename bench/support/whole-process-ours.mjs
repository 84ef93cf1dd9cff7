// One question in a process of its own, through the built package: node whole-process-ours.mjs <root> <date>

import * as z from "zod";
import { BronzeStore, defineDataset, defineSchedule, history, instant } from "../../dist/index.js";

const [root, date] = process.argv.slice(2);
const odds = defineDataset({
  name: "odds_raw",
  file: "odds.parquet",
  schema: z.object({
    game_id: z.string(),
    book: z.string(),
    market: z.string(),
    outcome: z.string(),
    price: z.int32(),
    point: z.number().nullable(),
    as_of_ts: instant(),
    ingested_ts: instant(),
    run_id: z.string(),
  }),
  key: ["game_id", "book", "market", "outcome"],
  date: { from: defineSchedule([]).gameDate("game_id") },
  history: history.perRun(),
});
const bronze = new BronzeStore({ root, datasets: [odds] });
const snapshot = await bronze.asOf(`${date}T05:45:00Z`).read("odds_raw", { date });
console.log(snapshot.columns.map((name) => snapshot.column(name)).length, snapshot.length);
