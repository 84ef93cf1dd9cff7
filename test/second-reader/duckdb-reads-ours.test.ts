import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BronzeStore,
  decimal,
  defineDataset,
  defineSchedule,
  domainDate,
  formatInstant,
  instant,
  layouts,
  nbaSeason,
  parseInstant,
} from "bronzestore";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { campaign } from "../campaign.js";
import { below, oneOf, seeded } from "../real/seeded.js";
import { line } from "../real/shared-data.js";
import { query } from "./duckdb.js";

const MICROSECOND = 1_000n;
const MINUTE = 60_000_000_000n;

/** One of every kind of column, so that every kind is read by both. */
const injuries = defineDataset({
  name: "injuries_raw",
  layout: layouts.hourly({ file: "injuries.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    player_id: z.string().nullable(),
    status: z.enum(["OUT", "QUESTIONABLE", "AVAILABLE"]).nullable(),
    minutes: z.number().nullable(),
    games_missed: z.int32().nullable(),
    big: z.bigint(),
    starter: z.boolean().nullable(),
    game_date: domainDate(),
    salary: decimal(12, 2).nullable(),
    tags: z.array(z.string()).nullable(),
    report_ts: instant(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
});

const schedule = defineSchedule(
  [
    { game_id: "0022500001", tip_ts: "2025-11-02T00:30:00Z" },
    { game_id: "0022500002", tip_ts: "2025-11-02T20:00:00Z" },
    { game_id: "0022500003", tip_ts: "2025-11-04T00:00:00Z" },
  ],
  { timeZone: "America/New_York" },
);

const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.perRun({ file: "odds.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    book: z.string(),
    market: z.string(),
    price: z.number(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
    run_id: z.string(),
  }),
  key: ["game_id", "book", "market"],
  date: { from: schedule.gameDate("game_id") },
});

const INJURY_COLUMNS = Object.keys(injuries.schema.shape) as (keyof (typeof injuries)["schema"]["shape"])[];
const ODDS_COLUMNS = Object.keys(odds.schema.shape) as (keyof (typeof odds)["schema"]["shape"])[];

/** Reads a column in DuckDB so that JavaScript gets it exactly and in the library's form. */
const EXACT: Record<string, string> = {
  report_ts: "epoch_us(report_ts) * 1000",
  as_of_ts: "epoch_us(as_of_ts) * 1000",
  ingested_ts: "epoch_us(ingested_ts) * 1000",
  game_date: "CAST(game_date AS VARCHAR)",
  salary: "CAST(salary AS VARCHAR)",
};

function exactly(columns: readonly string[]): string {
  return columns.map((name) => `${EXACT[name] ?? name} AS ${name}`).join(", ");
}

function lines(rows: Iterable<object>, columns: readonly string[]): string[] {
  return Array.from(rows, (row) => line(columns.map((name) => (row as Record<string, unknown>)[name])));
}

const root = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
const bronze = new BronzeStore({ root, datasets: [injuries, odds] });

/** History only: the latest view lies one folder higher. */
function historyFiles(dataset: string, partition: "hour" | "run_ts"): string {
  return `read_parquet('${root}/bronze/${dataset}/season=*/date=*/${partition}=*/*.parquet',
    hive_partitioning = true, filename = true, file_row_number = true)`;
}

/** From the evening before the season starts, over the night the clocks go back, to the day after. */
const INJURY_DATES = ["2025-07-31", "2025-08-01", "2025-11-01", "2025-11-02", "2025-11-03"];
const REPORTS = [
  "2025-07-31T23:30:00-04:00",
  "2025-08-01T00:30:00-04:00",
  "2025-11-01T23:30:00-04:00",
  "2025-11-02T00:30:00-04:00",
  "2025-11-02T01:30:00-04:00",
  "2025-11-02T01:30:00-05:00",
  "2025-11-02T02:30:00-05:00",
  "2025-11-02T23:59:59.999999-05:00",
  "2025-11-03T00:00:00-05:00",
].map(parseInstant);

beforeAll(async () => {
  const random = seeded(4);
  const maybe = <T>(value: T): T | null => (random() < 0.15 ? null : value);
  for (const report_ts of REPORTS) {
    // Each report is written in two goes: a second part file in the same partition.
    for (let part = 0; part < 2; part++) {
      const rows = Array.from({ length: 40 }, () => {
        // Few distinct times, so that ties must be broken; each with microseconds of its own.
        const as_of_ts = report_ts - BigInt(below(random, 4)) * 7n * MINUTE - 1n * MICROSECOND;
        return {
          game_id: `00225000${below(random, 4)}1`,
          player_id: maybe(oneOf(random, ["Dončić", "O'Neal, S.", "p3", "p4", "p5"])),
          status: maybe(oneOf(random, ["OUT", "QUESTIONABLE", "AVAILABLE"] as const)),
          minutes: maybe(random() * 48),
          games_missed: maybe(below(random, 82)),
          big: 9_007_199_254_740_993n + BigInt(below(random, 1000)),
          starter: maybe(random() < 0.5),
          game_date: "2025-11-02",
          salary: maybe(`${below(random, 1e6)}.${10 + below(random, 90)}`),
          tags: maybe(["knee", oneOf(random, ["left", "right"])].slice(0, below(random, 3))),
          report_ts,
          as_of_ts: maybe(as_of_ts),
          ingested_ts: report_ts + BigInt(below(random, 3)) * 1_234_567n * MICROSECOND,
        };
      });
      await bronze.write("injuries_raw", rows);
    }
  }
  const runs = [
    "2025-11-01T15:00:00Z",
    "2025-11-01T23:59:59Z",
    "2025-11-02T05:30:00Z",
    "2025-11-02T06:30:00Z",
  ];
  for (const startedAt of runs) {
    // Two runs in one second share a partition, in two files.
    for (const id of ["a", "b"]) {
      const ns = parseInstant(startedAt);
      const rows = Array.from({ length: 60 }, () => ({
        game_id: oneOf(random, schedule.games).game_id,
        book: oneOf(random, ["dk", "fd", "mgm"]),
        market: oneOf(random, ["h2h", "spread"]),
        price: below(random, 400) - 200,
        as_of_ts: maybe(ns - BigInt(below(random, 5)) * MINUTE + 123_456n * MICROSECOND),
        ingested_ts: ns + 654_321n * MICROSECOND,
      }));
      await bronze.write("odds_raw", rows, { run: { id: `${id}-${ns}`, startedAt } });
    }
  }

  // What a killed writer and a running one leave in a partition, and what Spark leaves beside it.
  const partition = join(root, "bronze/injuries_raw/season=2025/date=2025-11-02/hour=01");
  writeFileSync(join(partition, ".injuries.parquet.4711-0123456789ab.tmp"), "PAR1 half a file");
  writeFileSync(join(partition, "../.injuries.parquet.lock"), "");
  writeFileSync(join(partition, "_SUCCESS"), "");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("DuckDB reads every row of an hourly tree as readBronzeDay does: every column, in the same order", async () => {
  let rows = 0;
  for (const date of INJURY_DATES) {
    const day = await bronze.readBronzeDay("injuries_raw", date);
    const theirs = await query(`
      SELECT ${exactly(INJURY_COLUMNS)} FROM ${historyFiles("injuries_raw", "hour")}
      WHERE date = '${date}' ORDER BY filename, file_row_number`);
    expect(lines(theirs, INJURY_COLUMNS), date).toEqual(lines(day, INJURY_COLUMNS));
    rows += theirs.length;
  }
  expect(rows).toBe(REPORTS.length * 2 * 40);
});

test("DuckDB reads every row of a tree kept per run as readBronzeDay does, two runs in one second included", async () => {
  let rows = 0;
  for (const { game_date: date } of schedule.games.slice(0, 3)) {
    const day = await bronze.readBronzeDay("odds_raw", date);
    const theirs = await query(`
      SELECT ${exactly(ODDS_COLUMNS)} FROM ${historyFiles("odds_raw", "run_ts")}
      WHERE date = '${date}' ORDER BY filename, file_row_number`);
    expect(lines(theirs, ODDS_COLUMNS), date).toEqual(lines(day, ODDS_COLUMNS));
    rows += theirs.length;
  }
  expect(rows).toBe(4 * 2 * 60);
});

test("DuckDB finds the set of keys that each footer records", async () => {
  const keys = [
    { folder: "injuries_raw/*/*/hour=*", key: injuries.key },
    { folder: "odds_raw/*/*/run_ts=*", key: odds.key },
  ];
  let files = 0;
  for (const { folder, key } of keys) {
    const glob = `'${join(root, "bronze", folder, "*.parquet")}'`;
    const recorded = await query<{ file: string; entry: string }>(`
      SELECT file_name AS file, decode(value) AS entry FROM parquet_kv_metadata(${glob})
      WHERE decode(key) = 'bronzestore.keys' ORDER BY file`);
    const theirs = await query<{ file: string; sha256: string }>(`
      SELECT file, sha256(string_agg(line, '' ORDER BY line)) AS sha256 FROM (
        SELECT DISTINCT filename AS file, CAST(to_json([${key.join(", ")}]) AS VARCHAR) || chr(10) AS line
        FROM read_parquet(${glob}, filename = true))
      GROUP BY file ORDER BY file`);
    expect(recorded.map(({ file, entry }) => ({ file, ...JSON.parse(entry) }))).toEqual(
      theirs.map(({ file, sha256 }) => ({ file, columns: key, sha256 })),
    );
    files += theirs.length;
  }
  expect(files).toBeGreaterThan(20);
});

test("season, date and hour in the path are those of the report in New York", async () => {
  const partitions = await query(`
    SELECT DISTINCT season, CAST(date AS VARCHAR) AS date, CAST(hour AS INTEGER) AS hour,
      strftime(timezone('America/New_York', report_ts), '%Y-%m-%d') AS report_date,
      CAST(strftime(timezone('America/New_York', report_ts), '%H') AS INTEGER) AS report_hour
    FROM ${historyFiles("injuries_raw", "hour")} ORDER BY date, hour`);
  for (const row of partitions) {
    expect([row.date, row.hour]).toEqual([row.report_date, row.report_hour]);
  }
  // Nine reports, eight partitions: both hours 01 of the autumn night share one.
  expect(lines(partitions, ["season", "date", "hour"])).toEqual(
    [
      [2024n, "2025-07-31", 23],
      [2025n, "2025-08-01", 0],
      [2025n, "2025-11-01", 23],
      [2025n, "2025-11-02", 0],
      [2025n, "2025-11-02", 1],
      [2025n, "2025-11-02", 2],
      [2025n, "2025-11-02", 23],
      [2025n, "2025-11-03", 0],
    ].map(line),
  );
});

test("run_ts in the path is the second the run started, in UTC, and date is the game's", async () => {
  const partitions = await query(`
    SELECT DISTINCT season, CAST(date AS VARCHAR) AS date, run_ts, game_id FROM ${historyFiles("odds_raw", "run_ts")}`);
  const dates = new Map(schedule.games.map(({ game_id, game_date }) => [game_id, game_date]));
  for (const row of partitions) {
    expect(row.date).toBe(dates.get(row.game_id as string));
    expect(row.season).toBe(2025n);
  }
  expect([...new Set(partitions.map((row) => row.run_ts))].sort()).toEqual([
    "20251101T150000Z",
    "20251101T235959Z",
    "20251102T053000Z",
    "20251102T063000Z",
  ]);
});

test("over **/*.parquet the latest view is read beside the history, which is why the partitions are named in the glob", async () => {
  const files = await query<{ file: string }>(`
    SELECT DISTINCT filename AS file FROM read_parquet('${root}/bronze/injuries_raw/**/*.parquet', filename = true,
      union_by_name = true, hive_partitioning = false)`);
  const names = files.map(({ file }) => file.slice(root.length + 1));
  expect(names.filter((name) => !/\/hour=\d\d\//.test(name)).sort()).toEqual(
    INJURY_DATES.map(
      (date) =>
        `bronze/injuries_raw/season=${date < "2025-08-01" ? 2024 : 2025}/date=${date}/injuries.parquet`,
    ),
  );
  // Neither the half file, nor the lock, nor the marker is taken for data.
  expect(names.filter((name) => !/\/injuries(\.part-\d{6})?\.parquet$/.test(name))).toEqual([]);
});

test("where no latest view is kept, DuckDB reads the whole dataset by **/*.parquet", async () => {
  const other = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
  try {
    const plain = defineDataset({
      name: "plain",
      layout: layouts.hourly(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ id: z.string(), value: z.int(), as_of_ts: instant() }),
      key: ["id"],
      date: { from: "as_of_ts" },
      hour: { from: "as_of_ts" },
    });
    const store = new BronzeStore({ root: other, datasets: [plain] });
    const rows = Array.from({ length: 50 }, (_, i) => ({
      id: `k${i % 7}`,
      value: i,
      as_of_ts: parseInstant("2026-01-15T00:00:00.000001Z") + BigInt(i) * 61n * MINUTE,
    }));
    await store.write("plain", rows);
    const theirs = await query(`
      SELECT id, value, epoch_us(as_of_ts) * 1000 AS as_of_ts, CAST(date AS VARCHAR) AS date
      FROM read_parquet('${other}/bronze/plain/**/*.parquet', hive_partitioning = true) ORDER BY value`);
    expect(lines(theirs, ["id", "value", "as_of_ts"])).toEqual(
      rows.map(({ id, value, as_of_ts }) => line([id, BigInt(value), as_of_ts])),
    );
    for (const date of new Set(theirs.map((row) => row.date as string))) {
      const day = await store.readBronzeDay("plain", date);
      expect(day.length).toBe(theirs.filter((row) => row.date === date).length);
    }
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

/** What SPEC 4.4 says, in SQL: per key the greatest (effective time, ingested_ts, partition order, row order). */
function asOfInSql(
  source: string,
  key: readonly string[],
  columns: readonly string[],
  cutoffNs: bigint,
): string {
  return `
    SELECT ${exactly(columns)} FROM (
      SELECT *, coalesce(as_of_ts, ingested_ts) AS effective FROM ${source}
      WHERE epoch_us(coalesce(as_of_ts, ingested_ts)) <= ${cutoffNs / MICROSECOND}
      QUALIFY row_number() OVER (
        PARTITION BY ${key.join(", ")}
        ORDER BY effective DESC, ingested_ts DESC NULLS LAST, filename DESC, file_row_number DESC) = 1)
    ORDER BY ${key.map((name) => `${name} NULLS FIRST`).join(", ")}`;
}

/** Exactly on a row's time, a microsecond to either side, or anywhere between the first and the last. */
function cutoffs(times: readonly bigint[], count: number): bigint[] {
  const random = seeded(50);
  const sorted = [...times].sort((a, b) => Number(a - b));
  const span = Number((sorted.at(-1)! - sorted[0]!) / MICROSECOND);
  return Array.from({ length: count }, (_, i) => {
    const on = oneOf(random, sorted);
    return [on, on - MICROSECOND, on + MICROSECOND, sorted[0]! + BigInt(below(random, span)) * MICROSECOND][
      i % 4
    ]!;
  });
}

const { count: CUTOFFS } = campaign({ few: 15, small: 50, large: 500, seed: 0 });

test("at random cutoffs DuckDB's own as-of query over the hourly tree gives our rows, ties broken alike", async () => {
  const timeline = await bronze.timeline("injuries_raw", { dates: INJURY_DATES });
  const rows = (
    await Promise.all(INJURY_DATES.map((date) => bronze.readBronzeDay("injuries_raw", date)))
  ).flatMap((day) => day.rows());
  const source = historyFiles("injuries_raw", "hour");
  let compared = 0;
  for (const cutoff of cutoffs(
    rows.map((row) => row.as_of_ts ?? row.ingested_ts),
    CUTOFFS,
  )) {
    const theirs = await query(asOfInSql(source, injuries.key, INJURY_COLUMNS, cutoff));
    const ours = timeline.at(cutoff);
    expect(lines(ours, INJURY_COLUMNS), formatInstant(cutoff)).toEqual(lines(theirs, INJURY_COLUMNS));
    const pinned = await bronze.asOf(cutoff).read("injuries_raw", { dates: INJURY_DATES });
    expect(lines(pinned, INJURY_COLUMNS)).toEqual(lines(ours, INJURY_COLUMNS));
    compared += theirs.length;
  }
  expect(compared).toBeGreaterThan(CUTOFFS * 10);
});

test("the same over the tree kept per run", async () => {
  const dates = schedule.games.map(({ game_date }) => game_date);
  const timeline = await bronze.timeline("odds_raw", { dates });
  const rows = (await Promise.all(dates.map((date) => bronze.readBronzeDay("odds_raw", date)))).flatMap(
    (day) => day.rows(),
  );
  let compared = 0;
  for (const cutoff of cutoffs(
    rows.map((row) => row.as_of_ts ?? row.ingested_ts),
    CUTOFFS,
  )) {
    const theirs = await query(asOfInSql(historyFiles("odds_raw", "run_ts"), odds.key, ODDS_COLUMNS, cutoff));
    expect(lines(timeline.at(cutoff), ODDS_COLUMNS), formatInstant(cutoff)).toEqual(
      lines(theirs, ODDS_COLUMNS),
    );
    compared += theirs.length;
  }
  expect(compared).toBeGreaterThan(CUTOFFS * 6);
});

test("DuckDB cuts our nanoseconds to microseconds, so these tests ask in microseconds; we do not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
  try {
    const fine = defineDataset({
      name: "fine",
      layout: layouts.hourly(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ id: z.string(), as_of_ts: instant() }),
      key: ["id"],
      date: { from: "as_of_ts" },
      hour: { from: "as_of_ts" },
    });
    const store = new BronzeStore({ root: folder, datasets: [fine] });
    await store.write("fine", [{ id: "a", as_of_ts: "2026-01-15T12:00:00.000000001Z" }]);
    const [theirs] = await query(`
      SELECT as_of_ts <= TIMESTAMPTZ '2026-01-15 12:00:00+00' AS seen
      FROM read_parquet('${folder}/bronze/fine/**/*.parquet')`);
    expect(theirs).toEqual({ seen: true });
    const day = await store.readBronzeDay("fine", "2026-01-15");
    expect(day.asOf("2026-01-15T12:00:00Z").length).toBe(0);
    expect(day.asOf("2026-01-15T12:00:00.000000001Z").length).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
