import { join } from "node:path";
import type { Table as ArrowOwn } from "apache-arrow";
import { BronzeStore, defineDataset, instant, type Storage } from "bronzestore";
import { dialects } from "bronzestore/sql";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { assertSameDiff } from "./same-diff.js";

const place = duckdbPlaces();
const NOON = 1_768_500_000_000_000_000n;
const MINUTE = 60_000_000_000n;
const DAY = { date: "2026-01-15" } as const;

const columns = {
  id: z.string(),
  price: z.number(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant(),
};
const base = {
  name: "feed",
  timeZone: "UTC",
  schema: z.object(columns),
  key: ["id"] as const,
  tombstone: { price: [0] },
  date: { from: "ingested_ts" as const },
  layout: "date={date}/run={run}/feed.parquet",
};
const feed = defineDataset(base);

/** A stays, B changes, C comes, D goes, E is only repeated. */
const RUNS = [
  { a: 1, b: 2, d: 4, e: 5 },
  { b: 3, c: 7, d: 0, e: 5 },
];

async function storeWith(storage: Storage) {
  const bronze = new BronzeStore({ storage, datasets: [feed] });
  for (const [i, prices] of RUNS.entries()) {
    const at = NOON + BigInt(i) * MINUTE;
    const rows = Object.entries(prices).map(([id, price]) => ({ id, price, as_of_ts: at, ingested_ts: at }));
    await bronze.write("feed", rows as never, { run: { id: `r${i}`, startedAt: at } });
  }
  return bronze;
}

const FROM = NOON + MINUTE / 2n;
const TO = NOON + MINUTE;
const MOVED = [
  ["before", "b", 2],
  ["after", "b", 3],
  ["added", "c", 7],
  ["gone", "d", 4],
];

describe("what changed, as an engine tells it", () => {
  it("comes as lists, as tables and as a file, with what both answers were made from", async () => {
    const { root, storage, engine, instance } = place();
    const bronze = await storeWith(storage);
    await assertSameDiff(bronze, engine, { dataset: "feed", cutoffs: [FROM, TO], span: DAY });
    const diff = bronze.on(engine).diff("feed", FROM, TO, DAY);
    const tables = await diff.batches();
    const rows: unknown[] = [];
    for await (const table of tables)
      for (const { change_, id, price } of (table as unknown as ArrowOwn).toArray())
        rows.push([change_, id, price]);
    expect(rows).toEqual(MOVED);
    const timeline = await bronze.timeline("feed", DAY);
    const provenance = { before: timeline.at(FROM).provenance, after: timeline.at(TO).provenance };
    expect(tables.provenance).toEqual(provenance);
    expect(String(tables)).toContain(String(provenance.after));

    const target = join(root, "moved.parquet");
    const written = await diff.writeParquet(target);
    expect(written.provenance).toEqual(provenance);
    const back = await (await instance.connect()).runAndReadAll(
      `SELECT change_, id, price, epoch_us(as_of_ts) FROM '${target}'`,
    );
    const times = [NOON, TO, TO, NOON].map((ns) => ns / 1_000n);
    expect(back.getRows()).toEqual(MOVED.map((row, i) => [...row, times[i]]));
  });

  it("is statements for tools of one's own, whose rows have their key whether or not it is asked for", async () => {
    const { root, storage, instance } = place();
    const bronze = await storeWith(storage);
    const asked = { dialect: dialects.duckdb, root, columns: ["price"], ...DAY } as const;
    const { plan, answer, counts } = await bronze.sqlDiff("feed", FROM, TO, asked);
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(answer.query)).getRowObjects();
    expect(rows.map(({ change_, id, price }) => [change_, id, price])).toEqual(MOVED);
    expect(rows.map(({ part_, row_ }) => [plan.parts[Number(part_)]!.path.slice(-28, -13), row_])).toEqual([
      ["20260115T180000Z".slice(1), 1n],
      ["20260115T180100Z".slice(1), 0n],
      ["20260115T180100Z".slice(1), 1n],
      ["20260115T180000Z".slice(1), 2n],
    ]);
    const selected = async (sql: string) =>
      Number((await connection.runAndReadAll(sql)).getRowObjects()[0]!.rowsSelected);
    expect([await selected(counts.before.query), await selected(counts.after.query)]).toEqual([4, 4]);
  });

  it("is refused where a column has the name of its own, unless that is left out or lists are asked for", async () => {
    const { root, storage, engine } = place();
    const own = defineDataset({ ...base, schema: z.object({ ...columns, Change_: z.string() }) });
    const bronze = new BronzeStore({ storage, datasets: [own] });
    const row = { id: "a", price: 1, as_of_ts: NOON, ingested_ts: NOON, Change_: "x" };
    await bronze.write("feed", [row] as never, { run: { id: "r", startedAt: NOON } });
    const diff = bronze.on(engine).diff("feed", NOON - 1_000n, NOON, DAY);
    expect((await diff.read()).added).toEqual([{ ...row, run_id: "r" }]);
    const refused = [
      diff.batches(),
      diff.writeParquet(join(root, "moved.parquet")),
      bronze.sqlDiff("feed", NOON, NOON, { dialect: dialects.duckdb, root, ...DAY }),
    ];
    for (const one of refused)
      expect(await errorOf(one)).toMatchObject({ code: "INVALID_ARGUMENT", details: { column: "Change_" } });
    const without = { ...DAY, columns: ["id", "price"] } as const;
    expect(
      (await bronze.sqlDiff("feed", NOON, NOON, { dialect: dialects.duckdb, root, ...without })).plan,
    ).toMatchObject({
      answerColumns: 2,
    });
  });
});
