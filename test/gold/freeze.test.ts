import { GoldStore, memoryStorage, nbaSeason } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { filesIn, quote, run } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const lock = { slate: SLATE, snapshot: "lock", tip: TIP };

async function world() {
  const made = await frozenWorld();
  await writeEvening(made);
  return made;
}

describe("freeze", () => {
  it("freezes what was known 15 minutes before the tip, and at the tip", async () => {
    const { gold } = await world();
    await gold.freeze(lock, build);
    await gold.freeze({ ...lock, snapshot: "pretip" }, build);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows).toEqual([
      { player_id: "ada", out: true, best_price: -105 },
    ]);
    const { rows, manifest } = await gold.read(SLATE, { snapshot: "pretip" });
    expect(rows).toEqual([{ player_id: "ada", out: true, best_price: -105 }]);
    expect(manifest.snapshot_ts).toBe(TIP);
  });

  it("writes the manifest of everything the builder read, by watching it", async () => {
    const { gold } = await world();
    const { manifest, status, path } = await gold.freeze(
      { ...lock, run: { id: "r9" }, parameters: { model: "v1" } },
      build,
    );
    expect(status).toBe("frozen");
    expect(path).toBe("gold/slates/season=2025/game_date=2026-01-15/game_id=g1/manifest.lock.json");
    expect(manifest).toMatchObject({
      slate: SLATE,
      snapshot: "lock",
      revision: 1,
      previous: null,
      version: 2,
      event_ts: TIP,
      boundary: "inclusive",
      delay: null,
      notes: {},
      external: [],
      row_key: null,
      snapshot_ts: "2026-01-15T23:45:00Z",
      run_id: "r9",
      parameters: { model: "v1" },
      output: {
        rows: 1,
        columns: [
          { name: "player_id", type: "STRING" },
          { name: "out", type: "BOOLEAN" },
          { name: "best_price", type: "DOUBLE" },
        ],
      },
    });
    const [injuriesRead, oddsRead] = manifest.inputs;
    expect(injuriesRead).toMatchObject({
      dataset: "injuries_raw",
      dates: ["2026-01-14", "2026-01-15"],
      rows_selected: 1,
      rows_by_fallback: 0,
      empty_because: null,
      max_as_of_ts: "2026-01-15T23:00:00Z",
    });
    // The report after the cutoff can not have mattered, and is not named.
    expect(injuriesRead!.files.map((file) => file.path.split("/").at(-2))).toEqual(["hour=17", "hour=18"]);
    expect(oddsRead).toMatchObject({ dataset: "odds_raw", rows_selected: 2, rows_by_fallback: 1 });
  });

  it("names a dataset that was asked for and found empty, and why", async () => {
    const { gold } = await world();
    const { manifest } = await gold.freeze(lock, async (at) => {
      await at.read("odds_raw", { date: "2026-02-01" });
      await at.read("injuries_raw", { date: "2026-01-15", maxAge: "PT1M" });
      return [];
    });
    expect(manifest.inputs.map(({ empty_because }) => empty_because)).toEqual([
      "no files",
      "nothing known by the cutoff",
    ]);
  });

  it("is a no-op when the same inputs give the same result, also after the feed went on", async () => {
    const { gold, bronze, storage } = await world();
    const first = await gold.freeze(lock, build);
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -200, "2026-01-16T01:00:00Z")],
      run("r4", "2026-01-16T01:01:00Z"),
    );
    const before = await filesIn(storage, "gold");
    const again = await gold.freeze(lock, build);
    expect(again).toMatchObject({ status: "unchanged", manifest: { digest: first.manifest.digest } });
    expect(await filesIn(storage, "gold")).toEqual(before);
  });

  it("refuses another result, and says whether inputs or builder differ", async () => {
    const { gold, bronze } = await world();
    await gold.freeze(lock, build);
    const builder = await errorOf(
      gold.freeze(lock, async (at, context) => [...(await build(at, context)), { player_id: "x" }]),
    );
    expect(builder.code).toBe("SLATE_CONFLICT");
    expect(builder.message).toContain("2 rows instead of 1, from the same inputs, so the builder changed");
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", 100, "2026-01-15T20:00:00Z")],
      run("late", "2026-01-17T00:00:00Z"),
    );
    const inputs = await errorOf(gold.freeze(lock, build));
    expect(inputs.details.differences).toEqual([
      "input bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260117T000000Z/odds.parquet is new",
      "the result: other values",
    ]);
  });

  it("adds a revision to the first when forced; readers get the newest by default", async () => {
    const { gold, storage } = await world();
    const first = await gold.freeze(lock, build);
    const second = await gold.freeze({ ...lock, force: true }, async () => [
      { player_id: "zed", out: false, best_price: 0 },
    ]);
    expect(second.manifest).toMatchObject({ revision: 2, previous: first.manifest.digest });
    const named = (name: string, { manifest }: typeof first) =>
      `${name}.${manifest.output.sha256.slice(0, 16)}.parquet`;
    expect((await filesIn(storage, "gold/slates")).map((path) => path.split("/").at(-1))).toEqual([
      ...[named("lock", first), named("lock.r2", second)].sort(),
      "manifest.lock.json",
      "manifest.lock.r2.json",
    ]);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows).toHaveLength(1);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows[0]).toMatchObject({ player_id: "zed" });
    expect((await gold.read(SLATE, { snapshot: "lock", revision: 1 })).rows[0]).toMatchObject({
      player_id: "ada",
    });
  });

  it("completes an interrupted freeze: data without a manifest is nobody's", async () => {
    const { gold, storage } = await world();
    const data = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1/lock.parquet";
    await storage.publish(data, new Uint8Array([1, 2, 3]));
    expect((await errorOf(gold.read(SLATE, { snapshot: "lock" }))).code).toBe("SLATE_NOT_FROZEN");
    expect((await gold.freeze(lock, build)).status).toBe("frozen");
    expect((await gold.verify(SLATE, { snapshot: "lock" })).ok).toBe(true);
  });

  it("refuses a cutoff that has not come yet", async () => {
    const { gold } = await frozenWorld(memoryStorage(), "2026-01-15T23:44:59Z");
    expect((await errorOf(gold.freeze(lock, build))).code).toBe("SLATE_NOT_DUE");
  });

  it("passes on what a builder throws, and freezes nothing", async () => {
    const { gold, storage } = await world();
    const error = await errorOf(
      gold.freeze(lock, () => {
        throw new Error("no model");
      }),
    );
    expect(error).toMatchObject({
      code: "BUILD_FAILED",
      cause: expect.objectContaining({ message: "no model" }),
    });
    expect(await filesIn(storage, "gold")).toEqual([]);
  });

  it("keeps types by a schema where one is given", async () => {
    const { storage, bronze } = await world();
    const schema = z.object({ player_id: z.string(), games: z.int(), rate: z.number().nullable() });
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze, schema });
    await gold.freeze(lock, () => [{ player_id: "ada", games: 3, rate: null }]);
    const { rows, manifest } = await gold.read(SLATE, { snapshot: "lock" });
    expect(rows).toEqual([{ player_id: "ada", games: 3, rate: null }]);
    expect(manifest.output.columns).toEqual([
      { name: "player_id", type: "STRING", nullable: false },
      { name: "games", type: "INT64", nullable: false },
      { name: "rate", type: "DOUBLE", nullable: true },
    ]);
    const bad = await errorOf(
      gold.freeze({ ...lock, snapshot: "pretip" }, () => [{ player_id: "ada", games: 1.5, rate: 0 }]),
    );
    expect(bad.code).toBe("INVALID_ROWS");
  });

  it("takes other slates than games, and other snapshot types", async () => {
    const { storage, bronze } = await world();
    const gold = new GoldStore({
      timeZone: "America/New_York",
      storage,
      bronze,
      slate: { key: ["race_date", "race_id"], dateKey: "race_date" },
      snapshots: { dawn: "PT12H" },
    });
    const slate = { race_date: "2026-01-15", race_id: "r-7" };
    const { path } = await gold.freeze({ slate, snapshot: "dawn", tip: TIP }, () => []);
    expect(path).toBe("gold/slates/race_date=2026-01-15/race_id=r-7/manifest.dawn.json");
    expect((await errorOf(gold.freeze({ slate, snapshot: "lock", tip: TIP }, () => []))).code).toBe(
      "INVALID_ARGUMENT",
    );
    expect((await errorOf(gold.freeze({ slate: SLATE, snapshot: "dawn", tip: TIP }, () => []))).code).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("refuses slate keys that could leave the root", async () => {
    const { gold } = await world();
    for (const game_id of ["../../x", "a/b", "a\0b", ""]) {
      const error = await errorOf(gold.freeze({ ...lock, slate: { ...SLATE, game_id } }, build));
      expect(["INVALID_PATH", "INVALID_ARGUMENT"]).toContain(error.code);
    }
  });

  it("puts the same bytes back where frozen data was lost or damaged", async () => {
    const { gold, storage } = await world();
    const { manifest } = await gold.freeze(lock, build);
    await storage.remove(manifest.output.path);
    expect((await gold.freeze(lock, build)).status).toBe("repaired");
    expect((await gold.verify(SLATE, { snapshot: "lock" })).ok).toBe(true);
    await storage.replace(manifest.output.path, new Uint8Array([1]));
    expect((await gold.freeze(lock, build)).status).toBe("repaired");
    expect((await gold.freeze(lock, build)).status).toBe("unchanged");
  });

  it("holds a game's date and season to its tip-off, or one game would be two slates", async () => {
    const { gold } = await world();
    for (const wrong of [{ season: 2026 }, { game_date: "2026-01-16" }]) {
      expect((await errorOf(gold.freeze({ ...lock, slate: { ...SLATE, ...wrong } }, build))).code).toBe(
        "INVALID_ARGUMENT",
      );
    }
  });

  it("bounds the builder to what was captured by the cutoff when asked", async () => {
    const { gold, bronze } = await world();
    await bronze.write(
      "odds_raw",
      [{ ...quote("g1", "late", 500, "2026-01-15T20:00:00Z"), ingested_ts: "2026-03-01T00:00:00Z" }],
      run("late", "2026-03-01T00:00:00Z"),
    );
    await gold.freeze({ ...lock, knownBy: "cutoff" }, build);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows[0]).toMatchObject({ best_price: -105 });
    await gold.freeze({ ...lock, force: true }, build);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows[0]).toMatchObject({ best_price: 500 });
  });

  it("keeps a Date as an instant, and refuses anything but a list of rows", async () => {
    const { gold } = await world();
    const { manifest } = await gold.freeze(lock, () => [{ at: new Date("2026-01-15T20:00:00Z") }]);
    expect(manifest.output.columns).toEqual([{ name: "at", type: "TIMESTAMP(ns, UTC)", nullable: true }]);
    const error = await errorOf(gold.freeze({ ...lock, snapshot: "pretip" }, () => undefined as never));
    expect(error.code).toBe("INVALID_ROWS");
    expect((await errorOf(gold.freeze({ ...lock, fors: true } as never, build))).code).toBe(
      "INVALID_ARGUMENT",
    );
  });
});
