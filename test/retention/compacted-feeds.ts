import {
  BronzeStore,
  defineDataset,
  defineSchedule,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  type Storage,
} from "bronzestore";
import * as z from "zod";
import type { AnyDataset } from "../../src/dataset/index.js";
import { filesBelow } from "./world.js";

/** What every feed here is written with: few keys and few instants, so that rows tie and states overlap. */
export interface FeedRow {
  readonly game_id: string;
  readonly player_id: string;
  readonly points: number | null;
  readonly report_ts: bigint;
  readonly as_of_ts: bigint | null;
  readonly ingested_ts: bigint;
}

const schema = z.object({
  game_id: z.string(),
  player_id: z.string(),
  points: z.int().nullable(),
  report_ts: instant(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant(),
});
const schedule = defineSchedule(
  ["g1", "g2"].map((game_id) => ({ game_id, tip_ts: "2026-01-16T00:00:00Z" })),
  { timeZone: "America/New_York" },
);
const base = {
  name: "feed",
  timeZone: "America/New_York",
  schema,
  key: ["game_id", "player_id"] as const,
};
const season = { season: nbaSeason };
const ofReport = { date: { from: "report_ts" as const } };
const snapshot = { partitionIs: "snapshot" as const };

/** One feed of each kind that can be compacted. */
export const FEEDS: Readonly<Record<string, AnyDataset>> = {
  "changes by run": defineDataset({
    ...base,
    ...season,
    layout: layouts.perRun({ file: "feed.parquet", latest: true }),
    date: { from: schedule.gameDate("game_id") },
    tombstone: { points: [0] },
  }),
  "changes by hour and by run, with a bound on leads": defineDataset({
    ...base,
    ...season,
    ...ofReport,
    layout: layouts.hourly({ file: "feed.parquet" }),
    hour: { from: "report_ts" },
    timestamps: { maxLead: "PT30M" },
  }),
  "snapshots of the whole feed by the hour": defineDataset({
    ...base,
    ...season,
    ...ofReport,
    ...snapshot,
    layout: layouts.hourly({ file: "feed.parquet", latest: true }),
    hour: { from: "report_ts" },
  }),
  "snapshots of games by run": defineDataset({
    ...base,
    ...ofReport,
    ...snapshot,
    scope: ["game_id"],
    snapshotTime: "report_ts",
    layout: "date={date}/run={run}/data.parquet",
  }),
  "snapshots by capture, falling back together": defineDataset({
    ...base,
    ...ofReport,
    ...snapshot,
    layout: "{date}/run={run}/data.parquet",
    timestamps: { fallback: "dataset" },
  }),
  "changes in folders of players below the day": defineDataset({
    ...base,
    ...ofReport,
    files: "append",
    layout: "date={date}/player_id={player_id}/{hour}.parquet",
    hour: { from: "report_ts" },
  }),
  "changes of a month, names free": defineDataset({
    ...base,
    ...ofReport,
    files: "append",
    layout: "{year}/{month}/part-{run}.parquet",
  }),
};

/** A store of one feed whose clock stands weeks after all rows. */
export function storeOfFeed(dataset: AnyDataset, storage: Storage = memoryStorage()) {
  const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
  return new BronzeStore({ storage, datasets: [dataset], clock });
}

export type FeedStore = ReturnType<typeof storeOfFeed>;

/** The paths of its data files. */
export async function dataFiles(storage: Storage): Promise<string[]> {
  const files = await filesBelow(storage, "bronze/feed");
  return files.filter((path) => path.endsWith(".parquet"));
}
