import { defineDataset, instant } from "bronzestore";
import * as z from "zod";

export const NOON = 1_768_500_000_000_000_000n;
export const SECOND = 1_000_000_000n;
/** Noon's. */
export const DATE = "2026-01-15";

const definition = {
  name: "feed",
  timeZone: "UTC",
  schema: z.object({ id: z.string(), points: z.int(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["id"],
  date: { from: "ingested_ts" },
  layout: "date={date}/run={run}/feed.parquet",
} as const;

/** A number a key, each run a file. */
export const feed = defineDataset(definition);
/** The same, each run a state. */
export const stateFeed = defineDataset({ ...definition, partitionIs: "snapshot" });

/** Rows of a run, and the run, so many seconds after noon. */
export function runAt(second: number, rows: readonly { readonly id: string; readonly points: number }[]) {
  const startedAt = NOON + BigInt(second) * SECOND;
  const times = { as_of_ts: startedAt, ingested_ts: startedAt };
  return [rows.map((row) => ({ ...row, ...times })), { run: { id: `r${second}`, startedAt } }] as const;
}
