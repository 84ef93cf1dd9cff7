import {
  BronzeStore,
  defineDataset,
  defineSchedule,
  domainDate,
  GoldStore,
  layouts,
  memoryStorage,
  nbaSeason,
  readRun,
  withRun,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { frozenWorld, SLATE, TIP } from "./slates.js";

const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [] });
const build = () => [{ a: 1 }];
/** The tip-off is on the 15th in New York, on the 16th in UTC. */
const games = [{ game_id: "g1", tip_ts: TIP }];
const eastern = { timeZone: "America/New_York" };

/** Every public entry that places instants in days. */
const ENTRIES: Record<string, (zone: { timeZone: string }) => unknown> = {
  defineDataset: (zone) =>
    defineDataset({
      name: "a",
      layout: layouts.daily(),
      season: nbaSeason,
      schema: z.object({ day: domainDate() }),
      key: ["day"],
      date: { from: "day" },
      timestamps: { asOf: null },
      ...zone,
    }),
  defineSchedule: (zone) => defineSchedule(games, zone),
  GoldStore: (zone) => new GoldStore({ storage: memoryStorage(), bronze, ...zone }),
  withRun: (zone) => withRun({ storage: memoryStorage(), name: "a", ...zone }, () => 1),
  readRun: (zone) => readRun({ storage: memoryStorage() }, "20260115T234500Z-3f9a1c07", zone),
};

describe("no zone is assumed", () => {
  it.each(Object.entries(ENTRIES))("by %s: it must be said, and the error names one", async (name, entry) => {
    for (const nothing of [{}, { timeZone: undefined }]) {
      const error = await errorOf((async () => entry(nothing as never))());
      expect(error.code).toMatch(/^INVALID_(ARGUMENT|DATASET)$/);
      expect(error.message).toContain(name === "defineDataset" ? "timeZone" : `${name} needs timeZone`);
      expect(error.message).toContain('"America/New_York"');
    }
    const wrong = await errorOf((async () => entry({ timeZone: "America/Gotham" }))());
    expect(wrong.code).toMatch(/^INVALID_(TIME_ZONE|DATASET)$/);
  });

  it("by any source: no default value is a country's", async () => {
    const { readdir, readFile } = await import("node:fs/promises");
    const src = new URL("../../src/", import.meta.url);
    const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const lines = (await readFile(new URL(file, src), "utf8")).split("\n");
      const code = lines.filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line)).join("\n");
      expect(code, file).not.toMatch(/(\?\?|\|\||(?<![=!])=)\s*(nbaSeason|"[A-Z]\w+\/\w+")/);
    }
  });

  it("by the gold of a run, which has the run's zone or its own", async () => {
    const zoneOf = (options: { timeZone: string; gold?: { timeZone?: string } }) =>
      withRun({ storage: memoryStorage(), name: "a", ...options }, ({ gold }) => String(gold.store));
    expect((await zoneOf({ timeZone: "UTC" })).value).toContain("by season, game_date, game_id, UTC");
    const own = { timeZone: "UTC", gold: eastern };
    expect((await zoneOf(own)).value).toContain("by season, game_date, game_id, America/New_York");
  });
});

describe("the days of slates", () => {
  it("are by one zone, so a schedule by another is refused before anything is frozen", async () => {
    const { storage } = await frozenWorld();
    const gold = new GoldStore({ storage, bronze, season: nbaSeason, timeZone: "UTC" });
    const error = await errorOf(gold.freezeDue(defineSchedule(games, eastern), build, { now: TIP }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(
      "is on 2026-01-15, but its tip-off 2026-01-16T00:00:00Z is on 2026-01-16 in UTC",
    );
    const own = new GoldStore({
      storage,
      bronze,
      timeZone: "UTC",
      slate: { key: ["day", "game_id"], dateKey: "day" },
    });
    expect((await errorOf(own.freezeDue(defineSchedule(games, eastern), build))).message).toBe(error.message);
    const utc = defineSchedule(games, { timeZone: "UTC" });
    expect(await own.freezeDue(utc, build, { now: TIP })).toMatchObject({ frozen: 2, failed: [] });
  });
});

describe("no season is assumed", () => {
  const goldWith = (more: object = {}) =>
    new GoldStore({ storage: memoryStorage(), bronze, ...eastern, ...more });

  it("where a schedule has none: the error says to give a rule or a column", async () => {
    const error = await errorOf(goldWith().freezeDue(defineSchedule(games, eastern), build, { now: TIP }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(/season: nbaSeason, or each game of the schedule a column season/);
  });

  it("where one of its games has none: that one fails, with the same advice", async () => {
    const some = [
      { ...games[0]!, season: 2025 },
      { game_id: "g2", tip_ts: TIP },
    ];
    const report = await goldWith().freezeDue(defineSchedule(some, eastern), build, { now: TIP });
    expect(report).toMatchObject({ frozen: 2, failed: [{ slate: { game_id: "g2" } }, {}] });
    for (const { error } of report.failed) expect((error as Error).message).toContain("season: nbaSeason");
  });

  it("but is the game's column, or the rule's, and then a slate that contradicts the rule is refused", async () => {
    const found = async (gold: ReturnType<typeof goldWith>, season: unknown) => {
      const schedule = defineSchedule([{ ...games[0]!, season }], eastern);
      await gold.freezeDue(schedule, build, { now: TIP, snapshots: ["lock"] });
      const seasons = [];
      for await (const { slate } of gold.list()) seasons.push(slate.season);
      return seasons;
    };
    expect(await found(goldWith(), 2031)).toEqual([2031]);
    // Schedules write it in ways of their own: ready-made slates follow the rule.
    expect(await found(goldWith({ season: nbaSeason }), "2025-26")).toEqual([2025]);
    const freeze = (gold: ReturnType<typeof goldWith>, season: number) =>
      gold.freeze({ slate: { ...SLATE, season }, snapshot: "lock", tip: TIP }, build);
    expect((await freeze(goldWith(), 2031)).status).toBe("frozen");
    const error = await errorOf(freeze(goldWith({ season: nbaSeason }), 2031));
    expect(error.message).toContain("is in season 2025, but the slate says season 2031");
  });
});
