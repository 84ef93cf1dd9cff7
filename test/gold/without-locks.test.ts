import {
  BronzeStore,
  GoldStore,
  isBronzeError,
  nbaSeason,
  type Storage,
  withRun,
  writePointer,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { quote, roster, run, schedule } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import {
  build,
  DATE,
  freezeGame,
  OLD,
  retentionWorld,
  slateOf,
  TIPS,
  writeBoard,
  writeReports,
} from "../retention/world.js";
import { withoutLocks } from "../storage/without-locks.js";

/** Bronze, a frozen slate and an applied plan, and stores over the same bytes as a storage without locks. */
async function world() {
  const made = retentionWorld();
  await writeBoard(made);
  await writeReports(made);
  await freezeGame(made, "g1");
  const plan = await made.retention.planCompact({ ...OLD, into: "day" });
  await made.retention.apply(plan);
  const calls: string[] = [];
  const bare = retentionWorld(watched(withoutLocks(made.storage), calls));
  return { made, bare, plan, calls };
}

/** Tells of each call that changes something. */
function watched(storage: Storage, calls: string[]): Storage {
  const told =
    <Args extends [string, ...unknown[]], T>(name: string, call: (...args: Args) => T) =>
    (...args: Args) => {
      calls.push(`${name} ${args[0]}`);
      return call(...args);
    };
  return {
    ...storage,
    publish: told("publish", storage.publish),
    replace: told("replace", storage.replace),
    swap: told("swap", storage.swap),
    remove: told("remove", storage.remove),
  };
}

type World = Awaited<ReturnType<typeof world>>;

const rosterRow = { player_id: "ada", team: "BOS", as_of_ts: "2026-01-15T12:00:00Z" };
const neverBuilt = () => {
  throw new Error("the builder was called");
};

/** All that takes a lock. */
const LOCKING: Record<string, (world: World) => Promise<unknown>> = {
  "a write that keeps a latest view": ({ bare }) =>
    viewed(bare.storage).write("roster_nightly_raw", [rosterRow]),
  freeze: ({ bare }) =>
    bare.gold.freeze({ slate: slateOf("g2"), snapshot: "lock", tip: TIPS.g2 }, neverBuilt as never),
  backfill: ({ bare }) => bare.gold.backfill(schedule, neverBuilt as never, { from: DATE, to: DATE }),
  freezeDue: ({ bare }) => bare.gold.freezeDue(schedule, neverBuilt as never),
  trainingSet: ({ bare }) =>
    bare.gold.trainingSet({
      from: DATE,
      to: DATE,
      snapshot: "lock",
      labels: neverBuilt,
      on: ["game_id"],
      version: "v1",
      splits: { trainEnd: DATE, valEnd: DATE },
    }),
  apply: ({ bare, plan }) => bare.retention.apply(plan),
  restore: ({ bare, plan }) => bare.retention.restore(plan.id),
  emptyTrash: ({ bare }) => bare.retention.emptyTrash({ olderThan: "P1D" }),
  withRun: ({ bare }) =>
    withRun({ storage: bare.storage, name: "live", timeZone: "America/New_York" }, neverBuilt),
  writePointer: ({ bare }) =>
    writePointer({ storage: bare.storage }, "latest.json", {
      run_id: "20260115T234500Z-0123abcd",
      run_as_of_ts: "2026-01-15T23:45:00Z",
    }),
};

function viewed(storage: Storage) {
  return new BronzeStore({ storage, datasets: [roster] });
}

describe("on a storage without locks", () => {
  it.each(Object.keys(LOCKING))("%s is LOCK_UNAVAILABLE before anything is done", async (name) => {
    const made = await world();
    const error = await errorOf(LOCKING[name]!(made));
    expect(error.code).toBe("LOCK_UNAVAILABLE");
    expect(error.message.startsWith(`${made.made.storage.description} has no locks, and `)).toBe(true);
    expect(error.message).toContain(" needs one");
    expect(made.calls).toEqual([]);
  });

  it("gold that has locks over a bronze that has none is not frozen either, nor the other way round", async () => {
    const { made, bare, calls } = await world();
    const freeze = { slate: slateOf("g2"), snapshot: "lock", tip: TIPS.g2 } as const;
    for (const [storage, bronze] of [
      [made.storage, bare.bronze],
      [bare.storage, made.bronze],
    ] as const) {
      const gold = new GoldStore({
        timeZone: "America/New_York",
        season: nbaSeason,
        storage,
        bronze,
        clock: () => BigInt(Date.parse(TIPS.g2)) * 1_000_000n,
      });
      expect((await errorOf(gold.freeze(freeze, neverBuilt as never))).code).toBe("LOCK_UNAVAILABLE");
    }
    expect(calls).toEqual([]);
  });

  it("all that takes no lock goes on as ever", async () => {
    const { made, bare } = await world();
    await bare.bronze.write("odds_raw", [quote("g1", "dk", -101, "2026-01-15T18:00:00Z")], run("late"));
    const answers = async ({ bronze, gold, retention }: typeof made) => {
      const at = bronze.asOf("2026-01-15T23:45:00Z");
      const joined = await bronze.joinAsOf([{ game_id: "g1", cutoff: "2026-01-15T23:45:00Z" }], "odds_raw", {
        on: ["game_id"],
        cutoff: "cutoff",
      });
      return {
        view: (await at.read("odds_raw", { date: DATE })).rows(),
        day: (await bronze.readBronzeDay("odds_raw", DATE)).rows(),
        timeline: (await bronze.timeline("injuries_raw", { date: DATE })).at("2026-01-15T23:45:00Z").rows(),
        join: joined.rows(),
        verify: (await gold.verify(slateOf("g1"), { snapshot: "lock" })).ok,
        replay: (await gold.replay(slateOf("g1"), { snapshot: "lock" }, build)).same,
        plan: (await retention.planCompact({ ...OLD, into: "day" })).days.length,
      };
    };
    const found = await answers(bare as typeof made);
    expect(found).toEqual(await answers(made));
    expect(found).toMatchObject({ verify: true, replay: true });
  });

  it("a storage whose locks are none is refused", () => {
    const broken = { ...withoutLocks(retentionWorld().storage), locks: {} } as Storage;
    expect(() => viewed(broken)).toThrow(/storage/);
    try {
      viewed(broken);
    } catch (error) {
      expect(isBronzeError(error, "INVALID_ARGUMENT")).toBe(true);
    }
  });
});
