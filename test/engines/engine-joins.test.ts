import { join } from "node:path";
import type { DuckDBInstance } from "@duckdb/node-api";
import type { Table as ArrowOwn } from "apache-arrow";
import { BronzeStore, defineDataset, domainDate, instant, type Storage } from "bronzestore";
import { dialects } from "bronzestore/sql";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { assertSameJoin, assertSameOfQuery } from "./same-join.js";

const place = duckdbPlaces();
const DATES = ["2026-01-14", "2026-01-15", "2026-01-16"];
const HOUR = 3_600_000_000_000n;
/** Noon in New York. */
const NOON = 1_768_410_000_000_000_000n;
const at = (hours: number) => NOON + BigInt(hours) * HOUR;

const base = {
  name: "feed",
  timeZone: "America/New_York",
  schema: z.object({
    id: z.string(),
    day: domainDate(),
    points: z.int().nullable(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["id", "day"] as const,
  date: { from: "day" as const },
  layout: "date={date}/run={run}/feed.parquet",
};
const FEEDS = {
  changes: defineDataset({ ...base, tombstone: { points: [0] } }),
  "snapshots of ids": defineDataset({ ...base, partitionIs: "snapshot" as const, scope: ["id"] as const }),
  "snapshots, by the time that is there": defineDataset({
    ...base,
    partitionIs: "snapshot" as const,
    timestamps: { fallback: "dataset" as const },
  }),
};

const row = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  points: fc.constantFrom(0, 1, 2, null),
  asOf: fc.option(fc.integer({ min: 0, max: 50 })),
});
const run = fc.record({
  day: fc.constantFrom(...DATES),
  at: fc.integer({ min: 0, max: 60 }),
  rows: fc.array(row, { minLength: 1, maxLength: 4 }),
});
const label = fc.record({
  id: fc.constantFrom("a", "b", "c", "nobody"),
  day: fc.constantFrom(...DATES, "2026-01-17"),
  cutoff_ts: fc.integer({ min: -5, max: 65 }).map(at),
  known: fc.integer({ min: -5, max: 65 }).map(at),
});
const asked = fc.record(
  {
    lookbackDays: fc.integer({ min: 0, max: 2 }),
    knownBy: fc.constantFrom("cutoff", "known"),
    maxAge: fc.constantFrom("PT5H", "P1D"),
    columns: fc.constant(["points", "ingested_ts"]),
  },
  { requiredKeys: [] },
);
/** What tells the days of a label. */
const days = fc.constantFrom(
  { on: ["id"], date: "day" },
  { on: ["day"] },
  { on: ["day", "id"] },
  { on: ["id"], lookbackDays: 1 },
  { on: ["id"], from: DATES[0], to: DATES[2] },
);

describe("labels that read different days", () => {
  it.each(Object.entries(FEEDS))("are each joined with the history of its own: %s", async (_, feed) => {
    let selected = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { minLength: 1, maxLength: 6 }),
        fc.array(label, { minLength: 1, maxLength: 10 }),
        asked,
        days,
        async (runs, labels, some, own) => {
          const { storage, engine, instance } = place();
          const bronze = new BronzeStore({ storage, datasets: [feed] });
          for (const [i, { day, at: started, rows }] of runs.entries())
            await bronze.write(
              "feed",
              rows.map(({ id, points, asOf }) => ({
                id,
                day,
                points,
                as_of_ts: asOf === null ? null : at(asOf),
                ingested_ts: at(started),
              })) as never,
              { run: { id: `r${i}`, startedAt: at(started) } } as never,
            );
          const options = { ...some, ...own, cutoff: "cutoff_ts", prefix: "was_" };
          const joined = await assertSameJoin(bronze, engine, { dataset: "feed", labels, options });
          selected += (joined as { provenance: { rowsSelected: number } }).provenance.rowsSelected;
          const query = `SELECT * FROM ${await tableOf(instance, "labels", labels)}`;
          await assertSameOfQuery(bronze, engine, { dataset: "feed", labels, options, query });
        },
      ),
      tries({ few: 3, small: 120, large: 1_000, seed: 81 }),
    );
    expect(selected).toBeGreaterThan(0);
  });
});

const feed = defineDataset(base);

async function storeWith(storage: Storage): Promise<BronzeStore<readonly [typeof feed]>> {
  const bronze = new BronzeStore({ storage, datasets: [feed] });
  const rows = [
    { id: "a", day: DATES[0]!, points: 1, as_of_ts: at(0), ingested_ts: at(0) },
    { id: "b", day: DATES[0]!, points: 2, as_of_ts: at(1), ingested_ts: at(1) },
  ];
  await bronze.write("feed", rows as never, { run: { id: "r", startedAt: at(1) } });
  return bronze;
}

const LABELS = [
  { id: "b", cutoff_ts: at(2), won: true, note: "it's" },
  { id: "nobody", cutoff_ts: at(2), won: null, note: "" },
  { id: "a", cutoff_ts: at(2), won: false, note: "x" },
];
const OPTIONS = { on: ["id"], cutoff: "cutoff_ts", from: DATES[0]!, to: DATES[0]!, prefix: "was_" } as const;

describe("a join on an engine", () => {
  it("comes as tables of Arrow, or is written as Parquet", async () => {
    const { root, storage, engine, instance } = place();
    const bronze = await storeWith(storage);
    const own = await bronze.joinAsOf(LABELS, "feed", OPTIONS);
    const join_ = bronze.on(engine).joinAsOf(LABELS, "feed", OPTIONS);
    expect((await join_.read()).rows()).toEqual(own.rows());

    const batches = await join_.batches();
    expect(batches.provenance).toEqual(own.provenance);
    const notes: unknown[] = [];
    const points: unknown[] = [];
    for await (const table of batches) {
      notes.push(...(table as unknown as ArrowOwn).getChild("note")!.toArray());
      points.push(...(table as unknown as ArrowOwn).getChild("was_points")!);
    }
    const numbers = points.map((cell) => (cell === null ? null : Number(cell)));
    expect([notes, numbers]).toEqual([own.column("note"), own.column("was_points")]);

    const target = join(root, "joined.parquet");
    expect((await join_.writeParquet(target)).provenance).toEqual(own.provenance);
    const connection = await instance.connect();
    const back = await connection.runAndReadAll(
      `SELECT note, won, epoch_us(cutoff_ts), was_points, epoch_us(was_as_of_ts) FROM '${target}'`,
    );
    expect(
      back.getRows().map((cells) => cells.map((cell) => (typeof cell === "bigint" ? Number(cell) : cell))),
    ).toEqual(
      own
        .rows()
        .map(({ note, won, cutoff_ts, was_points, was_as_of_ts }) => [
          note,
          won,
          Number(cutoff_ts / 1_000n),
          was_points,
          was_as_of_ts == null ? null : Number(was_as_of_ts / 1_000n),
        ]),
    );
  });

  it("of labels that the engine has is written without any of them passing through here", async () => {
    const { root, storage, engine, instance } = place();
    const bronze = await storeWith(storage);
    const connection = await instance.connect();
    const target = join(root, "joined.parquet");
    // Of a type that is not read here.
    const query = `SELECT id, make_timestamptz(${at(2) / 1_000n}) AS cutoff_ts, INTERVAL 1 HOUR AS took FROM (VALUES ('b'), ('a'), ('z')) v(id)`;
    const join_ = bronze.on(engine).joinAsOf({ query }, "feed", { ...OPTIONS, columns: ["points"] });
    const { provenance } = await join_.writeParquet(target);
    expect(provenance).toMatchObject({ labels: 3, labelsMatched: 2, rowsSelected: 2 });
    const back = await connection.runAndReadAll(
      `SELECT id, was_points::INTEGER, hour(took)::INTEGER FROM '${target}'`,
    );
    expect(back.getRowsJson()).toEqual([
      ["a", 1, 1],
      ["b", 2, 1],
      ["z", null, 1],
    ]);
    expect((await errorOf(join_.read())).code).toBe("ENGINE_UNSUPPORTED");
  });

  const OF_QUERY = {
    "a cutoff without a zone": [
      "SELECT 'a' AS id, TIMESTAMP '2026-01-15 00:00:00' AS cutoff_ts",
      "INVALID_ARGUMENT",
    ],
    "a number for a text": [`SELECT 1 AS id, ${at(2)} AS cutoff_ts`, "INVALID_ARGUMENT"],
    "a label without a cutoff": [`SELECT 'a' AS id, CAST(NULL AS BIGINT) AS cutoff_ts`, "INVALID_INSTANT"],
    milliseconds: [`SELECT 'a' AS id, ${at(2) / 1_000_000n} AS cutoff_ts`, "INVALID_INSTANT"],
    "a column that is not there": [`SELECT 'a' AS id, ${at(2)} AS cutoff`, "UNKNOWN_COLUMN"],
    "a column that both have": [
      `SELECT 'a' AS id, ${at(2)} AS cutoff_ts, 1 AS was_points`,
      "INVALID_ARGUMENT",
    ],
    "what is no query": ["SELEC 1", "ENGINE_FAILED"],
  } as const;

  it.each(Object.entries(OF_QUERY))("refuses of a query: %s", async (_, [query, code]) => {
    const { storage, engine } = place();
    const join_ = (await storeWith(storage)).on(engine).joinAsOf({ query }, "feed", OPTIONS as never);
    expect((await errorOf(join_.read())).code).toBe(code);
  });

  it("refuses a function of labels that it does not have, lists that it does not write, and what is neither rows nor a query", async () => {
    const { root, storage, engine } = place();
    const on = (await storeWith(storage)).on(engine);
    const query = `SELECT 'a' AS id, ${at(2)} AS cutoff_ts`;
    const byDay = { on: ["id"], cutoff: "cutoff_ts", date: () => DATES[0]!, columns: ["points"] } as const;
    expect((await errorOf(on.joinAsOf({ query }, "feed", byDay).read())).message).toContain(
      "date is a function",
    );
    const lists = [{ id: "a", cutoff_ts: at(2), tags: ["x"] }];
    const written = on.joinAsOf(lists, "feed", OPTIONS).writeParquet(join(root, "lists.parquet"));
    expect((await errorOf(written)).code).toBe("ENGINE_UNSUPPORTED");
    expect(() => on.joinAsOf("labels" as never, "feed", OPTIONS as never)).toThrow("a query of the engine");
  });

  it.each(["given", "of a query"])("is a text for tools of one's own: labels %s", async (labels) => {
    const { root, storage, instance } = place();
    const bronze = await storeWith(storage);
    const connection = await instance.connect();
    const of = {
      dialect: dialects.duckdb,
      root,
      on: ["id"],
      cutoff: "cutoff_ts",
      from: DATES[0]!,
      to: DATES[0]!,
    } as const;
    const query = `SELECT * FROM (VALUES ('b', ${at(2)}, 1), ('a', ${at(2)}, 2)) v(id, cutoff_ts, own)`;
    const { plan, answer, counts } = await bronze.sqlJoinAsOf(
      labels === "given" ? LABELS : { query, columns: ["own"] },
      "feed",
      of,
    );
    for (const sql of answer.setup) await connection.run(sql);
    const rows = (await connection.runAndReadAll(answer.query)).getRowObjects();
    const cells = rows.map((row) =>
      [row.label_ ?? row.own, row.points, row.part_, row.row_].map((cell) =>
        cell === null ? null : Number(cell),
      ),
    );
    expect(cells).toEqual(
      labels === "given"
        ? [
            [0, 2, 0, 1],
            [1, null, null, null],
            [2, 1, 0, 0],
          ]
        : [
            [2, 1, 0, 0],
            [1, 2, 0, 1],
          ],
    );
    expect(plan.parts).toHaveLength(1);
    const [counted] = (await connection.runAndReadAll(counts.query)).getRowObjects();
    expect(counted).toMatchObject({ rowsRead: 2n, rowsSelected: 2n, labelsUnplanned: 0n });
  });

  it("as a text fails where a query gives another type, and is refused where nothing says the days", async () => {
    const { root, storage, instance } = place();
    const bronze = await storeWith(storage);
    const connection = await instance.connect();
    const of = { dialect: dialects.duckdb, root, on: ["id"], cutoff: "cutoff_ts" } as const;
    const days = { from: DATES[0]!, to: DATES[0]! };
    for (const query of [
      `SELECT 'a' AS id, TIMESTAMPTZ '2026-01-15 00:00:00Z' AS cutoff_ts`,
      `SELECT 1 AS id, ${at(1)} AS cutoff_ts`,
    ]) {
      const { answer } = await bronze.sqlJoinAsOf({ query }, "feed", { ...of, ...days });
      await expect(connection.runAndReadAll(answer.query)).rejects.toThrow(
        /The labels' (cutoff_ts|id) is no/,
      );
    }
    const undecided = bronze.sqlJoinAsOf({ query: "SELECT 1" }, "feed", { ...of, lookbackDays: 1 });
    expect((await errorOf(undecided)).message).toContain("from and to");
  });

  it("is of as many labels as there are: more than fit into a statement go through a table", async () => {
    const { storage, engine, instance } = place();
    const bronze = await storeWith(storage);
    const labels = Array.from({ length: 2_500 }, (_, i) => ({
      id: i % 3 === 0 ? "a" : "b",
      cutoff_ts: at(0) + BigInt(i) * HOUR,
      i,
    }));
    await assertSameJoin(bronze, engine, { dataset: "feed", labels, options: OPTIONS });
    const left = await (await instance.connect()).runAndReadAll(
      "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'bronzestore%'",
    );
    expect(left.getRows()).toEqual([]);
  });
});

async function tableOf(
  instance: DuckDBInstance,
  name: string,
  labels: readonly { id: string; day: string; cutoff_ts: bigint; known: bigint }[],
): Promise<string> {
  const connection = await instance.connect();
  const rows = labels.map(
    ({ id, day, cutoff_ts, known }) =>
      `('${id}', DATE '${day}', make_timestamptz(${cutoff_ts / 1_000n}), ${known})`,
  );
  await connection.run(
    `CREATE OR REPLACE TABLE ${name} (id VARCHAR, day DATE, cutoff_ts TIMESTAMPTZ, known BIGINT)`,
  );
  await connection.run(`INSERT INTO ${name} VALUES ${rows.join(", ")}`);
  connection.closeSync();
  return name;
}
