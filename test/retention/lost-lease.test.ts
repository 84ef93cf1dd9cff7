import { type BronzeError, type Locks, memoryStorage, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { hooked } from "../gold/hooked-storage.js";
import {
  ALL,
  answers,
  DAY,
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

/** Over the same files, locks that everybody gets at once. */
function withLostLocks(storage: Storage): Storage {
  const lock: Locks["lock"] = async () => ({ left: undefined, describe() {}, async release() {} });
  return { ...storage, locks: { lock } };
}

interface Stop {
  readonly when: "before" | "after";
  readonly call: "publish" | "swap";
  /** What the path ends with. */
  readonly path: string;
}

/** Two worlds over one tree; in the first, `meanwhile` comes in between once. */
async function worldsWith({ when, call, path }: Stop, meanwhile: (other: World) => Promise<unknown>) {
  const storage = withLostLocks(memoryStorage());
  const other = retentionWorld(storage);
  let isDone = false;
  const stop = async (made: string, _: number, at: string) => {
    if (isDone || made !== call || !at.endsWith(path)) return;
    isDone = true;
    await meanwhile(other);
  };
  const stopping = hooked(storage, when === "before" ? { before: stop } : { after: stop });
  const world = retentionWorld({ ...stopping, locks: storage.locks });
  await writeBoard(other, [23, 24]);
  return { world, other, storage, wasStopped: () => isDone };
}

const prune = async ({ retention }: World) => retention.apply(await retention.planPrune(ALL));
const compact = async ({ retention }: World) =>
  retention.apply(await retention.planCompact({ ...OLD, into: "day" }));

describe("a freeze that is suspended", () => {
  it.each([
    ["before its manifest is out", { when: "before", call: "publish", path: "manifest.lock.json" }],
  ] as [string, Stop][])("%s, while a prune goes through, names nothing that is gone", async (_, at) => {
    const { world, other, wasStopped } = await worldsWith(at, prune);
    const error = await freezeGame(world, "g1").then(
      () => undefined,
      (thrown: BronzeError) => thrown,
    );
    expect(wasStopped()).toBe(true);
    // What it was frozen from is pruned: it says so, or it was frozen again from what is there.
    if (error) expect(["INPUTS_MOVED", "PRUNED"]).toContain(error.code);
    expect(await proven(other)).toEqual([]);
  });

  it("while the slate is frozen by another, is the one of the two that did not win", async () => {
    const at: Stop = { when: "before", call: "publish", path: "manifest.lock.json" };
    const { world, other } = await worldsWith(at, (other) => freezeGame(other, "g1"));
    expect((await errorOf(freezeGame(world, "g1"))).code).toBe("SLATE_CONFLICT");
    expect(await proven(other)).toEqual([]);
    expect((await freezeGame(world, "g1")).status).toBe("unchanged");
  });
});

describe("a plan that is suspended before it commits", () => {
  const at: Stop = { when: "before", call: "swap", path: `${DAY}/_retention.json` };

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
