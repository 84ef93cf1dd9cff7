import { BronzeError, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { Death, dyingAt } from "../gold/hooked-storage.js";
import { randomFrom } from "../run/mutate-json.js";
import {
  ALL,
  answers,
  filesBelow,
  freezeGame,
  OLD,
  retentionWorld,
  storageOf,
  treeOf,
  type World,
  writeBoard,
} from "./world.js";

/** Emptying the trash is the one thing that nothing takes back. */

const NOW = Date.parse("2026-03-01T12:00:00Z");
const DAY_MS = 86_400_000;
const later = (storage: Storage, ms = 7 * DAY_MS) =>
  retentionWorld(storage, new Date(NOW + ms).toISOString());

const PLANS = {
  prune: ({ retention }: World) => retention.planPrune(ALL),
  "prune of parts": ({ retention }: World) => retention.planPrune(ALL),
  compaction: ({ retention }: World) => retention.planCompact({ ...OLD, into: "day" }),
  thinning: ({ retention }: World) => retention.planCompact({ ...ALL, keep: "last-run-of-hour" }),
} as const;
type Kind = keyof typeof PLANS;
const KINDS = Object.keys(PLANS) as Kind[];

async function applied(kind: Kind) {
  const world = retentionWorld();
  await writeBoard(world, [23, 24]);
  await freezeGame(world, "g1");
  if (kind === "prune of parts") {
    await world.retention.apply(await PLANS.compaction(world));
    await later(world.storage).retention.emptyTrash({ olderThan: "P1D" });
  }
  const plan = await PLANS[kind](world);
  await world.retention.apply(plan);
  return { world, plan, said: await answers(world), tree: await treeOf(world.storage) };
}

describe("the trash", () => {
  it.each([
    "PT0S",
    "PT12H",
    "PT23H59M59.999999999S",
  ])("is not emptied of what is %s old", async (olderThan) => {
    const { world, plan } = await applied("prune");
    const error = await errorOf(later(world.storage).retention.emptyTrash({ olderThan }));
    expect(error.code).toBe("INVALID_DURATION");
    expect(error.message).toContain("within a day");
    expect((await world.retention.restore(plan.id)).filesRestored).toBe(plan.days[0]!.remove.length);
  });

  it("is emptied of what is a day old, and of nothing a millisecond younger", async () => {
    const { world, plan } = await applied("prune");
    const { retention } = later(world.storage, DAY_MS - 1);
    expect(await retention.emptyTrash({ olderThan: "P1D" })).toMatchObject({ plans: [], left: [plan.id] });
    const dayOld = later(world.storage, DAY_MS).retention;
    expect(await dayOld.emptyTrash({ olderThan: "P1D" })).toMatchObject({ plans: [plan.id], left: [] });
  });
});

describe.each(KINDS)("emptying the trash of a %s", (kind) => {
  it.each([
    "before",
    "after",
  ] as const)("that dies %s any storage call changes no answer, and is done by the next", async (when) => {
    const { tree, plan, said } = await applied(kind);
    let removed = 0;
    for (let index = 0; ; index++) {
      const storage = await storageOf(tree);
      const dying = dyingAt(storage, index, when);
      await later(dying.storage)
        .retention.emptyTrash({ olderThan: "P1D" })
        .catch((error: unknown) => expect(error).toBeInstanceOf(Death));
      if (!dying.died) break;
      // Between two calls that change something the tree is the same.
      if (!["remove", "replace", "swap", "publish"].includes(dying.died)) continue;
      if (dying.died === "remove") removed++;
      const where = `${when} call ${index}, ${dying.died}`;
      const world = later(storage);
      expect(await answers(world), where).toBe(said);
      const restored = await world.retention.restore(plan.id).catch((error: unknown) => error);
      if (restored instanceof BronzeError) {
        expect(["NOT_FOUND", "RETENTION_REFUSED"], where).toContain(restored.code);
        await world.retention.emptyTrash({ olderThan: "P1D" });
        expect(await answers(world), where).toBe(said);
      } else expect(restored, where).toMatchObject({ filesRestored: plan.days[0]!.remove.length });
      expect(await filesBelow(storage, ".trash"), where).toEqual([]);
    }
    expect(removed).toBe(plan.days[0]!.remove.length + 1);
  });

  it("over a damaged or missing file deletes nothing that is needed", async () => {
    const { tree, plan, said } = await applied(kind);
    const { count, seed } = campaign({ few: 1, small: 10, large: 150, seed: 144 });
    const random = randomFrom(seed);
    const met = { refused: 0, emptied: 0 };
    for (const [path, bytes] of tree) {
      for (let i = 0; i <= count; i++) {
        const damaged = new Map(tree);
        const bit = random(bytes.length * 8);
        if (i === 0) damaged.delete(path);
        else {
          const other = Uint8Array.from(bytes);
          other[bit >> 3]! ^= 1 << (bit & 7);
          damaged.set(path, other);
        }
        const where = `${path} ${i === 0 ? "missing" : `with bit ${bit} turned`}`;
        const storage = await storageOf(damaged);
        const world = later(storage);
        const outcome = await world.retention
          .emptyTrash({ olderThan: "P1D" })
          .catch((error: unknown) => error);
        if (outcome instanceof BronzeError) {
          met.refused++;
          for (const name of damaged.keys())
            expect(await storage.stat(name), `${where}: ${name}`).toBeDefined();
        } else {
          met.emptied++;
          expect(outcome, where).toHaveProperty("plans");
        }
        // With the right bytes in its place, every answer is what it was.
        if (!path.startsWith(".trash/") || outcome instanceof BronzeError) await storage.replace(path, bytes);
        expect(await answers(world), where).toBe(said);
        if (outcome instanceof BronzeError) await world.retention.restore(plan.id);
      }
    }
    expect(met.refused).toBeGreaterThan(0);
    expect(met.emptied).toBeGreaterThan(0);
  });
});
