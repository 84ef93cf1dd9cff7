import { BronzeStore, GoldStore, memoryStorage, type Storage } from "bronzestore";
import { expect, it } from "vitest";
import { entriesIn, settled } from "../bronze/cached-stores.js";
import { filesIn, injuries, odds, quote, run } from "../bronze/feeds.js";
import {
  answers,
  DATE,
  freezeGame,
  OLD,
  proven,
  retentionWorld,
  slateOf,
  type World,
  writeBoard,
  writeReports,
} from "./retention-world.js";
import { build, SLATE, TIP, writeEvening } from "./slates.js";

const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;

function goldOver(storage: Storage) {
  const bronze = new BronzeStore({ storage, datasets: [injuries, odds], clock, cache: true });
  return { storage, bronze, gold: new GoldStore({ storage, bronze, clock }) };
}

it("a freeze and its replay stand on the bytes of the files, whatever an entry says", async () => {
  const memory = memoryStorage();
  // A storage whose files always look the same, so that an entry is believed for ever.
  const lying: Storage = {
    ...memory,
    identify: async (path) =>
      (await memory.stat(path)) ? { token: "same", sizeBytes: 1, changedMs: 0 } : undefined,
  };
  const { bronze, gold } = goldOver(lying);
  await writeEvening({ bronze });
  const price = async () => {
    const lines = await bronze.asOf(TIP).read("odds_raw", { date: DATE });
    return lines.get({ game_id: "g1", book: "dk" })?.price;
  };
  await bronze.asOf(TIP).read("injuries_raw", { date: DATE, lookbackDays: 1 });
  expect(await price()).toBe(-120);
  expect(await entriesIn(memory)).toHaveLength(2);

  const elsewhere = memoryStorage();
  await goldOver(elsewhere).bronze.write(
    "odds_raw",
    [quote("g1", "dk", -999, "2026-01-15T23:40:00Z")],
    run("r2", "2026-01-15T23:41:00Z"),
  );
  const [path] = await filesIn(elsewhere);
  await memory.replace(path!, await elsewhere.read(path!));
  expect(await price()).toBe(-120); // the entry is believed

  const slate = { slate: SLATE, snapshot: "pretip", tip: TIP } as const;
  const frozen = await gold.freeze(slate, build);
  const plain = memoryStorage();
  for (const file of await filesIn(memory, "bronze")) await plain.publish(file, await memory.read(file));
  const bronzeWithout = new BronzeStore({ storage: plain, datasets: [injuries, odds], clock });
  const goldWithout = new GoldStore({ storage: plain, bronze: bronzeWithout, clock });
  const truth = await goldWithout.freeze(slate, build);
  expect(frozen.manifest.inputs).toEqual(truth.manifest.inputs);
  expect(frozen.manifest.output).toEqual(truth.manifest.output);
  expect((await gold.verify(SLATE, { snapshot: "pretip" })).ok).toBe(true);
  expect((await gold.replay(SLATE, { snapshot: "pretip" }, build)).identicalBytes).toBe(true);
});

const WORK = {
  prune: ({ gold }: Pick<World, "gold">) => gold.planPrune(OLD),
  "last-run-of-hour": ({ gold }: Pick<World, "gold">) =>
    gold.planCompact({ ...OLD, keep: "last-run-of-hour" }),
  "compact into a day": ({ gold }: Pick<World, "gold">) => gold.planCompact({ ...OLD, into: "day" }),
} as const;

it.each(
  Object.entries(WORK),
)("a %s plans and does the same beside a cache, and leaves no stale answer", async (_, plan) => {
  const filled = async (cache: boolean) => {
    const storage = settled(memoryStorage());
    const world = retentionWorld(storage);
    await writeBoard(world);
    await writeReports(world);
    await freezeGame(world, "g1");
    const bronze = new BronzeStore({ storage, datasets: world.bronze.datasets, clock, cache });
    const gold = new GoldStore({ storage, bronze: bronze as unknown as World["bronze"], clock });
    return { ...world, bronze: bronze as unknown as World["bronze"], gold, plain: world.bronze };
  };
  const world = await filled(true);
  const other = await filled(false);
  expect(await answers(world)).toBe(await answers({ bronze: world.plain }));
  expect(await entriesIn(world.storage)).toHaveLength(1);

  const made = await plan(world);
  expect(made).toEqual(await plan(other));
  await world.gold.apply(made);
  await other.gold.apply(await plan(other));
  for (let i = 0; i < 2; i++) expect(await answers(world)).toBe(await answers(other));
  expect(await answers({ bronze: world.plain })).toBe(await answers(other));
  expect(await proven(world)).toEqual([]);
  expect((await world.gold.verify(slateOf(), { snapshot: "lock" })).ok).toBe(true);
});
