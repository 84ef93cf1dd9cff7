import { join } from "node:path";
import type { Engine } from "bronzestore";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { tries } from "../campaign.js";
import { startClickhouse } from "./beds/clickhouse.js";
import { clickhouseOver, newPlace, PLANNED_ONCE, sparkOver } from "./beds/place-of-engine.js";
import type { Runner } from "./beds/runner.js";
import { type SparkCluster, type SparkDriver, startSpark } from "./beds/spark.js";
import type { Case } from "./pack/case.js";
import { Compared, compareCase, OLD_INSTANTS } from "./pack/compare-case.js";
import { keptCase, keptNames } from "./pack/kept-cases.js";
import { type MadeCase, makeCase, randomCases } from "./pack/make-cases.js";

const { python, folder } = inject("engines");

/** Lays a case out on disk and asks an engine its questions. */
async function compareOn(
  { case: own, tree }: MadeCase,
  engineOver: (root: string) => Engine,
  met: Compared,
): Promise<void> {
  const place = newPlace(folder, engineOver);
  for (const [path, bytes] of tree) await place.storage.publish(path, bytes);
  await compareCase(own, place, met, [OLD_INSTANTS]);
}

/** Says what came of it, and that most of it was answered. */
function assertAnswered(engine: string, met: Compared): void {
  console.info(`${engine}: ${met.text}`);
  expect(met.answered).toBeGreaterThan(met.asked / 2);
  expect(met.rows).toBeGreaterThan(met.asked / 2);
}

describe("ClickHouse gives the rows, order and counts", () => {
  let clickhouse: Runner;
  const over = (root: string) => clickhouseOver(clickhouse, root);
  beforeAll(async () => {
    clickhouse = await startClickhouse(python, join(folder, "clickhouse-pack"));
  });
  afterAll(() => clickhouse?.stop());

  it("of the conformance pack", async () => {
    const met = new Compared();
    for (const name of keptNames()) await compareOn(keptCase(name), over, met);
    assertAnswered("ClickHouse, pack", met);
    expect(met.answers.get("join")).toBeGreaterThan(keptNames().length / 2);
  });

  it("of random cases", async () => {
    const met = new Compared();
    await fc.assert(
      fc.asyncProperty(randomCases(), async (drawn) => compareOn(await makeCase("any", drawn), over, met)),
      { ...tries({ few: 10, small: 10, large: 2_000, seed: 1503 }), endOnFailure: true },
    );
    assertAnswered("ClickHouse, random cases", met);
  });
});

/**
 * A case with one question of a kind: the one with the most rows in its answer, of those that may not be refused if there are any.
 * Spark takes seconds for each.
 */
function fullest(
  { case: own, tree }: MadeCase,
  verb: Case["questions"][number]["question"]["verb"],
): MadeCase {
  const weight = ({ answer, mayRefuse }: Case["questions"][number]) =>
    (mayRefuse === null ? 1_000 : 0) + answer.rows.length;
  const ofKind = own.questions.filter(({ question }) => question.verb === verb);
  const [first] = ofKind.toSorted((a, b) => weight(b) - weight(a));
  return { case: { ...own, questions: first ? [first] : [] }, tree };
}

describe("Spark, on two workers, gives the rows, order and counts", () => {
  let cluster: SparkCluster;
  let spark: SparkDriver;
  const over = (root: string) => sparkOver(spark, `file://${root}`);
  beforeAll(async () => {
    cluster = await startSpark(python, join(folder, "spark-pack"));
    spark = await cluster.driver(PLANNED_ONCE);
  });
  afterAll(() => cluster?.stop());

  it("of the conformance pack", async () => {
    const met = new Compared();
    for (const name of keptNames()) await compareOn(fullest(keptCase(name), "asOf"), over, met);
    assertAnswered("Spark, pack", met);
    for (const count of (await spark.tasks()).values()) expect(count).toBeGreaterThan(0);
  });

  it("of some of its joins", async () => {
    const met = new Compared();
    const joins = keptNames()
      .map((name) => fullest(keptCase(name), "join"))
      .filter(({ case: own }) => own.questions.length > 0);
    for (const [i, own] of joins.entries()) if (i % 5 === 0) await compareOn(own, over, met);
    console.info(`Spark, joins: ${met.text}`);
    expect(met.answers.get("join")).toBeGreaterThan(1);
  });
});
