import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { BronzeStore, defineDataset, instant, type Storage } from "bronzestore";
import { describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { askedWhileKilled } from "./beds/held-worker.js";
import { newPlace, sparkOver } from "./beds/place-of-engine.js";
import { type SparkCluster, type SparkDriver, type SparkWorker, startSpark } from "./beds/spark.js";
import { assertSame } from "./same-answer.js";
import { assertSameJoin } from "./same-join.js";

const { python, folder } = inject("engines");

const NOON = 1_768_500_000_000_000_000n;
const SECOND = 1_000_000_000n;
const RUNS = 12;

const feed = defineDataset({
  name: "feed",
  timeZone: "UTC",
  schema: z.object({
    id: z.string(),
    points: z.int().nullable(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["id"],
  date: { from: "ingested_ts" },
  layout: "date={date}/run={run}/feed.parquet",
});

/** A file a second, each with a key of its own and one that changes. */
async function storeOf(storage: Storage) {
  const bronze = new BronzeStore({ storage, datasets: [feed] });
  for (let i = 0; i < RUNS; i++) {
    const startedAt = NOON + BigInt(i) * SECOND;
    const times = { as_of_ts: startedAt, ingested_ts: startedAt };
    const rows = [
      { id: "each", points: i, ...times },
      { id: `own-${i}`, points: i, ...times },
    ];
    await bronze.write("feed", rows as never, { run: { id: `r${i}`, startedAt } });
  }
  return bronze;
}

/** Each file is a task of its own. */
const A_TASK_A_FILE = {
  "spark.sql.files.maxPartitionBytes": "64k",
  "spark.sql.files.openCostInBytes": "64k",
};

/** Spark, of which a worker is killed when the first row of the files reaches it. */
function killedOver(spark: SparkDriver, worker: SparkWorker, held: string, root: string) {
  let isKilled = false;
  const killing =
    <Answer>(ask: (sql: string) => Promise<Answer>) =>
    (sql: string) => {
      const parts = sql.split("FROM rows_ r)");
      if (isKilled || parts.length === 1) return ask(sql);
      isKilled = true;
      return askedWhileKilled(worker, held, () => ask(parts.join("FROM rows_ r WHERE held(r.o))")));
    };
  return sparkOver({ run: killing(spark.run), rows: killing(spark.rows) }, `file://${root}`);
}

type Ask = (place: ReturnType<typeof newPlace>, bronze: unknown) => Promise<unknown>;

const LATE = NOON + BigInt(RUNS - 3) * SECOND;
const DATE = "2026-01-15";
const askAsOf: Ask = ({ engine }, bronze) =>
  assertSame(bronze, engine, {
    dataset: "feed",
    cutoff: LATE,
    bound: { knownBy: "cutoff" },
    asked: { date: DATE },
  });
const askJoin: Ask = ({ engine }, bronze) =>
  assertSameJoin(bronze, engine, {
    dataset: "feed",
    labels: [NOON - SECOND, NOON + 4n * SECOND, LATE].map((at) => ({ id: "each", at })),
    options: { on: ["id"], cutoff: "at", from: DATE, to: DATE },
  });

describe("Spark answers as the library where a worker is killed with a task of the question on it:", () => {
  it.each([
    { what: "what held at a cutoff", ask: askAsOf, rows: RUNS - 1 },
    { what: "a join of labels", ask: askJoin, rows: 3 },
  ])("$what", async ({ ask, rows }) => {
    const own = mkdtempSync(join(folder, "killed-"));
    const held = join(own, "held");
    mkdirSync(held);
    const cluster: SparkCluster = await startSpark(python, join(own, "spark"));
    try {
      const spark = await cluster.driver(A_TASK_A_FILE);
      await spark.registerHeld(held);
      const [worker, other] = cluster.workers;
      const place = newPlace(own, (root) => killedOver(spark, worker!, held, root));
      const answer = await ask(place, await storeOf(place.storage));
      expect(answer).toMatchObject({ rows: { length: rows } });
      expect(() => process.kill(worker!.pid, 0)).toThrow("ESRCH");
      expect((await spark.tasks()).get(other!.pid)).toBeGreaterThan(0);
    } finally {
      await cluster.stop();
    }
  });
});
