import {
  type Build,
  GoldStore,
  isBronzeError,
  memoryStorage,
  nbaSeason,
  Retention,
  type RetentionPlan,
  type Storage,
} from "bronzestore";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { tries } from "../campaign.js";
import { FEEDS, type FeedStore, storeOfFeed } from "./compacted-feeds.js";
import { at, DATE, type FeedWrite, MINUTE, NOON, write, writeTo } from "./feed-writes.js";

/**
 * Slates are frozen over days that grow, are compacted, pruned and given back. Whatever a prune takes, each of them holds: it
 * verifies, replays as before, and freezing it again changes nothing.
 */

interface Freeze {
  readonly kind: "freeze";
  readonly cutoff: bigint;
  readonly knownBy: boolean;
  readonly reads: readonly { readonly maxAge?: string; readonly includeRuns?: boolean }[];
}
type Step =
  | FeedWrite
  | Freeze
  | { readonly kind: "prune"; readonly rule: "all" | "first-of-hour" | "last-run-of-hour" }
  | { readonly kind: "day" | "files" | "restore" | "empty" };

const freeze: fc.Arbitrary<Freeze> = fc.record({
  kind: fc.constant("freeze" as const),
  cutoff: at,
  knownBy: fc.boolean(),
  reads: fc.array(
    fc.record({ maxAge: fc.constant("PT40M"), includeRuns: fc.boolean() }, { requiredKeys: [] }),
    { minLength: 1, maxLength: 2 },
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: write },
  { weight: 4, arbitrary: freeze },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("prune" as const),
      rule: fc.constantFrom(
        "all" as const,
        "all" as const,
        "first-of-hour" as const,
        "last-run-of-hour" as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "day" as const,
        "day" as const,
        "files" as const,
        "restore" as const,
        "empty" as const,
      ),
    }),
  },
);

const OLD = { datasets: ["feed"] as never, before: "2026-02-15" } as const;
const DAY_NS = 24n * 60n * MINUTE;

/** A store of one feed, gold over it, and the slates that were frozen. */
class World {
  readonly store: FeedStore;
  readonly gold: GoldStore<readonly AnyDataset[]>;
  readonly slates: (Freeze & { readonly id: string })[] = [];
  readonly plans: string[] = [];
  /** How many parts were pruned that a manifest names. */
  pruned = 0;

  constructor(dataset: AnyDataset, storage: Storage) {
    this.store = storeOfFeed(dataset, storage);
    this.gold = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage,
      bronze: this.store,
      snapshots: { at: "PT0S" },
      clock: () => this.store.now(),
    });
  }

  retention(laterNs = 0n) {
    return new Retention({
      bronze: this.store,
      gold: [this.gold as never],
      clock: () => this.store.now() + laterNs,
    });
  }

  refreeze({ id, cutoff, knownBy, reads }: Freeze & { readonly id: string }) {
    const slate = slateOf(id);
    const bound = knownBy ? ({ knownBy: "cutoff" } as const) : {};
    return this.gold.freeze({ slate, snapshot: "at", tip: cutoff, ...bound }, buildOf(reads));
  }

  async plan(rule: "all" | "first-of-hour" | "last-run-of-hour"): Promise<RetentionPlan> {
    const retention = this.retention();
    const all = { ...OLD, daysWithoutSlate: true };
    if (rule === "last-run-of-hour") return retention.planCompact({ ...all, keep: rule });
    return retention.planPrune({ ...all, hours: true, firstOfHour: rule === "first-of-hour" });
  }

  /** How each slate holds now, by its id. */
  async held(): Promise<Map<string, Held>> {
    const held = new Map<string, Held>();
    for (const one of this.slates) {
      const slate = slateOf(one.id);
      const { ok, problems } = await this.gold.verify(slate, { snapshot: "at" });
      const replay = await this.gold.replay(slate, { snapshot: "at" }, buildOf(one.reads));
      let again: string;
      try {
        again = (await this.refreeze(one)).status;
      } catch (error) {
        if (!isBronzeError(error)) throw error;
        again = error.code;
      }
      const pruned = problems.filter(({ kind }) => kind === "input-pruned").length;
      held.set(one.id, { ok, pruned, replay: replay.cause ?? "same", again });
    }
    return held;
  }
}

interface Held {
  readonly ok: boolean;
  readonly pruned: number;
  readonly replay: string;
  readonly again: string;
}

function slateOf(game_id: string) {
  return { season: 2025, game_date: DATE, game_id };
}

function buildOf(reads: Freeze["reads"]): Build<readonly AnyDataset[]> {
  return async (view) => {
    const rows: Record<string, unknown>[] = [];
    for (const [read, options] of reads.entries()) {
      const found = await view.read("feed", { date: DATE, ...options });
      rows.push(...found.rows().map((row) => ({ read, ...(row as object) })));
    }
    return rows as never;
  };
}

async function take(world: World, one: Exclude<Step, FeedWrite | { kind: "prune" }>): Promise<void> {
  switch (one.kind) {
    case "freeze": {
      const slate = { ...one, id: `s${world.slates.length}` };
      try {
        await world.refreeze(slate);
        world.slates.push(slate);
      } catch (error) {
        // A day that lacks what it needs is not frozen.
        if (!isBronzeError(error, "PRUNED")) throw error;
      }
      break;
    }
    case "day":
    case "files": {
      const retention = world.retention();
      await retention.apply(await retention.planCompact({ ...OLD, into: one.kind }));
      break;
    }
    case "restore": {
      const plan = world.plans.pop();
      if (plan === undefined) break;
      await world
        .retention()
        .restore(plan)
        .catch((error) => expect(["NOT_FOUND", "RETENTION_REFUSED"]).toContain(error.code));
      break;
    }
    case "empty":
      await world.retention(DAY_NS).emptyTrash({ olderThan: "P1D" });
  }
}

describe.each(Object.entries(FEEDS))("slates of %s", (kind, dataset) => {
  it("verify, replay and freeze again as before, whatever is pruned of what they name and do not need", async () => {
    const met = { taken: 0, inParts: 0, pruned: 0, unchanged: 0, held: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 3, maxLength: 6 }),
        fc.array(step, { minLength: 4, maxLength: 9 }),
        async (writes, steps) => {
          const world = new World(dataset, memoryStorage());
          for (const [run, one] of writes.entries()) await writeTo([world.store], { ...one, run: run % 6 });
          const last = { kind: "freeze", cutoff: NOON + 65n * MINUTE, knownBy: false, reads: [{}] } as const;
          for (const one of [...steps, last, { kind: "prune", rule: "all" } as const]) {
            if (one.kind === "write") await writeTo([world.store], one);
            else if (one.kind !== "prune") await take(world, one);
            else {
              const before = await world.held();
              const plan = await world.plan(one.rule);
              await world.retention().apply(plan);
              if (plan.days.length > 0) world.plans.push(plan.id);
              met.taken += plan.days.flatMap(({ remove }) => remove).length;
              met.inParts += plan.days.flatMap(({ outputs }) => outputs).length;
              const after = await world.held();
              for (const [id, was] of before) {
                const is = after.get(id)!;
                // One that was frozen from a latest view holds until that is written again.
                expect([id, is.ok, is.replay]).toEqual([id, was.ok, was.replay]);
                if (was.again !== "unchanged") continue;
                expect([id, is.again]).toEqual([id, "unchanged"]);
                met.unchanged++;
                met.pruned += is.pruned - was.pruned;
              }
              expect((await world.plan(one.rule)).days).toEqual([]);
            }
          }
          const before = await world.held();
          await world.retention(DAY_NS).emptyTrash({ olderThan: "P1D" });
          expect(await world.held()).toEqual(before);
          met.held += [...before.values()].filter(({ ok }) => ok).length;
          if (before.size === 0) return;
          for await (const { ok, slates } of world.gold.verifyAll())
            for (const { slate } of slates)
              if (!ok) expect(before.get(String(slate.game_id))!.ok).toBe(false);
        },
      ),
      { ...tries({ small: 60, large: 120, seed: 175 }), endOnFailure: true },
    );
    expect(met.taken).toBeGreaterThan(0);
    expect(met.held).toBeGreaterThan(0);
    if (!ALL_DECIDE.includes(kind)) expect(met.inParts).toBeGreaterThan(0);
    expect(met.unchanged).toBeGreaterThan(0);
    if (!ALL_DECIDE.includes(kind)) expect(met.pruned).toBeGreaterThan(0);
  });
});

/** Where one usable time decides for all rows, every part of a day decides. */
const ALL_DECIDE = ["snapshots by capture, falling back together"];
