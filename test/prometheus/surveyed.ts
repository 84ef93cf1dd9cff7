import {
  BronzeStore,
  type Coverage,
  defineDataset,
  type Freshness,
  instant,
  memoryStorage,
} from "bronzestore";
import * as z from "zod";

const quotes = <const Name extends string>(name: Name, more: object = {}) =>
  defineDataset({
    name,
    layout: "date={date}/hour={hour}/quotes.parquet",
    timeZone: "America/New_York",
    schema: z.object({ book: z.string(), as_of_ts: instant().nullable(), ingested_ts: instant() }),
    key: ["book"],
    date: { from: "ingested_ts" },
    hour: { from: "ingested_ts" },
    ...more,
  });

/** Two days of a feed that is late and has gaps, of one without limits, and of one that has nothing. */
export async function surveyed(): Promise<{ freshness: Freshness; coverage: Coverage[] }> {
  const expected = {
    expect: { every: "PT1H", from: "17:00", to: "20:00", grace: "PT5M" },
    freshness: { warnAfter: "PT30M", errorAfter: "PT2H" },
  };
  const datasets = [quotes("odds", expected), quotes("plain"), quotes("never", expected)] as const;
  const bronze = new BronzeStore({
    storage: memoryStorage(),
    datasets,
    clock: () => BigInt(Date.parse("2026-01-16T02:00:00Z")) * 1_000_000n,
  });
  const row = (book: string, at: string, asOf: string | null = at) => ({
    book,
    as_of_ts: asOf,
    ingested_ts: at,
  });
  await bronze.write("odds", [
    row("dk", "2026-01-15T17:00:00-05:00"),
    row("fd", "2026-01-15T18:10:00-05:00", null),
    row("dk", "2026-01-15T20:00:00.25-05:00"),
  ]);
  await bronze.write("plain", [row("dk", "2026-01-15T17:00:00-05:00")]);
  const days = { from: "2026-01-14", to: "2026-01-15" };
  await bronze.write("never", []);
  return {
    freshness: await bronze.freshness(),
    coverage: [await bronze.coverage("odds", days), await bronze.coverage("plain", days)],
  };
}
