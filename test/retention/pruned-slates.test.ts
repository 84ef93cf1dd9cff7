import { describePlan } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { asVersion1 } from "../gold/as-version-1.js";
import {
  ALL,
  build,
  DATE,
  freezeGame,
  OLD,
  oddsFiles,
  proven,
  retentionWorld,
  slateOf,
  TIPS,
  type World,
  writeBoard,
  writeReports,
} from "./world.js";

const lock = { snapshot: "lock" };
const MANIFEST = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1/manifest.lock.json";

async function frozen(): Promise<World> {
  const world = retentionWorld();
  await writeBoard(world);
  await writeReports(world);
  await freezeGame(world, "g1");
  return world;
}

const thin = (options: typeof OLD | typeof ALL, { retention }: World) =>
  retention.planCompact({ ...options, keep: "last-run-of-hour" });
const prune = (options: typeof OLD | typeof ALL, { retention }: World) => retention.planPrune(options);

describe.each([
  ["a prune", prune],
  ["a plan for the last run of each hour", thin],
])("%s", (_, plan) => {
  it("leaves a day alone that no slate was frozen from, and says so, unless it is told otherwise", async () => {
    const world = retentionWorld();
    await writeBoard(world);
    const left = await plan(OLD, world);
    expect(left.days).toEqual([]);
    expect(left.refused).toEqual([
      {
        dataset: "odds_raw",
        date: DATE,
        path: null,
        sizeBytes: expect.any(Number),
        reason: "no slate was frozen from it; daysWithoutSlate: true takes such days too",
      },
    ]);
    const taken = await plan(ALL, world);
    expect(taken.days[0]!.remove.length).toBeGreaterThan(0);
    expect(left.refused[0]!.sizeBytes).toBe(taken.bytes.removed);
    expect(describePlan(taken)).toContain("days before 2026-02-01, also without a slate");
    expect((await world.retention.apply(JSON.parse(JSON.stringify(taken)))).status).toBe("applied");
  });

  it("keeps every part that a manifest of version 1 names, until it is attested", async () => {
    const world = await frozen();
    const { gold, storage } = world;
    const manifest = await gold.manifest(slateOf(), lock);
    if (manifest.version !== 2) throw new Error("frozen by this version");
    await storage.replace(MANIFEST, asVersion1(manifest));
    const named = new Set(manifest.inputs.flatMap(({ files }) => files.map(({ path }) => path)));
    const before = await plan(OLD, world);
    expect(before.days.flatMap(({ remove }) => remove).filter(({ path }) => named.has(path))).toEqual([]);
    expect(before.refused.map(({ reason }) => reason)).toContain(`named by ${MANIFEST}`);

    await gold.attest(slateOf(), lock);
    const after = await plan(OLD, world);
    const gone = after.days.flatMap(({ remove }) => remove).filter(({ path }) => named.has(path));
    expect(gone.length).toBeGreaterThan(0);
    await world.retention.apply(after);
    await holdsWithout(
      world,
      gone.map(({ path }) => path),
    );
  });
});

/** Whether the slate holds, and says of these inputs that they were pruned. */
async function holdsWithout(world: World, paths: readonly string[]): Promise<void> {
  const { gold } = world;
  const { ok, problems } = await gold.verify(slateOf(), lock);
  expect(ok).toBe(true);
  const pruned = problems.filter(({ kind }) => kind === "input-pruned").map(({ path }) => path);
  expect(pruned.sort()).toEqual([...paths].sort());
  const said: string[] = [];
  for await (const finding of gold.verifyAll()) {
    expect(finding).toMatchObject({ ok: true, slates: [{ slate: slateOf() }] });
    if (finding.kind === "input-pruned") said.push(finding.path);
  }
  expect(said.sort()).toEqual([...paths].sort());
  expect(await proven(world)).toEqual([]);
  expect((await freezeGame(world, "g1")).status).toBe("unchanged");
}

describe("a slate of which inputs were pruned", () => {
  it("holds, loose, compacted and given back", async () => {
    const world = await frozen();
    const named = (await world.gold.manifest(slateOf(), lock)).inputs.flatMap(({ files }) =>
      files.map(({ path }) => path),
    );
    const plan = await world.retention.planPrune(OLD);
    const gone = plan.days.flatMap(({ remove }) => remove.map(({ path }) => path));
    const needless = gone.filter((path) => named.includes(path));
    await world.retention.apply(plan);
    await holdsWithout(world, needless);
    await world.retention.restore(plan.id);
    await holdsWithout(world, []);
    await world.retention.apply(await world.retention.planCompact({ ...OLD, into: "day" }));
    const inParts = await world.retention.planPrune(OLD);
    expect(inParts.days[0]!.remove[0]!.parts!.map(({ path }) => path)).toEqual(gone);
    await world.retention.apply(inParts);
    expect(await oddsFiles(world)).toHaveLength(1);
    await holdsWithout(world, needless);
    await world.retention.restore(inParts.id);
    await holdsWithout(world, []);
  });

  it("is broken by one that is missing and not recorded as pruned", async () => {
    const world = await frozen();
    const plan = await world.retention.planPrune(OLD);
    const { path } = plan.days[0]!.remove[0]!;
    await world.storage.remove(path);
    expect(await world.gold.verify(slateOf(), lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "input-missing", path }],
    });
  });

  it("that is built otherwise since is another builder's, not another selection", async () => {
    const world = await frozen();
    await world.retention.apply(await world.retention.planPrune(OLD));
    const other: typeof build = async (at, context) =>
      (await build(at, context)).map((row) => ({ ...row, out: -1 }));
    expect(await world.gold.replay(slateOf(), lock, other)).toMatchObject({ same: false, cause: "builder" });
    const again = { slate: slateOf(), ...lock, tip: TIPS.g1 };
    const error = await errorOf(world.gold.freeze(again, other));
    expect(error.code).toBe("SLATE_CONFLICT");
    // What is gone is no difference.
    expect(error.details.differences).toEqual([
      "the result: other values, from the same inputs, so the builder changed",
    ]);
  });
});

it("a lossless plan takes no word about days without a slate", async () => {
  const world = await frozen();
  const error = await errorOf(world.retention.planCompact({ ...ALL, into: "day" } as never));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toContain("daysWithoutSlate means nothing with into");
});
