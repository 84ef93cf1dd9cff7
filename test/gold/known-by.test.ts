import {
  type BronzeView,
  type Build,
  defineSchedule,
  type KnownBy,
  leakCheck,
  memoryStorage,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { type injuries, type odds, quote, run } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { clockAt, finished, runAt } from "../run/live.js";
import { frozenWorld, SLATE, TIP } from "./slates.js";

const DATE = "2026-01-15";
const LOCK = "2026-01-15T23:45:00Z";
const KEY = { game_id: "g1", book: "dk" };

/** What was seen in time, and what a backfill wrote in February under an earlier time. */
const [SEEN, RESTATED] = [-110, -130];

async function world() {
  const made = await frozenWorld(memoryStorage(), "2026-03-01T00:00:00Z");
  const { bronze } = made;
  await bronze.write("odds_raw", [quote("g1", "dk", SEEN, "2026-01-15T17:00:00Z")], run("r1"));
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", RESTATED, "2026-01-15T20:00:00Z", "2026-02-01T00:00:00Z")],
    run("backfill", "2026-02-01T00:00:00Z"),
  );
  // After the game: for a leak check to have something to alter.
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -150, "2026-01-16T00:10:00Z", "2026-01-16T00:11:00Z")],
    run("r3", "2026-01-16T00:11:00Z"),
  );
  return made;
}

type World = Awaited<ReturnType<typeof world>>;
type Bounds = { readonly knownBy?: KnownBy };
type View = BronzeView<readonly [typeof injuries, typeof odds]>;

const schedule = defineSchedule([{ game_id: "g1", tip_ts: TIP }], { timeZone: "America/New_York" });
const lock = { slate: SLATE, snapshot: "lock", tip: TIP };

async function priceThrough(view: Pick<View, "read">): Promise<number | null> {
  return (await view.read("odds_raw", { date: DATE })).get(KEY)!.price;
}

const build: Build<readonly [typeof injuries, typeof odds]> = async (at) => [
  { player_id: "x", price: await priceThrough(at as unknown as View) },
];

async function frozenPrice({ gold }: Pick<World, "gold">): Promise<unknown> {
  return (await gold.read(SLATE, { snapshot: "lock" })).rows[0]!.price;
}

async function priceIn({ storage }: World, work: Parameters<typeof runAt<unknown>>[1]): Promise<unknown> {
  return (await finished(runAt(storage, work, { clock: clockAt("2026-03-01T00:00:00Z") }))).value;
}

/** Each verb, asked for the price at lock. */
const VERBS: Record<string, (world: World, bounds: Bounds) => unknown> = {
  "bronze.asOf": ({ bronze }, bounds) => priceThrough(bronze.asOf(LOCK, bounds) as unknown as View),
  "timeline.at": async ({ bronze }, bounds) =>
    (await bronze.timeline("odds_raw", { date: DATE })).at(LOCK, bounds).get(KEY)!.price,
  "timeline.sweep": async ({ bronze }, bounds) =>
    [...(await bronze.timeline("odds_raw", { date: DATE })).sweep([LOCK], bounds)][0]!.get(KEY)!.price,
  "timeline.explain": async ({ bronze }, bounds) =>
    (await bronze.timeline("odds_raw", { date: DATE })).explain(KEY, LOCK, bounds).winner!.row.price,
  "timeline.diff": async ({ bronze }, bounds) =>
    (await bronze.timeline("odds_raw", { date: DATE })).diff("2026-01-15T12:00:00Z", LOCK, bounds).added[0]!
      .price,
  "day.asOf": async ({ bronze }, bounds) =>
    (await bronze.readBronzeDay("odds_raw", DATE)).asOf(LOCK, bounds).get(KEY)!.price,
  "bronze.joinAsOf": async ({ bronze }, bounds) =>
    (
      await bronze.joinAsOf([{ ...KEY, day: DATE, at: LOCK }], "odds_raw", {
        on: ["game_id", "book"],
        cutoff: "at",
        date: "day",
        columns: ["price"],
        ...bounds,
      })
    ).rows()[0]!.price,
  "timeline.joinAsOf": async ({ bronze }, bounds) =>
    (await bronze.timeline("odds_raw", { date: DATE }))
      .joinAsOf([{ ...KEY, at: LOCK }], {
        on: ["game_id", "book"],
        cutoff: "at",
        columns: ["price"],
        ...bounds,
      })
      .rows()[0]!.price,
  "run.bronze.asOf": (made, bounds) =>
    priceIn(made, (run) => priceThrough(run.bronze.asOf(LOCK, bounds) as unknown as View)),
  "gold.freeze": async (made, bounds) => {
    await made.gold.freeze({ ...lock, ...bounds }, build);
    return frozenPrice(made);
  },
  "gold.freezeDue": async (made, bounds) => {
    await failing(made.gold.freezeDue(schedule, build, { snapshots: ["lock"], ...bounds }));
    return frozenPrice(made);
  },
  "gold.backfill": async (made, bounds) => {
    await failing(
      made.gold.backfill(schedule, build, { from: DATE, to: DATE, snapshots: ["lock"], ...bounds }),
    );
    return frozenPrice(made);
  },
  "run.gold.freeze": (made, bounds) =>
    priceIn(made, async (run) => {
      await run.gold.freeze({ ...lock, ...bounds }, build as never);
      return frozenPrice({ gold: run.gold.store as never });
    }),
  "run.gold.freezeDue": (made, bounds) =>
    priceIn(made, async (run) => {
      await failing(run.gold.freezeDue(schedule, build as never, { snapshots: ["lock"], ...bounds }));
      return frozenPrice({ gold: run.gold.store as never });
    }),
  "run.gold.backfill": (made, bounds) =>
    priceIn(made, async (run) => {
      const days = { from: DATE, to: DATE, snapshots: ["lock"] };
      await failing(run.gold.backfill(schedule, build as never, { ...days, ...bounds }));
      return frozenPrice({ gold: run.gold.store as never });
    }),
  leakCheck: async ({ bronze }, bounds) => {
    let price: unknown;
    let isFirst = true;
    await leakCheck(
      async (at) => {
        const own = await priceThrough(at as unknown as View);
        if (isFirst) price = own;
        isFirst = false;
        return own;
      },
      { bronze, cutoffs: [LOCK], ...bounds },
    );
    return price;
  },
  "gold.leakCheck": async ({ gold }, bounds) => {
    let price: unknown;
    let isFirst = true;
    await gold.leakCheck({ ...lock, ...bounds }, async (at, context) => {
      const rows = await build(at, context);
      if (isFirst) price = rows[0]!.price;
      isFirst = false;
      return rows;
    });
    return price;
  },
};

/** What one slate fails by is the report's; here it is the answer. */
async function failing(report: Promise<{ readonly failed: readonly { readonly error: unknown }[] }>) {
  const { failed } = await report;
  if (failed.length > 0) throw failed[0]!.error;
}

describe.each(Object.entries(VERBS))("knownBy of %s", (_, price) => {
  it("bounds nothing by default, and takes an instant or the cutoff", async () => {
    expect(await price(await world(), {})).toBe(RESTATED);
    expect(await price(await world(), { knownBy: "cutoff" })).toBe(SEEN);
    expect(await price(await world(), { knownBy: LOCK })).toBe(SEEN);
    expect(await price(await world(), { knownBy: new Date(LOCK) })).toBe(SEEN);
    expect(await price(await world(), { knownBy: "2026-02-01T00:00:00Z" })).toBe(RESTATED);
  });

  it("refuses what is neither", async () => {
    for (const knownBy of ["Cutoff", "2026-01-15T23:45:00", null as never, 5 as never]) {
      const error = await errorOf(Promise.resolve(world()).then((made) => price(made, { knownBy })));
      expect(error.code).toBe("INVALID_INSTANT");
    }
  });
});

describe("knownBy beside the verbs that have a cutoff", () => {
  it("of a history bounds its rows by an instant, and has no cutoff to go by", async () => {
    const { bronze } = await world();
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const prices = (bounds?: Bounds) => timeline.history(KEY, bounds).map(({ row }) => row.price);
    expect(prices()).toEqual([SEEN, RESTATED, -150]);
    expect(prices({ knownBy: LOCK })).toEqual([SEEN]);
    expect(prices({ knownBy: "2026-01-17T00:00:00Z" })).toEqual([SEEN, -150]);
    expect(() => prices({ knownBy: "cutoff" })).toThrow(/no cutoff that knownBy: "cutoff" could mean/);
    expect(() => timeline.history(KEY, { knownby: LOCK } as never)).toThrow(/has no option "knownby"/);
  });

  it("of labels that have another column named cutoff is ambiguous, and refused", async () => {
    const { bronze } = await world();
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const on = ["game_id", "book"] as const;
    const label = { ...KEY, at: LOCK, cutoff: LOCK };
    expect(() => timeline.joinAsOf([label], { on, cutoff: "at", knownBy: "cutoff" })).toThrow(
      /labels also have a column "cutoff"/,
    );
    const bounded = timeline.joinAsOf([label], { on, cutoff: "cutoff", knownBy: "cutoff" });
    expect(bounded.column("price")).toEqual([SEEN]);
  });
});

describe("what a report counts of captures", () => {
  it("says how much a leak check without knownBy lets through, and nothing with it", async () => {
    const { bronze, gold } = await world();
    const read = (at: unknown) => priceThrough(at as View);
    const cutoffs = ["2026-01-15T18:00:00Z", LOCK];
    const none = {
      rowsCapturedLater: 0,
      rowsCaptureUnknown: 0,
      keysByLaterEvidence: 0,
      readsBeforeUsable: 0,
    };
    expect(await leakCheck(read, { bronze, cutoffs })).toMatchObject({ ...none, rowsCapturedLater: 1 });
    expect(await leakCheck(read, { bronze, cutoffs, knownBy: "cutoff" })).toMatchObject(none);
    expect(await gold.leakCheck(lock, build)).toMatchObject({ ...none, rowsCapturedLater: 1 });
    const leaky = async () => (await bronze.readBronzeDay("odds_raw", DATE)).length;
    const error = await errorOf(
      leakCheck(async (at) => [await read(at), await leaky()], { bronze, cutoffs: [LOCK] }),
    );
    expect(error).toMatchObject({
      code: "LEAK",
      details: { captures: { ...none, rowsCapturedLater: 1 } },
    });
  });
});
