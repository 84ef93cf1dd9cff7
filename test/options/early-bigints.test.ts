import {
  BronzeStore,
  defineDataset,
  defineSchedule,
  doctor,
  GoldStore,
  instant,
  isBronzeError,
  layouts,
  memoryStorage,
  nbaSeason,
  Retention,
  toTemporalInstant,
  withRun,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { odds, quote, run, schedule, storeOf } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";

describe("a bigint that is not nanoseconds, in data, keys and clocks", () => {
  const ms = BigInt(Date.parse("2026-01-15T18:00:00Z"));
  const store = () => storeOf();

  // Options that are instants are found by the compiler (every-entry-point.test.ts); these lie in data and in clocks.
  const seen = defineDataset({
    name: "seen",
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({ id: z.string(), at: instant(), as_of_ts: instant(), ingested_ts: instant() }),
    key: ["id", "at"],
    date: { from: "at" },
    partitionIs: "snapshot",
    scope: ["at"],
    snapshotTime: "ingested_ts",
  });
  const noon = "2026-01-15T18:00:00Z";
  async function seenStore() {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [seen] });
    await bronze.write("seen", [{ id: "a", at: noon, as_of_ts: noon, ingested_ts: noon }], run("r", noon));
    return bronze;
  }
  const keyed = async (
    ask: (timeline: Awaited<ReturnType<typeof timelineOf>>, key: never) => unknown,
    at: bigint,
  ) => ask(await timelineOf(), { id: "a", at } as never);
  const timelineOf = async () => (await seenStore()).timeline("seen", { date: "2026-01-15" });
  const joined = async (label: Record<string, unknown>, on: readonly string[] = ["id"]) =>
    (await timelineOf()).joinAsOf(
      [
        { id: "a", at: noon, cutoff_ts: noon, more: new Date(0) },
        { id: "a", cutoff_ts: noon, ...label },
      ],
      {
        on,
        cutoff: "cutoff_ts",
        columns: ["as_of_ts"],
      } as never,
    );

  const clocked = (value: bigint) =>
    new BronzeStore({ storage: memoryStorage(), datasets: [odds], clock: () => value });

  it.each<[string, (value: bigint) => unknown]>([
    [
      "a row's time",
      (value) => store().write("odds_raw", [{ ...quote("g1", "dk", 1, null), as_of_ts: value }], run("r")),
    ],
    [
      "a capture that the schema does not name",
      (value) => {
        const bare = defineDataset({
          name: "bare",
          layout: layouts.daily(),
          timeZone: "America/New_York",
          season: nbaSeason,
          schema: z.object({ id: z.string(), as_of_ts: instant() }),
          key: ["id"],
          date: { from: "as_of_ts" },
        });
        const row = { id: "a", as_of_ts: noon, ingested_ts: value };
        return new BronzeStore({ storage: memoryStorage(), datasets: [bare] }).write("bare", [row]);
      },
    ],
    [
      "a scope that is covered",
      async (at) =>
        (await seenStore()).write("seen", [], {
          snapshot: { time: noon, date: "2026-01-15", covers: [{ at }] },
          ...run("r2", noon),
        }),
    ],
    ["a key to get", (value) => keyed((timeline, key) => timeline.at(noon).get(key), value)],
    ["a key's history", (value) => keyed((timeline, key) => timeline.history(key), value)],
    ["a key to explain", (value) => keyed((timeline, key) => timeline.explain(key, noon), value)],
    ["a key's steps", (value) => keyed((timeline, key) => timeline.steps(key), value)],
    ["a label's cutoff", (value) => joined({ cutoff_ts: value })],
    ["a label's key", (value) => joined({ at: value }, ["at"])],
    ["another instant of a label", async (more) => (await joined({ more })).toArrow()],
    ["a tip-off", (tip_ts) => defineSchedule([{ game_id: "g1", tip_ts }], { timeZone: "America/New_York" })],
    ["the clock of a store", (value) => clocked(value).write("odds_raw", [], run("r"))],
    [
      "the clock of a freeze",
      (value) =>
        new GoldStore({
          timeZone: "America/New_York",
          season: nbaSeason,
          storage: memoryStorage(),
          bronze: store(),
          clock: () => value,
        }).freezeDue(schedule, () => []),
    ],
    [
      "the clock of retention",
      (value) =>
        new Retention({ bronze: store(), gold: [], clock: () => value }).planPrune({
          datasets: ["odds_raw"],
          olderThan: "P1D",
        }),
    ],
    [
      "the clock of the doctor",
      (value) => doctor({ storage: memoryStorage() }, { clock: () => value, datasets: [odds] }),
    ],
    [
      "the clock of a run",
      (value) =>
        withRun(
          { storage: memoryStorage(), name: "live", timeZone: "UTC", clock: () => value },
          () => undefined,
        ),
    ],
  ])("is refused as %s, in every unit, and taken as nanoseconds", async (_, give) => {
    for (const value of [ms / 1000n, ms, ms * 1000n, 0n, -1n]) {
      const error = await errorOf((async () => give(value))());
      expect(["INVALID_INSTANT", "INVALID_ROWS", "INVALID_ARGUMENT", "TYPE_CLASH"]).toContain(error.code);
      expect(error.message).toContain("is before 1971 as nanoseconds");
    }
    await give(ms * 1_000_000n);
  });

  it("goes in as a key in every other form", async () => {
    const timeline = await timelineOf();
    const ns = ms * 1_000_000n;
    for (const at of [ns, new Date(Number(ms)), noon, toTemporalInstant(ns)]) {
      expect(timeline.at(noon).get({ id: "a", at })).toMatchObject({ id: "a", at: ns });
      expect(timeline.history({ id: "a", at })).toHaveLength(1);
      expect(timeline.steps({ id: "a", at })).toHaveLength(1);
      expect(timeline.explain({ id: "a", at }, noon).winner?.row).toMatchObject({ at: ns });
    }
    expect(timeline.at(noon).get({ id: "a", at: "1969-07-20T20:17:40Z" })).toBeUndefined();
  });

  it("but what was before 1971 as text, or lies in a file, is read and asked as ever", async () => {
    const bronze = store();
    const old = { ...quote("g1", "dk", 1, "1969-07-20T20:17:40Z"), ingested_ts: "2026-01-15T17:15:01Z" };
    await bronze.write("odds_raw", [old], run("r"));
    const timeline = await bronze.timeline("odds_raw", { date: "2026-01-15" });
    const at = await bronze.asOf("1970-01-01T00:00:00Z").read("odds_raw", { date: "2026-01-15" });
    expect(at.rows()).toEqual(timeline.at("1970-01-01T00:00:00Z").rows());
    expect(at.length).toBe(1);
    const label = { game_id: "g1", cutoff_ts: "1970-01-01T00:00:00Z" };
    const joined = timeline.joinAsOf([label], { on: ["game_id"], cutoff: "cutoff_ts", columns: ["price"] });
    expect(joined.rows()[0]).toMatchObject({ price: 1 });
    const bare = { ...label, cutoff_ts: at.cutoff };
    try {
      timeline.joinAsOf([bare], { on: ["game_id"], cutoff: "cutoff_ts" });
      expect.fail("a bare bigint was taken");
    } catch (error) {
      expect(isBronzeError(error, "INVALID_INSTANT")).toBe(true);
    }
  });
});
