import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BronzeStore,
  decimal,
  defineDataset,
  defineSchedule,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { injuries, quote, report, run, storeOf, withView } from "./feeds.js";

const ns = (time: string) => BigInt(Date.parse(time)) * 1_000_000n;

/** A store whose clock is set by hand. */
function clocked<D extends ReturnType<typeof defineDataset>>(dataset: D) {
  const clock = { now: 0n };
  const store = new BronzeStore({ storage: memoryStorage(), datasets: [dataset], clock: () => clock.now });
  const at = (time: string) => {
    clock.now = ns(time);
  };
  return { store, at };
}

describe("a value that goes back is news, not a retry", () => {
  const statuses = defineDataset({
    name: "statuses",
    layout: layouts.hourly({ latest: true }),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({ k: z.string(), v: z.string(), ingested_ts: instant() }),
    key: ["k"],
    date: { from: "ingested_ts" },
    hour: { from: "ingested_ts" },
    timestamps: { asOf: null },
  });

  it("where the capture time is the only time", async () => {
    const { store, at } = clocked(statuses);
    const write = async (time: string, v: string) => {
      at(time);
      return (await store.write("statuses", [{ k: "a", v }])).partitions[0]!.status;
    };
    expect(await write("2026-01-15T17:05:00Z", "Out")).toBe("written");
    expect(await write("2026-01-15T17:20:00Z", "Questionable")).toBe("written");
    expect(await write("2026-01-15T17:40:00Z", "Out")).toBe("written");
    // An immediate retry still is one.
    expect(await write("2026-01-15T17:41:00Z", "Out")).toBe("unchanged");
    const answer = await store.asOf("2026-01-15T18:00:00Z").read("statuses", { date: "2026-01-15" });
    expect(answer.column("v")).toEqual(["Out"]);
    const day = await store.readBronzeDay("statuses", "2026-01-15");
    expect(day.column("v")).toEqual(["Out", "Questionable", "Out"]);
  });

  it("and two runs of one second with equal rows are both there", async () => {
    const bronze = storeOf();
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r2"));
    const rows: Record<string, unknown>[] = (await bronze.readBronzeDay("odds_raw", "2026-01-15")).rows();
    expect(rows.map(({ run_id }) => run_id)).toEqual(["r1", "r2"]);
  });

  it("and a capture time that was given is never taken for a stamp", async () => {
    const bronze = storeOf();
    const { ingested_ts: _, ...stamped } = quote("g1", "fd", -105, "2026-01-15T17:00:00Z");
    const given = (ingested_ts: string) => ({
      ...quote("g1", "dk", -110, "2026-01-15T17:00:00Z"),
      ingested_ts,
    });
    await bronze.write("odds_raw", [given("2026-01-15T10:00:00Z"), stamped], run("r1"));
    const { partitions } = await bronze.write(
      "odds_raw",
      [given("2026-01-15T03:00:00Z"), stamped],
      run("r1"),
    );
    expect(partitions[0]!.status).toBe("written");
  });
});

describe("the latest view under attack", () => {
  it("does not take a retried old run for the newest", async () => {
    const feed = defineDataset({
      name: "feed",
      layout: layouts.perRun({ latest: true }),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ k: z.string(), v: z.string(), g: z.iso.date(), ingested_ts: instant() }),
      key: ["k"],
      date: { from: "g" },
      timestamps: { asOf: null },
    });
    const { store, at } = clocked(feed);
    const write = (v: string, startedAt: string) =>
      store.write("feed", [{ k: "a", v, g: "2026-01-15" }], { run: { id: v, startedAt } });
    at("2026-01-15T12:00:00Z");
    await write("old", "2026-01-15T12:00:00Z");
    at("2026-01-15T13:00:00Z");
    await write("new", "2026-01-15T13:00:00Z");
    at("2026-01-15T13:01:40Z");
    expect((await write("old", "2026-01-15T12:00:00Z")).partitions[0]!.status).toBe("unchanged");
    expect((await store.readBronzeDay("feed", "2026-01-15", { prefer: "latest" })).column("v")).toEqual([
      "new",
    ]);
  });

  it("keeps the later capture of one report, in whatever order the two arrive", async () => {
    const late = report("2026-01-15T17:00:00Z", { a: "new" }, "g1", "2026-01-15T17:30:00Z");
    const early = report("2026-01-15T17:00:00Z", { a: "old", b: "old" }, "g1", "2026-01-15T17:05:00Z");
    for (const order of [
      [late, early],
      [early, late],
    ]) {
      const bronze = new BronzeStore({
        storage: memoryStorage(),
        datasets: [withView(injuries)],
      });
      for (const rows of order) await bronze.write("injuries_raw", rows);
      const view = await bronze.readBronzeDay("injuries_raw", "2026-01-15", { prefer: "latest" });
      expect(view.rows().map(({ player_id, status }) => [player_id, status])).toEqual([["a", "new"]]);
    }
  });

  it("is made from history again when it is damaged, and never blocks history", async () => {
    const storage = memoryStorage();
    const bronze = new BronzeStore({ storage, datasets: [withView(injuries)] });
    await bronze.write("injuries_raw", report("2026-01-15T17:00:00Z", { a: "Out" }));
    const path = "bronze/injuries_raw/season=2025/date=2026-01-15/injuries.parquet";
    await storage.replace(path, new Uint8Array([1, 2, 3]));
    const day = await bronze.readBronzeDay("injuries_raw", "2026-01-15");
    expect([day.length, day.skipped.map((file) => file.path)]).toEqual([1, [path]]);
    await bronze.write("injuries_raw", report("2026-01-15T18:00:00Z", { a: "Out", b: "Out" }));
    const view = await bronze.readBronzeDay("injuries_raw", "2026-01-15", { prefer: "latest" });
    expect(view.column("player_id")).toEqual(["a", "b"]);
  });
});

describe("declared scopes", () => {
  const games = defineDataset({
    name: "games",
    layout: layouts.hourly(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      tip: instant(),
      stake: decimal(6, 2),
      p: z.string(),
      r: instant(),
      as_of_ts: instant(),
      ingested_ts: instant(),
    }),
    key: ["tip", "stake", "p"],
    scope: ["tip", "stake"],
    partitionIs: "snapshot",
    date: { from: "r" },
    hour: { from: "r" },
  });

  it("speak of the rows they equal, in whatever form they are given", async () => {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [games] });
    const row = {
      tip: "2026-01-15T23:00:00Z",
      stake: "2.5",
      p: "a",
      r: "2026-01-15T17:00:00Z",
      as_of_ts: "2026-01-15T17:00:00Z",
    };
    await bronze.write("games", [row]);
    const covers = [{ tip: "2026-01-15T18:00:00-05:00", stake: "2.5" }];
    await bronze.write("games", [], { snapshot: { time: "2026-01-15T18:00:00Z", covers } });
    const read = async (cutoff: string) =>
      (await bronze.asOf(cutoff).read("games", { date: "2026-01-15" })).length;
    expect([await read("2026-01-15T17:30:00Z"), await read("2026-01-15T18:00:00Z")]).toEqual([1, 0]);
  });

  it("are refused where they fit no row, before anything is written", async () => {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [games] });
    for (const covers of [
      [{ tip: "2026-01-15", stake: "2.5" }],
      [{ tip: 1n, stake: 2.5 as never }],
      [{ tip: 1n, stake: "2.5", x: 1 }],
    ]) {
      await expect(
        bronze.write("games", [], { snapshot: { time: "2026-01-15T18:00:00Z", covers } }),
      ).rejects.toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    }
  });
});

describe("what a view recorded", () => {
  it("does not change when the caller uses its options, its record or its provenance again", async () => {
    const bronze = storeOf();
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    const at = bronze.asOf("2026-01-15T18:00:00Z");
    const options: { date: string; maxAge?: string } = { date: "2026-01-15" };
    const snapshot = await at.read("odds_raw", options);
    options.maxAge = "PT1M";
    await at.read("odds_raw", options);
    (at.reads as unknown[]).length = 0;
    expect(at.reads.map((read) => [read.options.maxAge, read.provenance.rowsSelected])).toEqual([
      [undefined, 1],
      ["PT60.000000000S", 0],
    ]);
    expect(() => Object.assign(snapshot.provenance, { rowsEligible: 77 })).toThrow(TypeError);
  });

  it("nor do rows change when a list in one of them is", async () => {
    const lists = defineDataset({
      name: "lists",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ k: z.string(), l: z.array(z.int()), t: z.array(z.string()), as_of_ts: instant() }),
      key: ["k"],
      date: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [lists] });
    await bronze.write("lists", [{ k: "a", l: [1, 2], t: ["x"], as_of_ts: "2026-01-15T17:00:00Z" }]);
    const snapshot = await bronze.asOf("2026-01-15T18:00:00Z").read("lists", { date: "2026-01-15" });
    snapshot.rows()[0]!.t.push("EVIL");
    expect(snapshot.rows()[0]).toMatchObject({ l: [1, 2], t: ["x"] });
  });
});

describe("names and links", () => {
  it("a name of an unreadable file is skipped by the writer and reported to the reader", async () => {
    const root = mkdtempSync(join(tmpdir(), "bronze-links-"));
    try {
      const folder = join(root, "bronze/injuries_raw/season=2025/date=2026-01-15/hour=12");
      mkdirSync(folder, { recursive: true });
      symlinkSync("/nonexistent/archive.parquet", join(folder, "injuries.parquet"));
      const bronze = new BronzeStore({ root, datasets: [injuries] });
      const { partitions } = await bronze.write("injuries_raw", report("2026-01-15T17:00:00Z", { a: "Out" }));
      expect(partitions[0]!.path).toMatch(/injuries\.part-000002\.parquet$/);
      await expect(bronze.readBronzeDay("injuries_raw", "2026-01-15")).rejects.toThrow(
        expect.objectContaining({
          code: "NOT_FOUND",
          message: expect.stringContaining("hour=12/injuries.parquet"),
        }),
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it("decimal keys go by value and are found under any form of it", async () => {
    const lines = defineDataset({
      name: "lines",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ k: decimal(6, 2), as_of_ts: instant() }),
      key: ["k"],
      date: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [lines] });
    await bronze.write(
      "lines",
      ["10.5", "-2", "9.5", "-3"].map((k) => ({ k, as_of_ts: "2026-01-15T17:00:00Z" })),
    );
    const snapshot = await bronze.asOf("2026-01-15T18:00:00Z").read("lines", { date: "2026-01-15" });
    expect(snapshot.column("k")).toEqual(["-3.00", "-2.00", "9.50", "10.50"]);
    expect(snapshot.get({ k: "9.5" })).toMatchObject({ k: "9.50" });
  });

  it("a strict schema does not hold the library's own stamps against a row", async () => {
    const strict = defineDataset({
      name: "strict",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.strictObject({ k: z.string(), as_of_ts: instant() }),
      key: ["k"],
      date: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [strict] });
    const row = { k: "a", as_of_ts: "2026-01-15T17:00:00Z", ingested_ts: "2026-01-15T17:00:01Z" };
    await bronze.write("strict", [row], run("r1"));
    const [read]: Record<string, unknown>[] = (await bronze.readBronzeDay("strict", "2026-01-15")).rows();
    expect(read).toEqual({
      k: "a",
      as_of_ts: ns("2026-01-15T17:00:00Z"),
      ingested_ts: ns("2026-01-15T17:00:01Z"),
      run_id: "r1",
    });
  });

  it("a schedule knows numbers, and a later mention takes no tip-off away", () => {
    const schedule = defineSchedule(
      [
        { game_id: 7 as never, tip_ts: "2026-01-16T00:00:00Z" },
        { game_id: "7", game_date: "2026-01-15" },
      ],
      { timeZone: "America/New_York" },
    );
    expect(schedule.gameDate("game_id").dateOf(7)).toBe("2026-01-15");
    expect(schedule.games[0]!.tip_ts).toBe(ns("2026-01-16T00:00:00Z"));
  });
});
