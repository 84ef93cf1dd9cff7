import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  leakCheck,
  memoryStorage,
  nbaSeason,
  parseInstant,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { CONVERTED, foreignFile, LOGICAL, type Node, type RawRow, UNIT } from "../table/foreign-file.js";

const DATE = "2026-01-15";
const US = parseInstant("2026-01-15T17:00:00Z") / 1_000n;
const CUTOFF = "2026-01-15T23:45:00Z";

const text = (name: string): Node => ({
  name,
  repetition: "optional",
  type: "BYTE_ARRAY",
  converted: CONVERTED.UTF8,
});
const int = (name: string): Node => ({ name, repetition: "optional", type: "INT64" });
const bool = (name: string): Node => ({ name, repetition: "optional", type: "BOOLEAN" });
const time = (name: string, utc = true): Node => ({
  name,
  repetition: "optional",
  type: "INT64",
  logical: LOGICAL.timestamp(UNIT.us, utc),
});
const interval = (name: string): Node => ({
  name,
  repetition: "optional",
  type: "FIXED_LEN_BYTE_ARRAY",
  length: 12,
  converted: CONVERTED.INTERVAL,
});

const feed = {
  name: "odds_raw",
  schema: z.object({
    game: z.string(),
    price: z.string().nullable(),
    starter_flag: z.boolean().nullable(),
    seen_at: instant().nullable(),
    note: z.string(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["game"],
  date: { from: "as_of_ts" },
  timeZone: "America/New_York",
  layout: layouts.perRun(),
  season: nbaSeason,
} as const;
const odds = defineDataset(feed);

const STANDARD = [
  text("game"),
  text("price"),
  bool("starter_flag"),
  time("seen_at"),
  text("note"),
  time("as_of_ts"),
  time("ingested_ts"),
];
const row = (game: string, hour: number, more: RawRow = {}): RawRow => {
  const us = US + BigInt(hour) * 3_600_000_000n;
  const values = { price: `p${hour}`, starter_flag: true, seen_at: us, note: "n" };
  return { game, ...values, as_of_ts: us, ingested_ts: us, ...more };
};
const without = (name: string) => STANDARD.filter((node) => node.name !== name);
const instead = (node: Node) => [...without(node.name), node];

interface File {
  readonly columns: readonly Node[];
  readonly rows: readonly RawRow[];
  /** Default: a run of its own. */
  readonly path?: string;
}

async function storeOf(files: readonly File[], dataset: typeof odds = odds) {
  const storage = memoryStorage();
  for (const [i, { columns, rows, path = `run_ts=20260115T1${i}0000Z/data.parquet` }] of files.entries())
    await storage.publish(`bronze/odds_raw/season=2025/date=${DATE}/${path}`, foreignFile(columns, [rows]));
  return new BronzeStore({ storage, datasets: [dataset] });
}

type Bronze = Awaited<ReturnType<typeof storeOf>>;
const LABELS = [{ game: "a", cutoff: CUTOFF }];
const JOIN = { on: ["game"], cutoff: "cutoff", date: () => DATE } as const;
/** Every verb that reads, and the price of game a that it gives. */
const VERBS: Readonly<
  Record<string, (bronze: Bronze, asked: { columns?: readonly "price"[] }) => Promise<unknown>>
> = {
  readBronzeDay: async (bronze, asked) =>
    (await bronze.readBronzeDay("odds_raw", DATE, asked)).column("price").at(-1),
  "asOf().read": async (bronze, asked) =>
    (await bronze.asOf(CUTOFF).read("odds_raw", { date: DATE, ...asked })).column("price")[0],
  timeline: async (bronze, asked) =>
    (await bronze.timeline("odds_raw", { date: DATE, ...asked })).at(CUTOFF).column("price")[0],
  "timeline.history": async (bronze, asked) =>
    (await bronze.timeline("odds_raw", { date: DATE, ...asked })).history({ game: "a" }).at(-1)?.row.price,
  "timeline.explain": async (bronze, asked) =>
    (await bronze.timeline("odds_raw", { date: DATE, ...asked })).explain({ game: "a" }, CUTOFF).winner?.row
      .price,
  "timeline.diff": async (bronze, asked) =>
    (await bronze.timeline("odds_raw", { date: DATE, ...asked })).diff("2026-01-15T00:00:00Z", CUTOFF)
      .added[0]?.price,
  joinAsOf: async (bronze, asked) =>
    (await bronze.joinAsOf(LABELS, "odds_raw", { ...JOIN, ...asked })).column("price")[0],
};

const good: File = { columns: STANDARD, rows: [row("a", 0)] };
const DRIFT: readonly (readonly [string, string, readonly File[]])[] = [
  [
    "a declared column of another type",
    "TYPE_CLASH",
    [good, { columns: instead(int("starter_flag")), rows: [row("a", 1, { starter_flag: 1n })] }],
  ],
  [
    "types that clash in a column nobody declared",
    "TYPE_CLASH",
    [
      { columns: [...STANDARD, text("extra")], rows: [row("a", 0, { extra: "x" })] },
      { columns: [...STANDARD, int("extra")], rows: [row("a", 1, { extra: 1n })] },
    ],
  ],
  [
    "a declared column of a type that cannot be read",
    "UNSUPPORTED_TYPE",
    [
      good,
      {
        columns: instead(interval("starter_flag")),
        rows: [row("a", 1, { starter_flag: new Uint8Array(12) })],
      },
    ],
  ],
  [
    "naive times in a column of instants",
    "NAIVE_TIMESTAMP",
    [good, { columns: instead(time("seen_at", false)), rows: [row("a", 1)] }],
  ],
  [
    "another letter case of a declared column",
    "MISSING_COLUMN",
    [good, { columns: [...without("seen_at"), time("Seen_At")], rows: [row("a", 1, { Seen_At: US })] }],
  ],
  [
    "no column that every row must have",
    "MISSING_COLUMN",
    [0, 1].map((hour) => ({ columns: without("note"), rows: [row("a", hour)] })),
  ],
];

describe.each(DRIFT)("%s", (_, code, files) => {
  it.each(Object.keys(VERBS))("stops %s of all columns, and not one of another column", async (verb) => {
    const bronze = await storeOf(files);
    expect(await errorOf(VERBS[verb]!(bronze, {}))).toMatchObject({ code });
    expect(await VERBS[verb]!(bronze, { columns: ["price"] })).toBe("p1");
  });

  it("stops no leak check of a function that does not ask for it", async () => {
    const bronze = await storeOf(files);
    const read = async (at: ReturnType<Bronze["asOf"]>) =>
      (await at.read("odds_raw", { date: DATE, columns: ["game", "price"] })).rows();
    await leakCheck(read, { bronze, cutoffs: ["2026-01-15T17:30:00Z"] });
  });
});

it("a clash names both files and both types, and says that columns can leave it out", async () => {
  for (const [, code, files] of DRIFT) {
    if (code !== "TYPE_CLASH") continue;
    const { message, details } = await errorOf((await storeOf(files)).readBronzeDay("odds_raw", DATE));
    expect(details.files).toHaveLength(2);
    for (const file of details.files as string[]) expect(message).toContain(file);
    expect(message).toMatch(/leave the column out: columns says which are wanted/);
  }
  const clash = [good, { columns: instead(bool("game")), rows: [row("a", 1, { game: true })] }];
  const { message } = await errorOf((await storeOf(clash)).readBronzeDay("odds_raw", DATE));
  expect(message).not.toMatch(/leave the column out/); // a key cannot be left out
});

describe("a column that is asked for", () => {
  it.each(
    Object.keys(VERBS),
  )("by %s, and that neither schema nor files have, is an error naming those there are", async (verb) => {
    const bronze = await storeOf([{ columns: [...STANDARD, text("extra")], rows: [row("a", 0)] }]);
    const error = await errorOf(VERBS[verb]!(bronze, { columns: ["prise" as "price"] }));
    expect(error).toMatchObject({ code: "UNKNOWN_COLUMN", details: { column: "prise" } });
    for (const name of ["price", "starter_flag", "extra"]) expect(error.message).toContain(name);
  });

  it.each(Object.keys(VERBS))("by %s is an error in an empty day too", async (verb) => {
    const error = await errorOf(VERBS[verb]!(await storeOf([]), { columns: ["prise" as "price"] }));
    expect(error).toMatchObject({ code: "UNKNOWN_COLUMN", details: { column: "prise" } });
  });

  it.each(Object.keys(VERBS))("by %s is at least one", async (verb) => {
    const error = await errorOf(VERBS[verb]!(await storeOf([good]), { columns: [] }));
    expect(error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("at least one column"),
    });
  });

  it("and that only some files have is null in the others, and in an answer from those alone", async () => {
    const files = [good, { columns: [...STANDARD, text("extra")], rows: [row("b", 5, { extra: "x" })] }];
    const bronze = await storeOf(files);
    const asked = { date: DATE, columns: ["game", "extra" as "price"] } as const;
    const early = await bronze.asOf("2026-01-15T18:00:00Z").read("odds_raw", asked);
    expect(early.rows()).toEqual([{ game: "a", extra: null }]);
    expect((await early.toArrow()).numCols).toBe(2);
    const late = await bronze.asOf(CUTOFF).read("odds_raw", asked);
    expect(late.rows()).toEqual([
      { game: "a", extra: null },
      { game: "b", extra: "x" },
    ]);
  });

  it("is in the record of a view's reads, as it was asked", async () => {
    const at = (await storeOf([good])).asOf(CUTOFF);
    const columns: ("price" | "game")[] = ["price"];
    await at.read("odds_raw", { date: DATE, columns });
    columns.push("game");
    expect(at.reads[0]!.options.columns).toEqual(["price"]);
  });

  it("comes in the order asked, once; another one is an error that says so", async () => {
    const bronze = await storeOf([good]);
    const lines = await bronze
      .asOf(CUTOFF)
      .read("odds_raw", { date: DATE, columns: ["price", "game", "price"] });
    expect(lines.columns).toEqual(["price", "game"]);
    expect(lines.rows()).toEqual([{ price: "p0", game: "a" }]);
    expect(() => lines.column("note" as "price")).toThrow(
      /has the columns that were asked for \(price, game\)/,
    );
    const timeline = await bronze.timeline("odds_raw", { date: DATE, columns: ["price"] });
    const join = timeline.joinAsOf(LABELS, { on: ["game"], cutoff: "cutoff" });
    expect(join.rows()).toEqual([{ ...LABELS[0], price: "p0" }]);
    expect(() =>
      timeline.joinAsOf(LABELS, { on: ["game"], cutoff: "cutoff", columns: ["note" as "price"] }),
    ).toThrow(expect.objectContaining({ code: "UNKNOWN_COLUMN" }));
    expect(String(timeline.diff("2026-01-15T00:00:00Z", CUTOFF))).toContain("+ game=a");
  });
});

describe("which rows there are does not depend on the columns asked for", () => {
  const retried = (own: readonly Node[], ...rows: RawRow[]): File[] =>
    ["data.parquet", "data.part-000002.parquet"].map((name, i) => ({
      path: `run_ts=20260115T170000Z/${name}`,
      columns: i === 0 ? STANDARD : own,
      rows: [rows[i]!],
    }));
  const lengths = async (files: readonly File[]) => {
    const bronze = await storeOf(files);
    const some = await bronze.readBronzeDay("odds_raw", DATE, { columns: ["price"] });
    return some.rows().length;
  };

  it("a row that a retry repeated is one row, and one that differs in another column is not", async () => {
    const again = { ingested_ts: US + 60_000_000n };
    const same = retried(STANDARD, row("a", 0), row("a", 0, again));
    expect((await (await storeOf(same)).readBronzeDay("odds_raw", DATE)).rows()).toHaveLength(1);
    expect(await lengths(same)).toBe(1);
    expect(await lengths(retried(STANDARD, row("a", 0), row("a", 0, { ...again, note: "other" })))).toBe(2);
  });

  it("a row that differs in a column on which files clash, or that cannot be read, is not one either", async () => {
    const clash = retried(instead(int("starter_flag")), row("a", 0), row("a", 0, { starter_flag: 1n }));
    expect(await lengths(clash)).toBe(2);
    const refused = { starter_flag: new Uint8Array(12) };
    expect(await lengths(retried(instead(interval("starter_flag")), row("a", 0), row("a", 0, refused)))).toBe(
      2,
    );
  });

  it.each([
    ["function", (one: { note: string }) => one.note === "gone"],
    ["value", { note: ["gone"] }],
  ])("a tombstone by %s sees its columns, whatever was asked for", async (_, tombstone) => {
    const files = [good, { columns: STANDARD, rows: [row("b", 1), row("a", 1, { note: "gone" })] }];
    const bronze = await storeOf(files, defineDataset({ ...feed, tombstone }));
    const lines = await bronze.asOf(CUTOFF).read("odds_raw", { date: DATE, columns: ["game"] });
    expect(lines.rows()).toEqual([{ game: "b" }]);
  });

  it("tombstones by value need their own column alone; a function needs every declared one", async () => {
    const clash = [
      good,
      { columns: instead(int("starter_flag")), rows: [row("a", 1, { starter_flag: 1n })] },
    ];
    const asked = { date: DATE, columns: ["price"] } as const;
    const byValue = await storeOf(clash, defineDataset({ ...feed, tombstone: { note: ["gone"] } }));
    expect((await byValue.asOf(CUTOFF).read("odds_raw", asked)).rows()).toEqual([{ price: "p1" }]);
    const byFunction = await storeOf(clash, defineDataset({ ...feed, tombstone: () => false }));
    const error = await errorOf(byFunction.asOf(CUTOFF).read("odds_raw", asked));
    expect(error).toMatchObject({ code: "TYPE_CLASH", details: { column: "starter_flag" } });
  });
});
