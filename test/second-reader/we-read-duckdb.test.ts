import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  BronzeStore,
  calendarYear,
  defineDataset,
  domainDate,
  formatInstant,
  instant,
  layouts,
  parseInstant,
} from "bronzestore";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { campaign } from "../campaign.js";
import { below, seeded } from "../real/seeded.js";
import { line } from "../real/shared-data.js";
import { query } from "./duckdb.js";

const root = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
const tree = `${root}/bronze/reports_raw`;
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Reports 47 minutes apart over three days and a new year, in a table that only DuckDB makes. */
const ROWS = `
  SELECT 'g' || (i % 5) AS game_id,
         CASE WHEN i % 11 = 0 THEN NULL ELSE 'p' || (i * 7 % 13) END AS player_id,
         CASE WHEN i % 9 = 0 THEN NULL ELSE CAST(i AS DOUBLE) * 1.25 END AS price,
         CAST(i AS INTEGER) AS line_no,
         CAST(9007199254740993 + i AS BIGINT) AS big,
         CAST(DATE '2025-12-30' + CAST(i % 4 AS INTEGER) AS DATE) AS game_date,
         i % 3 = 0 AS starter,
         report_ts,
         CASE WHEN i % 13 = 0 THEN NULL ELSE report_ts - to_microseconds(i * 7919 % 50 * 1000001) END AS as_of_ts,
         report_ts + to_microseconds(i % 5 * 333333) AS ingested_ts
  FROM (SELECT i, TIMESTAMPTZ '2025-12-30 23:00:00.000001+00' + to_minutes(CAST(i // 8 * 47 AS INTEGER)) AS report_ts
        FROM range(800) r(i))`;

const KEYS = `
  CAST(strftime(timezone('America/New_York', report_ts), '%Y') AS INTEGER) AS season,
  strftime(timezone('America/New_York', report_ts), '%Y-%m-%d') AS date,
  CAST(strftime(timezone('America/New_York', report_ts), '%H') AS INTEGER) AS hour`;

function write(to: string, options = "", hour = "hour"): Promise<unknown> {
  mkdirSync(dirname(to), { recursive: true });
  return query(`
    COPY (SELECT * REPLACE (${hour} AS hour) FROM (SELECT *, ${KEYS} FROM (${ROWS})) ORDER BY report_ts, line_no)
    TO '${to}' (FORMAT parquet, PARTITION_BY (season, date, hour)${options})`);
}

const schema = z.object({
  game_id: z.string(),
  player_id: z.string().nullable(),
  price: z.number().nullable(),
  line_no: z.int(),
  big: z.bigint(),
  game_date: domainDate(),
  starter: z.boolean(),
  report_ts: instant(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant(),
});

/** The file name is the one a writer of ours would use; a reader takes whatever Parquet lies in a partition. */
const definition = {
  name: "reports_raw",
  layout: layouts.hourly({ file: "reports.parquet" }),
  timeZone: "America/New_York",
  schema,
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  season: calendarYear,
} as const;
const reports = defineDataset(definition);

const COLUMNS = Object.keys(schema.shape);
const EXACT: Record<string, string> = {
  line_no: "CAST(line_no AS BIGINT)",
  game_date: "CAST(game_date AS VARCHAR)",
  report_ts: "epoch_us(report_ts) * 1000",
  as_of_ts: "epoch_us(as_of_ts) * 1000",
  ingested_ts: "epoch_us(ingested_ts) * 1000",
};
const exactly = COLUMNS.map((name) => `${EXACT[name] ?? name} AS ${name}`).join(", ");

function lines(rows: Iterable<object>, columns: readonly string[] = COLUMNS): string[] {
  return Array.from(rows, (row) =>
    line(columns.map((name) => asBigint((row as Record<string, unknown>)[name], name))),
  );
}

/** DuckDB gives INT64 as bigint, `z.int()` gives numbers. */
function asBigint(value: unknown, name: string): unknown {
  return ["line_no", "hour", "season"].includes(name) && typeof value === "number" ? BigInt(value) : value;
}

const source = `read_parquet('${tree}/**/*.parquet', hive_partitioning = true, filename = true, file_row_number = true)`;
const bronze = new BronzeStore({ root, datasets: [reports] });
let dates: string[];

beforeAll(async () => {
  await write(tree);
  const found = await query<{ date: string }>(
    `SELECT DISTINCT CAST(date AS VARCHAR) AS date FROM ${source} ORDER BY date`,
  );
  dates = found.map(({ date }) => date);
});

test("the tree is DuckDB's own: data_0.parquet in hour=9, and the partition columns only in the path", async () => {
  expect(dates).toEqual(["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"]);
  expect(readdirSync(`${tree}/season=2025/date=2025-12-31`)).toContain("hour=9");
  expect(readdirSync(`${tree}/season=2025/date=2025-12-31/hour=9`)).toEqual(["data_0.parquet"]);
  const columns = await query<{ name: string; type: string }>(`
    SELECT name, type FROM parquet_schema('${tree}/season=2025/date=2025-12-31/hour=9/data_0.parquet')
    WHERE num_children IS NULL`);
  expect(columns.map(({ name }) => name)).toEqual(COLUMNS);
});

test("readBronzeDay gives the rows DuckDB gives, day by day, every column exactly", async () => {
  let rows = 0;
  for (const date of dates) {
    const day = await bronze.readBronzeDay("reports_raw", date);
    expect([day.source, day.ignored, day.skipped]).toEqual(["history", [], []]);
    const theirs = await query(`SELECT ${exactly} FROM ${source} WHERE date = '${date}'
      ORDER BY CAST(hour AS INTEGER), filename, file_row_number`);
    expect(lines(day), date).toEqual(lines(theirs));
    rows += day.length;
  }
  expect(rows).toBe(800);
});

test("a timeline, and a view pinned at the cutoff, give DuckDB's own as-of answer at random cutoffs", async () => {
  const { count, seed } = campaign({ few: 15, small: 50, large: 500, seed: 99 });
  const random = seeded(seed);
  const first = parseInstant("2025-12-30T23:00:00Z");
  const timeline = await bronze.timeline("reports_raw", { dates });
  let compared = 0;
  for (let i = 0; i < count; i++) {
    const cutoff =
      first + BigInt(below(random, 80 * 3600)) * 1_000_000_000n + BigInt(below(random, 1e6)) * 1_000n;
    const theirs = await query(`
      SELECT ${exactly} FROM (
        SELECT *, coalesce(as_of_ts, ingested_ts) AS effective FROM ${source}
        WHERE epoch_us(coalesce(as_of_ts, ingested_ts)) <= ${cutoff / 1_000n}
        QUALIFY row_number() OVER (PARTITION BY game_id, player_id
          ORDER BY effective DESC, ingested_ts DESC, date DESC, CAST(hour AS INTEGER) DESC, file_row_number DESC) = 1)
      ORDER BY game_id NULLS FIRST, player_id NULLS FIRST`);
    expect(lines(timeline.at(cutoff)), formatInstant(cutoff)).toEqual(lines(theirs));
    if (i % 5 === 0) {
      const pinned = await bronze.asOf(cutoff).read("reports_raw", { from: dates[0]!, to: dates.at(-1)! });
      expect(lines(pinned), formatInstant(cutoff)).toEqual(lines(theirs));
    }
    compared += theirs.length;
  }
  expect(compared).toBeGreaterThan(count * 20);
});

test("a partition column the schema declares comes from the path", async () => {
  const withPath = defineDataset({
    ...definition,
    schema: schema.extend({ season: z.int(), date: domainDate(), hour: z.int() }),
  });
  const day = await new BronzeStore({ root, datasets: [withPath] }).readBronzeDay(
    "reports_raw",
    "2025-12-31",
  );
  const theirs = await query(`
    SELECT ${exactly}, CAST(season AS BIGINT) AS season, CAST(date AS VARCHAR) AS date, CAST(hour AS BIGINT) AS hour
    FROM ${source} WHERE date = '2025-12-31' ORDER BY CAST(hour AS INTEGER), file_row_number`);
  const columns = [...COLUMNS, "season", "date", "hour"];
  expect(lines(day, columns)).toEqual(lines(theirs, columns));
  expect(day.rows()[0]).toMatchObject({ season: 2025, date: "2025-12-31", hour: 0 });
});

test("a partition column can be part of the key", async () => {
  const perHour = defineDataset({
    ...definition,
    schema: schema.extend({ hour: z.int() }),
    key: ["game_id", "hour"],
  });
  const timeline = await new BronzeStore({ root, datasets: [perHour] }).timeline("reports_raw", { dates });
  const [theirs] = await query(`SELECT count(DISTINCT (game_id, hour)) AS keys FROM ${source}`);
  expect(BigInt(timeline.keyCount)).toBe(theirs!.keys);
});

test("hours written as text (hour=09) and partition columns repeated in the files are read the same", async () => {
  const other = mkdtempSync(join(tmpdir(), "bronzestore-second-reader-"));
  try {
    await write(
      `${other}/bronze/reports_raw`,
      ", WRITE_PARTITION_COLUMNS true",
      "lpad(CAST(hour AS VARCHAR), 2, '0')",
    );
    expect(readdirSync(`${other}/bronze/reports_raw/season=2025/date=2025-12-31`)).toContain("hour=09");
    const padded = new BronzeStore({ root: other, datasets: [reports] });
    for (const date of dates) {
      const [ours, same] = [
        await padded.readBronzeDay("reports_raw", date),
        await bronze.readBronzeDay("reports_raw", date),
      ];
      expect(lines(ours)).toEqual(lines(same));
      expect(ours.columns).toEqual([...COLUMNS, "season", "date", "hour"]);
    }
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});
