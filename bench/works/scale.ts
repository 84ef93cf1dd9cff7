import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { DuckDBInstance } from "@duckdb/node-api";
import { BronzeStore, type Engine, formatInstant } from "bronzestore";
import { duckdb } from "bronzestore/duckdb";
import { startClickhouse } from "../../test/engines/beds/clickhouse.js";
import { clickhouseOver, sparkOver } from "../../test/engines/beds/place-of-engine.js";
import { startSpark } from "../../test/engines/beds/spark.js";
import type { Bench, Work } from "../support/bench.js";
import { runChildren } from "../support/child.js";
import { cutoffsOf, seasonDays } from "../support/data.js";
import { Digest } from "../support/digest.mjs";
import { type Label, randomLabels } from "../support/labels.js";
import { alone, compared, type Figure, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";
import { table } from "../support/table.js";

const ON = ["game_id", "book", "market", "outcome"] as const;

/** Compacted days, a file each: what a question and a join cost here, on all cores, and on engines that execute the library's plan. */
export const scale: Work = {
  name: "scale",
  async run(bench) {
    const sizes = bench.quick ? [3] : bench.large ? [29, 290] : [29];
    const engines = await enginesOf(bench);
    try {
      const figures: Figure[] = [];
      for (const days of sizes) figures.push(...(await ofDays(bench, days, engines)));
      return figures;
    } finally {
      for (const { stop } of engines) await stop();
    }
  },
};

/** An engine that is up, over any root. */
interface Running {
  readonly name: string;
  over(root: string): Engine;
  stop(): Promise<void>;
}

/** DuckDB in this process; ClickHouse and a cluster of Spark where a Python has them. */
async function enginesOf(bench: Bench): Promise<Running[]> {
  const database = await DuckDBInstance.create();
  const own: Running = {
    name: "DuckDB engine",
    over: (root) => duckdb(database, { root }),
    stop: async () => database.closeSync(),
  };
  const python = process.env.BRONZESTORE_ENGINES_PYTHON;
  if (python === undefined || !existsSync(python)) {
    console.error(
      "scale: without ClickHouse and Spark, for BRONZESTORE_ENGINES_PYTHON names no Python that has them",
    );
    return [own];
  }
  const clickhouse = await startClickhouse(python, bench.path("clickhouse"));
  const cluster = await startSpark(python, bench.path("spark"));
  // It is given 100,000 labels as text, and gives as many rows; the labels go to the workers, and not the rows to the labels.
  const driver = await cluster.driver({
    "spark.driver.memory": "4g",
    "spark.sql.autoBroadcastJoinThreshold": "128m",
  });
  return [
    own,
    { name: "ClickHouse", over: (root) => clickhouseOver(clickhouse, root), stop: () => clickhouse.stop() },
    { name: "Spark, two workers", over: (root) => sparkOver(driver, `file://${root}`), stop: cluster.stop },
  ];
}

async function ofDays(bench: Bench, days: number, engines: readonly Running[]): Promise<Figure[]> {
  const dates = seasonDays(days);
  // An hour a file, each key twelve times in it.
  const root = await bench.compactedTree(dates.map((date) => ({ date, runs: 24, rowsPerRun: 10_080 })));
  const labels = randomLabels(dates, bench.quick ? 10_000 : 100_000);
  const date = dates[dates.length >> 1]!;
  const cutoff = cutoffsOf(date, 100)[97]!;
  const store = () => new BronzeStore({ root, datasets: [odds()] });
  const options = { on: ON, cutoff: "cutoff_ts", date: "game_date" } as const;
  const join = async (engine?: Engine) => {
    const answer = engine
      ? await store().on(engine).joinAsOf(labels, "odds_raw", options).read()
      : await store().joinAsOf(labels, "odds_raw", options);
    return new Digest().add(answer.column("price"), answer.column("point"), answer.column("as_of_ts"));
  };
  const asOf = async (engine?: Engine) => {
    const view = engine ? store().on(engine).asOf(cutoff) : store().asOf(cutoff);
    const answer = await view.read("odds_raw", { date });
    return new Digest().add(answer.column("price"), answer.column("point"), answer.column("as_of_ts"));
  };

  const rounds = bench.quick || bench.large ? 1 : 3;
  const rows = (days * 241_920).toLocaleString("en");
  const of = `${days} compacted days, ${rows} rows`;
  const what = `${labels.length.toLocaleString("en")} labels against ${of}`;
  const [joined, held] = [await join(), await asOf()];
  const figures = [
    alone({ work: "scale", what: `asOf of one of ${of}`, unit: "ms" }, [
      await timed(() => asOf()),
      await timed(() => asOf()),
      await timed(() => asOf()),
    ]),
    await manyProcesses(bench, { root, labels, what, rounds, joined }),
  ];
  for (const { name, over } of engines) {
    const engine = over(root);
    // What an engine answers is compared in each round: a run for that alone would be minutes at these sizes.
    const questions = await inTurn(
      rounds,
      bench.large ? 0 : 1,
      () => timed(() => asOf()),
      () => timed(async () => assertSame(`asOf, ${name}`, held, await asOf(engine))),
    );
    const seconds = (work: () => unknown) => async () => (await timed(work)) / 1000;
    const joins = await inTurn(
      rounds,
      0,
      seconds(() => join()),
      seconds(async () => assertSame(`${what}, ${name}`, joined, await join(engine))),
    );
    figures.push(compared({ work: "scale", what, unit: "s" }, joins, name));
    figures.push(compared({ work: "scale", what: `asOf of one of ${of}`, unit: "ms" }, questions, name));
    // What took minutes is not to be lost with what comes last.
    if (bench.large) console.error(table(figures.slice(-2)));
  }
  return figures;
}

interface Shared {
  readonly root: string;
  readonly labels: readonly Label[];
  readonly what: string;
  readonly rounds: number;
  readonly joined: Digest;
}

/** A process for each core, each with neighbouring days, beside one that has them all. */
async function manyProcesses(bench: Bench, { root, labels, what, rounds, joined }: Shared): Promise<Figure> {
  const cores = availableParallelism();
  const sorted = labels.toSorted((a, b) => (a.game_date < b.game_date ? -1 : 1));
  const asked = sorted.map((label) => ({ ...label, cutoff_ts: formatInstant(label.cutoff_ts) }));
  const file = bench.path("request.json");
  const parts = (count: number) => {
    const size = Math.ceil(asked.length / count);
    return Array.from({ length: count }, (_, i) => ({
      question: "join",
      root,
      labels: asked.slice(i * size, (i + 1) * size),
    }));
  };
  const run = async (count: number) => {
    const { ran, wallMs } = await runChildren("ours.mjs", file, parts(count));
    const total = { rows: 0, checksum: 0 };
    for (const { rows, checksum } of ran) {
      total.rows += rows;
      total.checksum += checksum;
    }
    assertSame(`${what}, in ${count} processes`, joined, total);
    return wallMs / 1000;
  };
  const pairs = await inTurn(
    rounds,
    0,
    () => run(cores),
    () => run(1),
  );
  return compared(
    { work: "scale", what: `${what}, in ${cores} processes of Node`, unit: "s" },
    pairs,
    "in one",
  );
}
