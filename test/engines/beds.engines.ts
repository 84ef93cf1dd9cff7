import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startClickhouse } from "./beds/clickhouse.js";
import { askedWhileKilled } from "./beds/held-worker.js";
import type { Runner } from "./beds/runner.js";
import { type SparkCluster, type SparkDriver, startSpark } from "./beds/spark.js";

const { python, folder } = inject("engines");

describe("ClickHouse", () => {
  let clickhouse: Runner;
  beforeAll(async () => {
    clickhouse = await startClickhouse(python, join(folder, "clickhouse"));
  });
  afterAll(() => clickhouse?.stop());

  it("gives rows to the last digit, and says what is wrong", async () => {
    const sql =
      "SELECT toInt64(9007199254740993) AS a, CAST(NULL, 'Nullable(String)') AS b, nan AS c, 0.5 AS d";
    expect(await clickhouse.rows(sql)).toMatchObject({
      columns: ["a", "b", "c", "d"],
      rows: [["9007199254740993", null, "NaN", 0.5]],
    });
    await expect(clickhouse.rows("SELECT nothing")).rejects.toThrow("nothing");
    await clickhouse.run("CREATE TABLE t (x Int64) ENGINE = Memory");
    expect((await clickhouse.rows("SELECT count() AS n FROM t")).rows).toEqual([["0"]]);
  });
});

describe("Spark, a master and two workers", () => {
  let cluster: SparkCluster;
  let driver: SparkDriver;
  const held = join(folder, "held");
  beforeAll(async () => {
    mkdirSync(held);
    cluster = await startSpark(python, join(folder, "spark"));
    driver = await cluster.driver();
  });
  afterAll(() => cluster?.stop());

  const SUM = "SELECT sum(id) AS total, count(*) AS n FROM range(0, 100000, 1, 8)";
  const TOTAL = [[4_999_950_000, 100_000]];

  it("answers with tasks on both", async () => {
    expect((await driver.rows(SUM)).rows).toEqual(TOTAL);
    expect((await driver.rows("SELECT 9007199254740993L AS a, double('NaN') AS b, null AS c")).rows).toEqual([
      ["9007199254740993", "NaN", null],
    ]);
    await expect(driver.rows("SELECT nothing")).rejects.toThrow("nothing");
    const tasks = await driver.tasks();
    expect([...tasks.keys()].sort()).toEqual(cluster.workers.map(({ pid }) => pid).sort());
    for (const count of tasks.values()) expect(count).toBeGreaterThan(0);
  });

  it("answers the same where a worker is killed with a task of the question on it", async () => {
    await driver.registerHeld(held);
    const [worker, other] = cluster.workers;
    const before = await driver.tasks();
    const sql = SUM.replace("FROM", "FROM (SELECT id FROM").concat(") WHERE held(id)");
    const { rows } = await askedWhileKilled(worker!, held, () => driver.rows(sql));
    expect(rows).toEqual(TOTAL);
    expect((await driver.tasks()).get(other!.pid)).toBeGreaterThan(before.get(other!.pid)!);
    expect(() => process.kill(worker!.pid, 0)).toThrow("ESRCH");
  });
});
