import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { type DuckDBConnection, DuckDBTimestampTZValue } from "@duckdb/node-api";
import { BronzeStore, type RowOf } from "bronzestore";
import { formatRunTs } from "../../src/dataset/index.js";
import type { Bench, Work } from "../support/bench.js";
import { type DaySpec, dayFolder, gamesOf, rowsOf, runsOf, writeDays } from "../support/data.js";
import { COLUMNS, columnsOf, filesOf } from "../support/duck.js";
import { compared, type Figure, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";
import { digestOf } from "./cold.js";

const DATE = "2026-01-15";

/**
 * Rows in hand, as a scraper has them, to a file that is safe on disk. We also check each row and stamp it; DuckDB appends
 * them to a table and copies that. The copy alone, of rows that are in DuckDB already, is shown beside it.
 */
export const write: Work = {
  name: "write",
  async run(bench) {
    return [
      ...(await measure(
        bench,
        "write a run of 840 rows, flushed",
        { date: DATE, firstRuns: 1 },
        1,
        bench.quick ? [10, 9] : [20, 25],
      )),
      ...(await measure(
        bench,
        bench.quick ? "write a run of 100,000 rows, flushed" : "write a run of 1,000,000 rows, flushed",
        { date: DATE, runs: 1, rowsPerRun: bench.quick ? 100_000 : 1_000_000 },
        0.5,
        bench.quick ? [1, 3] : [1, 7],
      )),
    ];
  },
};

async function measure(
  bench: Bench,
  what: string,
  day: DaySpec,
  faster: number,
  [warmUps, rounds]: readonly [number, number],
): Promise<Figure[]> {
  const [run] = runsOf(day);
  const rows = rowsOf(run!) as RowOf<ReturnType<typeof odds>>[];
  const games = gamesOf(DATE).map((game_id) => ({ game_id, game_date: DATE }));
  const source = bench.path("tree");
  writeDays(source, [day]);
  const duck = await bench.duck();
  const files = filesOf(source, [day]);
  await duck.run(`CREATE TABLE run AS SELECT * FROM ${files}`);
  await duck.run(`CREATE TABLE appended AS SELECT ${COLUMNS.join(", ")} FROM ${files} LIMIT 0`);

  // As a pipeline does: the day's folder is there, the run's is new.
  const root = bench.path("tree");
  const bronze = new BronzeStore({ root, datasets: [odds({ games })] });
  let startedAt = run!.startedAt;
  let ourFile = "";
  const ours = () =>
    timed(async () => {
      startedAt += 1_000_000_000n;
      const { partitions } = await bronze.write("odds_raw", rows, { run: { id: run!.id, startedAt } });
      ourFile = join(root, partitions[0]!.path);
    });
  const beside = bench.path("tree");
  let duckFile = "";
  const fileOf = (name: string) =>
    join(dayFolder(beside, day), `run_ts=${formatRunTs(startedAt)}`, `${name}.parquet`);
  const rival = () =>
    timed(async () => {
      duckFile = fileOf("odds");
      await appendRows(duck, rows);
      await copyDurably(duck, "appended", duckFile);
      await duck.run("TRUNCATE appended");
    });
  const pairs = await inTurn(rounds, warmUps, ours, rival);
  const copies = await inTurn(rounds, 1, ours, () => timed(() => copyDurably(duck, "run", fileOf("copy"))));
  assertSame(
    what,
    digestOf(await columnsOf(duck, `SELECT price, point, as_of_ts FROM '${ourFile}'`)),
    digestOf(await columnsOf(duck, `SELECT price, point, as_of_ts FROM '${duckFile}'`)),
  );
  return [
    compared({ work: "write", what, unit: "ms", goal: { faster } }, pairs),
    compared({ work: "write", what: `${what}; DuckDB's rows in a table already`, unit: "ms" }, copies),
  ];
}

/** Rows of JavaScript into a table, the fastest way DuckDB has for them. */
async function appendRows(
  duck: DuckDBConnection,
  rows: readonly RowOf<ReturnType<typeof odds>>[],
): Promise<void> {
  const appender = await duck.createAppender("appended");
  for (const row of rows) {
    appender.appendVarchar(row.game_id);
    appender.appendVarchar(row.book);
    appender.appendVarchar(row.market);
    appender.appendVarchar(row.outcome);
    appender.appendInteger(row.price);
    if (row.point === null) appender.appendNull();
    else appender.appendDouble(row.point);
    appender.appendTimestampTZ(new DuckDBTimestampTZValue(row.as_of_ts / 1000n));
    appender.appendTimestampTZ(new DuckDBTimestampTZValue(row.ingested_ts / 1000n));
    appender.appendVarchar(row.run_id);
    appender.endRow();
  }
  appender.closeSync();
}

async function copyDurably(duck: DuckDBConnection, table: string, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await duck.run(`COPY ${table} TO '${path}' (FORMAT parquet)`);
  flush(path);
  flush(dirname(path));
}

function flush(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
