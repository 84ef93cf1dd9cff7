import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localDisk } from "bronzestore";
import { afterAll, expect, test } from "vitest";
import * as z from "zod";
import {
  dayOf,
  feedIn,
  LAYOUTS,
  type LayoutCase,
  type PointsRow,
  RUNS,
  schema,
  storeIn,
  writeRuns,
} from "../bronze/layout-feeds.js";
import { line } from "../real/shared-data.js";
import { query } from "./duckdb.js";

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** The layouts whose folders all are `key=value`, with the keys that their paths have. */
const HIVE: Record<
  string,
  { layout: LayoutCase; glob: string; keys: Record<string, (row: PointsRow, startedAt: string) => unknown> }
> = {
  "layouts.hourly": {
    layout: LAYOUTS["layouts.hourly, with a view"]!,
    glob: "*/*/hour=*/*.parquet",
    keys: {
      season: () => "2025",
      date: dayOf,
      hour: ({ report_ts }) =>
        String((Number(report_ts / 3_600_000_000_000n) + 24 - 5) % 24).padStart(2, "0"),
    },
  },
  "layouts.perRun": {
    layout: LAYOUTS["layouts.perRun, with a view"]!,
    glob: "*/*/run_ts=*/*.parquet",
    keys: { season: () => "2025", date: dayOf, run_ts: (_, startedAt) => runOf(startedAt) },
  },
  "months of a season": {
    layout: LAYOUTS["months of a season"]!,
    glob: "**/*.parquet",
    keys: { season: () => "2025-26", month: (row) => dayOf(row).slice(5, 7) },
  },
  "dates without a season": {
    layout: LAYOUTS["dates without a season"]!,
    glob: "**/*.parquet",
    keys: { date: dayOf },
  },
  "sites, game dates and draft groups": {
    layout: LAYOUTS["sites, game dates and draft groups"]!,
    glob: "**/*.parquet",
    keys: {
      site: ({ site }) => site,
      game_date: dayOf,
      draft_group_id: ({ draft_group_id }) => String(draft_group_id),
    },
  },
  "runs only": {
    layout: LAYOUTS["runs only, without a date"]!,
    glob: "**/*.parquet",
    keys: { run: (_, startedAt) => runOf(startedAt) },
  },
};

function runOf(startedAt: string): string {
  return startedAt.replace(/[-:]/g, "");
}

test.each(Object.entries(HIVE))("DuckDB finds the same rows by the folders of %s as were written", async (_, {
  layout,
  glob,
  keys,
}) => {
  const root = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
  roots.push(root);
  const dataset = feedIn(layout);
  const bronze = storeIn(dataset, localDisk(root));
  await writeRuns(bronze);
  const names = Object.keys(keys);
  // A column that a folder and a file have is the folder's in DuckDB: that the two agree is what is shown.
  const theirs = await query<Record<string, unknown>>(`
    SELECT ${names.map((name) => `${name}::VARCHAR AS ${name}`).join(", ")}, player_id, CAST(points AS INTEGER) AS points
    FROM read_parquet('${root}/${dataset.folder}/${glob}', hive_partitioning = true, hive_types_autocast = false)`);
  const ours = RUNS.flatMap(([startedAt, rows]) =>
    rows.map((row) => line([...names.map((name) => keys[name]!(row, startedAt)), row.player_id, row.points])),
  );
  expect(
    theirs.map((row) => line([...names.map((name) => row[name]), row.player_id, row.points])).sort(),
  ).toEqual(ours.sort());
  // And each day is read from what lies in those folders.
  const date = Object.keys(keys).find((name) => keys[name] === dayOf);
  for (const day of date === undefined ? [] : new Set(RUNS.flatMap(([, rows]) => rows.map(dayOf)))) {
    const found = (await bronze.readBronzeDay("points", day)).rows() as PointsRow[];
    const own = theirs.filter((row) => row[date!] === day);
    expect(found.map((row) => `${row.player_id} ${row.points}`).sort()).toEqual(
      own.map((row) => `${row.player_id} ${row.points}`).sort(),
    );
  }
});

test("a tree that DuckDB partitions is read in place, its columns taken from the folders", async () => {
  const root = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
  roots.push(root);
  mkdirSync(join(root, "bronze"));
  await query(`
    COPY (
      SELECT CASE WHEN i % 3 = 0 THEN 'New York' WHEN i % 3 = 1 THEN 'a/b' END AS site, (i % 4)::INTEGER AS draft_group_id,
        'p' || i AS player_id, i::INTEGER AS points, report_ts, report_ts AS as_of_ts, report_ts AS ingested_ts,
        CAST(timezone('America/New_York', report_ts) AS DATE) AS game_date
      FROM (SELECT i, TIMESTAMPTZ '2026-01-15 00:00:00+00' + i * INTERVAL 37 MINUTE AS report_ts FROM range(200) t(i))
    ) TO '${root}/bronze/points' (FORMAT parquet, PARTITION_BY (site, game_date, draft_group_id))`);
  const layout: LayoutCase = {
    layout: "site={site}/game_date={date}/draft_group_id={draft_group_id}/*.parquet",
    files: "append",
    paths: ["", ""],
    unit: "day",
    isClosed: true,
  };
  const dataset = feedIn(layout, { schema: schema.extend({ site: z.string().nullable() }) });
  const bronze = storeIn(dataset, localDisk(root));
  const counted = await query<{ day: string; rows: number; points: number }>(`
    SELECT CAST(game_date AS VARCHAR) AS day, CAST(count(*) AS INTEGER) AS rows, CAST(sum(points) AS INTEGER) AS points
    FROM read_parquet('${root}/bronze/points/**/*.parquet', hive_partitioning = true) GROUP BY 1 ORDER BY 1`);
  expect(await bronze.dates("points")).toEqual(counted.map(({ day }) => day));
  const sites = new Set<string | null>();
  for (const { day, rows, points } of counted) {
    const found = (await bronze.readBronzeDay("points", day)).rows() as PointsRow[];
    expect([found.length, found.reduce((sum, row) => sum + row.points, 0)]).toEqual([rows, points]);
    for (const row of found) {
      sites.add(row.site);
      expect(row.draft_group_id).toBe(row.points % 4);
      expect(row.site).toBe(["New York", "a/b", null][row.points % 3]);
    }
  }
  expect(sites.size).toBe(3);
});
