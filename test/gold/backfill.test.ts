import {
  type BackfillEvent,
  defineSchedule,
  GoldStore,
  nbaSeason,
  type SeasonRule,
  toEpochNs,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { filesIn, run } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { build, frozenWorld, writeEvening } from "./slates.js";

const schedule = defineSchedule(
  [
    { game_id: "g1", tip_ts: "2026-01-16T00:00:00Z" },
    { game_id: "g2", tip_ts: "2026-01-16T03:30:00Z" },
    { game_id: "g9", tip_ts: "2026-01-18T00:00:00Z" },
    { game_id: "tbd", game_date: "2026-01-15" },
  ],
  { timeZone: "America/New_York" },
);

describe("freezeDue", () => {
  it("freezes every slate whose time has come, and no other", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const report = await world.gold.freezeDue(schedule, build, { now: "2026-01-16T03:20:00Z" });
    // g1: lock and pretip; g2: lock; g9 is not due.
    expect(report).toMatchObject({ frozen: 3, skipped: 0, failed: [], withoutTip: ["tbd"] });
    const later = await world.gold.freezeDue(schedule, build, { now: "2026-01-16T03:30:00Z" });
    expect(later).toMatchObject({ frozen: 1, skipped: 3 });
  });
});

describe("backfill", () => {
  it("goes on after one bad game and reports it at the end", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const events: BackfillEvent[] = [];
    const report = await world.gold.backfill(
      schedule,
      (at, context) => {
        if (context.slate.game_id === "g1") throw new Error("no model for g1");
        return build(at, context);
      },
      {
        from: "2026-01-15",
        to: "2026-01-15",
        onEvent: (event) => events.push(event),
        statusPath: "gold/_backfill.json",
      },
    );
    expect(report.frozen).toBe(2);
    expect(report.failed.map(({ slate, snapshot }) => [slate.game_id, snapshot])).toEqual([
      ["g1", "lock"],
      ["g1", "pretip"],
    ]);
    expect(events.at(-1)).toMatchObject({ done: 4, total: 4 });
    const status = JSON.parse(new TextDecoder().decode(await world.storage.read("gold/_backfill.json")));
    expect(status).toMatchObject({
      done: 4,
      total: 4,
      frozen: 2,
      failed: [{ code: "BUILD_FAILED" }, { code: "BUILD_FAILED" }],
    });
  });

  it("reports what failed in the order of the schedule, whichever failed first", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const days = { from: "2026-01-15", to: "2026-01-15", snapshots: ["lock"], concurrency: 2 };
    let secondFails = () => {};
    const secondFailed = new Promise<void>((resolve) => {
      secondFails = resolve;
    });
    const ended: unknown[] = [];
    const report = await world.gold.backfill(
      schedule,
      async (_, { slate }) => {
        if (slate.game_id === "g1") await secondFailed;
        throw new Error(`no model for ${slate.game_id}`);
      },
      {
        ...days,
        onEvent: ({ slate }) => {
          ended.push(slate.game_id);
          secondFails();
        },
      },
    );
    expect(ended).toEqual(["g2", "g1"]);
    expect(report.failed.map(({ slate }) => slate.game_id)).toEqual(["g1", "g2"]);
  });

  it("is resumable: what is frozen is not built again", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const days = { from: "2026-01-15", to: "2026-01-15", snapshots: ["lock"] };
    await world.gold.backfill(schedule, build, days);
    let built = 0;
    const report = await world.gold.backfill(
      schedule,
      (at, context) => {
        built++;
        return build(at, context);
      },
      days,
    );
    expect([report.skipped, built]).toEqual([2, 0]);
  });

  it("keeps within its bound", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    let running = 0;
    let most = 0;
    let goOn = () => {};
    const threeAreIn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await world.gold.backfill(
      schedule,
      async () => {
        most = Math.max(most, ++running);
        if (running === 3) goOn();
        await threeAreIn;
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate); // a fourth would begin now
        running--;
        return [];
      },
      { from: "2026-01-15", to: "2026-01-15", concurrency: 3 },
    );
    expect(most).toBe(3);
  });

  it("lists what is frozen from manifests alone, by date and snapshot type", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    await world.gold.backfill(schedule, build, { from: "2026-01-15", to: "2026-01-15" });
    const list = async (options: Parameters<typeof world.gold.list>[0]) => {
      const found = [];
      for await (const { slate, snapshot } of world.gold.list(options))
        found.push(`${slate.game_id} ${snapshot}`);
      return found;
    };
    expect(await list({})).toEqual(["g1 lock", "g1 pretip", "g2 lock", "g2 pretip"]);
    expect(await list({ from: "2026-01-15", to: "2026-01-15", snapshot: "lock" })).toEqual([
      "g1 lock",
      "g2 lock",
    ]);
    expect(await list({ from: "2026-01-16" })).toEqual([]);
  });
});

/** Matches of two leagues, known by other columns than games are. */
const matches = defineSchedule(
  [
    { game_id: "a/1", league: "ATP", match_no: 1, tip_ts: "2026-01-15T12:00:00Z" },
    { game_id: "w/1", league: "WTA", match_no: 1, tip_ts: "2026-01-15T14:00:00Z" },
    { game_id: "a/2", league: "ATP", match_no: 2, tip_ts: "2026-01-18T12:00:00Z" },
  ],
  { timeZone: "Europe/Paris" },
);

async function tennis(
  key = ["league", "match_day", "match_no"],
  dateKey = "match_day",
  own: { readonly season?: SeasonRule } = {},
) {
  const { storage, bronze } = await frozenWorld();
  const clock = () => toEpochNs("2026-01-16T00:00:00Z");
  return {
    storage,
    gold: new GoldStore({
      storage,
      bronze,
      clock,
      timeZone: "Europe/Paris",
      ...own,
      slate: { key, dateKey },
    }),
  };
}

describe("slates with keys of the user's own", () => {
  const rows = () => [{ a: 1 }];

  it("take them from the games of the schedule, the date being the game's", async () => {
    const { gold, storage } = await tennis();
    const report = await gold.freezeDue(matches, rows, { snapshots: ["lock"] });
    expect(report).toMatchObject({ games: 3, frozen: 2, skipped: 0, notDue: 1, failed: [] });
    expect((await filesIn(storage, "gold/slates")).filter((path) => path.endsWith(".json"))).toEqual([
      "gold/slates/league=ATP/match_day=2026-01-15/match_no=1/manifest.lock.json",
      "gold/slates/league=WTA/match_day=2026-01-15/match_no=1/manifest.lock.json",
    ]);
    const slate = { league: "ATP", match_day: "2026-01-15", match_no: 1 };
    expect((await gold.manifest(slate, { snapshot: "lock" })).slate).toEqual(slate);
    const days = { from: "2026-01-15", to: "2026-01-15", snapshots: ["lock"] };
    expect(await gold.backfill(matches, rows, days)).toMatchObject({ games: 2, frozen: 0, skipped: 2 });
    expect(matches.games[0]!.league satisfies string).toBe("ATP");
  });

  it("have a season by its rule, or the game's own", async () => {
    const { gold } = await tennis(["season", "match_day", "league"], "match_day", { season: nbaSeason });
    const [, ...later] = matches.games;
    await gold.freezeDue(
      defineSchedule([{ ...matches.games[0]!, season: 7 }, ...later], { timeZone: "Europe/Paris" }),
      rows,
    );
    const seasons = [];
    for await (const { slate } of gold.list({ snapshot: "lock" })) seasons.push(slate.season);
    expect(seasons).toEqual([2025, 7]);
  });

  it("are refused at once where no game has one of their columns", async () => {
    const { gold } = await tennis(["tour", "match_day", "match_no"]);
    const error = await errorOf(gold.freezeDue(matches, rows));
    expect(error.message).toContain(
      "no game of the schedule has tour; the games have game_id, league, match_no, tip_ts, game_date",
    );
  });

  it("fail one by one where only some games lack it, or have a value that cannot be a key", async () => {
    const { gold, storage } = await tennis();
    const odd = [
      { game_id: "x", league: "ATP" },
      { game_id: "y", league: 1.5 },
      { game_id: "z", league: 5n },
    ];
    const games = [
      ...matches.games,
      ...odd.map((game) => ({
        match_no: 9,
        tip_ts: "2026-01-15T10:00:00Z",
        ...game,
        ...(game.game_id === "x" && { match_no: undefined }),
      })),
    ];
    const report = await gold.freezeDue(defineSchedule(games as never, { timeZone: "Europe/Paris" }), rows, {
      snapshots: ["lock"],
      statusPath: "status.json",
    });
    expect(report).toMatchObject({ frozen: 2 });
    expect(report.failed.map(({ error }) => (error as Error).message)).toEqual([
      expect.stringContaining('"match_no" is missing'),
      expect.stringContaining("league is a text or a whole number below 2^53, not 1.5"),
      expect.stringContaining("league is a text or a whole number below 2^53, not 5n"),
    ]);
    const status = JSON.parse(new TextDecoder().decode(await storage.read("status.json")));
    expect(status).toMatchObject({
      done: 5,
      frozen: 2,
      failed: [{}, { slate: { league: 1.5 } }, { slate: { league: "5" } }],
    });
  });

  it("are refused where two games are one slate, which has one cutoff", async () => {
    const { gold, storage } = await tennis(["match_day", "match_no"]);
    const error = await errorOf(gold.freezeDue(matches, rows));
    expect(error.message).toContain("Games a/1 and w/1 of the schedule are the same slate");
    expect(await filesIn(storage, "gold")).toEqual([]);
  });

  it("are refused where the game's own date is another than the schedule's, or none", async () => {
    const { gold } = await tennis();
    const games = [{ ...matches.games[0]!, match_day: "2026-01-14" }];
    const error = await errorOf(gold.freezeDue(defineSchedule(games, { timeZone: "Europe/Paris" }), rows));
    expect(error.message).toContain("is on 2026-01-15, but its match_day, the slates' date, is 2026-01-14");
    const slate = { league: "ATP", match_day: "15.1.2026", match_no: 1 };
    const tip = "2026-01-15T12:00:00Z";
    expect((await errorOf(gold.freeze({ slate, snapshot: "lock", tip }, rows))).code).toBe("INVALID_DATE");
  });
});

describe("a due freeze", () => {
  const status = async (storage: Awaited<ReturnType<typeof frozenWorld>>["storage"]) =>
    JSON.parse(new TextDecoder().decode(await storage.read("status.json")));

  it("keeps its status without anyone listening", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    await world.gold.backfill(schedule, build, {
      from: "2026-01-15",
      to: "2026-01-15",
      statusPath: "status.json",
    });
    expect(await status(world.storage)).toMatchObject({ done: 4, total: 4, frozen: 4, failed: [] });
  });

  it("has a status that counts a game of which someone was told, and threw", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const onEvent = () => {
      throw new Error("the listener's own");
    };
    const options = { statusPath: "status.json", concurrency: 1, onEvent };
    await expect(world.gold.freezeDue(schedule, build, options)).rejects.toThrow("the listener's own");
    expect(await status(world.storage)).toMatchObject({ done: 1, frozen: 1 });
  });

  it("says that it looked at no game, or at none that is due", async () => {
    const { gold, storage } = await frozenWorld();
    const nothing = { frozen: 0, skipped: 0, failed: [] };
    const statusPath = "status.json";
    expect(
      await gold.freezeDue(defineSchedule([], { timeZone: "America/New_York" }), build, { statusPath }),
    ).toMatchObject({
      ...nothing,
      games: 0,
      notDue: 0,
    });
    expect(await status(storage)).toMatchObject({ done: 0, total: 0 });
    const early = await gold.freezeDue(schedule, build, { now: "2026-01-01T00:00:00Z" });
    expect(early).toMatchObject({ ...nothing, games: 4, notDue: 6, withoutTip: ["tbd"] });
  });

  it("writes a status whatever the message of an error is made of", async () => {
    const { gold, storage } = await frozenWorld();
    const failing = () => {
      throw new Error("half a pair: \ud83d");
    };
    await gold.freezeDue(schedule, failing, { statusPath: "status.json", snapshots: ["lock"] });
    expect((await status(storage)).failed[0].message).toContain("half a pair: \ufffd");
  });

  it.each<[string, object]>([
    ["a snapshot type there is not", { snapshots: ["lokc"] }],
    ["no snapshot type", { snapshots: [] }],
    ["no freeze at a time", { concurrency: 0 }],
    ["NaN freezes at a time", { concurrency: Number.NaN }],
    ["parameters that are no JSON", { parameters: { at: new Date(0) } }],
    ["a run without an id", { run: { id: "" } }],
    ["inputs of no name", { requireInputs: [] }],
    ["inputs that there are not", { requireInputs: ["injury_raw"] }],
  ])("refuses %s at once, for every slate would fail, or none be frozen", async (_what, options) => {
    const { gold, storage } = await frozenWorld();
    await errorOf(gold.freezeDue(schedule, build, options as never));
    await errorOf(
      gold.backfill(schedule, build, { from: "2026-01-15", to: "2026-01-15", ...options } as never),
    );
    expect(await filesIn(storage, "gold")).toEqual([]);
  });
});

describe("requireInputs", () => {
  const g1 = {
    slate: { season: 2025, game_date: "2026-01-15", game_id: "g1" },
    snapshot: "lock",
    tip: "2026-01-16T00:00:00Z",
  };

  it("refuses a slate whose day has not been scraped yet, and freezes it when it has", async () => {
    const world = await frozenWorld();
    for (const requireInputs of [true, ["injuries_raw"], ["odds_raw", "injuries_raw"]] as const) {
      const error = await errorOf(world.gold.freeze({ ...g1, requireInputs }, build));
      expect(error.code).toBe("INPUTS_EMPTY");
      expect(error.message).toContain("injuries_raw of 2026-01-14 to 2026-01-15 has nothing in the root");
      expect(await filesIn(world.storage, "gold")).toEqual([]);
    }
    await writeEvening(world);
    expect((await world.gold.freeze({ ...g1, requireInputs: true }, build)).status).toBe("frozen");
  });

  it("asks for the datasets that are named, and for each of them to be read", async () => {
    const world = await frozenWorld();
    await world.bronze.write(
      "odds_raw",
      [{ game_id: "g1", book: "dk", price: 1, as_of_ts: "2026-01-15T10:00:00Z" }],
      run("r"),
    );
    expect((await errorOf(world.gold.freeze({ ...g1, requireInputs: true }, build))).code).toBe(
      "INPUTS_EMPTY",
    );
    await world.gold.freeze({ ...g1, requireInputs: ["odds_raw"] }, build);
    const unread = await errorOf(
      world.gold.freeze({ ...g1, snapshot: "pretip", requireInputs: ["odds_raw"] }, () => []),
    );
    expect(unread.message).toContain("odds_raw was not read by the builder");
    const nothing = await errorOf(
      world.gold.freeze({ ...g1, snapshot: "pretip", requireInputs: true }, () => []),
    );
    expect(nothing.message).toContain("the builder read nothing");
  });

  it("takes rows of after the cutoff for none", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const early = { ...g1, tip: "2026-01-15T15:00:00Z", requireInputs: true } as const;
    const error = await errorOf(world.gold.freeze(early, build));
    expect(error.message).toContain("nothing known by the cutoff");
  });

  it("fails such a slate of a due freeze, which the next one tries again", async () => {
    const world = await frozenWorld();
    const options = {
      requireInputs: ["injuries_raw"],
      snapshots: ["lock"],
      now: "2026-01-16T00:00:00Z",
    } as const;
    const late = await world.gold.freezeDue(schedule, build, options);
    expect(late).toMatchObject({ frozen: 0, failed: [{ error: { code: "INPUTS_EMPTY" } }] });
    await writeEvening(world);
    expect(await world.gold.freezeDue(schedule, build, options)).toMatchObject({ frozen: 1, failed: [] });
  });
});
