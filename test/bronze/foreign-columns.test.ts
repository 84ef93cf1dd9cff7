import { inspect } from "node:util";
import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  leakCheck,
  memoryStorage,
  nbaSeason,
  parseInstant,
  Retention,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { CONVERTED, foreignFile, int96, LOGICAL, type Node, type RawRow } from "../table/foreign-file.js";
import { node, TEXT, timestamp } from "./foreign-forms.js";

const DATE = "2026-01-15";
const NOON = parseInstant("2026-01-15T17:00:00Z");
const CUTOFF = "2026-01-15T23:45:00Z";
const YEAR_9999 = 253_402_214_400_000_000_000n; // 9999-12-31T00:00:00Z

const text = (name: string) => node(name, TEXT, "required");
const time = (name: string, utc = true) => node(name, timestamp("us", utc));
const decimal38: Node = {
  name: "extra",
  repetition: "optional",
  type: "FIXED_LEN_BYTE_ARRAY",
  length: 16,
  converted: CONVERTED.DECIMAL,
  precision: 38,
  scale: 0,
};
const interval: Node = {
  name: "extra",
  repetition: "optional",
  type: "FIXED_LEN_BYTE_ARRAY",
  length: 12,
  converted: CONVERTED.INTERVAL,
};
const variant: Node = {
  name: "extra",
  repetition: "optional",
  logical: LOGICAL.VARIANT,
  children: [
    { name: "metadata", repetition: "required", type: "BYTE_ARRAY" },
    { name: "value", repetition: "required", type: "BYTE_ARRAY" },
  ],
};
const insideStruct: Node = {
  name: "extra",
  repetition: "optional",
  children: [{ ...decimal38, name: "deep" }],
};

const schema = z.object({
  game: z.string(),
  price: z.string().nullable(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant().nullable(),
});

type Options = Partial<Parameters<typeof defineDataset>[0]>;

function odds(more: Options = {}) {
  return defineDataset({
    name: "odds_raw",
    layout: layouts.perRun({ latest: true }),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema,
    key: ["game"],
    date: { from: "as_of_ts" },
    ...(more as object),
  });
}

interface File {
  readonly run: string;
  readonly columns: readonly Node[];
  readonly rows: readonly RawRow[];
}

const STANDARD = [text("game"), text("price"), time("as_of_ts"), time("ingested_ts")];
const row = (game: string, hour: number, more: RawRow = {}): RawRow => {
  const us = NOON / 1000n + BigInt(hour) * 3_600_000_000n;
  return { game, price: `p${hour}`, as_of_ts: us, ingested_ts: us, ...more };
};

async function storeOf(files: readonly File[], dataset = odds()) {
  const storage = memoryStorage();
  for (const { run, columns, rows } of files) {
    const path = `bronze/odds_raw/season=2025/date=${DATE}/run_ts=${run}/data.parquet`;
    await storage.publish(path, foreignFile(columns, [rows]));
  }
  return new BronzeStore({ storage, datasets: [dataset] });
}

const RUNS = ["20260115T170000Z", "20260115T180000Z"] as const;

describe.each<[string, Node, unknown, RegExp]>([
  ["DECIMAL(38, 0)", decimal38, new Uint8Array(16).fill(1), /DECIMAL\(38, 0\)/],
  ["INTERVAL", interval, new Uint8Array(12).fill(1), /INTERVAL/],
  ["VARIANT", variant, { metadata: new Uint8Array(1), value: new Uint8Array(1) }, /VARIANT/],
  ["DECIMAL(38, 0) in a struct", insideStruct, { deep: new Uint8Array(16) }, /DECIMAL\(38, 0\)/],
])("a %s column that nobody declared", (_, column, value, reason) => {
  const files: readonly File[] = [
    { run: RUNS[0], columns: [...STANDARD, column], rows: [row("a", 0, { extra: value }), row("b", 0)] },
    // The same column in a type that can be kept: it would be half of the truth.
    {
      run: RUNS[1],
      columns: [...STANDARD, node("extra", TEXT)],
      rows: [row("a", 1, { extra: "x" })],
    },
  ];
  const omitted = [
    { column: "extra", reason: expect.stringMatching(reason), file: expect.stringContaining(RUNS[0]) },
  ];
  const held = [
    { game: "a", price: "p1", as_of_ts: NOON + 3_600_000_000_000n, ingested_ts: NOON + 3_600_000_000_000n },
    { game: "b", price: "p0", as_of_ts: NOON, ingested_ts: NOON },
  ];

  it("is left out of a day, which says so", async () => {
    const day = await (await storeOf(files)).readBronzeDay("odds_raw", DATE);
    expect(day.omitted).toEqual(omitted);
    expect(day.columns).toEqual(["game", "price", "as_of_ts", "ingested_ts"]);
    expect(day.rows()).toHaveLength(3);
    expect((await day.toArrow()).numRows).toBe(3);
    expect(day.toString()).toContain("left out, as their types are not kept exactly: extra");
    expect(() => day.column("extra" as never)).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_TYPE", message: expect.stringMatching(reason) }),
    );
  });

  it("is left out of views, timelines and what is asked of them", async () => {
    const bronze = await storeOf(files);
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    expect(timeline.omitted).toEqual(omitted);
    const view = await bronze.asOf(CUTOFF).read("odds_raw", { date: DATE });
    for (const snapshot of [view, timeline.at(CUTOFF), ...timeline.sweep([CUTOFF])]) {
      expect(snapshot.omitted).toEqual(omitted);
      expect(snapshot.rows()).toEqual(held);
      expect(snapshot.get({ game: "b" })).toEqual(held[1]);
      expect((await snapshot.toArrow()).numCols).toBe(4);
      expect(inspect(snapshot)).toContain("left out, as their types are not kept exactly: extra");
      expect(() => snapshot.column("extra" as never)).toThrow(
        expect.objectContaining({ code: "UNSUPPORTED_TYPE" }),
      );
    }
    expect(timeline.history({ game: "a" })).toHaveLength(2);
    expect(String(timeline.explain({ game: "a" }, CUTOFF))).toContain("won by");
    expect(timeline.diff("2026-01-15T17:30:00Z", CUTOFF).changed).toHaveLength(1);
  });

  it("is left out of joins; asked for by name it is an error that says why", async () => {
    const bronze = await storeOf(files);
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const labels = [
      { game: "a", cutoff: "2026-01-15T17:30:00Z" },
      { game: "a", cutoff: CUTOFF },
    ];
    const how = { on: ["game"], cutoff: "cutoff" } as const;
    for (const join of [
      await bronze.joinAsOf(labels, "odds_raw", { ...how, date: () => DATE }),
      timeline.joinAsOf(labels, how),
    ]) {
      expect(join.omitted).toEqual(omitted);
      expect(join.column("price")).toEqual(["p0", "p1"]);
      expect(join.columns).toEqual(["game", "cutoff", "price", "as_of_ts", "ingested_ts"]);
      expect((await join.toArrow()).numRows).toBe(2);
    }
    const error = await errorOf(
      bronze.joinAsOf(labels, "odds_raw", { ...how, date: () => DATE, columns: ["extra" as "price"] }),
    );
    expect(error).toMatchObject({ code: "UNSUPPORTED_TYPE", message: expect.stringMatching(reason) });
  });

  it("does not stop a leak check", async () => {
    const bronze = await storeOf(files);
    await leakCheck(
      (at) => at.read("odds_raw", { date: DATE }).then((snapshot) => snapshot.rows() as never),
      {
        bronze: bronze as never,
        cutoffs: ["2026-01-15T17:30:00Z"],
      },
    );
  });

  it("keeps its files from being compacted: rewritten they would lose it", async () => {
    const alike = RUNS.map((run): File => ({ ...files[0]!, run }));
    const retention = new Retention({ bronze: await storeOf(alike), gold: [] });
    const plan = await retention.planCompact({ datasets: ["odds_raw"], before: "2026-02-01", into: "day" });
    expect(plan.days).toEqual([]);
    expect(plan.refused.map(({ reason: why }) => why)).toEqual([
      expect.stringContaining('column "extra" cannot be written back'),
      expect.stringContaining('column "extra" cannot be written back'),
    ]);
  });

  it("is refused where the schema declares it", async () => {
    const declared = odds({ schema: schema.extend({ extra: z.string().nullable() }) });
    const error = await errorOf((await storeOf(files, declared as never)).readBronzeDay("odds_raw", DATE));
    expect(error).toMatchObject({ code: "UNSUPPORTED_TYPE", details: { column: "extra" } });
    expect(error.message).toMatch(reason);
  });

  it("is not lost from a latest view that is rewritten", async () => {
    const storage = memoryStorage();
    const path = `bronze/odds_raw/season=2025/date=${DATE}/data.parquet`;
    await storage.publish(path, foreignFile([...STANDARD, column], [[row("a", 0, { extra: value })]]));
    const bronze = new BronzeStore({ storage, datasets: [odds({ layout: layouts.daily() })] });
    const fresh = { game: "b", price: "1", as_of_ts: CUTOFF, ingested_ts: CUTOFF };
    const error = await errorOf(bronze.write("odds_raw", [fresh]));
    expect(error).toMatchObject({ code: "UNSUPPORTED_TYPE", details: { file: path, column: "extra" } });
    expect((await bronze.readBronzeDay("odds_raw", DATE)).column("game")).toEqual(["a"]);
  });
});

describe("instants beyond 64 bits of nanoseconds", () => {
  const extras: readonly [string, Node, unknown][] = [
    ["INT96", { name: "until", repetition: "optional", type: "INT96" }, int96(YEAR_9999)],
    ["TIMESTAMP(us)", time("until", false), YEAR_9999 / 1000n],
  ];
  it.each(extras)("of %s read as they are where nobody declared them", async (_, node, value) => {
    const bronze = await storeOf([
      {
        run: RUNS[0],
        columns: [...STANDARD, node],
        rows: [row("a", 0, { until: value }), row("b", 0, { until: null })],
      },
    ]);
    const day = await bronze.readBronzeDay("odds_raw", DATE);
    expect(day.rows()).toEqual([
      expect.objectContaining({ game: "a", until: "9999-12-31T00:00:00" }),
      expect.objectContaining({ game: "b", until: null }),
    ]);
  });

  it.each(extras)("of %s are instants where the dataset says they are", async (_, node, value) => {
    const dataset = odds({
      schema: schema.extend({ until: instant().nullable() }),
      timestamps: { naive: "utc" },
    });
    const files = [{ run: RUNS[0], columns: [...STANDARD, node], rows: [row("a", 0, { until: value })] }];
    const bronze = await storeOf(files, dataset as never);
    const snapshot = await bronze.asOf(CUTOFF).read("odds_raw", { date: DATE });
    expect(snapshot.column("until" as never)).toEqual([YEAR_9999]);
    expect(inspect(snapshot)).toContain("9999-12-31T00:00:00Z");
    // Arrow's nanoseconds cannot hold it, which is this value's fault and no damage.
    const error = await errorOf(snapshot.toArrow());
    expect(error).toMatchObject({ code: "TYPE_CLASH", message: expect.stringContaining('"until"') });
  });

  it.each(extras)("of %s are times after every cutoff", async (_, node, value) => {
    const asOf = { ...node, name: "as_of_ts" };
    const columns = [text("game"), text("price"), asOf, time("ingested_ts")];
    const files = [{ run: RUNS[0], columns, rows: [row("a", 0, { as_of_ts: value })] }];
    const bronze = await storeOf(files, odds({ timestamps: { naive: "utc" }, misfiled: "read" }));
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    expect(timeline.at(CUTOFF).rows()).toEqual([]);
    expect(timeline.at("2262-01-01T00:00:00Z").rows()).toEqual([]);
    expect(timeline.history({ game: "a" })[0]).toMatchObject({ effective: YEAR_9999 });
  });

  it("of INT96 beside nanoseconds are refused by name, and no other column is", async () => {
    const node: Node = { name: "until", repetition: "optional", type: "INT96" };
    const rows = [row("a", 0, { until: int96(YEAR_9999) }), row("b", 0, { until: int96(NOON + 1n) })];
    const day = await (await storeOf([{ run: RUNS[0], columns: [...STANDARD, node], rows }])).readBronzeDay(
      "odds_raw",
      DATE,
    );
    expect(day.column("game")).toEqual(["a", "b"]);
    expect(() => day.column("until" as never)).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_TYPE", message: expect.stringContaining('"until"') }),
    );
  });
});

describe('timestamps: { naive: "utc" }', () => {
  const naive = (name: string): Node => time(name, false);
  const columns = [text("game"), text("price"), naive("as_of_ts"), naive("ingested_ts"), naive("seen_at")];
  const rows = [row("a", 0, { seen_at: NOON / 1000n })];

  it("makes instants of declared columns, and leaves undeclared ones as they are", async () => {
    const bronze = await storeOf([{ run: RUNS[0], columns, rows }], odds({ timestamps: { naive: "utc" } }));
    const seen = await bronze.asOf(CUTOFF).read("odds_raw", { date: DATE });
    expect(seen.rows()).toEqual([
      { game: "a", price: "p0", as_of_ts: NOON, ingested_ts: NOON, seen_at: "2026-01-15T17:00:00" },
    ]);
    expect((await seen.toArrow()).numRows).toBe(1);
  });

  const inText = [text("game"), text("price"), text("as_of_ts"), time("ingested_ts"), text("seen_at")];
  it.each([
    "2026-01-15T17:00:00",
    "2026-01-15 17:00",
    "2026-01-15T17:00:00.000000000",
  ])("reaches instants in text (%s)", async (wall) => {
    const file = { run: RUNS[0], columns: inText, rows: [row("a", 0, { as_of_ts: wall, seen_at: wall })] };
    const seen = await (await storeOf([file], odds({ timestamps: { naive: "utc" } })))
      .asOf(CUTOFF)
      .read("odds_raw", { date: DATE });
    expect(seen.rows()).toEqual([expect.objectContaining({ as_of_ts: NOON, seen_at: wall })]);
    const unsaid = await storeOf([file]);
    expect(await errorOf(unsaid.readBronzeDay("odds_raw", DATE))).toMatchObject({
      code: "NAIVE_TIMESTAMP",
      message: expect.stringContaining('timestamps: { naive: "utc" }'),
    });
  });

  it("says nothing of text that has an offset, and a date alone stays no instant", async () => {
    const read = async (text: string) => {
      const file = { run: RUNS[0], columns: inText, rows: [row("a", 0, { as_of_ts: text, seen_at: "" })] };
      return (await storeOf([file], odds({ timestamps: { naive: "utc" } }))).readBronzeDay("odds_raw", DATE);
    };
    expect((await read("2026-01-15T12:00:00-05:00")).column("as_of_ts")).toEqual([NOON]);
    expect(await errorOf(read("2026-01-15"))).toMatchObject({ code: "NAIVE_TIMESTAMP" });
  });
});

describe("a declared column that is not there", () => {
  const named = (from: string, to: string) =>
    STANDARD.map((node) => (node.name === from ? { ...node, name: to } : node));
  const renamed = (from: string, to: string): File => ({
    run: RUNS[0],
    columns: named(from, to),
    rows: [row("a", 0)].map(({ [from]: value, ...rest }) => ({ ...rest, [to]: value })),
  });

  it.each([
    ["game", "GAME", "MISSING_KEY_COLUMN"],
    ["price", "Price", "MISSING_COLUMN"],
    ["as_of_ts", "AS_OF_TS", "MISSING_COLUMN"],
    ["ingested_ts", "Ingested_TS", "MISSING_COLUMN"],
  ])("%s is an error that names %s, which is there", async (name, other, code) => {
    const whole: File = { run: RUNS[1], columns: STANDARD, rows: [row("a", 1)] };
    for (const files of [[renamed(name, other)], [renamed(name, other), whole]]) {
      const bronze = await storeOf(files);
      const labels = [{ game: "a", cutoff: CUTOFF }];
      for (const asking of [
        () => bronze.readBronzeDay("odds_raw", DATE),
        () => bronze.asOf(CUTOFF).read("odds_raw", { date: DATE }),
        () => bronze.timeline("odds_raw", { date: DATE }),
        () => bronze.joinAsOf(labels, "odds_raw", { on: ["game"], cutoff: "cutoff", date: () => DATE }),
      ]) {
        const error = await errorOf(asking());
        expect(error).toMatchObject({ code, details: { column: name, found: other } });
        expect(error.message).toContain(`"${other}"`);
      }
    }
  });

  it("is an error for times that the schema does not name, too", async () => {
    const dataset = odds({ schema: schema.omit({ ingested_ts: true }) } as never);
    const bronze = await storeOf([renamed("ingested_ts", "INGESTED_TS")], dataset);
    expect(await errorOf(bronze.readBronzeDay("odds_raw", DATE))).toMatchObject({ code: "MISSING_COLUMN" });
  });

  it("is null where it may be null, and an error where it may not and no file has it", async () => {
    const without = (name: string): File => ({
      run: RUNS[0],
      columns: STANDARD.filter((node) => node.name !== name),
      rows: [row("a", 0)],
    });
    const day = await (await storeOf([without("price")])).readBronzeDay("odds_raw", DATE);
    expect(day.column("price")).toEqual([null]);

    const strict = odds({ schema: schema.extend({ price: z.string() }) }) as never;
    const bronze = await storeOf([without("price")], strict);
    const labels = [{ game: "a", cutoff: CUTOFF }];
    for (const asking of [
      () => bronze.readBronzeDay("odds_raw", DATE),
      () => bronze.asOf(CUTOFF).read("odds_raw", { date: DATE }),
      () => bronze.timeline("odds_raw", { date: DATE }),
      () => bronze.joinAsOf(labels, "odds_raw", { on: ["game"], cutoff: "cutoff", date: () => DATE }),
    ]) {
      expect(await errorOf(asking())).toMatchObject({ code: "MISSING_COLUMN", details: { column: "price" } });
    }
  });

  it("is null in the files that lack it where another file has it, whichever of them a question needs", async () => {
    const strict = odds({ schema: schema.extend({ price: z.string() }) }) as never;
    const bronze = await storeOf(
      [
        { run: RUNS[0], columns: STANDARD.filter(({ name }) => name !== "price"), rows: [row("a", 0)] },
        { run: RUNS[1], columns: STANDARD, rows: [row("a", 1)] },
      ],
      strict,
    );
    const early = "2026-01-15T17:30:00Z";
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const view = await bronze.asOf(early).read("odds_raw", { date: DATE });
    expect(view.rows()).toEqual(timeline.at(early).rows());
    expect(view.column("price")).toEqual([null]);
  });

  it("is not an error in a day without rows", async () => {
    const strict = odds({ schema: schema.extend({ price: z.string() }) }) as never;
    const bronze = await storeOf([{ run: RUNS[0], columns: [text("game")], rows: [] }], strict);
    expect((await bronze.readBronzeDay("odds_raw", DATE)).rows()).toEqual([]);
  });
});

it("a time of day before or past the day is the time it is in the day", async () => {
  const clock: Node = { name: "at", repetition: "required", type: "INT32", converted: CONVERTED.TIME_MILLIS };
  const us: Node = { name: "us", repetition: "required", type: "INT64", converted: CONVERTED.TIME_MICROS };
  const times = [-13_899_000, 0, 86_399_999, 86_400_000, 90_000_001, -1, -86_400_000];
  const rows = times.map((ms, i) => row(`g${i}`, 0, { at: ms, us: BigInt(ms) * 1000n }));
  const bronze = await storeOf([{ run: RUNS[0], columns: [...STANDARD, clock, us], rows }]);
  const day = await bronze.readBronzeDay("odds_raw", DATE);
  const expected = [
    "20:08:21",
    "00:00:00",
    "23:59:59.999",
    "24:00:00",
    "01:00:00.001",
    "23:59:59.999",
    "00:00:00",
  ];
  expect(day.column("at" as never)).toEqual(expected);
  expect(day.column("us" as never)).toEqual(expected);
  expect(Array.from((await day.toArrow()).getChild("at")!.toArray() as Int32Array)).toEqual([
    72_501_000, 0, 86_399_999, 86_400_000, 3_600_001, 86_399_999, 0,
  ]);
});

describe("rows that a retry repeated, where only other columns are asked for", () => {
  const optional = z.object({ ...schema.shape, extra: z.int().nullable() });
  const whole = node("extra", { type: "INT64" });
  const double = node("extra", { type: "DOUBLE" });
  /** Two files of one run, alike but for a column. */
  const ofRun = async (files: readonly (readonly [Node, unknown])[], declared = true) => {
    const storage = memoryStorage();
    const folder = `bronze/odds_raw/season=2025/date=${DATE}/run_ts=${RUNS[0]}`;
    for (const [i, [column, value]] of files.entries()) {
      const path = `${folder}/data${i === 0 ? "" : ".part-000002"}.parquet`;
      await storage.publish(path, foreignFile([...STANDARD, column], [[row("a", 0, { extra: value })]]));
    }
    const dataset = declared ? odds({ schema: optional as never }) : odds();
    const bronze = new BronzeStore({ storage, datasets: [dataset] });
    const rows = async (options: object) => (await bronze.readBronzeDay("odds_raw", DATE, options)).length;
    return { asked: () => rows({ columns: ["price"] }), all: () => rows({}) };
  };

  it.each<[string, readonly (readonly [Node, unknown])[], boolean, number]>([
    [
      "they are equal in it",
      [
        [whole, 7n],
        [whole, 7n],
      ],
      true,
      1,
    ],
    [
      "they differ in it",
      [
        [whole, 7n],
        [whole, 8n],
      ],
      true,
      2,
    ],
    [
      "it is the same in another type",
      [
        [whole, 7n],
        [double, 7],
      ],
      true,
      1,
    ],
    [
      "it is the same in another type, and undeclared",
      [
        [whole, 7n],
        [double, 7],
      ],
      false,
      1,
    ],
  ])("count once if nothing else differs: %s", async (_, files, declared, count) => {
    const { asked, all } = await ofRun(files, declared);
    expect([await asked(), await all()]).toEqual([count, count]);
  });

  // With all columns asked for, each of these is an error.
  it.each<[string, readonly (readonly [Node, unknown])[], boolean, number]>([
    [
      "files clash on it",
      [
        [whole, 7n],
        [text("extra"), "7"],
      ],
      true,
      2,
    ],
    [
      "files clash on it, and it is undeclared",
      [
        [whole, 7n],
        [text("extra"), "7"],
      ],
      false,
      2,
    ],
    [
      "both have what its type cannot be",
      [
        [text("extra"), "x"],
        [text("extra"), "x"],
      ],
      true,
      1,
    ],
    [
      "both have values that it cannot hold",
      [
        [double, 0.5],
        [double, 0.5],
      ],
      true,
      1,
    ],
    [
      "one has a value that it cannot hold",
      [
        [double, 0.5],
        [whole, 1n],
      ],
      true,
      2,
    ],
    [
      "none can be decoded",
      [
        [decimal38, new Uint8Array(16)],
        [decimal38, new Uint8Array(16)],
      ],
      true,
      2,
    ],
  ])("are told apart by what each file stores, where %s", async (_, files, declared, count) => {
    const { asked, all } = await ofRun(files, declared);
    expect(await asked()).toBe(count);
    expect((await errorOf(all())).code).toMatch(/TYPE_CLASH|UNSUPPORTED_TYPE/);
  });
});
