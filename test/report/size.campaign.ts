import { BronzeStore, defineDataset, instant, memoryStorage } from "bronzestore";
import { report } from "bronzestore/report";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { seededRandom } from "../../fixtures/index.js";

const prices = defineDataset({
  name: "prices",
  layout: "date={date}/run_ts={run}/prices.parquet",
  timeZone: "UTC",
  schema: z.object({
    ...{ market: z.string(), book: z.string(), side: z.string(), price: z.int(), point: z.number() },
    ...{ as_of_ts: instant(), ingested_ts: instant() },
  }),
  key: ["market", "book", "side"],
  date: { from: "ingested_ts" },
});

const [DAYS, RUNS, MARKETS, BOOKS] = [30, 49, 26, 4];

describe("a page of 30 days and 300,000 rows", () => {
  it("is smaller than 5 MB, though prices, points and times are random numbers", async () => {
    const random = seededRandom(16);
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [prices] });
    let rows = 0;
    for (let day = 0; day < DAYS; day++) {
      for (let run = 0; run < RUNS; run++) {
        const at = Date.UTC(2026, 0, 1 + day) + run * 1_700_000 + 1_600_000;
        const own = Array.from({ length: MARKETS * BOOKS * 2 }, (_, i) => ({
          ...{ market: `m${day}-${i >> 3}`, book: `book ${(i >> 1) % BOOKS}`, side: i % 2 ? "home" : "away" },
          price: -130 + random.int(0, 39),
          point: random.int(0, 39) / 2,
          as_of_ts: new Date(at - random.int(0, 1_500_000)).toISOString(),
          ingested_ts: new Date(at + 20_000).toISOString(),
        }));
        rows += own.length;
        await bronze.write("prices", own, {
          run: { id: `r${day}-${run}`, startedAt: new Date(at).toISOString() },
        });
      }
    }
    expect(rows).toBeGreaterThanOrEqual(299_000);
    const { length } = await report({ bronze });
    expect(length).toBeLessThan(5_000_000);
    expect(length).toBeGreaterThan(rows); // it holds them
  });
});
