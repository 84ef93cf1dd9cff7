import { join } from "node:path";
import { BronzeStore, defineDataset, type Engine, instant } from "bronzestore";
import { dialects } from "bronzestore/sql";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import {
  type Cell,
  type ColumnType,
  columnFromCells,
  encodeParquet,
  INSTANT,
} from "../../src/table/index.js";
import { tries } from "../campaign.js";
import { startClickhouse } from "./beds/clickhouse.js";
import { clickhouseOver, newPlace, PLANNED_ONCE, sparkOver } from "./beds/place-of-engine.js";
import type { Runner } from "./beds/runner.js";
import { type SparkCluster, type SparkDriver, startSpark } from "./beds/spark.js";
import { DATE, type RandomTree, randomTree, storeOf, treeOfFolders } from "./random-tree.js";
import { assertSameDiff } from "./same-diff.js";

const { python, folder } = inject("engines");
const TREES = fc.oneof(randomTree(1n), treeOfFolders(1n));

/** Asks the library and an engine what changed between the times of a tree; gives how many rows moved. */
async function assertDiffs(
  tree: RandomTree,
  engineOver: (root: string) => Engine,
  most: number,
): Promise<number> {
  const { storage, engine } = newPlace(folder, engineOver);
  const bronze = await storeOf(tree, storage);
  const { questions } = tree.history;
  let moved = 0;
  for (const [i, { cutoff }] of questions.slice(0, most).entries()) {
    const { cutoff: to, knownBy } = questions[(i + 1) % questions.length]!;
    const own = await assertSameDiff(bronze, engine, {
      dataset: "random_raw",
      cutoffs: [cutoff - 3_000n, to],
      span: { date: DATE },
      bounds: knownBy === undefined ? {} : { knownBy },
    });
    expect(own).not.toBeTypeOf("string");
    const { added, changed, gone } = own as Record<string, unknown[]>;
    moved += added!.length + changed!.length + gone!.length;
  }
  return moved;
}

const NOON = 1_768_500_000_000_000_000n;
const numbers = defineDataset({
  name: "numbers",
  timeZone: "UTC",
  schema: z.object({ id: z.string(), value: z.number(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["id"],
  date: { from: "ingested_ts" },
  layout: "date={date}/run={run}/feed.parquet",
});

/** A number that is none has not changed, nor has a zero of the other sign. */
async function assertNumbers(engineOver: (root: string) => Engine): Promise<void> {
  const { storage, engine } = newPlace(folder, engineOver);
  const bronze = new BronzeStore({ storage, datasets: [numbers] });
  for (const [i, values] of [
    [Number.NaN, 1.5, 0, Number.NaN, Number.POSITIVE_INFINITY],
    [Number.NaN, Number.NaN, -0, 2.5, Number.POSITIVE_INFINITY],
  ].entries()) {
    const at = NOON + BigInt(i);
    // Another writer's: the library writes no such numbers.
    const column = (name: string, type: ColumnType, cells: readonly Cell[]) => ({
      name,
      nullable: true,
      column: columnFromCells(type, cells),
    });
    const ids = values.map((_, n) => `n${n}`);
    const times = values.map(() => at);
    const file = encodeParquet(
      [
        column("id", { kind: "text" }, ids),
        column("value", { kind: "float", bits: 64 }, values),
        column("as_of_ts", INSTANT, times),
        column("ingested_ts", INSTANT, times),
      ],
      new Map(),
      ["id"],
    );
    await storage.publish(`bronze/numbers/date=2026-01-15/run=20260115T18000${i}Z/feed.parquet`, file);
  }
  const asked = { dataset: "numbers", cutoffs: [NOON, NOON + 1n] as const, span: { date: "2026-01-15" } };
  const own = await assertSameDiff(bronze, engine, asked);
  expect((own as { changed: unknown[] }).changed).toHaveLength(2);
  const { answer } = await bronze.sqlDiff("numbers", NOON, NOON + 1n, {
    dialect: dialects[engine.name as "spark"],
    root: (engine as unknown as { address(path: string): string }).address(""),
    date: "2026-01-15",
  });
  const changes: unknown[] = [];
  for await (const batch of (engine as never as { query(of: object): AsyncIterable<unknown[][]> }).query(
    answer,
  ))
    changes.push(...batch[1]!);
  expect(changes).toEqual(["n1", "n1", "n3", "n3"]);
}

describe("ClickHouse tells what changed as the library does", () => {
  let clickhouse: Runner;
  const over = (root: string) => clickhouseOver(clickhouse, root);
  beforeAll(async () => {
    clickhouse = await startClickhouse(python, join(folder, "clickhouse-diffs"));
  });
  afterAll(() => clickhouse?.stop());

  it("on random trees", async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(TREES, async (tree) => {
        moved += await assertDiffs(tree, over, 3);
      }),
      tries({ few: 30, small: 30, large: 2_000, seed: 75 }),
    );
    expect(moved).toBeGreaterThan(10);
  });

  it("of numbers that are none, and of zeros", () => assertNumbers(over));
});

describe("Spark, on two workers, tells what changed as the library does", () => {
  let cluster: SparkCluster;
  let spark: SparkDriver;
  const over = (root: string) => sparkOver(spark, `file://${root}`);
  beforeAll(async () => {
    cluster = await startSpark(python, join(folder, "spark-diffs"));
    spark = await cluster.driver(PLANNED_ONCE);
  });
  afterAll(() => cluster?.stop());

  it("on random trees", async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(TREES, async (tree) => {
        moved += await assertDiffs(tree, over, 1);
      }),
      { ...tries({ few: 6, small: 6, large: 60, seed: 76 }), endOnFailure: true },
    );
    expect(moved).toBeGreaterThan(2); // it takes its time, so few are asked
  });

  it("of numbers that are none, and of zeros", () => assertNumbers(over));
});
