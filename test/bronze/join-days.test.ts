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
import { quote, report, run, storeOf } from "./feeds.js";

const cutoff_ts = "2026-01-15T23:45:00Z";
const DAYS = { from: "2026-01-15", to: "2026-01-15" };

async function feeds() {
  const bronze = storeOf();
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -110, "2026-01-12T17:00:00Z"), quote("g0", "dk", -120, "2026-01-12T17:00:00Z")],
    run("r1", "2026-01-12T17:00:30Z"),
  );
  await bronze.write("injuries_raw", report("2026-01-14T23:00:00Z", { ada: "Out" }));
  return bronze;
}

describe("the days a label reads", () => {
  it("come from what it is joined on, where that is looked up for the dataset's dates", async () => {
    const bronze = await feeds();
    // Asked days before the games: the cutoff's own day has no file.
    const labels = ["g1", "g0", "g1"].map((game_id, i) => ({
      game_id,
      cutoff_ts: `2026-01-1${3 - (i % 2)}T12:00:00Z`,
    }));
    const joined = await bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "cutoff_ts" });
    expect(joined.column("price")).toEqual([-110, null, -110]);
    expect(joined.provenance).toMatchObject({ dates: ["2026-01-14", "2026-01-15"], labelsMatched: 2 });
  });

  it("come from what it is joined on, where that is the date itself, or an instant of the day", async () => {
    const forecasts = defineDataset({
      name: "forecasts",
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ city: z.string(), valid: domainDate(), high: z.int(), as_of_ts: instant() }),
      key: ["city", "valid"],
      date: { from: "valid" },
    });
    const ticks = defineDataset({
      name: "ticks",
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ at_ts: instant(), n: z.int(), as_of_ts: instant() }),
      key: ["at_ts"],
      date: { from: "at_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [forecasts, ticks] });
    const as_of_ts = "2026-01-10T12:00:00Z";
    await bronze.write("forecasts", [{ city: "NYC", valid: "2026-01-15", high: 3, as_of_ts }], run("r1"));
    const label = { city: "NYC", valid: "2026-01-15", cutoff_ts: "2026-01-11T00:00:00Z" };
    const high = await bronze.joinAsOf([label], "forecasts", { on: ["valid", "city"], cutoff: "cutoff_ts" });
    expect(high.column("high")).toEqual([3]);
    await bronze.write("ticks", [{ at_ts: "2026-01-16T04:59:59Z", n: 1, as_of_ts }], run("r1"));
    const tick = { at_ts: "2026-01-16T04:59:59Z", cutoff_ts: "2026-01-11T00:00:00Z" };
    const joined = await bronze.joinAsOf([tick], "ticks", { on: ["at_ts"], cutoff: "cutoff_ts" });
    expect([joined.column("n"), joined.provenance.dates]).toEqual([[1], ["2026-01-15"]]);
  });

  it("are what the caller says, also where what is joined on would tell them", async () => {
    const bronze = await feeds();
    const ask = { on: ["game_id"], cutoff: "cutoff_ts" } as const;
    const dates = async (more: object) =>
      (
        await bronze.joinAsOf([{ game_id: "g1", day: "2026-01-13", cutoff_ts }], "odds_raw", {
          ...ask,
          ...more,
        })
      ).provenance.dates;
    expect(await dates({ date: "day" })).toEqual(["2026-01-13"]);
    expect(await dates({ date: () => "2026-01-12", lookbackDays: 1 })).toEqual(["2026-01-11", "2026-01-12"]);
    expect(await dates({ lookbackDays: 1 })).toEqual(["2026-01-14", "2026-01-15"]);
    expect(await dates(DAYS)).toEqual(["2026-01-15"]);
  });

  it("are counted back from the cutoff's day in the dataset's zone, where only how many is said", async () => {
    const bronze = await feeds();
    // 22:00 of the 14th in New York.
    const label = { game_id: "g1", player_id: "ada", cutoff_ts: "2026-01-15T03:00:00Z" };
    const ask = { on: ["player_id", "game_id"], cutoff: "cutoff_ts", columns: ["status"] } as const;
    const today = await bronze.joinAsOf([label], "injuries_raw", { ...ask, lookbackDays: 0 });
    expect([today.column("status"), today.provenance.dates]).toEqual([["Out"], ["2026-01-14"]]);
    const two = await bronze.joinAsOf([label], "injuries_raw", { ...ask, lookbackDays: 1 });
    expect(two.provenance.dates).toEqual(["2026-01-13", "2026-01-14"]);
  });

  it("are never guessed: a join that is not told them is refused, and says what to give", async () => {
    const bronze = await feeds();
    const untold = bronze.joinAsOf.bind(bronze) as (...given: unknown[]) => Promise<unknown>;
    const injuries = { on: ["game_id"], cutoff: "cutoff_ts" };
    for (const labels of [[{ game_id: "g1", cutoff_ts }], []]) {
      const error = await errorOf(untold(labels, "injuries_raw", injuries));
      expect(error).toMatchObject({
        code: "JOIN_DAYS",
        details: { dataset: "injuries_raw", column: "report_ts" },
      });
      for (const way of ["report_ts", "date", "lookbackDays", "from and to"])
        expect(error.message).toContain(way);
    }
    const byBook = await errorOf(
      untold([{ book: "dk", cutoff_ts }], "odds_raw", { ...injuries, on: ["book"] }),
    );
    expect(byBook.message).toContain("game_id, looked up in the schedule");
    const half = await errorOf(
      untold([{ game_id: "g1", cutoff_ts }], "odds_raw", { ...injuries, from: "2026-01-15" }),
    );
    expect(half.code).toBe("INVALID_ARGUMENT");
  });

  it("are not known of a label that the lookup does not know, nor of one without a value", async () => {
    const bronze = await feeds();
    const ask = { on: ["game_id"], cutoff: "cutoff_ts" } as const;
    const labels = ["g1", "x2", "x1", "x2"].map((game_id) => ({ game_id, cutoff_ts }));
    const unknown = await errorOf(bronze.joinAsOf(labels, "odds_raw", ask));
    expect(unknown).toMatchObject({
      code: "UNKNOWN_LOOKUP",
      details: { column: "game_id", values: ["x2", "x1"] },
    });
    expect((await bronze.joinAsOf(labels, "odds_raw", { ...ask, ...DAYS })).provenance.labelsMatched).toBe(1);
    const none = await errorOf(bronze.joinAsOf([{ game_id: null as never, cutoff_ts }], "odds_raw", ask));
    expect(none).toMatchObject({ code: "JOIN_DAYS", details: { label: 0 } });
  });
});

describe("days that had no file", () => {
  const ask = { on: ["game_id"], cutoff: "cutoff_ts", prefix: "line_" } as const;
  const label = { game_id: "g1", cutoff_ts };

  it("are named in the join's provenance and counted where it is printed", async () => {
    const bronze = await feeds();
    const joined = await bronze.joinAsOf([label], "odds_raw", { ...ask, lookbackDays: 3 });
    expect(joined.provenance.datesWithoutFiles).toEqual(["2026-01-12", "2026-01-13"]);
    const print = (value: object) =>
      (value as Record<symbol, () => string>)[Symbol.for("nodejs.util.inspect.custom")]!();
    const lines = print(joined).split("\n");
    expect([lines[0], lines.at(-1)]).toEqual([
      "AsOfJoin with odds_raw: 1 row for 1 label, 1 of them matched",
      "  2 of 4 days had no file",
    ]);
    expect(print(await bronze.joinAsOf([label], "odds_raw", ask))).not.toContain("had no file");
  });

  it("are the same for a timeline of those days, and none for a day whose file says that nothing was", async () => {
    const bronze = await feeds();
    const days = { from: "2026-01-13", to: "2026-01-16" };
    const timeline = await bronze.timeline("odds_raw", days);
    expect(timeline.joinAsOf([label], ask).provenance.datesWithoutFiles).toEqual([
      "2026-01-13",
      "2026-01-16",
    ]);
    const snapshot = { time: "2026-01-15T23:00:00Z" };
    await bronze.write("injuries_raw", [], { snapshot });
    const none = await bronze.joinAsOf([label], "injuries_raw", { ...ask, lookbackDays: 0 });
    expect([none.provenance.datesWithoutFiles, none.provenance.rowsSeen]).toEqual([[], 0]);
  });
});

describe("a join of no labels", () => {
  it("has the dataset's columns in their types, as a timeline's has", async () => {
    const bronze = await feeds();
    const none: { game_id: string; cutoff_ts: string }[] = [];
    const ask = { on: ["game_id"], cutoff: "cutoff_ts" } as const;
    const timeline = await bronze.timeline("odds_raw", DAYS);
    const fields = async (joined: { toArrow(): Promise<{ schema: { fields: unknown[] } }> }) =>
      (await joined.toArrow()).schema.fields.map(String);
    const joined = await bronze.joinAsOf(none, "odds_raw", ask);
    expect([joined.length, joined.rows()]).toEqual([0, []]);
    const typed = await fields(joined);
    expect(typed).toContain("price: Int64");
    expect(
      (await fields(timeline.joinAsOf(none, ask))).filter((field) => !field.startsWith("run_id")),
    ).toEqual(typed);
  });
});
