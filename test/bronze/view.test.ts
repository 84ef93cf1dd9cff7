import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  parseInstant,
  type Storage,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { tries } from "../campaign.js";
import { injuries, odds, quote, report, run, storeOf } from "./feeds.js";

/** A storage that lists folder by folder, and remembers which paths were listed and read. */
function watched(storage: Storage): Storage & { listed: string[]; opened: string[] } {
  const listed: string[] = [];
  const opened: string[] = [];
  return {
    description: storage.description,
    listed,
    opened,
    list: (path) => {
      listed.push(path);
      return storage.list(path);
    },
    read: (path) => {
      opened.push(path);
      return storage.read(path);
    },
    stat: (path) => storage.stat(path),
    publish: (path, bytes) => storage.publish(path, bytes),
    replace: (path, bytes) => storage.replace(path, bytes),
    swap: (path, before, bytes) => storage.swap(path, before, bytes),
    remove: (path) => storage.remove(path),
  };
}

describe("a view pinned at a cutoff", () => {
  it("includes a row known exactly at the cutoff, and not one nanosecond before", async () => {
    const bronze = storeOf();
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    const length = async (cutoff: string) =>
      (await bronze.asOf(cutoff).read("odds_raw", { date: "2026-01-15" })).length;
    expect(await length("2026-01-15T16:59:59.999999999Z")).toBe(0);
    expect(await length("2026-01-15T17:00:00Z")).toBe(1);
  });

  it("reads the days a question needs: the report before a game may lie in the previous day's folder", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_raw", report("2026-01-16T04:30:00Z", { a: "Out" }));
    const at = bronze.asOf("2026-01-16T12:00:00Z");
    expect((await at.read("injuries_raw", { date: "2026-01-16" })).length).toBe(0);
    expect((await at.read("injuries_raw", { date: "2026-01-16", lookbackDays: 1 })).length).toBe(1);
    expect((await at.read("injuries_raw", { dates: ["2026-01-16", "2026-01-15"] })).length).toBe(1);
    expect((await at.read("injuries_raw", { from: "2026-01-14", to: "2026-01-16" })).length).toBe(1);
  });

  it("sees only what was captured by knownBy: a back-dated backfill stays invisible", async () => {
    const bronze = storeOf();
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -110, "2026-01-15T16:00:00Z", "2026-01-15T16:00:05Z")],
      run("r1"),
    );
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -130, "2026-01-15T17:00:00Z", "2026-03-01T00:00:00Z")],
      run("backfill"),
    );
    const price = async (options?: { knownBy: string }) =>
      (await bronze.asOf("2026-01-15T18:00:00Z", options).read("odds_raw", { date: "2026-01-15" })).column(
        "price",
      );
    expect(await price()).toEqual([-130]);
    expect(await price({ knownBy: "2026-01-15T18:00:00Z" })).toEqual([-110]);
  });

  it("keeps only rows younger than maxAge", async () => {
    const bronze = storeOf();
    await bronze.write(
      "odds_raw",
      [
        quote("g1", "dk", -110, "2026-01-15T12:00:00Z"),
        quote("g1", "fd", -105, "2026-01-15T11:59:59.999999999Z"),
      ],
      run("r1"),
    );
    const snapshot = await bronze
      .asOf("2026-01-15T18:00:00Z")
      .read("odds_raw", { date: "2026-01-15", maxAge: "PT6H" });
    expect(snapshot.column("book")).toEqual(["dk"]);
  });

  it("records every read with its provenance, empty ones too", async () => {
    const bronze = storeOf();
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -110, null), quote("g1", "fd", -105, "2026-01-15T17:00:00Z")],
      run("r1"),
    );
    const at = bronze.asOf("2026-01-15T18:00:00Z");
    await at.read("odds_raw", { date: "2026-01-15" });
    await at.read("injuries_raw", { date: "2026-01-15", lookbackDays: 1 });
    expect(
      at.reads.map(({ dataset, dates, provenance }) => [dataset, dates, provenance.rowsSelected]),
    ).toEqual([
      ["odds_raw", ["2026-01-15"], 2],
      ["injuries_raw", ["2026-01-14", "2026-01-15"], 0],
    ]);
    expect(at.reads[0]!.provenance).toMatchObject({
      cutoff: parseInstant("2026-01-15T18:00:00Z"),
      rowsSeen: 2,
      rowsByFallback: 1,
      rowsNotSelectable: 0,
      maxAsOfTs: parseInstant("2026-01-15T17:00:00Z"),
      maxIngestedTs: parseInstant("2026-01-15T17:15:01Z"),
      files: [
        { path: "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T171500Z/odds.parquet", rows: 2 },
      ],
    });
  });

  it("opens only the folders of the days it was asked for", async () => {
    const storage = watched(memoryStorage());
    const bronze = storeOf(storage);
    for (const day of ["13", "14", "15"])
      await bronze.write("injuries_raw", report(`2026-01-${day}T17:00:00Z`, { a: "Out" }));
    storage.listed.length = 0;
    storage.opened.length = 0;
    await bronze.asOf("2026-01-16T00:00:00Z").read("injuries_raw", { date: "2026-01-14" });
    // The day is looked for under each name that it can have.
    const seasons = ["season=2025", "season=2025-26"];
    const days = seasons.flatMap((season) =>
      ["date=2026-01-14", "date=20260114"].map((date) => `${season}/${date}`),
    );
    const folders = [...days, "season=2025/date=2026-01-14/hour=12"];
    expect(new Set(storage.listed)).toEqual(
      new Set(folders.map((folder) => `bronze/injuries_raw/${folder}`)),
    );
    expect(storage.opened.filter((path) => path.includes("date=2026-01-13"))).toEqual([]);
  });
});

describe("what is not decoded changes no answer", () => {
  const minute = (n: number) =>
    `2026-01-15T${String(12 + Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}:00Z`;
  const quotes = fc.array(
    fc.record({
      book: fc.constantFrom("dk", "fd", "mgm"),
      price: fc.integer({ min: -200, max: 200 }),
      asOf: fc.option(fc.integer({ min: 0, max: 59 }), { freq: 6 }),
      ingested: fc.integer({ min: 0, max: 90 }),
    }),
    { minLength: 1, maxLength: 6 },
  );

  it("a pruned read equals the whole timeline, rows and provenance, for changes and snapshots", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(quotes, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -1, max: 91 }),
        fc.boolean(),
        async (runs, at, whole) => {
          const dataset = whole ? { ...odds, partitionIs: "snapshot" as const } : odds;
          const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [dataset] });
          for (const [i, rows] of runs.entries()) {
            const given = rows.map(({ book, price, asOf, ingested }) =>
              quote("g1", book, price, asOf === null ? null : minute(asOf), minute(ingested)),
            );
            await bronze.write("odds_raw", given, run(`r${i}`, minute(i)));
          }
          const cutoff = at < 0 ? "2026-01-15T00:00:00Z" : minute(at);
          const pruned = await bronze.asOf(cutoff).read("odds_raw", { date: "2026-01-15" });
          const full = (await bronze.timeline("odds_raw", { date: "2026-01-15" })).at(cutoff);
          expect(pruned.rows()).toEqual(full.rows());
          expect(pruned.provenance).toEqual(full.provenance);
          const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
          expect(day.asOf(cutoff).rows()).toEqual(full.rows());
        },
      ),
      tries({ small: 60, large: 1_200, seed: 112 }),
    );
  });

  it("a report after the cutoff is not decoded, but a late update of an early report is", async () => {
    const bronze = storeOf();
    await bronze.write(
      "injuries_raw",
      report("2026-01-15T20:00:00Z", { a: "Out" }, "g1", "2026-01-15T20:05:00Z"),
    );
    // The report is of 21:00, its rows were updated at 22:00: at 21:30 it already shows that "a" is gone.
    const late = report("2026-01-15T21:00:00Z", { b: "Out" }, "g1", "2026-01-15T22:05:00Z").map((row) => ({
      ...row,
      as_of_ts: "2026-01-15T22:00:00Z",
    }));
    await bronze.write("injuries_raw", late);
    const snapshot = await bronze.asOf("2026-01-15T21:30:00Z").read("injuries_raw", { date: "2026-01-15" });
    expect(snapshot.rows()).toEqual([]);
    expect(injuries.partitionIs).toBe("snapshot");
  });
});

describe("a feed without a semantic time", () => {
  const scores = defineDataset({
    name: "scores",
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({ game_id: z.string(), score: z.int(), ingested_ts: instant() }),
    key: ["game_id"],
    date: { from: "ingested_ts" },
    timestamps: { asOf: null },
  });
  const row = (score: number, minute: number) => ({
    game_id: "g1",
    score,
    ingested_ts: `2026-01-15T17:${minute}:00Z`,
  });

  it("selects every row by when it was captured, by the short cut as by the index", async () => {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [scores] });
    for (const [score, minute] of [
      [1, 10],
      [2, 20],
      [3, 30],
    ] as const)
      await bronze.write("scores", [row(score, minute)], run(`r${minute}`, `2026-01-15T17:${minute}:30Z`));
    const timeline = await bronze.timeline("scores", { date: "2026-01-15" });
    for (const [cutoff, expected] of [
      ["2026-01-15T17:09:59Z", []],
      ["2026-01-15T17:20:00Z", [2]],
      ["2026-01-15T18:00:00Z", [3]],
    ] as const) {
      const snapshot = await bronze.asOf(cutoff).read("scores", { date: "2026-01-15" });
      expect(snapshot.column("score")).toEqual(expected);
      expect(timeline.at(cutoff).column("score")).toEqual(expected);
      expect(snapshot.provenance).toEqual(timeline.at(cutoff).provenance);
    }
    expect(timeline.at("2026-01-15T18:00:00Z").provenance).toMatchObject({
      rowsNotSelectable: 0,
      rowsByFallback: 1,
      rowsAhead: 0,
      maxAsOfTs: null,
    });
  });

  it("takes no other column for one: an as_of_ts that its files have is a column like any", async () => {
    const storage = memoryStorage();
    const timed = defineDataset({
      name: "scores",
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: scores.schema.extend({ as_of_ts: instant() }),
      key: ["game_id"],
      date: { from: "ingested_ts" },
    });
    const early = { ...row(1, 10), as_of_ts: "2026-01-15T09:00:00Z" };
    await new BronzeStore({ storage, datasets: [timed] }).write("scores", [early], run("r1"));
    const lengthAt = async (cutoff: string) => {
      const at = new BronzeStore({ storage, datasets: [scores] }).asOf(cutoff);
      return (await at.read("scores", { date: "2026-01-15" })).length;
    };
    expect([await lengthAt("2026-01-15T17:09:59Z"), await lengthAt("2026-01-15T17:10:00Z")]).toEqual([0, 1]);
  });
});
