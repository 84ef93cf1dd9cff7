import {
  BronzeStore,
  decimal,
  defineDataset,
  domainDate,
  GoldStore,
  instant,
  isBronzeError,
  layouts,
  memoryStorage,
  nbaSeason,
  type RowOf,
  readPointer,
  stageOutput,
} from "bronzestore";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import * as m from "zod/mini";
import * as old from "zod/v3";
import { errorOf } from "../error-of.js";
import { frozenWorld, SLATE, TIP, writeEvening } from "../gold/slates.js";
import { finished, runAt } from "../run/live.js";

const STAMP = "2026-01-15T22:00:00Z";
const DATE = "2026-01-15";

/** The same field in both, and a value of it. */
const FIELDS: Record<string, [z.ZodType, m.ZodMiniType, unknown]> = {
  text: [z.string(), m.string(), "a"],
  textOfALength: [z.string().min(1).max(9), m.string().check(m.minLength(1), m.maxLength(9)), "a"],
  url: [z.url(), m.url(), "https://a.example"],
  number: [z.number(), m.number(), 1.5],
  bounded: [z.number().min(0), m.number().check(m.minimum(0)), 0.5],
  int: [z.int(), m.int(), 7],
  int32: [z.int32(), m.int32(), 7],
  uint32: [z.uint32(), m.uint32(), 7],
  float32: [z.float32(), m.float32(), 0.5],
  bigint: [z.bigint(), m.bigint(), 7n],
  uint64: [z.uint64(), m.uint64(), 7n],
  flag: [z.boolean(), m.boolean(), true],
  word: [z.enum(["a", "b"]), m.enum(["a", "b"]), "b"],
  literal: [z.literal([1, 2]), m.literal([1, 2]), 2],
  date: [z.iso.date(), m.iso.date(), DATE],
  list: [z.array(z.int()), m.array(m.int()), [1, 2]],
  nullable: [z.string().nullable(), m.nullable(m.string()), null],
  optional: [z.string().optional(), m.optional(m.string()), undefined],
  nullish: [z.int().nullish(), m.nullish(m.int()), null],
  withDefault: [z.int().default(3), m._default(m.int(), 3), undefined],
  readonly: [z.string().readonly(), m.readonly(m.string()), "a"],
  described: [z.string().describe("who"), m.string().check(m.describe("who")), "a"],
  refined: [
    z.string().refine((value) => value !== ""),
    m.string().check(m.refine((value) => value !== "")),
    "a",
  ],
  trimmed: [z.string().trim(), m.string().check(m.trim()), " a "],
  coercedNumber: [z.coerce.number(), m.coerce.number(), "1.5"],
  coercedText: [z.coerce.string(), m.coerce.string(), 5],
  coercedBigint: [z.coerce.bigint(), m.coerce.bigint(), "7"],
  coercedFlag: [z.coerce.boolean(), m.coerce.boolean(), 1],
  at: [instant().nullable(), m.nullable(instant()), STAMP],
  day: [domainDate(), domainDate(), DATE],
  price: [decimal(6, 2).optional(), m.optional(decimal(6, 2)), "1.50"],
};
const names = Object.keys(FIELDS);
const fieldsOf = (pick: (name: string, i: number) => unknown) =>
  Object.fromEntries(names.map((name, i) => [name, pick(name, i)])) as Record<string, z.ZodType>;
const times = { as_of_ts: instant(), ingested_ts: instant() };
const from = {
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  date: { from: "as_of_ts" },
  key: ["text"],
} as never as {
  date: { from: "as_of_ts" };
  key: [];
};

/** A feed of all of the fields, made with an object of one zod and fields of one or both. */
const SCHEMAS = {
  "zod alone": z.object({ ...fieldsOf((name) => FIELDS[name]![0]), ...times }),
  "zod/mini alone": m.object({ ...fieldsOf((name) => FIELDS[name]![1]), ...times }),
  "an object of zod with fields of both": z.object({
    ...fieldsOf((name, i) => FIELDS[name]![i % 2]),
    ...times,
  }),
  "an object of zod/mini with fields of both": m.object({
    ...fieldsOf((name, i) => FIELDS[name]![1 - (i % 2)]),
    ...times,
  }),
};

describe("a feed whose schema is of", () => {
  const row = { ...fieldsOf((name) => FIELDS[name]![2]), as_of_ts: STAMP, ingested_ts: STAMP };

  async function readBack(schema: z.core.$ZodObject) {
    const feed = defineDataset({ name: "feed_raw", schema, ...from } as never);
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [feed] });
    await bronze.write("feed_raw" as never, [row] as never);
    const read = await bronze.asOf("2026-01-16T00:00:00Z").read("feed_raw" as never, { date: DATE });
    return { columns: [...feed.columns.values()], rows: read.rows() };
  }

  it.each(Object.entries(SCHEMAS))("%s has the columns and rows that zod alone gives", async (_, schema) => {
    const [own, expected] = [await readBack(schema), await readBack(SCHEMAS["zod alone"])];
    expect(own).toEqual(expected);
    expect(own.columns).toHaveLength(names.length + 2);
    expect(own.rows).toMatchObject([
      { int: 7, coercedNumber: 1.5, coercedText: "5", trimmed: "a", withDefault: 3 },
    ]);
  });

  it("zod/mini has rows with types, and refuses those that do not fit", async () => {
    const feed = defineDataset({
      name: "feed_raw",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: m.object({
        id: m.string(),
        price: m.nullable(m.int()),
        note: m.optional(m.string()),
        day: m.iso.date(),
        ...times,
      }),
      key: ["id"],
      date: { from: "day" },
    });
    expectTypeOf<RowOf<typeof feed>>().toEqualTypeOf<{
      id: string;
      price: number | null;
      note: string | null;
      day: string;
      as_of_ts: bigint;
      ingested_ts: bigint;
    }>();
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [feed] });
    const row = { id: "a", price: 1, day: DATE, as_of_ts: STAMP, ingested_ts: STAMP };
    const wrong = { ...row, price: "1" };
    // @ts-expect-error a price is a number
    const error = await errorOf(bronze.write("feed_raw", [row, wrong, { ...row, prise: 1 } as typeof row]));
    expect(error.code).toBe("INVALID_ROWS");
    expect(error.details.problems).toMatchObject([
      { row: 1, field: "price" },
      { row: 2, field: "prise" },
    ]);
    const schema = m.object({ id: m.string(), ...times });
    expect(() =>
      defineDataset({
        name: "feed_raw",
        layout: layouts.daily(),
        timeZone: "America/New_York",
        season: nbaSeason,
        schema,
        key: ["id"],
        // @ts-expect-error text says no day
        date: { from: "id" },
      }),
    ).toThrow("neither an instant() nor a domainDate()");
  });

  it("zod/mini may be a snapshot of scopes", async () => {
    const feed = defineDataset({
      name: "feed_raw",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: m.object({ game: m.int(), who: m.string(), ...times }),
      key: ["game", "who"],
      scope: ["game"],
      partitionIs: "snapshot",
      date: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [feed] });
    const row = { game: 1, who: "ada", as_of_ts: STAMP, ingested_ts: STAMP };
    const written = await bronze.write("feed_raw", [row], {
      snapshot: { date: DATE, covers: [{ game: 2 }] },
    });
    expect(written.rows).toBe(1);
    const wrong = bronze.write("feed_raw", [row], { snapshot: { covers: [{ game: "two" as never }] } });
    expect((await errorOf(wrong)).code).toBe("INVALID_ARGUMENT");
  });
});

describe("schemas of zod/mini elsewhere", () => {
  it("make the columns of a frozen slate, refuse what they do not name, and say what does not fit once", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const schema = m.object({ player: m.string(), minutes: m.int() });
    const gold = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage: world.storage,
      bronze: world.bronze,
      schema,
      clock: () => BigInt(Date.parse("2026-01-16T12:00:00Z")) * 1_000_000n,
    });
    const lock = { slate: SLATE, snapshot: "lock", tip: TIP } as const;
    const players = Array.from({ length: 30 }, (_, i) => ({ player: `p${i}` }));
    const more = await errorOf(gold.freeze(lock, () => [{ player: "ada", minutes: 31, team: "x" }]));
    expect(more).toMatchObject({ code: "INVALID_ROWS", message: expect.stringContaining("row 0: ") });
    const lacking = await errorOf(gold.freeze(lock, () => players));
    expect(lacking.message.match(/minutes/g)).toHaveLength(1);
    expect(lacking.message).toContain("row 0, minutes: Invalid input");
    expect(lacking.message).toContain("(and 29 more of the rows)");
    const { manifest } = await gold.freeze(lock, () => [{ player: "ada", minutes: 31 }]);
    expect(manifest.output.columns).toEqual([
      { name: "player", type: "STRING", nullable: false },
      { name: "minutes", type: "INT64", nullable: false },
    ]);
    expect((await gold.read(SLATE, { snapshot: "lock" })).rows).toEqual([{ player: "ada", minutes: 31 }]);
  });

  it("check what a stage keeps, for later runs too, and what a pointer holds", async () => {
    const storage = memoryStorage();
    const minutes = m.array(m.object({ player: m.string(), at: instant() }));
    const kept = await finished(
      runAt(storage, async (run) => {
        const stage = await run.stage("minutes", { output: minutes }, () => [{ player: "ada", at: STAMP }]);
        expectTypeOf(stage.value).toEqualTypeOf<{ player: string; at: bigint }[]>();
        await run.writePointer("latest.json", { outputs: [stage], fields: { model: "v7" } });
        return stage.value;
      }),
    );
    expect(kept.value).toEqual([{ player: "ada", at: 1_768_514_400_000_000_000n }]);
    const later = await finished(
      runAt(storage, async (run) => {
        const needs = { minutes: stageOutput("minutes", minutes, { run: kept.runId }) };
        return (await run.stage("rates", { needs }, ({ minutes: [first] }) => first?.player)).value;
      }),
    );
    expect(later.value).toBe("ada");
    const other = m.array(m.string());
    const misread = runAt(storage, (run) =>
      run.stage("rates", { needs: { minutes: stageOutput("minutes", other, { run: kept.runId }) } }, () => 1),
    );
    expect((await errorOf(misread)).message).toContain("does not fit the output's schema");

    const model = m.object({ model: m.enum(["v7"]) });
    const pointer = await readPointer({ storage }, "latest.json", { fields: model });
    expect(pointer?.model).toBe("v7");
    const fields = m.object({ model: m.int() });
    expect((await errorOf(readPointer({ storage }, "latest.json", { fields }))).code).toBe("POINTER_INVALID");
  });
});

describe("a value that is not a schema of zod 4", () => {
  const valibot = { kind: "schema", "~standard": { version: 1, vendor: "valibot", validate: () => ({}) } };
  const core = new z.core.$ZodObject({ type: "object", shape: { id: z.string() } });
  const REFUSED: [string, unknown, string][] = [
    ["an object of zod 3", old.object({ id: old.string() }), "a schema of zod 3"],
    ["a schema of another library", valibot, "a schema of valibot"],
    ["a schema of zod's core alone", core, "a schema of zod's core, which has no safeParse"],
    ["a schema that is no object", z.string(), "a zod string"],
    ["one of zod/mini that is no object", m.array(m.string()), "a zod array"],
    ["the fields without an object", { id: z.string() }, "{ id: "],
  ];

  it.each(REFUSED)("is refused by name wherever an object is due: %s", async (_, schema, said) => {
    const world = await frozenWorld();
    const attempts: (() => unknown)[] = [
      () => defineDataset({ name: "feed_raw", schema, ...from } as never),
      () =>
        new GoldStore({
          timeZone: "America/New_York",
          season: nbaSeason,
          storage: world.storage,
          bronze: world.bronze,
          schema: schema as never,
        }),
      () => readPointer({ storage: memoryStorage() }, "latest.json", { fields: schema as never }),
    ];
    for (const attempt of attempts) {
      const error = await errorOf(new Promise((resolve) => resolve(attempt())));
      expect(error.message).toContain(` is ${said}`);
      expect(error.message).toContain("it must be an object of zod 4");
    }
  });

  it.each<[string, unknown]>([
    ["a field", old.string()],
    ["inside .nullable()", z.nullable(old.string() as never)],
    ["inside a list", m.array(old.string() as never)],
  ])("is refused inside an object too: %s", (_, field) => {
    const define = () =>
      defineDataset({ name: "feed_raw", schema: z.object({ text: field } as never), ...from } as never);
    expect(define).toThrow('field "text" is a schema of zod 3; it must be a schema of zod 4');
    try {
      define();
    } catch (error) {
      expect(isBronzeError(error, "INVALID_DATASET")).toBe(true);
    }
  });
});
