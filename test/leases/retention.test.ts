import { describe, expect, it } from "vitest";
import { campaign } from "../campaign.js";
import {
  ALL,
  answers,
  freezeGame,
  LATER,
  OLD,
  oddsFiles,
  proven,
  retentionWorld,
  type World,
  writeBoard,
} from "../retention/world.js";
import { randomFrom } from "../run/mutate-json.js";
import { type LapsingStorage, lapsingStorage } from "./lapsing-locks.js";
import { endOf, type Interleaved, interleaved, type Party, type Stops } from "./suspended.js";

/**
 * What a freeze and retention do to each other when their locks are leases that were lost. One process is suspended before a
 * call that changes something, another goes through, or is suspended too; then both end. Whoever loses is told so, and
 * nothing that was acknowledged is lost.
 */

const PARTIES = {
  freeze: (storage) => freezeGame(retentionWorld(storage), "g1"),
  prune: (storage) => prune(retentionWorld(storage)),
  compact: (storage) => compact(retentionWorld(storage)),
  restore: async (storage) => {
    const world = retentionWorld(storage);
    for (const id of await plansOf(world)) await world.retention.restore(id);
  },
} satisfies Record<string, Party>;
type PartyName = keyof typeof PARTIES;

/** Who is suspended first, the other, and what was done to the tree before. */
const PAIRS: readonly [PartyName, PartyName, ("prune" | "compact")?][] = [
  ["freeze", "prune"],
  ["freeze", "compact"],
  ["freeze", "freeze"],
  ["prune", "freeze"],
  ["prune", "prune"],
  ["prune", "compact"],
  ["compact", "freeze"],
  ["compact", "prune"],
  ["compact", "compact"],
  ["prune", "restore"],
  ["compact", "restore"],
  ["restore", "restore", "prune"],
  ["restore", "restore", "compact"],
  ["restore", "freeze", "compact"],
  ["restore", "compact", "prune"],
  ["freeze", "prune", "compact"],
  ["prune", "freeze", "compact"],
  ["prune", "restore", "compact"],
];

/** What a loser is told. A restore finds no plan where the other has not begun one, or has taken its own back. */
const TOLD = {
  freeze: ["PRUNED", "INPUTS_MOVED", "SLATE_CONFLICT"],
  prune: ["LOCK_LOST", "PLAN_STALE", "RETENTION_REFUSED"],
  compact: ["LOCK_LOST", "PLAN_STALE", "RETENTION_REFUSED"],
  restore: ["LOCK_LOST", "NOT_FOUND", "RETENTION_REFUSED", "STORAGE_FAILED"],
} as const satisfies Record<PartyName, readonly string[]>;

async function prune({ retention }: World) {
  return retention.apply(await retention.planPrune(ALL));
}

async function compact({ retention }: World) {
  return retention.apply(await retention.planCompact({ ...OLD, into: "day" }));
}

async function plansOf({ storage }: Pick<World, "storage">): Promise<string[]> {
  const ids: string[] = [];
  for (const { name, kind } of await storage.list(".trash")) if (kind === "folder") ids.push(name);
  return ids;
}

async function boardAfter(before: "prune" | "compact" | undefined) {
  const storage = lapsingStorage();
  const world = retentionWorld(storage);
  await writeBoard(world, [23, 24]);
  const said = await answers(world);
  if (before) await PARTIES[before](storage);
  return { storage, said };
}

/** Everything that must hold afterwards, for those that come next. */
async function problemsOf(
  storage: LapsingStorage,
  said: string,
  names: readonly [PartyName, PartyName],
  { first, second }: Interleaved,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [i, outcome] of [first, second].entries()) {
    const end = endOf(outcome);
    const told: readonly string[] = TOLD[names[i]!];
    if (end !== "ok" && !told.includes(end))
      wrong.push(`${names[i]} ended with ${"error" in outcome ? outcome.error.message : end}`);
  }
  const world = retentionWorld(storage);
  const frozen = [first, second].filter((outcome, i) => names[i] === "freeze" && endOf(outcome) === "ok");
  const slates: string[] = [];
  for await (const { slate } of world.gold.list()) slates.push(String(slate.game_id));
  if (slates.length > 1) wrong.push(`${slates.length} slates where one was frozen`);
  if (frozen.length > 0 && slates.length === 0) wrong.push("a frozen slate is gone");
  wrong.push(...(await proven(world)));

  // The next process finishes what was left, and finds every file that is data.
  const later = retentionWorld(storage, LATER);
  await compact(later);
  wrong.push(...(await proven(later)));
  await oddsFiles(later);
  // Whatever was pruned is in the trash, and comes back: nothing was lost.
  for (const id of (await plansOf(later)).reverse())
    await later.retention.restore(id).catch((error) => {
      if (!["RETENTION_REFUSED", "NOT_FOUND"].includes(error.code)) throw error;
    });
  for (const id of await plansOf(later))
    await later.retention.restore(id).catch((error) => {
      if (!["RETENTION_REFUSED", "NOT_FOUND"].includes(error.code)) throw error;
    });
  if ((await answers(later)) !== said) wrong.push("the answers are others");
  wrong.push(...(await proven(later)));
  await retentionWorld(storage, "2026-06-01T00:00:00Z").retention.emptyTrash({ olderThan: "P2D" });
  if ((await answers(later)) !== said) wrong.push("the answers are others once the trash is empty");
  wrong.push(...(await proven(later)));
  return wrong;
}

async function tried(pair: (typeof PAIRS)[number], stops: Stops) {
  const [first, second, before] = pair;
  const { storage, said } = await boardAfter(before);
  const done = await interleaved(storage, [PARTIES[first], PARTIES[second]], stops);
  const [firstStop, secondStop] = done.stoppedAt;
  const where = `${first} stopped before ${firstStop}, ${second} before ${secondStop}: ${endOf(done.first)}, ${endOf(done.second)}`;
  const problems = await problemsOf(storage, said, [first, second], done).catch((error) => [String(error)]);
  return { done, problems: problems.map((problem) => `${where}: ${problem}`) };
}

describe("a process that is suspended before one of its changes, while another goes through:", () => {
  const named = PAIRS.map((pair) => {
    const [first, second, before] = pair;
    return { pair, what: `${first}, ${second}${before ? `, after a ${before}` : ""}` };
  });

  it.each(named)("$what: one has done its work, the other is told, nothing is lost", async ({ pair }) => {
    // Each change in campaigns, some of them in the quick suite.
    const { count: step, seed } = campaign({ few: 21, small: 1, large: 1, seed: 2 });
    let stops = 0;
    for (let first = seed % step; ; first += step) {
      const { done, problems } = await tried(pair, { first });
      expect(problems).toEqual([]);
      if (done.stoppedAt[0] === undefined) break;
      stops++;
      const ends = [endOf(done.first), endOf(done.second)];
      // Who finds no plan to restore has nothing to win.
      if (!ends.includes("NOT_FOUND")) expect(ends, done.stoppedAt[0]).toContain("ok");
    }
    expect(stops).toBeGreaterThan(0);
  });
});

describe("two processes that are both suspended", () => {
  it("while one undoes a plan that the other commits: who lost the lock is told that, not that a state is damaged", async () => {
    const { done, problems } = await tried(["compact", "restore"], { first: 1, second: 1 });
    expect(problems).toEqual([]);
    expect([endOf(done.first), endOf(done.second)]).toEqual(["ok", "LOCK_LOST"]);
  });

  it("anywhere: nothing that was acknowledged is lost, and what is there is whole", async () => {
    const { count, seed } = campaign({ few: 3, small: 600, large: 20_000, seed: 9 });
    const random = randomFrom(seed);
    const wrong: string[] = [];
    for (let i = 0; i < count; i++) {
      const pair = PAIRS[random(PAIRS.length)]!;
      const stops = { first: random(17), second: random(20) };
      wrong.push(...(await tried(pair, stops)).problems);
    }
    expect(wrong).toEqual([]);
  });
});
