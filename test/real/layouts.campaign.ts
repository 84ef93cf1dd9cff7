import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BronzeStore, defineDataset, domainDate, instant, nbaSeason } from "bronzestore";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { query } from "../second-reader/duckdb.js";
import { describeShared, sharedPath } from "./shared-data.js";

const MINUTES = [
  "schema01_2025-12-13_run=20251213T161455Z_minutes.parquet",
  "schema02_2025-11-19_run=20251119T150000Z_minutes.parquet",
  "schema03_2025-11-22_run=20251122T163535Z_minutes.parquet",
  "schema04_2025-11-23_run=20251124T004006Z_minutes.parquet",
  "schema05_2025-11-24_run=20251125T024020Z_minutes.parquet",
  "schema06_2025-11-26_run=20251127T021012Z_minutes.parquet",
].map((name) => `fixtures/pv2_raw/${name}`);
const REPORTS = ["bench/nba_injury_full_2022-23.parquet", "bench/nba_injury_full_2023-24.parquet"];
const RUNS = "bench/pv2_minutes_runs.parquet";

interface Counted {
  readonly day: string;
  readonly rows: number;
  readonly total: number;
}

/** By day in DuckDB: how many rows, and a sum. */
function counted(from: string, day: string, total: string, where = "true"): Promise<Counted[]> {
  return query<Counted>(`
    SELECT CAST(${day} AS VARCHAR) AS day, CAST(count(*) AS INTEGER) AS rows, CAST(${total} AS DOUBLE) AS total
    FROM ${from} WHERE ${where} GROUP BY 1 ORDER BY 1`);
}

function sum(values: readonly (number | null)[]): number {
  let total = 0;
  for (const value of values) total += value ?? 0;
  return total;
}

describeShared("projections with the day and the run in the names of their files", MINUTES, () => {
  const minutes = defineDataset({
    name: "minutes",
    folder: "fixtures/pv2_raw",
    layout: "schema*_{date}_run={run}_minutes.parquet",
    timeZone: "America/New_York",
    schema: z.object({
      game_id: z.bigint(),
      player_id: z.bigint(),
      game_date: domainDate(),
      odds_as_of_ts: instant().nullable(),
      minutes_p50: z.number().nullable(),
    }),
    key: ["game_id", "player_id"],
    date: { from: "game_date" },
    timestamps: { asOf: "odds_as_of_ts" },
  });
  const bronze = new BronzeStore({ root: sharedPath(""), datasets: [minutes] });
  const files = `read_parquet('${sharedPath("fixtures/pv2_raw")}/schema*.parquet', union_by_name = true)`;

  test("are read in place, day by day, with the rows and sums that DuckDB has", async () => {
    const theirs = await counted(files, "game_date", "sum(minutes_p50)");
    expect(theirs).toHaveLength(MINUTES.length);
    expect(await bronze.dates("minutes")).toEqual(theirs.map(({ day }) => day));
    for (const { day, rows, total } of theirs) {
      const own = await bronze.readBronzeDay("minutes", day);
      expect([own.length, own.files.length]).toEqual([rows, 1]);
      expect(sum(own.column("minutes_p50"))).toBeCloseTo(total, 6);
      expect(own.ignored.map(({ path }) => path)).toEqual(["fixtures/pv2_raw/contract_v1_features.parquet"]);
    }
  });

  test("answer over all of their days without the column that drifts", async () => {
    const [{ rows, keys } = { rows: 0, keys: 0 }] = await query<{ rows: number; keys: number }>(`
      SELECT CAST(count(*) AS INTEGER) AS rows, CAST(count(DISTINCT (game_id, player_id)) AS INTEGER) AS keys
      FROM ${files} WHERE odds_as_of_ts IS NOT NULL`);
    const answer = await bronze.asOf("2026-01-01T00:00:00Z").read("minutes", {
      from: "2025-11-01",
      to: "2025-12-31",
      columns: ["game_id", "player_id", "minutes_p50"],
    });
    expect([answer.provenance.rowsEligible, answer.length]).toEqual([rows, keys]);
  });
});

describeShared("injury reports of a season a file", REPORTS, () => {
  const reports = defineDataset({
    name: "injuries",
    folder: "bench",
    layout: "nba_injury_full_{season:YYYY-YY}.parquet",
    files: "append",
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      game_date: domainDate(),
      matchup: z.string(),
      team: z.string(),
      player: z.string().nullable(),
      status: z.string().nullable(),
      as_of_ts: instant(),
      ingested_ts: instant(),
    }),
    key: ["game_date", "matchup", "team", "player"],
    date: { from: "game_date" },
  });
  const bronze = new BronzeStore({ root: sharedPath(""), datasets: [reports] });

  test("have each day's rows and no others, as DuckDB counts them", async () => {
    const files = `read_parquet(['${REPORTS.map(sharedPath).join("', '")}'])`;
    const theirs = await counted(files, "game_date", "sum(length(player))");
    expect(await bronze.dates("injuries")).toEqual(theirs.map(({ day }) => day));
    for (const { day, rows, total } of theirs.filter((_, i) => i % 29 === 0)) {
      const own = await bronze.readBronzeDay("injuries", day);
      expect([day, own.length, own.files.length]).toEqual([day, rows, 1]);
      expect(sum(own.column("player").map((player) => (player === null ? 0 : [...player].length)))).toBe(
        total,
      );
    }
    const beyond = await bronze.readBronzeDay("injuries", "2024-07-15");
    expect([beyond.length, beyond.files.length]).toEqual([0, 1]);
  });
});

describeShared("projections in folders of days and runs, as another engine writes them", [RUNS], () => {
  const root = mkdtempSync(join(tmpdir(), "bronzestore-real-layouts-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const source = `read_parquet('${sharedPath(RUNS)}')`;
  const WHERE = "game_date BETWEEN '2025-11-19' AND '2025-11-24'";
  const SHAPES = {
    by_day: { layout: "game_date={date}/run_id={run}/*.parquet", parts: "game_date, run_id" },
    by_run: { layout: "run_id={run}/*.parquet", parts: "run_id" },
    by_team: { layout: ["team={team}/game_date={date}/*.parquet"], parts: "team, game_date" },
    by_season: {
      layout: "season={season}/game_date={date}/run_id={run_id}/*.parquet",
      parts: "season, game_date, run_id",
    },
    by_month: { layout: "season={season}/month={month}/*.parquet", parts: "season, month" },
  } as const;
  const SCHEMA = z.object({
    game_date: domainDate(),
    game_id: z.string(),
    player_id: z.string(),
    team: z.string(),
    run_id: z.string(),
    minutes_p50: z.number().nullable(),
    run_as_of_ts: instant(),
    generated_ts: instant(),
  });
  const storeOf = (name: keyof typeof SHAPES) => {
    const { layout } = SHAPES[name];
    const dataset = defineDataset({
      name,
      folder: `silver/${name}`,
      layout,
      timeZone: "America/New_York",
      schema: SCHEMA,
      key: ["team", "game_id", "player_id"],
      date: { from: "game_date" },
      timestamps: { asOf: "run_as_of_ts", ingested: "generated_ts" },
      ...(String(layout).includes("{season}") && { season: nbaSeason }),
      ...(!String(layout).includes("{run}") && { files: "append" as const }),
    } as never);
    return new BronzeStore({ root, datasets: [dataset] });
  };
  let days: Counted[];

  beforeAll(async () => {
    mkdirSync(join(root, "silver"));
    for (const [name, { parts }] of Object.entries(SHAPES))
      await query(`
        COPY (
          SELECT game_date, game_id, player_id, team, run_id, minutes_p50, run_as_of_ts, generated_ts, '2025' AS season,
            strftime(game_date, '%m') AS month
          FROM ${source} WHERE ${WHERE}
        ) TO '${root}/silver/${name}' (FORMAT parquet, PARTITION_BY (${parts}))`);
    days = await counted(source, "game_date", "sum(minutes_p50)", WHERE);
  });

  test.each(
    Object.keys(SHAPES) as (keyof typeof SHAPES)[],
  )("%s: each day's rows and sums are DuckDB's", async (name) => {
    const bronze = storeOf(name);
    expect(await bronze.dates(name)).toEqual(days.map(({ day }) => day));
    for (const { day, rows, total } of days) {
      const own = await bronze.readBronzeDay(name, day);
      expect([day, own.length]).toEqual([day, rows]);
      expect(sum(own.column("minutes_p50") as number[])).toBeCloseTo(total, 5);
    }
  });

  test.each(
    Object.keys(SHAPES) as (keyof typeof SHAPES)[],
  )("%s: the newest projection of each player is the one SQL finds", async (name) => {
    for (const cutoff of ["2025-11-21T20:00:00Z", "2025-11-23T23:30:00Z"]) {
      const [theirs] = await query<{ players: number; total: number }>(`
        SELECT CAST(count(*) AS INTEGER) AS players, sum(minutes) AS total FROM (
          SELECT arg_max(minutes_p50, (run_as_of_ts, generated_ts)) AS minutes FROM ${source}
          WHERE ${WHERE} AND run_as_of_ts <= TIMESTAMPTZ '${cutoff}' GROUP BY team, game_id, player_id)`);
      const answer = await storeOf(name)
        .asOf(cutoff)
        .read(name, { from: "2025-11-19", to: "2025-11-24" } as never);
      expect(answer.length).toBe(theirs!.players);
      expect(sum(answer.column("minutes_p50" as never) as number[])).toBeCloseTo(theirs!.total, 5);
      expect(theirs!.players).toBeGreaterThan(100);
    }
  });
});
