import { join } from "node:path";
import { BronzeStore } from "bronzestore";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startClickhouse } from "./beds/clickhouse.js";
import { clickhouseOver, newPlace } from "./beds/place-of-engine.js";
import type { Runner } from "./beds/runner.js";
import { DATE, feed, NOON, runAt, SECOND } from "./plain-feed.js";
import { assertSame } from "./same-answer.js";
import { assertSameJoin } from "./same-join.js";

const { python, folder } = inject("engines");
/** More than ClickHouse is given in the text of a statement. */
const RUNS = 260;

describe("ClickHouse reads a plan of many files out of a table, and of the tree no other file", () => {
  let clickhouse: Runner;
  beforeAll(async () => {
    clickhouse = await startClickhouse(python, join(folder, "clickhouse-many"));
  });
  afterAll(() => clickhouse?.stop());

  it("for what held, and for a join", async () => {
    const { storage, engine } = newPlace(folder, (root) => clickhouseOver(clickhouse, root));
    const bronze = new BronzeStore({ storage, datasets: [feed] });
    for (let i = 0; i < RUNS; i++)
      await bronze.write("feed", ...runAt(i, [{ id: `id-${i % 7}`, points: i }]));
    // Of another day, and no Parquet: who opens it fails.
    await storage.publish(
      "bronze/feed/date=2026-01-14/run=r/feed.parquet",
      new TextEncoder().encode("broken"),
    );
    const cutoff = NOON + 200n * SECOND;
    const held = await assertSame(bronze, engine, {
      dataset: "feed",
      cutoff,
      bound: {},
      asked: { date: DATE },
    });
    expect(held).toMatchObject({ rows: { length: 7 } });
    const joined = await assertSameJoin(bronze, engine, {
      dataset: "feed",
      labels: [0, 100, 259].map((i) => ({ id: `id-${i % 7}`, at: NOON + BigInt(i) * SECOND })),
      options: { on: ["id"], cutoff: "at", from: DATE, to: DATE, columns: ["points"] },
    });
    expect(joined).toMatchObject({ rows: [{ points: 0 }, { points: 100 }, { points: 259 }] });
  });
});
