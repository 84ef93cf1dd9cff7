/**
 * One day of odds (288 run files, 241,920 rows, 9 columns): ours against DuckDB, in turn, in one process run.
 *
 *     npm run bench
 *
 * Both sides deliver their answer as JavaScript columns. DuckDB reads the very files the library wrote; for repeated
 * questions it has the day in a table in memory, as we have it in a timeline.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { BronzeStore, formatInstant, type Snapshot } from "bronzestore";
import { printTable, race } from "./support/measure.js";
import { cutoffsOfDay, DATE, odds, writeOddsDay } from "./support/odds-day.js";

const COLUMNS = [
  "game_id",
  "book",
  "market",
  "outcome",
  "price",
  "point",
  "as_of_ts",
  "ingested_ts",
  "run_id",
] as const;

function deliver(snapshot: Snapshot): unknown[][] {
  return COLUMNS.map((name) => snapshot.column(name));
}

const root = mkdtempSync(join(tmpdir(), "bronze-bench-"));
const small = mkdtempSync(join(tmpdir(), "bronze-bench-"));
try {
  await writeOddsDay(root);
  await writeOddsDay(small, 12);
  const files = join(root, "bronze/odds_raw/season=2025", `date=${DATE}`, "run_ts=*/*.parquet");
  const duck = await (await DuckDBInstance.create()).connect();
  const asOfSql = (source: string, cutoff: string) => `
    SELECT game_id, book, market, outcome, ${COLUMNS.slice(4)
      .map(
        (name) => `arg_max(${name === "point" ? "{'v': point}" : name}, (as_of_ts, ingested_ts)) AS ${name}`,
      )
      .join(", ")}
    FROM ${source} WHERE as_of_ts <= ${cutoff} GROUP BY ALL ORDER BY ALL`;
  const duckColumns = async (sql: string) => (await duck.runAndReadAll(sql)).getColumnsJS();

  const [noon] = [cutoffsOfDay(1)[0]!];
  const evening = cutoffsOfDay(100)[97]!;
  const results = [];
  for (const [label, cutoff] of [
    ["at noon", noon],
    ["at 23:30", evening],
  ] as const) {
    results.push(
      await race({
        work: `cold asOf ${label}`,
        ours: async () => {
          const bronze = new BronzeStore({ root, datasets: [odds] });
          return deliver((await bronze.asOf(cutoff).read("odds_raw", { date: DATE })) as unknown as Snapshot);
        },
        rival: () =>
          duckColumns(asOfSql(`read_parquet('${files}')`, `TIMESTAMPTZ '${formatInstant(cutoff)}'`)),
      }),
    );
  }

  const cutoffs = cutoffsOfDay(1000);
  const timeline = await new BronzeStore({ root, datasets: [odds] }).timeline("odds_raw", { date: DATE });
  await duck.run(`CREATE TABLE odds AS SELECT * FROM read_parquet('${files}')`);
  results.push(
    await race({
      work: "repeated asOf, each, selected",
      oursUnits: cutoffs.length,
      rivalUnits: 10,
      ours: () => cutoffs.map((cutoff) => timeline.at(cutoff).length),
      rival: async () => {
        for (const cutoff of cutoffsOfDay(10)) {
          await duck.run(asOfSql("odds", `TIMESTAMPTZ '${formatInstant(cutoff)}'`));
        }
      },
    }),
    await race({
      work: "repeated asOf, each, delivered as columns",
      oursUnits: 100,
      rivalUnits: 10,
      ours: () => cutoffsOfDay(100).map((cutoff) => deliver(timeline.at(cutoff) as unknown as Snapshot)),
      rival: async () => {
        for (const cutoff of cutoffsOfDay(10))
          await duckColumns(asOfSql("odds", `TIMESTAMPTZ '${formatInstant(cutoff)}'`));
      },
    }),
    await race(
      {
        work: "1,000 cutoffs in one sweep, selected",
        ours: () => [...timeline.sweep(cutoffs)].reduce((rows, snapshot) => rows + snapshot.length, 0),
        rival: () =>
          duck.run(`
            SELECT c.cutoff, k.*, o.price, o.point FROM
              (SELECT unnest([${cutoffs.map((cutoff) => `TIMESTAMPTZ '${formatInstant(cutoff)}'`).join(",")}]) AS cutoff) c
              CROSS JOIN (SELECT DISTINCT game_id, book, market, outcome FROM odds) k
              ASOF JOIN odds o ON k.game_id = o.game_id AND k.book = o.book AND k.market = o.market
                AND k.outcome = o.outcome AND c.cutoff >= o.as_of_ts`),
      },
      5,
    ),
  );

  const child = (script: string) => fileURLToPath(new URL(`./support/${script}`, import.meta.url));
  results.push(
    await race({
      work: "whole process, one hour of files",
      ours: () => execFileSync(process.execPath, [child("whole-process-ours.mjs"), small, DATE]),
      rival: () => execFileSync(process.execPath, [child("whole-process-duckdb.mjs"), small, DATE]),
    }),
  );
  printTable("One day of odds: 288 files, 241,920 rows", "DuckDB", results);
} finally {
  rmSync(root, { recursive: true, force: true });
  rmSync(small, { recursive: true, force: true });
}
