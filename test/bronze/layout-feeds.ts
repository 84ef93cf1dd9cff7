import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  type Storage,
} from "bronzestore";
import * as z from "zod";
import type { AnyDataset } from "../../src/dataset/index.js";
import { asOf, type OracleRow, type OracleRules } from "../oracle.js";

/** One feed that every layout can hold. */
export const schema = z.object({
  site: z.string(),
  draft_group_id: z.int(),
  player_id: z.string(),
  points: z.int(),
  report_ts: instant(),
  as_of_ts: instant(),
  ingested_ts: instant(),
});
export type PointsRow = z.output<typeof schema>;

/** What a layout is and what it makes necessary. */
export interface LayoutCase {
  readonly layout: unknown;
  readonly folder?: string;
  readonly season?: boolean;
  readonly hour?: boolean;
  readonly files?: "append" | "overwritten";
  /** Paths of the first two writes, below the dataset's folder; `undefined` where the layout is only read. */
  readonly paths: readonly [string, string];
  /** How many days the files of a path are of. */
  readonly unit: "day" | "month" | "season" | "all";
  /** Whether retention knows when a unit is closed. */
  readonly isClosed: boolean;
}

/** The layouts of the library, and the shapes of the system it replaces. */
export const LAYOUTS: Readonly<Record<string, LayoutCase>> = {
  "layouts.hourly, with a view": {
    layout: layouts.hourly({ file: "points.parquet", latest: true }),
    season: true,
    hour: true,
    paths: [
      "season=2025/date=2026-01-15/hour=12/points.parquet",
      "season=2025/date=2026-01-15/hour=13/points.parquet",
    ],
    unit: "day",
    isClosed: true,
  },
  "layouts.perRun, with a view": {
    layout: layouts.perRun({ file: "points.parquet", latest: true }),
    season: true,
    paths: [
      "season=2025/date=2026-01-15/run_ts=20260115T170000Z/points.parquet",
      "season=2025/date=2026-01-15/run_ts=20260115T180000Z/points.parquet",
    ],
    unit: "day",
    isClosed: true,
  },
  "months of a season": {
    layout: "season={season:YYYY-YY}/month={month}/schedule.parquet",
    season: true,
    files: "append",
    paths: [
      "season=2025-26/month=01/schedule.parquet",
      "season=2025-26/month=01/schedule.part-000002.parquet",
    ],
    unit: "month",
    isClosed: true,
  },
  "dates without a season": {
    layout: "date={date}/data.parquet",
    files: "append",
    paths: ["date=2026-01-15/data.parquet", "date=2026-01-15/data.part-000002.parquet"],
    unit: "day",
    isClosed: true,
  },
  "game dates, and runs below": {
    layout: ["game_date={date:YYYYMMDD}/run={run}/data.parquet", "game_date={date}/*.parquet"],
    paths: [
      "game_date=20260115/run=20260115T170000Z/data.parquet",
      "game_date=20260115/run=20260115T180000Z/data.parquet",
    ],
    unit: "day",
    isClosed: true,
  },
  "bare dates, runs and a view": {
    layout: { history: "{date}/run={run}/minutes.parquet", latest: "{date}/minutes.parquet" },
    paths: [
      "2026-01-15/run=20260115T170000Z/minutes.parquet",
      "2026-01-15/run=20260115T180000Z/minutes.parquet",
    ],
    unit: "day",
    isClosed: true,
  },
  "sites, game dates and draft groups": {
    layout: "site={site}/game_date={date}/draft_group_id={draft_group_id}/x.parquet",
    files: "append",
    paths: [
      "site=dk/game_date=2026-01-15/draft_group_id=7/x.parquet",
      "site=dk/game_date=2026-01-15/draft_group_id=7/x.part-000002.parquet",
    ],
    unit: "day",
    isClosed: true,
  },
  "seasons only": {
    layout: "season={season}/points.parquet",
    season: true,
    files: "append",
    paths: ["season=2025/points.parquet", "season=2025/points.part-000002.parquet"],
    unit: "season",
    isClosed: true,
  },
  "one file a day, the day in its name": {
    layout: "{date}.parquet",
    files: "append",
    paths: ["2026-01-15.parquet", "2026-01-15.part-000002.parquet"],
    unit: "day",
    isClosed: false,
  },
  "days in a deep folder, runs in the names of files": {
    layout: "year={year}/{month}/{day}/points-{run}.parquet",
    folder: "silver/deep/er/{name}",
    paths: [
      "year=2026/01/15/points-20260115T170000Z.parquet",
      "year=2026/01/15/points-20260115T180000Z.parquet",
    ],
    unit: "day",
    isClosed: true,
  },
  "runs only, without a date": {
    layout: "run={run}/points.parquet",
    paths: ["run=20260115T170000Z/points.parquet", "run=20260115T180000Z/points.parquet"],
    unit: "all",
    isClosed: false,
  },
};

/** The feed in a layout. `change` adds to its definition. */
export function feedIn({ layout, folder, season, hour, files }: LayoutCase, change: object = {}) {
  return defineDataset({
    name: "points",
    layout,
    timeZone: "America/New_York",
    schema,
    key: ["site", "draft_group_id", "player_id"] as const,
    date: { from: "report_ts" as const },
    ...(folder !== undefined && { folder }),
    ...(season && { season: nbaSeason }),
    ...(hour && { hour: { from: "report_ts" as const } }),
    ...(files && { files }),
    ...change,
  } as never) as unknown as Feed;
}
type Feed = AnyDataset & { readonly name: "points"; readonly schema: typeof schema };

/** Half a year after the rows, so that every unit but an open season is closed. */
export function storeIn(dataset: Feed, storage: Storage = memoryStorage()) {
  const clock = () => BigInt(Date.parse("2026-09-15T12:00:00Z")) * 1_000_000n;
  return new BronzeStore({ storage, datasets: [dataset], clock });
}

export const ns = (time: string) => BigInt(Date.parse(time)) * 1_000_000n;

export function points(
  report_ts: string,
  of: Readonly<Record<string, number>>,
  { site = "dk", group = 7 } = {},
): PointsRow[] {
  return Object.entries(of).map(([player_id, value], i) => ({
    site,
    draft_group_id: group,
    player_id,
    points: value,
    report_ts: ns(report_ts),
    as_of_ts: ns(report_ts) - BigInt(i + 1) * 60_000_000_000n,
    ingested_ts: ns(report_ts) + 5_000_000_000n,
  }));
}

/** Runs of three days of two months; the third is the evening of the 15th in New York, and the next day in UTC. */
export const RUNS: readonly (readonly [startedAt: string, rows: readonly PointsRow[]])[] = [
  ["2026-01-15T17:00:00Z", points("2026-01-15T17:00:00Z", { ada: 10, bo: 20 })],
  ["2026-01-15T18:00:00Z", points("2026-01-15T18:00:00Z", { ada: 11, cy: 30 })],
  ["2026-01-16T03:00:00Z", points("2026-01-16T03:00:00Z", { bo: 21 }, { site: "fd", group: 8 })],
  ["2026-01-16T04:00:00Z", points("2026-01-16T04:00:00Z", { bo: 22, dee: 5 }, { site: "fd", group: 8 })],
  ["2026-01-16T17:00:00Z", points("2026-01-16T17:00:00Z", { ada: 12, eve: 1 })],
  ["2026-02-02T17:00:00Z", points("2026-02-02T17:00:00Z", { ada: 13 })],
];

/** Writes runs in their order; each is one write. */
export async function writeRuns(bronze: ReturnType<typeof storeIn>, runs = RUNS) {
  const results = [];
  for (const [startedAt, rows] of runs)
    results.push(
      await bronze.write("points", rows as never, { run: { id: `r-${ns(startedAt)}`, startedAt } }),
    );
  return results;
}

export const RULES: OracleRules = {
  key: ["site", "draft_group_id", "player_id"],
  asOf: "as_of_ts",
  ingested: "ingested_ts",
  fallback: "row",
  meaning: "changes",
  scope: [],
};

/** The domain date of a row, by the platform. */
export function dayOf({ report_ts }: PointsRow): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York", dateStyle: "short" }).format(
    Number(report_ts / 1_000_000n),
  );
}

/** What the oracle answers from the rows of some dates. */
export function expected(cutoff: string, dates: readonly string[], runs = RUNS): readonly OracleRow[] {
  const files = runs.map(([, rows]) => ({
    rows: rows.filter((row) => dates.includes(dayOf(row))) as unknown as OracleRow[],
  }));
  return asOf(files, RULES, { cutoff: ns(cutoff) }).rows;
}
