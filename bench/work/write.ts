import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { BronzeStore, type RowOf } from "bronzestore";
import { formatRunTs } from "../../src/dataset/index.js";
import type { Bench, Work } from "../support/bench.js";
import { type DaySpec, dayFolder, gamesOf, rowsOf, runsOf, writeDays } from "../support/data.js";
import { columnsOf, filesOf } from "../support/duck.js";
import { compared, type Figure, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";
import { digestOf } from "./cold.js";

const DATE = "2026-01-15";

/** Rows in hand to a file that is safe on disk. DuckDB has its rows in a table already. */
export const write: Work = {
  name: "write",
  async run(bench) {
    return [
      await measure(
        bench,
        "write a run of 840 rows, flushed",
        { date: DATE, firstRuns: 1 },
        1,
        bench.quick ? [10, 9] : [20, 25],
      ),
      await measure(
        bench,
        bench.quick ? "write a run of 100,000 rows, flushed" : "write a run of 1,000,000 rows, flushed",
        { date: DATE, runs: 1, rowsPerRun: bench.quick ? 100_000 : 1_000_000 },
        0.5,
        [1, 3],
      ),
    ];
  },
};

async function measure(
  bench: Bench,
  what: string,
  day: DaySpec,
  faster: number,
  [warmUps, rounds]: readonly [number, number],
): Promise<Figure> {
  const [run] = runsOf(day);
  const rows = rowsOf(run!) as RowOf<ReturnType<typeof odds>>[];
  const games = gamesOf(DATE).map((game_id) => ({ game_id, game_date: DATE }));
  const source = bench.path("tree");
  writeDays(source, [day]);
  const duck = await bench.duck();
  await duck.run(`CREATE TABLE run AS SELECT * FROM ${filesOf(source, [day])}`);

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
  const rival = () =>
    timed(async () => {
      duckFile = join(dayFolder(beside, day), `run_ts=${formatRunTs(startedAt)}`, "odds.parquet");
      await copyDurably(duck, duckFile);
    });
  const pairs = await inTurn(rounds, warmUps, ours, rival);
  assertSame(
    what,
    digestOf(await columnsOf(duck, `SELECT price, point, as_of_ts FROM '${ourFile}'`)),
    digestOf(await columnsOf(duck, `SELECT price, point, as_of_ts FROM '${duckFile}'`)),
  );
  return compared({ work: "write", what, unit: "ms", goal: { faster } }, pairs);
}

async function copyDurably(duck: DuckDBConnection, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await duck.run(`COPY run TO '${path}' (FORMAT parquet)`);
  flush(path);
  flush(dirname(path));
}

function flush(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
