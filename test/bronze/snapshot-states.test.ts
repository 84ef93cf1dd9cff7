import {
  BronzeStore,
  defineDataset,
  domainDate,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { filesIn, report, storeOf } from "./feeds.js";

const DAY = "2026-01-15";
const at = (time: string) => `${DAY}T${time}Z`;

const shape = {
  key: z.string(),
  as_of_ts: instant(),
  ingested_ts: instant(),
};
const feed = {
  name: "feed_raw" as const,
  key: ["key"] as ["key"],
  date: { from: "as_of_ts" as const },
  timeZone: "America/New_York",
  season: nbaSeason,
  partitionIs: "snapshot" as const,
};

/** Rows of one scrape, each updated at a time of its own. */
const scrape = (...times: string[]) =>
  times.map((time, i) => ({ key: "abc"[i]!, as_of_ts: at(time), ingested_ts: at("18:30:00") }));

describe("one write of snapshots is one state", () => {
  const byUpdate = defineDataset({
    ...feed,
    schema: z.object(shape),
    layout: layouts.hourly(),
    hour: { from: "as_of_ts" },
  });
  const byScrape = defineDataset({
    ...feed,
    schema: z.object(shape),
    layout: layouts.hourly(),
    hour: { from: "ingested_ts" },
  });

  async function storeFor(dataset: typeof byUpdate | typeof byScrape) {
    const storage = memoryStorage();
    return { storage, bronze: new BronzeStore({ storage, datasets: [dataset] }) };
  }

  it("whose rows may not differ in the column that dates it, for they would clear each other", async () => {
    const { storage, bronze } = await storeFor(byUpdate);
    const error = await errorOf(bronze.write("feed_raw", scrape("17:00:00", "17:00:00", "17:00:01")));
    expect(error).toMatchObject({
      code: "SNAPSHOT_SPLIT",
      details: { dataset: "feed_raw", column: "as_of_ts", row: 2 },
    });
    expect(error.message).toContain("row 0 is of 2026-01-15T17:00:00Z, row 2 of 2026-01-15T17:00:01Z");
    expect(error.message).toContain("{ snapshot: { several: true } }");
    expect(error.message).toContain("file its hours by that column too");
    expect(await filesIn(storage)).toEqual([]);
  });

  it("and is in one folder: that of the column which is the same in all rows", async () => {
    const { storage, bronze } = await storeFor(byScrape);
    await bronze.write("feed_raw", scrape("16:10:00", "17:10:00", "18:10:00"));
    expect(await filesIn(storage)).toEqual([`bronze/feed_raw/season=2025/date=${DAY}/hour=13/data.parquet`]);
    const held = await bronze.asOf(at("19:00:00")).read("feed_raw", { date: DAY });
    expect(held.column("key")).toEqual(["a", "b", "c"]);
  });

  it("refused where hours come from a column in which its rows differ", async () => {
    const dataset = defineDataset({
      ...feed,
      schema: z.object(shape),
      snapshotTime: "ingested_ts",
      layout: layouts.hourly(),
      hour: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [dataset] });
    // One hour is one folder, and one state is one file in it.
    await bronze.write("feed_raw", scrape("17:00:00", "17:30:00"));
    const held = await bronze.asOf(at("19:00:00")).read("feed_raw", { date: DAY });
    expect(held.column("key")).toEqual(["a", "b"]);
    const error = await errorOf(bronze.write("feed_raw", scrape("16:10:00", "17:10:00")));
    expect(error.code).toBe("SNAPSHOT_SPLIT");
    expect(error.message).toContain("take day and hour from a column that is the same in all of its rows");
  });

  it("in a dataset of scopes too", async () => {
    const rows = [
      ...report(at("22:00:00"), { a: "Out" }, "g1"),
      ...report(at("23:00:00"), { b: "Out" }, "g2"),
    ];
    expect((await errorOf(storeOf().write("injuries_by_game", rows))).code).toBe("SNAPSHOT_SPLIT");
  });

  it("but two scopes are two, also where their values spell the same in a row", async () => {
    const dataset = defineDataset({
      ...feed,
      key: ["game", "side"],
      scope: ["game", "side"],
      date: { from: "day" },
      schema: z.object({ ...shape, day: domainDate(), game: z.string(), side: z.string() }),
      snapshotTime: "as_of_ts",
      layout: layouts.perRun(),
    });
    const storage = memoryStorage();
    const bronze = new BronzeStore({ storage, datasets: [dataset] });
    const row = { key: "a", as_of_ts: at("17:00:00"), ingested_ts: at("18:30:00") };
    const rows = [
      { ...row, day: DAY, game: "1 side=2", side: "3" },
      { ...row, day: "2026-01-16", game: "1", side: "2 side=3" },
    ];
    const run = { id: "r", startedAt: at("18:30:00") };
    await bronze.write("feed_raw", rows, { run });
    expect(await filesIn(storage)).toHaveLength(2);
    const again = rows.map((own) => ({ ...own, game: "1", side: "2" }));
    expect((await errorOf(bronze.write("feed_raw", again, { run }))).message).toContain(
      "(game=1 side=2) falls into",
    );
  });
});

describe("a write that says it holds several reports", () => {
  const reports = [
    ...report(at("22:00:00"), { a: "Out", b: "Out" }),
    ...report(at("22:30:00"), { a: "Out" }),
    ...report(at("23:00:00"), { c: "Out" }),
  ];

  it("makes each of them one state", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    const { partitions } = await bronze.write("injuries_raw", reports, { snapshot: { several: true } });
    expect(partitions.map(({ path, rows }) => [path.split("/").slice(-2).join("/"), rows])).toEqual([
      ["hour=17/injuries.parquet", 2],
      ["hour=17/injuries.part-000002.parquet", 1],
      ["hour=18/injuries.parquet", 1],
    ]);
    const players = async (time: string) =>
      (await bronze.asOf(at(time)).read("injuries_raw", { date: DAY })).column("player_id");
    expect(await players("22:29:59")).toEqual(["a", "b"]);
    expect(await players("22:30:00")).toEqual(["a"]);
    expect(await players("23:00:00")).toEqual(["c"]);
  });

  it("is the same as writing each on its own", async () => {
    const [together, apart] = [memoryStorage(), memoryStorage()];
    await storeOf(together).write("injuries_raw", reports, { snapshot: { several: true } });
    for (const time of new Set(reports.map(({ report_ts }) => report_ts)))
      await storeOf(apart).write(
        "injuries_raw",
        reports.filter(({ report_ts }) => report_ts === time),
      );
    const contents = async (storage: typeof together) =>
      Promise.all(
        (await filesIn(storage)).map(async (path) => [
          path,
          Buffer.from(await storage.read(path)).toString("hex"),
        ]),
      );
    expect(await contents(together)).toEqual(await contents(apart));
  });

  it("declares nothing else, and no rows are no report", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    for (const more of [{ time: at("22:00:00") }, { date: DAY }, { covers: [{ game_id: "g1" }] }]) {
      const given = bronze.write("injuries_by_game", reports, { snapshot: { several: true, ...more } });
      expect((await errorOf(given)).code).toBe("INVALID_ARGUMENT");
    }
    await bronze.write("injuries_raw", [], { snapshot: { several: true } });
    expect(await filesIn(storage)).toEqual([]);
  });

  it("needs the column that tells them apart, and true or false", async () => {
    const dataset = defineDataset({
      ...feed,
      schema: z.object(shape),
      layout: layouts.perRun(),
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [dataset] });
    const options = { run: { id: "r", startedAt: at("18:30:00") }, snapshot: { several: true } };
    const error = await errorOf(bronze.write("feed_raw", scrape("17:00:00"), options));
    expect(error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("snapshotTime"),
    });
    for (const several of ["yes", 1, null]) {
      const given = storeOf().write("injuries_raw", reports, { snapshot: { several: several as never } });
      expect((await errorOf(given)).message).toContain("must be true or false");
    }
    expect(
      (await errorOf(storeOf().write("injuries_raw", reports, { snapshot: { several: false } }))).code,
    ).toBe("SNAPSHOT_SPLIT");
  });

  it("is refused where rows add up", async () => {
    const given = storeOf().write("odds_raw", [], { snapshot: { several: true } });
    expect((await errorOf(given)).code).toBe("INVALID_ARGUMENT");
  });
});

describe("a dataset that gains a snapshot column", () => {
  it("loses no absence that its older files tell", async () => {
    const storage = memoryStorage();
    const before = defineDataset({
      ...feed,
      schema: z.object(shape),
      layout: layouts.perRun(),
    });
    const after = defineDataset({
      ...feed,
      schema: z.object({ ...shape, scraped_ts: instant().nullable() }),
      snapshotTime: "scraped_ts",
      layout: layouts.perRun(),
    });
    const old = new BronzeStore({ storage, datasets: [before] });
    const now = new BronzeStore({ storage, datasets: [after] });
    const write = (keys: string, time: string) =>
      old.write(
        "feed_raw",
        [...keys].map((key) => ({ key, as_of_ts: at("17:00:00"), ingested_ts: at(time) })),
        { run: { id: time, startedAt: at(time) } },
      );
    await write("ab", "17:10:00");
    await write("a", "17:20:00");
    const keys = async (store: typeof old | typeof now, time: string) =>
      (await store.asOf(at(time)).read("feed_raw", { date: DAY })).column("key");
    for (const time of ["17:15:00", "17:30:00"]) expect(await keys(now, time)).toEqual(await keys(old, time));
    expect(await keys(now, "17:30:00")).toEqual(["a"]);

    const scraped = { as_of_ts: at("17:00:00"), ingested_ts: at("17:45:00"), scraped_ts: at("17:40:00") };
    await now.write("feed_raw", [{ key: "b", ...scraped }], {
      run: { id: "new", startedAt: at("17:45:00") },
    });
    // What a later scrape brings may have held already; what it lacks is gone from its own time on.
    expect(await keys(now, "17:39:59")).toEqual(["a", "b"]);
    expect(await keys(now, "17:40:00")).toEqual(["b"]);
  });
});
