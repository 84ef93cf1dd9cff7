import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  seasonStartingIn,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { filesIn, injuries, odds, quote, report, run, storeOf } from "./feeds.js";

/** As plain JavaScript would call it: no type checker sees the mistake. */
const untyped = (value: unknown) => value as never;

describe("options that nothing reads are errors, since a misspelled bound would be no bound", () => {
  const refused = (call: () => unknown, option: string) =>
    expect(Promise.resolve().then(call)).rejects.toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(`no option "${option}"`),
      }),
    );

  it("on a view and its reads", async () => {
    const bronze = storeOf();
    const at = bronze.asOf("2026-01-15T18:00:00Z");
    await refused(
      () => bronze.asOf("2026-01-15T18:00:00Z", untyped({ knownby: "2026-01-15T18:00:00Z" })),
      "knownby",
    );
    await refused(() => bronze.asOf("2026-01-15T18:00:00Z", untyped({ maxAge: "PT1H" })), "maxAge");
    await refused(
      () => at.read("odds_raw", untyped({ date: "2026-01-15", knownBy: "2026-01-15T18:00:00Z" })),
      "knownBy",
    );
    await refused(
      () => at.read("odds_raw", untyped({ date: "2026-01-15", lookBackDays: 1 })),
      "lookBackDays",
    );
  });

  it("on days, timelines and writes", async () => {
    const bronze = storeOf();
    await refused(
      () => bronze.readBronzeDay("odds_raw", "2026-01-15", untyped({ includeRun: false })),
      "includeRun",
    );
    await refused(
      () => bronze.timeline("odds_raw", untyped({ date: "2026-01-15", maxAge: "PT1H" })),
      "maxAge",
    );
    await refused(() => bronze.write("odds_raw", [], untyped({ runs: {} })), "runs");
    const timeline = await bronze.timeline("odds_raw", { date: "2026-01-15" });
    await refused(() => timeline.at("2026-01-15T18:00:00Z", untyped({ knownby: 1 })), "knownby");
  });

  it("and so are words an option does not know", async () => {
    const bronze = storeOf();
    for (const options of [{ prefer: "newest" }, { onCorrupt: "ignore" }]) {
      await expect(bronze.readBronzeDay("odds_raw", "2026-01-15", untyped(options))).rejects.toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    }
  });

  it("in a definition, naming the dataset", () => {
    const good = {
      name: "feed",
      schema: z.object({ id: z.string(), as_of_ts: instant() }),
      key: ["id"],
      date: { from: "as_of_ts" },
    };
    const wrong = [
      { partitionIs: "snapshots" },
      { partitionsIs: "snapshot" },
      { timestamps: { fallback: "nevr" } },
      { timestamps: { earlyest: "2020-01-01T00:00:00Z" } },
      { history: "perRun" },
      { schema: { id: "string" } },
      { key: "id" },
      { date: undefined },
    ];
    for (const options of wrong) {
      expect(() => defineDataset(untyped({ ...good, ...options }))).toThrow(
        expect.objectContaining({
          code: "INVALID_DATASET",
          message: expect.stringContaining('Dataset "feed"'),
        }),
      );
    }
  });
});

describe("what is missing altogether", () => {
  const code = (call: () => unknown) =>
    Promise.resolve()
      .then(call)
      .then(
        () => "no error",
        (error: { code?: string }) => error.code ?? String(error),
      );

  it("is said in the library's words, not as a TypeError", async () => {
    const bronze = storeOf();
    expect(await code(() => new BronzeStore(untyped(undefined)))).toBe("INVALID_ARGUMENT");
    expect(await code(() => new BronzeStore(untyped({ datasets: [odds] })))).toBe("INVALID_ARGUMENT");
    expect(await code(() => new BronzeStore(untyped({ root: "x" })))).toBe("INVALID_ARGUMENT");
    expect(await code(() => new BronzeStore(untyped({ root: "x", datasets: [{ name: "plain" }] })))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(await code(() => bronze.asOf("2026-01-15T18:00:00Z").read("odds_raw", untyped(undefined)))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(await code(() => bronze.write("odds_raw", untyped(quote("g1", "dk", 1, null)), run("r1")))).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("names the run before it names a run_id the schema wants", async () => {
    const strict = defineDataset({
      name: "strict",
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ id: z.string(), as_of_ts: instant(), ingested_ts: instant(), run_id: z.string() }),
      key: ["id"],
      date: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [strict] });
    const rows = [{ id: "a", as_of_ts: "2026-01-15T18:00:00Z" }];
    await expect(bronze.write("strict", rows)).rejects.toThrow(
      expect.objectContaining({ code: "MISSING_RUN" }),
    );
    await bronze.write("strict", rows, run("r1"));
    expect((await bronze.readBronzeDay("strict", "2026-01-15")).column("run_id")).toEqual(["r1"]);
  });
});

describe("a second season rule", () => {
  it("cannot compare a day with itself", async () => {
    const storage = memoryStorage();
    await storeOf(storage).write("injuries_raw", report("2026-01-15T22:00:00Z", { a: "Out" }));
    // Under this rule the season of January 2026 is still 2025; under a rule that starts in January it is 2026.
    const other = new BronzeStore({
      storage,
      datasets: [{ ...injuries, layout: { ...injuries.layout, season: seasonStartingIn(1) } }],
    });
    await expect(other.write("injuries_raw", report("2026-01-15T23:00:00Z", { a: "Out" }))).rejects.toThrow(
      expect.objectContaining({ code: "MISFILED_DAY" }),
    );
  });
});

describe("an answer without rows", () => {
  it("says why, in its provenance and where it shows itself", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { a: "Out" }));
    await bronze.write("injuries_raw", [], { snapshot: { time: "2026-01-15T23:00:00Z" } });
    const read = (cutoff: string, date = "2026-01-15") => bronze.asOf(cutoff).read("injuries_raw", { date });
    expect((await read("2026-01-15T23:30:00Z", "2026-02-01")).provenance.emptyBecause).toBe("no files");
    expect((await read("2026-01-15T21:00:00Z")).provenance.emptyBecause).toBe("nothing known by the cutoff");
    const gone = await read("2026-01-15T23:30:00Z");
    expect(gone.provenance.emptyBecause).toBe("nothing held at the cutoff");
    expect(String(gone)).toContain("nothing held at the cutoff");
    expect((await read("2026-01-15T22:30:00Z")).provenance.emptyBecause).toBeNull();
  });

  it("names the corrupt files that were passed over", async () => {
    const storage = memoryStorage();
    const path = "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T171500Z/odds.parquet";
    await storage.publish(path, new Uint8Array([1, 2, 3]));
    const timeline = await storeOf(storage).timeline("odds_raw", { date: "2026-01-15", onCorrupt: "skip" });
    expect(timeline.at("2026-01-15T23:30:00Z").provenance.filesSkipped).toEqual([path]);
    const day = await storeOf(storage).readBronzeDay("odds_raw", "2026-01-15", { onCorrupt: "skip" });
    expect(String(day)).toBe(
      "BronzeDay odds_raw 2026-01-15: 0 rows from 0 files (history)\n" +
        "  game_id  book  price  as_of_ts  ingested_ts\n  1 corrupt file skipped",
    );
  });
});

describe("rows that throw when they are looked at", () => {
  const fine = quote("g1", "dk", -110, "2026-01-15T17:00:00Z");
  const fails = () => {
    throw new Error("no such price");
  };
  const throwing = (field: string) =>
    Object.defineProperty({ ...fine }, field, { enumerable: true, get: fails });
  const ROWS: Record<string, unknown> = {
    "in a field": throwing("price"),
    "in a stamp": throwing("ingested_ts"),
    "in a field nobody knows": throwing("prize"),
    "when they are listed": new Proxy(fine, { ownKeys: fails }),
    "in any field": new Proxy(fine, { get: fails }),
    "inside a value": { ...fine, price: Object.defineProperty({}, "valueOf", { get: fails }) },
    "inside an instant": { ...fine, as_of_ts: new Proxy({}, { get: fails, has: fails }) },
  };

  it.each(
    Object.keys(ROWS),
  )("%s are INVALID_ROWS, with their number, and nothing is written", async (which) => {
    const storage = memoryStorage();
    const error = await errorOf(storeOf(storage).write("odds_raw", [fine, untyped(ROWS[which])], run("r1")));
    expect(error.code).toBe("INVALID_ROWS");
    expect(error.message).toContain("nothing was written");
    expect(JSON.stringify(error)).toContain("INVALID_ROWS");
    expect(await filesIn(storage)).toEqual([]);
  });
});
