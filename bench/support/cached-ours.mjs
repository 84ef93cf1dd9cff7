// One question in a process of its own, through the built package, with or without a cache:
// node cached-ours.mjs <root> <date> <cutoff> cache|plain. Says the milliseconds from the store to its answer as columns.

import * as z from "zod";
import { BronzeStore, defineDataset, defineSchedule, history, instant } from "../../dist/index.js";

const [root, date, cutoff, mode] = process.argv.slice(2);
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
const start = performance.now();
const bronze = new BronzeStore({ root, datasets: [odds], cache: mode === "cache" });
const snapshot = await bronze.asOf(cutoff).read("odds_raw", { date });
const columns = snapshot.columns.map((name) => snapshot.column(name));
console.log(performance.now() - start, columns.length, columns[0].length);
