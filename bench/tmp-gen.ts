import { BronzeStore, defineDataset, defineSchedule, history, instant } from "bronzestore";
import * as z from "zod";
import { writeOddsDay, DATE, START_NS } from "./support/odds-day.js";
await writeOddsDay("/tmp/sc/day");
await writeOddsDay("/tmp/sc/small", 12);
// 16 hourly files of 150 rows
const injuries = defineDataset({ name: "injuries_raw", file: "injuries.parquet",
  schema: z.object({ game_id: z.string(), player_id: z.string(), status: z.string(), report_ts: instant(), as_of_ts: instant().nullable(), ingested_ts: instant() }),
  key: ["game_id","player_id"], date: { from: "report_ts" }, history: history.hourly("report_ts"), partitionIs: "snapshot" });
const b = new BronzeStore({ root: "/tmp/sc/hourly", datasets: [injuries] });
for (let h = 0; h < 16; h++) {
  const report = START_NS + BigInt(h) * 3_600_000_000_000n + 60_000_000_000n;
  const rows = Array.from({ length: 150 }, (_, i) => ({ game_id: `00225005${10 + (i % 12)}`, player_id: String(200000 + i), status: ["Out","Questionable","Probable","Available"][(i * 7 + h) % 4]!, report_ts: report, as_of_ts: report, ingested_ts: report + 5_000_000_000n }));
  await b.write("injuries_raw", rows, { run: { id: `r${h}`, startedAt: report } });
}
