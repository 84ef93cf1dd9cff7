import {
  BronzeStore,
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
import { registeredGold } from "../../src/bronze/index.js";
import { storeIdOf } from "../../src/gold/index.js";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { Death, dyingAt, hooked } from "../gold/hooked-storage.js";
import { overtakenAtEachCall } from "../gold/overtaken.js";
import {
  ALL,
  answers,
  DATE,
  filesBelow,
  freezeGame,
  type GameId,
  OLD,
  oddsFiles,
  proven,
  retentionWorld,
  type World,
  writeBoard,
  writeRun,
} from "./world.js";

type Gold = World["gold"];

/** A bronze, and some gold stores over it: the first beside it, the others on storages of their own. */
function worldOf(count: number, storage: Storage = memoryStorage(), others?: readonly Storage[]) {
  const world = retentionWorld(storage);
  const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
  const dayLater = () => clock() + 86_400_000_000_000n;
  const storages = [storage, ...(others ?? Array.from({ length: count - 1 }, () => memoryStorage()))];
  const stores: Gold[] = storages.map((own, i) =>
    i === 0
      ? world.gold
      : new GoldStore({
          timeZone: "America/New_York",
          season: nbaSeason,
          storage: own,
          bronze: world.bronze,
          clock,
        }),
  );
  const retentionOver = (gold: readonly Gold[], forget: readonly string[] = []) =>
    new Retention({ bronze: world.bronze, gold, forget, clock });
  const nextDay = new Retention({ bronze: world.bronze, gold: stores, clock: dayLater });
  return { ...world, stores, storages, retentionOver, retention: retentionOver(stores), nextDay };
}

type Stores = ReturnType<typeof worldOf>;

async function provenOf({ stores }: Pick<Stores, "stores">): Promise<string[]> {
  const wrong: string[] = [];
  for (const [i, gold] of stores.entries())
    for (const text of await proven({ gold })) wrong.push(`store ${i}: ${text}`);
  return wrong;
}

const freezeIn = (gold: Gold, game: GameId, snapshot: "lock" | "pretip" = "lock") =>
  freezeGame({ gold }, game, snapshot);

async function idOf(storage: Storage): Promise<string> {
  return (await storeIdOf(storage))!;
}

/** Two stores: the lock of g1 beside bronze, the later pretip of g2 elsewhere. */
async function twoStores() {
  const made = worldOf(2);
  await writeBoard(made, [22, 23, 24, 25]);
  await freezeIn(made.stores[0]!, "g1");
  await freezeIn(made.stores[1]!, "g2", "pretip");
  return made;
}

describe("the first freeze of a gold store", () => {
  it("registers it with its bronze, once, under an id that goes where the store goes", async () => {
    const made = await twoStores();
    await freezeIn(made.stores[0]!, "g1", "pretip");
    const ids = await Promise.all(made.storages.map(idOf));
    expect(new Set(ids).size).toBe(2);
    const registered = await registeredGold(made.storage);
    expect(registered.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(new Map(registered.map(({ id, root }) => [id, root]))).toEqual(
      new Map([
        [ids[0], "."],
        [ids[1], made.storages[1]!.description],
      ]),
    );
    expect(new Set(registered.map(({ registeredAt }) => registeredAt))).toEqual(
      new Set(["2026-03-01T12:00:00Z"]),
    );
  });

  it("is not taken for one that was not given, at whatever call of a plan it comes", async () => {
    const made = async () => {
      const world = worldOf(1);
      await writeBoard(world, [23]);
      return { storage: world.storage, move: () => freezeIn(world.gold, "g1") };
    };
    await overtakenAtEachCall(1, made, async (storage, at) => {
      const plan = await worldOf(1, storage).retention.planCompact({ ...OLD, into: "day" });
      expect(plan.days.length, at).toBe(1);
    });
  });

  it("is seen before its manifest is: whatever fails between, no manifest is there without a registration", async () => {
    for (const when of ["before", "after"] as const) {
      for (let index = 0; ; index++) {
        const below = memoryStorage();
        const gold = memoryStorage();
        await writeBoard(retentionWorld(below), [23]);
        // Calls of both storages are counted together: each dies where the other does.
        let begun = 0;
        let died = false;
        const dying = (storage: Storage) =>
          hooked(storage, {
            async before() {
              if (died || (when === "before" && begun === index)) {
                died = true;
                throw new Death();
              }
              begun++;
            },
            async after() {
              if (died || (when === "after" && begun === index + 1)) {
                died = true;
                throw new Death();
              }
            },
          });
        const { stores } = worldOf(2, dying(below), [dying(gold)]);
        const error = await freezeIn(stores[1]!, "g1").catch((thrown: unknown) => thrown);
        if (!died) break;
        // Of a builder that could not read it is the cause.
        expect([error, (error as Error).cause], `${when} call ${index}`).toContainEqual(expect.any(Death));
        const isFrozen = (await filesBelow(gold, "gold")).some((path) => path.includes("manifest."));
        const isRegistered = (await registeredGold(below)).length > 0;
        expect(isRegistered || !isFrozen, `${when} call ${index}`).toBe(true);
        // Retention that is not told of the store sees it from then on.
        if (isFrozen)
          expect((await errorOf(worldOf(1, below).retention.planPrune(ALL))).code).toBe("GOLD_MISSING");
        // The next freeze goes on from there, under the one id.
        const again = worldOf(2, below, [gold]);
        expect((await freezeIn(again.stores[1]!, "g1")).status).toBe(isFrozen ? "unchanged" : "frozen");
        expect((await registeredGold(below)).map(({ id }) => id)).toEqual([await idOf(gold)]);
      }
    }
  });

  it("of many at once registers one id a root", async () => {
    const made = worldOf(3);
    await writeBoard(made, [22, 23]);
    const freezes = made.stores.flatMap((gold) =>
      (["g1", "g2"] as const).flatMap((game) =>
        (["lock", "pretip"] as const).map((snapshot) => freezeIn(gold, game, snapshot)),
      ),
    );
    await Promise.all(freezes);
    const ids = await Promise.all(made.storages.map(idOf));
    expect((await registeredGold(made.storage)).map(({ id }) => id)).toEqual([...new Set(ids)].sort());
  });

  it("is a training set's, too", async () => {
    const made = await twoStores();
    for (const { id } of await registeredGold(made.storage))
      await made.storage.remove(`bronze/_gold/${id}.json`);
    await made.stores[1]!.trainingSet({
      from: DATE,
      to: DATE,
      snapshot: "pretip",
      labels: ["dk", "fd"].map((book) => ({ game_id: "g2", book, won: true })),
      on: ["game_id", "book"],
      version: "v1",
      splits: { trainEnd: DATE, valEnd: DATE },
    });
    expect((await registeredGold(made.storage)).map(({ id }) => id)).toEqual([await idOf(made.storages[1]!)]);
  });

  it("over a bronze that can only be read is refused, and nothing is committed", async () => {
    const made = worldOf(2);
    await writeBoard(made, [23]);
    const { BronzeError } = await import("bronzestore");
    const readOnly = hooked(made.storage, {
      async before(call, _, path) {
        if (["publish", "replace", "swap", "lock"].includes(call))
          throw new BronzeError("STORAGE_FAILED", `${path} is on a read-only disk`, { path, cause: "EROFS" });
      },
    });
    const gold = memoryStorage();
    const { stores } = worldOf(2, readOnly, [gold]);
    const error = await errorOf(freezeIn(stores[1]!, "g1"));
    expect(error.code).toBe("GOLD_UNREGISTERED");
    expect(error.cause).toMatchObject({ code: "STORAGE_FAILED" });
    expect((await filesBelow(gold, "gold")).filter((path) => path.endsWith(".json"))).toEqual([]);
  });
});

describe("retention over several gold stores", () => {
  it("keeps what the manifest of any of them needs, and says which", async () => {
    const made = await twoStores();
    const plan = await made.retention.planPrune(ALL);
    // The pretip of g2 is at 03:30, after all runs: it names each of them, and the last decides.
    expect(plan.days[0]!.remove).toHaveLength(12 - 3);
    const reasons = new Set(
      plan.refused.map(({ reason }) => reason.replace(/gold\/slates\/.*\/manifest/, "manifest")),
    );
    const [beside, elsewhere] = made.storages.map(({ description }) => description);
    expect([...reasons]).toEqual([
      `decides the answer of manifest.lock.json of gold[0] (${beside})`,
      `decides the answer of manifest.pretip.json of gold[1] (${elsewhere})`,
    ]);
    expect(plan.certificate.manifests).toBe(2);
  });

  it("asks the questions of each of them", async () => {
    const made = worldOf(3);
    await writeBoard(made);
    for (const gold of made.stores) await freezeIn(gold, "g1");
    const plan = await made.retention.planPrune(ALL);
    expect(plan.certificate).toMatchObject({ manifests: 3, questions: 3 });
    await made.retention.apply(plan);
    expect(await provenOf(made)).toEqual([]);
    expect(await oddsFiles(made)).toHaveLength(2);
  });

  it("refuses while one that is registered is not given, and says which: in every verb", async () => {
    const made = await twoStores();
    const first = worldOf(1);
    await writeBoard(first);
    const plan = await made.retention.planCompact({ ...OLD, into: "day" });
    const id = await idOf(made.storages[1]!);
    const root = made.storages[1]!.description;
    const less = made.retentionOver(made.stores.slice(0, 1));
    const verbs: Record<string, () => Promise<unknown>> = {
      planPrune: () => less.planPrune(ALL),
      planCompact: () => less.planCompact({ ...OLD, into: "day" }),
      apply: () => less.apply(plan),
      restore: () => less.restore("0123456789abcdef"),
      emptyTrash: () => less.emptyTrash({ olderThan: "P1D" }),
      "none given": () => made.retentionOver([]).planPrune(ALL),
    };
    const before = await filesBelow(made.storage, "");
    for (const [verb, call] of Object.entries(verbs)) {
      const error = await errorOf(call());
      expect(error.code, verb).toBe("GOLD_MISSING");
      expect(error.message, verb).toContain(`${id}, registered at 2026-03-01T12:00:00Z, then on ${root}`);
      expect(error.message, verb).toContain(`forget: [`);
      expect(error.details.missing, verb).toContainEqual({
        id,
        root,
        registeredAt: "2026-03-01T12:00:00Z",
      });
    }
    expect(await filesBelow(made.storage, "")).toEqual(before);
  });

  it("that should forget one continues without it, and removes its registration when it applies", async () => {
    const made = await twoStores();
    const id = await idOf(made.storages[1]!);
    const rest = made.retentionOver(made.stores.slice(0, 1), [id]);
    const plan = await rest.planPrune(ALL);
    expect(plan.days).toHaveLength(1);
    expect((await registeredGold(made.storage)).map((gold) => gold.id)).toContain(id);
    expect(await rest.apply(plan)).toMatchObject({ status: "applied", forgotten: [id] });
    expect((await registeredGold(made.storage)).map((gold) => gold.id)).not.toContain(id);
    expect(await rest.apply(plan)).toMatchObject({ status: "nothing", forgotten: [] });
    // It needs not be told again, until the store freezes again.
    const later = made.retentionOver(made.stores.slice(0, 1));
    expect((await later.planPrune(ALL)).days).toEqual([]);
    await freezeIn(made.stores[1]!, "g1");
    expect((await errorOf(later.planPrune(ALL))).details.missing).toMatchObject([{ id }]);
    expect((await errorOf(made.retentionOver(made.stores, [id]).planPrune(ALL))).code).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("forgets one whose registration is damaged by its name, and trusts nothing else in it", async () => {
    const made = await twoStores();
    const id = await idOf(made.storages[1]!);
    const path = `bronze/_gold/${id}.json`;
    const right = await made.storage.read(path);
    const text = new TextDecoder().decode(right);
    const damages = [
      "{",
      text.replace("2026-03-01", "2026-03-02"),
      text.replace('"version":1', '"version":2'),
      new TextDecoder().decode(await made.storage.read(`bronze/_gold/${await idOf(made.storage)}.json`)),
    ];
    for (const damage of damages) {
      await made.storage.replace(path, new TextEncoder().encode(damage));
      expect((await errorOf(made.retention.planPrune(ALL))).code, damage).toBe("RETENTION_INVALID");
      expect((await errorOf(freezeIn(made.stores[1]!, "g1"))).code, damage).toBe("RETENTION_INVALID");
      await made.retentionOver(made.stores.slice(0, 1), [id]).planPrune(ALL);
    }
    await made.storage.replace(path, right);
    await made.retention.planPrune(ALL);
  });

  it("takes no gold store that was made with another BronzeStore", async () => {
    const made = await twoStores();
    const other = new BronzeStore({ storage: made.storage, datasets: made.bronze.datasets });
    const gold = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage: made.storage,
      bronze: other,
    });
    expect(() => new Retention({ bronze: made.bronze, gold: [made.gold, gold] as never })).toThrow(
      `gold[1] of Retention (${made.storage.description}) was made with another BronzeStore`,
    );
  });

  it("will not plan while the manifest of a slate or a training set in any of them cannot be read", async () => {
    for (const damaged of ["gold/slates/x=1/manifest.lock.json", "gold/training/v1/manifest.json"]) {
      const made = await twoStores();
      await made.storages[1]!.publish(damaged, new TextEncoder().encode("{}"));
      expect((await errorOf(made.retention.planPrune(ALL))).code, damaged).toBe("MANIFEST_INVALID");
    }
  });
});

describe("a tree of 0.1, in which no gold store is registered", () => {
  it("is planned for the stores that are named, or for none, as the caller says", async () => {
    const made = await twoStores();
    for (const { id } of await registeredGold(made.storage))
      await made.storage.remove(`bronze/_gold/${id}.json`);
    for (const storage of made.storages) await storage.remove("gold/_store.json");
    expect((await made.retention.planPrune(ALL)).days[0]!.remove).toHaveLength(9);
    expect((await made.retentionOver(made.stores.slice(0, 1)).planPrune(ALL)).days[0]!.remove).toHaveLength(
      10,
    );
    expect((await made.retentionOver([]).planPrune(ALL)).days[0]!.remove).toHaveLength(12);
  });
});

describe("a copy", () => {
  async function copyOf(from: Storage): Promise<Storage> {
    const copy = memoryStorage();
    for (const path of await filesBelow(from, "")) await copy.publish(path, await from.read(path));
    return copy;
  }

  it("of the whole tree, or a move of any part of it, goes on under the ids it has", async () => {
    const made = await twoStores();
    const [first, second] = await Promise.all(made.storages.map(copyOf));
    const copy = worldOf(2, first!, [second!]);
    await copy.retention.planPrune(ALL);
    await freezeIn(copy.stores[1]!, "g1");
    expect(await registeredGold(first!)).toEqual(await registeredGold(made.storage));
    expect(await provenOf(copy)).toEqual([]);
  });

  it("of a gold store next to the original is the same store: given both, both count", async () => {
    const made = await twoStores();
    const copy = worldOf(3, made.storage, [made.storages[1]!, await copyOf(made.storages[1]!)]);
    await freezeIn(copy.stores[2]!, "g2", "lock");
    const plan = await copy.retention.planCompact({ ...OLD, into: "day" });
    await copy.retention.apply(plan);
    expect(await provenOf(copy)).toEqual([]);
  });
});

describe("a store that freezes while a plan is applied", () => {
  it("for the first time, between the last look and the commit, refuses the plan: nobody gave it", async () => {
    const made = worldOf(2);
    await writeBoard(made);
    await freezeIn(made.stores[0]!, "g1");
    const one = made.retentionOver(made.stores.slice(0, 1));
    const plan = await one.planCompact({ ...OLD, into: "day" });
    const storage = hooked(made.storage, {
      async before(call, _, path) {
        if (call === "lock" && path === "bronze/_gold/.commit.lock")
          await freezeIn(made.stores[1]!, "g2", "pretip");
      },
    });
    const before = await oddsFiles(made);
    expect((await errorOf(worldOf(1, storage).retention.apply(plan))).code).toBe("GOLD_MISSING");
    expect(await oddsFiles(made)).toEqual(before);
    expect((await filesBelow(made.storage, "bronze")).filter((path) => path.includes("compacted"))).toEqual(
      [],
    );
    expect(await provenOf(made)).toEqual([]);
    expect((await made.retention.planCompact({ ...OLD, into: "day" })).pending).toEqual([]);
  });

  it("elsewhere, names what it read, wherever that lies then", async () => {
    const made = worldOf(2);
    await writeBoard(made);
    await freezeIn(made.stores[0]!, "g1");
    const plan = await made.retention.planCompact({ ...OLD, into: "day" });
    const storage = hooked(made.storages[1]!, {
      async before(call, _, path) {
        if (call === "publish" && path.endsWith(".parquet") && path.startsWith("gold/")) await apply();
      },
    });
    let applied: Promise<unknown> | undefined;
    const apply = () => {
      applied ??= made.retention.apply(plan);
      return applied;
    };
    const { stores } = worldOf(2, made.storage, [storage]);
    const { manifest } = await freezeIn(stores[1]!, "g2", "pretip");
    expect(manifest.inputs[0]!.files.filter(({ path }) => path.includes("compacted"))).toEqual([]);
    expect(await provenOf(made)).toEqual([]);
  });
});

describe("a plan that dies at any storage call, two gold stores over the bronze", () => {
  it.each([
    "prune",
    "compact",
  ] as const)("%s: both are proven after it, and after the next one", async (kind) => {
    const planOf = (retention: Stores["retention"]) =>
      kind === "prune" ? retention.planPrune(ALL) : retention.planCompact({ ...OLD, into: "day" });
    const { count: apart } = campaign({ few: 61, small: 7, large: 1, seed: 0 });
    for (let index = 0; ; index += apart) {
      const made = worldOf(2);
      await writeBoard(made, [23, 24]);
      await freezeIn(made.stores[0]!, "g1");
      await freezeIn(made.stores[1]!, "g1", "pretip");
      const said = await answers(made);
      const plan = await planOf(made.retention);
      const dying = dyingAt(made.storage, index, index % 2 === 0 ? "before" : "after");
      await worldOf(2, dying.storage, made.storages.slice(1))
        .retention.apply(plan)
        .catch((error: unknown) => expect(error).toBeInstanceOf(Death));
      expect(await provenOf(made), `call ${index}`).toEqual([]);
      if (kind === "compact") expect(await answers(made), `call ${index}`).toBe(said);
      await made.retention.apply(await planOf(made.retention));
      expect(await provenOf(made), `call ${index}, finished`).toEqual([]);
      if (!dying.died) break;
    }
  });
});

type Step =
  | { readonly kind: "board"; readonly minutes: number }
  | {
      readonly kind: "freeze";
      readonly store: number;
      readonly game: GameId;
      readonly snapshot: "lock" | "pretip";
    }
  | { readonly kind: "prune" | "into-day" | "last-run-of-hour" | "restore" | "emptied" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("board" as const),
      minutes: fc.integer({ min: 1260, max: 1740 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("freeze" as const),
      store: fc.integer({ min: 0, max: 2 }),
      game: fc.constantFrom("g1" as const, "g2" as const),
      snapshot: fc.constantFrom("lock" as const, "pretip" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "prune" as const,
        "into-day" as const,
        "last-run-of-hour" as const,
        "restore" as const,
        "emptied" as const,
      ),
    }),
  },
);

describe("slates split at random over stores", () => {
  it("after any sequence of write, freeze, prune, compact, restore and emptying all verify and replay as before", async () => {
    const { count, seed } = campaign({ small: 12, large: 500, seed: 31 });
    let [kept, removed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 3 }),
        fc.array(step, { minLength: 4, maxLength: 14 }),
        async (stores, steps) => {
          const made = worldOf(stores);
          let last: string | undefined;
          for (const one of steps) {
            if (one.kind === "board") await writeRun(made, one.minutes);
            else if (one.kind === "freeze")
              await freezeIn(made.stores[one.store % stores]!, one.game, one.snapshot).catch((error) =>
                expect(["SLATE_CONFLICT", "PRUNED"]).toContain(error.code),
              );
            else {
              const before = await provenOf(made);
              const plan = await retain(made, one.kind, last);
              const after = await provenOf(made);
              // What comes back is to a slate that was frozen without it as what arrives late.
              const isLate = (wrong: string) => one.kind === "restore" && wrong.includes("late-arrival");
              expect(after.filter((wrong) => !isLate(wrong))).toEqual(
                before.filter((wrong) => !isLate(wrong)),
              );
              if (plan && plan.days.length > 0) last = plan.id;
              kept += plan?.refused.length ?? 0;
              removed += plan?.days.flatMap(({ remove }) => remove).length ?? 0;
            }
          }
          expect((await provenOf(made)).filter((wrong) => wrong.includes("verify"))).toEqual([]);
        },
      ),
      { numRuns: count, seed },
    );
    expect(kept).toBeGreaterThan(0);
    expect(removed).toBeGreaterThan(0);
  });
});

/** Does one of retention's deeds over all stores; over fewer it is refused. */
async function retain(
  { retention, nextDay, retentionOver, stores, storage, storages }: Stores,
  kind: Exclude<Step["kind"], "board" | "freeze">,
  last: string | undefined,
): Promise<RetentionPlan | undefined> {
  if (kind === "restore") {
    if (last !== undefined)
      await retention
        .restore(last)
        .catch((error) => expect(["NOT_FOUND", "RETENTION_REFUSED"]).toContain(error.code));
    return undefined;
  }
  if (kind === "emptied") {
    await nextDay.emptyTrash({ olderThan: "P1D" });
    return undefined;
  }
  const planOf = (of: Stores["retention"]) =>
    kind === "prune"
      ? of.planPrune(ALL)
      : of.planCompact({
          ...OLD,
          ...(kind === "into-day" ? { into: "day" } : { keep: kind, daysWithoutSlate: true }),
        });
  const registered = new Set((await registeredGold(storage)).map(({ id }) => id));
  const isRegistered = registered.has((await storeIdOf(storages.at(-1)!)) ?? "");
  const without = await planOf(retentionOver(stores.slice(0, -1))).catch((error: unknown) => error);
  expect(isBronzeError(without, "GOLD_MISSING")).toBe(isRegistered);
  const plan = await planOf(retention);
  await retention.apply(plan);
  return plan;
}
