import { memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { type Stop, suspendedAt, withLostLocks } from "../storage/lost-locks.js";
import {
  ALL,
  answers,
  DAY,
  filesBelow,
  freezeGame,
  OLD,
  proven,
  retentionWorld,
  type World,
  writeBoard,
} from "./world.js";

/**
 * Locks that keep nobody out, as a lease does whose holder was suspended for longer than its term: one party stops right before
 * or after a call, another does all of its work, and the first one goes on.
 */

/** Two worlds over one tree; in the first, `meanwhile` comes in between once. */
async function worldsWith(stop: Stop, meanwhile: (other: World) => Promise<unknown>) {
  const storage = withLostLocks(memoryStorage());
  const other = retentionWorld(storage);
  const suspended = suspendedAt(storage, stop, () => meanwhile(other));
  await writeBoard(other, [23, 24]);
  return { world: retentionWorld(suspended.storage), other, storage, wasSuspended: suspended.wasSuspended };
}

const prune = async ({ retention }: World) => retention.apply(await retention.planPrune(ALL));
const compact = async ({ retention }: World) =>
  retention.apply(await retention.planCompact({ ...OLD, into: "day" }));

describe("a freeze that is suspended before its manifest is out", () => {
  const at: Stop = { call: "publish", path: "manifest.lock.json" };

  it("while a prune goes through, leaves no manifest of what is gone; given back, it is frozen", async () => {
    let plan = "";
    const { world, other, wasSuspended } = await worldsWith(at, async (other) => {
      plan = (await prune(other)).plan;
    });
    // Its inputs have moved, and frozen again, what it needs is pruned.
    expect((await errorOf(freezeGame(world, "g1"))).code).toBe("PRUNED");
    expect(wasSuspended()).toBe(true);
    const manifests = (await filesBelow(other.storage, "gold")).filter((path) => path.endsWith(at.path));
    expect(manifests).toEqual([]);
    await other.retention.restore(plan);
    expect((await freezeGame(world, "g1")).status).toBe("frozen");
    expect(await proven(other)).toEqual([]);
  });

  it("while the slate is frozen by another, is the one of the two that did not win", async () => {
    const { world, other } = await worldsWith(at, (other) => freezeGame(other, "g1"));
    expect((await errorOf(freezeGame(world, "g1"))).code).toBe("SLATE_CONFLICT");
    expect(await proven(other)).toEqual([]);
    expect((await freezeGame(world, "g1")).status).toBe("unchanged");
  });
});

describe("a plan that is suspended before it commits", () => {
  const at: Stop = { call: "swap", path: `${DAY}/_retention.json` };

  it("while a slate is frozen from what it prunes, takes itself back", async () => {
    const { world, other, storage } = await worldsWith(at, (other) => freezeGame(other, "g1"));
    const before = await answers(other);
    expect((await errorOf(prune(world))).code).toBe("RETENTION_REFUSED");
    expect(await answers(other)).toBe(before);
    expect(await proven(other)).toEqual([]);
    expect((await storage.list(".trash")).length).toBeGreaterThan(0);
    expect((await compact(other)).status).toBe("applied");
    expect(await proven(other)).toEqual([]);
  });

  it("while another commits on the day, loses to it, and what is there is whole", async () => {
    const { world, other } = await worldsWith(at, compact);
    const before = await answers(other);
    expect((await errorOf(compact(world))).code).toBe("LOCK_LOST");
    expect(await answers(other)).toBe(before);
    await compact(other);
    expect(await answers(other)).toBe(before);
  });
});
