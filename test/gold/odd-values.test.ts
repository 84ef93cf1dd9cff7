import {
  BronzeStore,
  type Build,
  defineDataset,
  GoldStore,
  instant,
  isBronzeError,
  layouts,
  memoryStorage,
  nbaSeason,
  Retention,
  toEpochNs,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { canonicalJson, type Json } from "../../src/json/index.js";
import { filesIn, type odds, run } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { anything, isWhatWasMeant, named, ODD_NAMES, plainJson, REFUSED } from "../json/odd-values.js";
import { frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const LOCK = { slate: SLATE, snapshot: "lock", tip: TIP } as const;

/** What a promise ends in: the library's error, or a value. Any other error fails the test. */
async function outcomeOf<T>(promise: Promise<T>): Promise<{ value: T } | { refused: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { refused: error.code };
  }
}

const NOW = toEpochNs("2026-02-01T00:00:00Z");
type World = Awaited<ReturnType<typeof frozenWorld>>;

/** A gold store of other options over the same world. */
function goldOver({ storage, bronze }: World, options: { [option: string]: unknown }) {
  return new GoldStore({
    timeZone: "America/New_York",
    season: nbaSeason,
    storage,
    bronze,
    clock: () => NOW,
    ...options,
  } as never);
}

/** All that can be asked of a frozen slate. */
async function assertWhole({ gold }: Pick<World, "gold">, options: typeof LOCK, build: Build<never>) {
  const { slate, snapshot } = options;
  expect(await gold.verify(slate, { snapshot })).toMatchObject({ ok: true, problems: [] });
  expect(await gold.replay(slate, { snapshot }, build as never)).toMatchObject({
    same: true,
    identicalBytes: true,
  });
  expect((await gold.freeze(options, build as never)).status).toBe("unchanged");
  const listed = [];
  for await (const manifest of gold.list()) listed.push(manifest);
  expect(listed).toHaveLength(1);
  const plan = { datasets: ["odds_raw" as const], olderThan: "PT0S" };
  const retention = new Retention({ bronze: gold.bronze, gold: [gold], clock: () => NOW });
  await retention.planPrune(plan);
  await retention.planCompact({ ...plan, into: "day" });
  return listed[0]!;
}

describe("whatever is handed to a freeze", () => {
  const { count, seed } = campaign({ few: 40, small: 100, large: 600, seed: 5 });

  it("as parameters is kept as it was meant, or refused before anything is on disk", async () => {
    let frozen = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, plainJson), fc.boolean(), async (value, inside) => {
        const world = await frozenWorld();
        await world.bronze.write("odds_raw", [], run("none"));
        const parameters = (inside ? { a: [value] } : value) as Record<string, Json>;
        const told: string[] = [];
        const build: Build<never> = (_at, context) => {
          told.push(canonicalJson(context.parameters));
          return [{ said: told.at(-1) }];
        };
        const outcome = await outcomeOf(world.gold.freeze({ ...LOCK, parameters }, build as never));
        if ("refused" in outcome) {
          expect(await filesIn(world.storage, "gold")).toEqual([]);
          expect(told).toEqual([]);
          return;
        }
        frozen++;
        const options = { ...LOCK, parameters };
        const manifest = await assertWhole(world, options, build);
        expect(isWhatWasMeant(parameters ?? {}, manifest.parameters)).toBe(true);
        expect(new Set(told)).toEqual(new Set([canonicalJson(manifest.parameters)]));
      }),
      { numRuns: count, seed },
    );
    expect(frozen).toBeGreaterThan(count / 5);
  });

  it.each(REFUSED)("as parameters is refused where it is %s", async (_what, value, said) => {
    const { gold, storage } = await frozenWorld();
    const error = await errorOf(gold.freeze({ ...LOCK, parameters: value as never }, () => [{ a: 1 }]));
    expect(error.message).toContain(said);
    const check = await errorOf(gold.leakCheck({ ...LOCK, parameters: value as never }, () => [{ a: 1 }]));
    expect(check.message).toContain(said);
    expect(await filesIn(storage, "gold")).toEqual([]);
  });

  it("as a slate is what it is known by from then on, or refused before anything is on disk", async () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom<unknown>(
        ...ODD_NAMES,
        "..",
        " ",
        "a/b",
        "a=b",
        "CON",
        null,
        undefined,
        true,
        {},
        [1],
        Symbol("s"),
      ),
      fc.constantFrom<unknown>(
        0,
        -0,
        7,
        1.5,
        2 ** 53 - 1,
        2 ** 53,
        2 ** 60,
        1e21,
        Number.NaN,
        1n,
        new Date(0),
      ),
      fc.integer(),
      fc.double(),
    );
    let frozen = 0;
    await fc.assert(
      fc.asyncProperty(value, fc.boolean(), async (id, inherited) => {
        const world = await frozenWorld();
        const slates = { key: ["day", "id"], dateKey: "day" };
        const gold = goldOver(world, { slate: slates });
        const own = { day: "2026-01-15", id };
        const slate = (inherited ? Object.create(own) : own) as Record<string, string>;
        const options = { ...LOCK, slate };
        const build = () => [{ a: 1 }];
        const outcome = await outcomeOf(gold.freeze(options as never, build));
        if ("refused" in outcome) {
          expect(await filesIn(world.storage, "gold")).toEqual([]);
          return;
        }
        frozen++;
        const manifest = await assertWhole({ gold }, options as never, build);
        expect(manifest.slate).toEqual({ day: "2026-01-15", id: id === 0 ? 0 : id });
      }),
      { numRuns: count, seed },
    );
    expect(frozen).toBeGreaterThan(count / 5);
  });

  it.each<[string, object]>([
    ["null parameters", { parameters: null }],
    ["a list of parameters", { parameters: [1] }],
    ["a number as run id", { run: { id: 7 } }],
    ["no run id", { run: {} }],
    ["null as the run", { run: null }],
    ["half a surrogate pair as run id", { run: { id: "\ud83d" } }],
    ["null as the slate", { slate: null }],
    ["a symbol as the snapshot type", { snapshot: Symbol("lock") }],
    ["a slate of another shape", { slate: { ...SLATE, extra: 1 } }],
    ["a fraction as the season", { slate: { ...SLATE, season: 2025.5 } }],
    ["a bigint as the season", { slate: { ...SLATE, season: 2025n } }],
    ["an unknown option", { parameter: {} }],
  ])("is refused where it is %s", async (_what, options) => {
    const { gold, storage } = await frozenWorld();
    await errorOf(gold.freeze({ ...LOCK, ...options } as never, () => [{ a: 1 }]));
    expect(await filesIn(storage, "gold")).toEqual([]);
  });

  it("is refused when the store is made, where the commit is not a text", async () => {
    const world = await frozenWorld();
    for (const gitSha of [7, {}, "\ud83d"])
      expect(() => goldOver(world, { gitSha })).toThrow(/gitSha of GoldStore is/);
  });
});

/** A cell as it reads back: instants as nanoseconds, what is absent as null. */
function readCell(value: unknown): unknown {
  if (value instanceof Date) return BigInt(value.getTime()) * 1_000_000n;
  return value ?? null;
}

describe("whatever a builder returns", () => {
  const { count, seed } = campaign({ few: 40, small: 200, large: 1_000, seed: 6 });
  const cell = fc.oneof(
    fc.double(),
    fc.constantFrom<unknown>(0, -0, null, undefined, "", "\u0000", "\ud83d", "\ud83d\ude00", 1n, 2n ** 63n),
    fc.constantFrom<unknown>(new Date(0), new Date(Number.NaN), Symbol("s"), {}, [], () => 1, true),
    fc.string(),
  );
  const one = fc.oneof(fc.double(), fc.constant(-0), fc.constant(0));
  // Mostly columns of one kind, or hardly a row would be good.
  const cells = fc.oneof(
    { weight: 3, arbitrary: fc.array(one, { maxLength: 6 }) },
    { weight: 2, arbitrary: fc.array(fc.string({ unit: "grapheme" }), { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(fc.date({ noInvalidDate: true }), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(cell, { maxLength: 4 }) },
  );
  const table = fc.array(fc.tuple(fc.oneof(fc.string(), fc.constantFrom(...ODD_NAMES)), cells), {
    maxLength: 4,
  });

  it("reads back value by value, or is refused before anything is on disk", async () => {
    let frozen = 0;
    await fc.assert(
      fc.asyncProperty(table, async (columns) => {
        const length = Math.max(0, ...columns.map(([, values]) => values.length));
        const rows = Array.from({ length }, (_, i) =>
          columns.reduce(
            (row, [name, values]) => {
              if (i < values.length)
                Object.defineProperty(row, name, { value: values[i], enumerable: true, configurable: true });
              return row;
            },
            {} as Record<string, unknown>,
          ),
        );
        const world = await frozenWorld();
        const outcome = await outcomeOf(world.gold.freeze(LOCK, () => rows));
        if ("refused" in outcome) {
          expect(await filesIn(world.storage, "gold")).toEqual([]);
          return;
        }
        frozen++;
        await assertWhole(world, LOCK, () => rows);
        const read = (await world.gold.read(SLATE, { snapshot: "lock" })).rows;
        const names = new Set(rows.flatMap((row) => Object.keys(row)));
        expect(read.length).toBe(rows.length);
        for (const [i, row] of rows.entries()) {
          expect(Object.keys(read[i]!)).toEqual([...names]);
          for (const name of names)
            expect(read[i]![name]).toBe(readCell(Object.hasOwn(row, name) ? row[name] : null));
        }
      }),
      { numRuns: count, seed },
    );
    expect(frozen).toBeGreaterThan(count / 5);
  });

  it.each(
    ODD_NAMES.map((name) => [JSON.stringify(name).slice(0, 40), name]),
  )("with a column named %s is carried or refused, by gold and by bronze alike", async (_shown, name) => {
    const good = name !== "__proto__" && name !== "\ud83d";
    const world = await frozenWorld();
    const untyped = await outcomeOf(world.gold.freeze(LOCK, () => [named(name, "a"), {}, named(name, "b")]));
    expect("value" in untyped).toBe(good);
    if (good)
      expect((await world.gold.read(SLATE, { snapshot: "lock" })).rows).toEqual([
        named(name, "a"),
        named(name, null),
        named(name, "b"),
      ]);

    const shape = named(name, z.string()) as Record<string, z.ZodString>;
    const typed = () => goldOver(world, { schema: z.object(shape) });
    const freezing = outcomeOf(
      (async () => await typed().freeze({ ...LOCK, snapshot: "pretip" }, () => [named(name, "a")]))(),
    );
    expect("value" in (await freezing)).toBe(good);

    const dataset = () =>
      defineDataset({
        name: "odd_raw",
        schema: z.object({ ...shape, id: z.string(), ingested_ts: instant() }),
        key: [good ? name : "id"],
        date: { from: "ingested_ts" },
        layout: layouts.perRun(),
        season: nbaSeason,
        timeZone: "UTC",
        timestamps: { asOf: null },
      } as never);
    if (!good) {
      expect(dataset).toThrow(/a field cannot be named/);
      return;
    }
    const bronze = new BronzeStore({
      storage: memoryStorage(),
      datasets: [dataset()] as never,
      clock: () => toEpochNs("2026-01-15T12:00:00Z"),
    });
    const write = bronze as unknown as BronzeStore<readonly [typeof odds]>;
    await write.write(
      "odd_raw" as never,
      [Object.assign(named(name, "a"), { id: "1" })] as never,
      run("r", "2026-01-15T12:00:00Z"),
    );
    const day = await write.readBronzeDay("odd_raw" as never, "2026-01-15");
    expect(day.column(name as never)).toEqual(["a"]);
  });

  it.each<[string, unknown]>([
    ["null for a row", [null]],
    ["a list for a row", [[1]]],
    ["a text for a row", ["a"]],
    ["no list", { a: 1 }],
    ["nothing", undefined],
    ["a value that holds itself", [{ a: [REFUSED] }]],
    ["rows without any column", [{}, {}]],
    ["a row whose values are its prototype's", [Object.create({ a: 1 })]],
    [
      "an instance of a class",
      [
        new (class {
          a = 1;
        })(),
      ],
    ],
    ["a map", [new Map([["a", 1]])]],
    ["a row with a symbol", [{ [Symbol("a")]: 1, b: 1 }]],
    ["a row with a hidden member", [Object.defineProperty({ b: 1 }, "a", { value: 1 })]],
  ])("is refused where it is %s", async (_what, rows) => {
    const { gold, storage } = await frozenWorld();
    expect((await errorOf(gold.freeze(LOCK, () => rows as never))).code).toBe("INVALID_ROWS");
    expect(await filesIn(storage, "gold")).toEqual([]);
  });

  it("keeps a null instant under a schema, between others", async () => {
    const world = await frozenWorld();
    const schema = z.object({ at: instant().nullable() });
    const gold = goldOver(world, { schema });
    await gold.freeze(LOCK, () => [{ at: null }, { at: TIP }] as never);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows).toEqual([
      { at: null },
      { at: toEpochNs(TIP) },
    ]);
  });
});

describe("whatever is handed to a training set", () => {
  const { count, seed } = campaign({ few: 40, small: 100, large: 400, seed: 7 });
  const label = fc.tuple(
    fc.oneof(fc.string(), fc.constantFrom(...ODD_NAMES)),
    fc.oneof(
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.date(),
      fc.constantFrom<unknown>(null, 1n, "\ud83d", {}, Symbol("s"), -0),
    ),
  );

  it("reads back value by value, or is refused before anything is on disk", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    await world.gold.freeze(LOCK, () => [{ player_id: "ada", rating: 1 }]);
    let written = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(label, { minLength: 1, maxLength: 3 }), async (labels) => {
        const version = `v${written}`;
        const row = labels.reduce(
          (own, [name, value]) =>
            Object.defineProperty(own, name, { value, enumerable: true, configurable: true }),
          { player_id: "ada" } as Record<string, unknown>,
        );
        const options = {
          from: SLATE.game_date,
          to: SLATE.game_date,
          snapshot: "lock",
          labels: [row],
          on: ["player_id"],
          version,
          splits: { trainEnd: "2026-01-31", valEnd: "2026-02-28" },
        };
        const outcome = await outcomeOf(world.gold.trainingSet(options));
        if ("refused" in outcome) {
          expect(await filesIn(world.storage, `gold/training/${version}`)).toEqual([]);
          return;
        }
        written++;
        const { train } = await world.gold.readTrainingSet(version);
        expect(train).toHaveLength(1);
        for (const [name, value] of Object.entries(row)) expect(train[0]![name]).toBe(readCell(value));
        expect((await world.gold.trainingSet(options)).status).toBe("unchanged");
      }),
      { numRuns: count, seed },
    );
    expect(written).toBeGreaterThan(count / 5);
  });
});
