import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Table as ArrowOwn } from "apache-arrow";
import { BronzeStore, decimal, defineDataset, domainDate, instant, type Storage } from "bronzestore";
import { dialects } from "bronzestore/sql";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { ExecutingEngine } from "../../src/sql/index.js";
import { errorOf } from "../error-of.js";
import { CONVERTED, foreignFile, LOGICAL, type Node, UNIT } from "../table/foreign-file.js";
import { listen } from "../telemetry/listen.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { assertSame } from "./same-answer.js";

const place = duckdbPlaces();
const NOON = 1_768_500_000_000_000_000n;
const DAY = { date: "2026-01-15" } as const;

const columns = {
  id: z.string(),
  points: z.int().nullable(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant(),
};
const base = {
  name: "feed",
  timeZone: "UTC",
  schema: z.object(columns),
  key: ["id"] as const,
  date: { from: "ingested_ts" as const },
  layout: "date={date}/run={run}/feed.parquet",
};
const feed = defineDataset(base);

function row(id: string, points: number, ns = NOON) {
  return { id, points, as_of_ts: ns, ingested_ts: ns };
}

async function storeWith(storage: Storage, runs: number, of: typeof feed = feed) {
  const bronze = new BronzeStore({ storage, datasets: [of] });
  for (let i = 0; i < runs; i++) {
    const startedAt = NOON + BigInt(i) * 1_000_000_000n;
    await bronze.write("feed", [row("a", i, startedAt), row(`b${i}`, i, startedAt)] as never, {
      run: { id: `r${i}`, startedAt },
    });
  }
  return bronze;
}

const LATE = NOON + 3_600_000_000_000n;

describe("an engine", () => {
  it("is refused instants that it would cut short", async () => {
    const { storage, engine } = place();
    const bronze = await storeWith(storage, 1);
    const startedAt = NOON + 60_000_000_000n;
    await bronze.write("feed", [row("c", 1, startedAt + 1n)] as never, { run: { id: "late", startedAt } });
    const error = await errorOf(bronze.on(engine).asOf(LATE).read("feed", DAY));
    expect(error.code).toBe("ENGINE_PRECISION");
    expect(error.details).toMatchObject({ column: "as_of_ts", engine: "duckdb" });
  });

  it("is asked where such instants are in a column that is not needed", async () => {
    const { storage, engine } = place();
    const more = defineDataset({ ...base, schema: z.object({ ...columns, seen_ts: instant() }) });
    const bronze = new BronzeStore({ storage, datasets: [more] });
    await bronze.write("feed", [{ ...row("c", 1), seen_ts: NOON + 1n }] as never, {
      run: { id: "r", startedAt: NOON },
    });
    const error = await errorOf(bronze.on(engine).asOf(LATE).read("feed", DAY));
    expect(error.details).toMatchObject({ column: "seen_ts" });
    const asked = { ...DAY, columns: ["id", "points"] };
    const own = await assertSame(bronze, engine, { dataset: "feed", cutoff: LATE, asked });
    expect(own).toMatchObject({ rows: [{ id: "c", points: 1 }] });
  });

  it.each([
    [0n, "asks"],
    [1n, "refuses"],
  ])("looks at the values of a file that does not say whether they are whole microseconds: %s ns, %s", async (ns, does) => {
    const { storage, engine } = place();
    const bronze = new BronzeStore({ storage, datasets: [feed] });
    const instantColumn = (name: string): Node => ({
      name,
      repetition: "optional",
      type: "INT64",
      logical: LOGICAL.timestamp(UNIT.ns, true),
    });
    const file = foreignFile(
      [
        { name: "id", repetition: "optional", type: "BYTE_ARRAY", converted: CONVERTED.UTF8 },
        { name: "points", repetition: "optional", type: "INT64" },
        instantColumn("as_of_ts"),
        instantColumn("ingested_ts"),
      ],
      [[{ id: "a", points: 1n, as_of_ts: NOON + ns, ingested_ts: NOON }]],
    );
    await storage.publish("bronze/feed/date=2026-01-15/run=20260115T180000Z/feed.parquet", file);
    if (does === "refuses") {
      const error = await errorOf(bronze.on(engine).asOf(LATE).read("feed", DAY));
      expect(error.code).toBe("ENGINE_PRECISION");
    } else {
      const own = await assertSame(bronze, engine, { dataset: "feed", cutoff: LATE, asked: DAY });
      expect(own).toMatchObject({ rows: [{ id: "a", as_of_ts: NOON }] });
    }
  });

  it("is refused tombstones that are functions, and asked those that are values", async () => {
    const { storage, engine } = place();
    const byValue = defineDataset({ ...base, tombstone: { points: [0] } });
    const bronze = await storeWith(storage, 2, byValue as never);
    const own = await assertSame(bronze, engine, { dataset: "feed", cutoff: LATE, asked: DAY });
    expect(own).toMatchObject({ provenance: { rowsSelected: 2 } });
    const byTest = defineDataset({ ...base, tombstone: (one) => one.points === 0 });
    const other = new BronzeStore({ storage, datasets: [byTest] });
    const error = await errorOf(other.on(engine).asOf(LATE).read("feed", DAY));
    expect(error.code).toBe("ENGINE_UNSUPPORTED");
    expect(error.message).toContain("tombstone");
  });

  it("has the library's values for columns of every type that it is asked about", async () => {
    const { storage, engine } = place();
    const wide = defineDataset({
      ...base,
      schema: z.object({
        ...columns,
        ratio: z.number().nullable(),
        flag: z.boolean().nullable(),
        day: domainDate().nullable(),
        big: z.bigint().nullable(),
        price: decimal(9, 3).nullable(),
        tags: z.array(z.string()).nullable(),
        "we\"ird' `name": z.string().nullable(),
      }),
    });
    const bronze = new BronzeStore({ storage, datasets: [wide] });
    const cells = {
      ratio: -0.5,
      flag: true,
      day: "0001-02-03",
      big: -(2n ** 63n),
      price: "-1.250",
      tags: ["x", ""],
    };
    const nothing = {
      ratio: null,
      flag: null,
      day: null,
      big: null,
      price: null,
      tags: null,
      "we\"ird' `name": null,
    };
    const rows = [
      { ...row("a", 1), ...cells, "we\"ird' `name": 'it\'s "so"' },
      { ...row("b", 2), ...nothing },
      {
        ...row("c", 3),
        ...nothing,
        ratio: Number.MAX_VALUE,
        big: 2n ** 63n - 1n,
        price: "999999.999",
        tags: [],
      },
    ];
    await bronze.write("feed", rows as never, { run: { id: "r", startedAt: NOON } });
    await assertSame(bronze, engine, { dataset: "feed", cutoff: LATE, asked: DAY });
    await assertSame(bronze, engine, {
      dataset: "feed",
      cutoff: LATE,
      asked: { ...DAY, columns: ["price", "day"] },
    });
  });

  it("gives tables of Arrow, and writes Parquet itself", async () => {
    const { root, storage, engine, instance } = place();
    const bronze = await storeWith(storage, 3);
    const own = await bronze.asOf(LATE).read("feed", DAY);
    const view = bronze.on(engine).asOf(LATE);
    const batches = await view.batches("feed", DAY);
    expect(batches.provenance).toEqual(own.provenance);
    const ids: unknown[] = [];
    for await (const table of batches) ids.push(...(table as unknown as ArrowOwn).getChild("id")!.toArray());
    expect(ids).toEqual(own.column("id"));
    const target = join(root, "answer.parquet");
    const written = await view.writeParquet("feed", target, { ...DAY, columns: ["id", "as_of_ts"] });
    expect(written.provenance).toEqual({ ...own.provenance });
    const back = await (await instance.connect()).runAndReadAll(
      `SELECT id, epoch_us(as_of_ts) FROM '${target}'`,
    );
    expect(back.getRows()).toEqual(own.rows().map(({ id, as_of_ts }) => [id, as_of_ts! / 1_000n]));
  });

  it("runs the statements of sql() to the same rows and counts", async () => {
    const { root, storage, instance } = place();
    const bronze = await storeWith(storage, 3);
    const own = await bronze.asOf(LATE, { knownBy: "cutoff" }).read("feed", DAY);
    const { answer, counts, plan } = await bronze.sql("feed", {
      dialect: dialects.duckdb,
      root,
      cutoff: LATE,
      knownBy: "cutoff",
      ...DAY,
    });
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(answer.query)).getRowObjects();
    expect(rows.map(({ id, points }) => [id, Number(points)])).toEqual(
      own.rows().map(({ id, points }) => [id, points]),
    );
    expect(
      rows.map(({ part_, row_ }) => ({ file: plan.parts[Number(part_)]!.path, rowInFile: Number(row_) })),
    ).toEqual(own.sources());
    const [counted] = (await connection.runAndReadAll(counts.query)).getRowObjects();
    expect(Number(counted!.rowsEligible)).toBe(own.provenance.rowsEligible);
  });

  it("plans again where a file goes away while it reads, at most four times", async () => {
    const { root, storage, engine } = place();
    const bronze = await storeWith(storage, 3);
    const gone = "bronze/feed/date=2026-01-15/run=20260115T180001Z/feed.parquet";
    let runs = 0;
    const losing: ExecutingEngine = {
      ...engine,
      async *query(run) {
        if (runs++ === 0) rmSync(join(root, gone));
        yield* engine.query(run);
      },
    };
    const { told } = listen();
    const read = await bronze.on(losing).asOf(LATE).read("feed", DAY);
    expect(told.map(({ channel, message }) => ({ channel, ...message }))).toEqual([
      {
        channel: "bronzestore:engine",
        verb: "asOf",
        form: "read",
        dataset: "feed",
        engine: "duckdb",
        plans: 2,
        result: { parts: 2, rows: 4 },
      },
    ]);
    expect(read.rows()).toEqual((await bronze.asOf(LATE).read("feed", DAY)).rows());
    expect(runs).toBe(3); // one failed, the answer, its counts

    const bytes = await storage.read("bronze/feed/date=2026-01-15/run=20260115T180002Z/feed.parquet");
    let plans = 0;
    const always: ExecutingEngine = {
      ...engine,
      // biome-ignore lint/correctness/useYield: it never comes to a row
      async *query() {
        plans++;
        rmSync(join(root, "bronze/feed/date=2026-01-15/run=20260115T180002Z/feed.parquet"));
        throw new Error("no such file");
      },
      get dialect() {
        return engine.dialect;
      },
    };
    const again: Storage = new Proxy(storage, {
      get: (of, name) =>
        name === "list"
          ? async (path: string) => {
              if (path.includes("date="))
                await storage.publish("bronze/feed/date=2026-01-15/run=20260115T180002Z/feed.parquet", bytes);
              return of.list(path);
            }
          : Reflect.get(of, name),
    });
    const error = await errorOf(
      new BronzeStore({ storage: again, datasets: [feed] }).on(always).asOf(LATE).read("feed", DAY),
    );
    expect(error.code).toBe("ENGINE_FAILED");
    expect(plans).toBe(4);
  });

  it("plans again where the owner of a file replaced it while it read", async () => {
    const { storage, engine } = place();
    const overwritten = defineDataset({ ...base, layout: "date={date}/feed.parquet", files: "overwritten" });
    const bronze = await storeWith(storage, 2);
    const [one, two] = await Promise.all(
      [0, 1].map((i) => storage.read(`bronze/feed/date=2026-01-15/run=20260115T18000${i}Z/feed.parquet`)),
    );
    for (const i of [0, 1])
      await storage.remove(`bronze/feed/date=2026-01-15/run=20260115T18000${i}Z/feed.parquet`);
    await storage.publish("bronze/feed/date=2026-01-15/feed.parquet", one!);
    const owned = new BronzeStore({ storage, datasets: [overwritten] });
    let runs = 0;
    const replacing: ExecutingEngine = {
      ...engine,
      async *query(run) {
        if (runs++ === 1) await storage.replace("bronze/feed/date=2026-01-15/feed.parquet", two!);
        yield* engine.query(run);
      },
    };
    const read = await owned.on(replacing).asOf(LATE).read("feed", DAY);
    expect(read.column("id")).toEqual(["a", "b1"]);
    expect(read.provenance).toEqual((await owned.asOf(LATE).read("feed", DAY)).provenance);
    void bronze;
  });

  it("says what a statement failed of, and what is no engine", async () => {
    const { storage, engine } = place();
    const bronze = await storeWith(storage, 1);
    const broken: ExecutingEngine = {
      ...engine,
      // biome-ignore lint/correctness/useYield: it never comes to a row
      async *query() {
        throw new Error("out of memory");
      },
    };
    const error = await errorOf(bronze.on(broken).asOf(LATE).read("feed", DAY));
    expect(error.code).toBe("ENGINE_FAILED");
    expect(error.message).toContain("out of memory");
    expect(() => bronze.on({} as never)).toThrow(/takes an engine/);
  });
});
