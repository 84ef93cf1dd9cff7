import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { defineDataset, instant, layouts, nbaSeason } from "bronzestore";
import * as z from "zod";

/** Prices of one day at any number of venues. */
export const ticks = defineDataset({
  name: "ticks",
  layout: layouts.hourly(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    venue: z.string(),
    item: z.string(),
    price: z.number().nullable(),
    size: z.int(),
    is_open: z.boolean(),
    note: z.string().nullable(),
    as_of_ts: instant(),
  }),
  key: ["venue", "item"],
  date: { from: "as_of_ts" },
  hour: { from: "as_of_ts" },
});

/** Writes a CSV file of so many ticks, its hours mixed. */
export async function writeTicks(path: string, count: number, seed: number): Promise<void> {
  const file = createWriteStream(path);
  file.write("VENUE,item,price,size,is_open,note,as_of_ts\n");
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const start = Date.parse("2026-01-15T05:00:00Z");
  for (let row = 0; row < count; row += 1_000) {
    const lines: string[] = [];
    for (let i = row; i < Math.min(row + 1_000, count); i++) {
      const at = new Date(start + random(86_400_000)).toISOString();
      const price = random(20) === 0 ? "" : (random(100_000) / 100).toFixed(2);
      const note = random(10) === 0 ? `"said ""${random(9)}"", twice"` : "";
      lines.push(
        `venue ${random(40)},item ${i},${price},${random(1_000)},${random(2) === 0},${note},${at}\n`,
      );
    }
    if (!file.write(lines.join(""))) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}
