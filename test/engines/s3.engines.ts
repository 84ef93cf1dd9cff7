import { join } from "node:path";
import type { Engine } from "bronzestore";
import { duckdb } from "bronzestore/duckdb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { clickhouseOver as clickhouseDialect, type ExecutingEngine } from "../../src/sql/index.js";
import { startClickhouse } from "./beds/clickhouse.js";
import { clickhouseOver, sparkOver } from "./beds/place-of-engine.js";
import type { Runner } from "./beds/runner.js";
import { duckdbWithS3, type S3Place, sparkConnector, startS3 } from "./beds/s3.js";
import { startSpark } from "./beds/spark.js";
import { Compared, compareCase } from "./pack/compare-case.js";
import { keptCase, keptNames } from "./pack/kept-cases.js";

const { python, folder } = inject("engines");
/** Cases of which engines refuse nothing, with files that retention put together among them. */
const CASES = keptNames()
  .map((name) => keptCase(name))
  .filter(({ case: { traits } }) => !traits.includes("instants in text or as INT96"));
/** Few, for an engine that takes its time: those whose first answer has the most rows. */
const LARGEST = CASES.toSorted((a, b) => rowsOf(b) - rowsOf(a)).slice(0, 4);

function rowsOf({ case: { questions } }: (typeof CASES)[number]): number {
  const first = questions.find(({ question }) => question.verb === "asOf");
  return first && "rows" in first.answer ? first.answer.rows.length : 0;
}

let s3: S3Place;
beforeAll(async () => {
  s3 = await startS3();
  for (const { case: own, tree } of CASES) {
    const storage = s3.storage(own.name);
    for (const [path, bytes] of tree) await storage.publish(path, bytes);
  }
});
afterAll(() => s3?.stop());

/** The store and the engine both read from the server. @param most how many questions about an instant, of a case; of joins one less */
async function compareOnS3(
  cases: typeof CASES,
  most: number,
  engineOver: (prefix: string) => Engine,
): Promise<void> {
  const met = new Compared();
  for (const { case: own } of cases) {
    const of = (verb: "asOf" | "join") => own.questions.filter(({ question }) => question.verb === verb);
    const questions = [...of("asOf").slice(0, most), ...of("join").slice(0, most - 1)];
    const engine = engineOver(`${s3.bucket}/${own.name}`);
    await compareCase({ ...own, questions }, { storage: s3.storage(own.name), engine }, met);
  }
  console.info(`on S3: ${met.text}`);
  expect(met.answered).toBeGreaterThan(met.asked / 2);
  expect(met.rows).toBeGreaterThan(cases.length / 2);
}

/** A plan of many files reads those that it names alone. */
async function assertManyRead(clickhouse: Runner): Promise<void> {
  const { case: own, tree } = CASES.toSorted((a, b) => b.tree.size - a.tree.size)[0]!;
  const root = `s3://${s3.bucket}/${own.name}`;
  const dialect = clickhouseDialect(root);
  const files = [...tree.keys()].filter((path) => path.endsWith(".parquet")).map((path) => `${root}/${path}`);
  const columns = [{ name: "run_id", type: { kind: "text" } }] as const;
  const read = async (table: string | undefined) => {
    const { sql } = dialect.source({ form: 0, files, table, prefix: "p", columns });
    const { rows } = await clickhouse.rows(`SELECT DISTINCT path_ FROM (${sql}) f${dialect.settings}`);
    return rows.map(([path]) => path as string);
  };
  const all = await read(undefined);
  expect(all.length).toBeGreaterThan(2);
  const wanted = new Array<string[]>(101).fill(files.slice(1)).flat();
  const { sql } = dialect.source({ form: 0, files: wanted, table: "planned", prefix: "p", columns });
  const { rows } = await clickhouse.rows(`SELECT DISTINCT path_ FROM (${sql}) f${dialect.settings}`);
  expect(rows.map(([path]) => path).sort()).toEqual(all.filter((path) => path !== files[0]).sort());
}

describe("the conformance pack on a server of S3", () => {
  it("is answered by ClickHouse, which has the keys in its configuration: rows, order and counts", async () => {
    const clickhouse = await startClickhouse(python, join(folder, "clickhouse-s3"), s3.clickhouseConfig());
    try {
      await assertManyRead(clickhouse);
      await compareOnS3(CASES, 2, (prefix) => clickhouseOver(clickhouse, `s3://${prefix}`));
      const target = `s3://${s3.bucket}/written.parquet`;
      const { writing } = clickhouseOver(clickhouse, "/") as ExecutingEngine;
      await clickhouse.run(writing("SELECT 1 AS a SETTINGS max_threads=1", target));
      await clickhouse.run(writing("SELECT 2 AS a SETTINGS max_threads=1", target));
      expect((await clickhouse.rows(`SELECT a FROM s3('${target}', Parquet)`)).rows).toEqual([[2]]);
    } finally {
      await clickhouse.stop();
    }
  });

  it("is answered by DuckDB with its extension for S3: rows, order and counts", async () => {
    const instance = await duckdbWithS3(python, join(folder, "duckdb-s3"), s3.duckdbSetup);
    const cases = CASES.filter(({ case: { nanoseconds } }) => !nanoseconds);
    try {
      await compareOnS3(cases, 6, (prefix) => duckdb(instance, { root: `s3://${prefix}` }));
    } finally {
      instance.closeSync();
    }
  });

  it("is answered by Spark's workers with Hadoop's connector: rows, order and counts", async () => {
    const cluster = await startSpark(python, join(folder, "spark-s3"));
    try {
      const connector = sparkConnector(join(folder, "spark-connector"));
      const spark = await cluster.driver(s3.sparkSettings(connector));
      await compareOnS3(LARGEST, 1, (prefix) => sparkOver(spark, `s3a://${prefix}`));
    } finally {
      await cluster.stop();
    }
  });
});
