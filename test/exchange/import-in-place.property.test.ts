import {
  BronzeStore,
  decimal,
  defineDataset,
  domainDate,
  importFiles,
  instant,
  memoryStorage,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  DATES,
  type Form,
  INSTANT_TEXTS,
  NAIVE,
  NAIVE_TEXT,
  node,
  TEXT,
  UTC,
} from "../bronze/foreign-forms.js";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { tempFolders } from "../storage/temp-folder.js";
import { CONVERTED, foreignFile, type Node, type RawRow } from "../table/foreign-file.js";
import { filesIn } from "./feeds-of-files.js";

const tempFolder = tempFolders();
const DAY_NS = 86_400_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const FIRST_DAY = 1_768_435_200_000_000_000n; // 2026-01-15T00:00:00Z
const RUN = { id: "dump", startedAt: "2026-02-01T00:00:00Z" };

/** A feed that says how its files' times are meant; `false` where it does not. */
function storeOf({ naive, midnights }: { readonly naive: boolean; readonly midnights: boolean }) {
  const feed = defineDataset({
    name: "points",
    layout: "run={run}/points.parquet",
    timeZone: "America/New_York",
    schema: z.object({
      game: z.string(),
      game_date: domainDate(),
      first_seen: domainDate().nullable(),
      points: z.int(),
      big: z.bigint().nullable(),
      stake: decimal(8, 2).nullable(),
      note: z.string().nullable(),
      as_of_ts: instant().nullable(),
      ingested_ts: instant(),
    }),
    key: ["game_date", "game"],
    aliases: {
      game: ["match", "GAME_ID"],
      game_date: ["day"],
      points: ["pts"],
      note: ["remark"],
      as_of_ts: ["updated"],
    },
    ...(midnights && { dates: "utc-midnight" }),
    ...(naive && { timestamps: { naive: "utc" } }),
  });
  return new BronzeStore({ storage: memoryStorage(), datasets: [feed] });
}

const INT64: Partial<Node> = { type: "INT64" };
const WHOLE_NUMBERS: readonly { readonly leaf: Partial<Node>; stored(value: number): unknown }[] = [
  { leaf: INT64, stored: BigInt },
  { leaf: { type: "INT32" }, stored: Number },
  { leaf: { type: "DOUBLE" }, stored: Number },
];
const DECIMAL: Partial<Node> = { type: "INT64", converted: CONVERTED.DECIMAL, precision: 8, scale: 2 };

const rows = fc.array(
  fc.record({
    game: fc.constantFrom("g1", "g2", "g3", "é"),
    day: fc.nat({ max: 2 }),
    seen: fc.option(fc.integer({ min: -800, max: 20_000 }), { nil: null }),
    note: fc.option(fc.constantFrom("", "late", "ok"), { nil: null }),
    big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: null }),
    stake: fc.option(fc.integer({ min: -99_999_999, max: 99_999_999 }), { nil: null }),
    updated: fc.option(fc.nat({ max: 600 }), { nil: null }),
    captured: fc.nat({ max: 600 }),
  }),
  { minLength: 1, maxLength: 10 },
);
type Row = typeof rows extends fc.Arbitrary<(infer R)[]> ? R : never;

/** How one writer wrote: names, forms, and which of the columns that may lack it left out. */
const writer = (naive: boolean, midnights: boolean) => {
  const date = fc.constantFrom<Form>(...DATES, ...NAIVE, ...(midnights ? UTC : []));
  const time = fc.constantFrom<Form>(...UTC, ...INSTANT_TEXTS, ...(naive ? [...NAIVE, NAIVE_TEXT] : []));
  return fc.record({
    names: fc.record({
      game: fc.constantFrom("game", "match", "GAME_ID"),
      game_date: fc.constantFrom("game_date", "day"),
      points: fc.constantFrom("points", "pts"),
      note: fc.constantFrom("note", "remark"),
      as_of_ts: fc.constantFrom("as_of_ts", "updated"),
    }),
    date,
    seen: date,
    updated: time,
    captured: time,
    points: fc.constantFrom(...WHOLE_NUMBERS),
    left: fc.subarray(["first_seen", "big", "stake", "note", "as_of_ts"]),
    rows,
  });
};
type Writer = ReturnType<typeof writer> extends fc.Arbitrary<infer W> ? W : never;

const history = fc.record({ naive: fc.boolean(), midnights: fc.boolean() }).chain((said) =>
  fc.record({
    said: fc.constant(said),
    writers: fc.array(writer(said.naive, said.midnights), { minLength: 1, maxLength: 4 }),
    rowsPerWrite: fc.constantFrom(1, 3, 20_000),
  }),
);

/** The file of a writer, whose rows are numbered from `first`, so that no two are alike. */
function fileOf(w: Writer, first: number): Uint8Array<ArrayBuffer> {
  const at = (minutes: number) => FIRST_DAY + BigInt(minutes) * MINUTE_NS;
  const cells = (row: Row, i: number): Record<string, unknown> => ({
    game: row.game,
    game_date: w.date.stored(FIRST_DAY + BigInt(row.day) * DAY_NS),
    first_seen: row.seen === null ? null : w.seen.stored(BigInt(row.seen) * DAY_NS),
    points: w.points.stored(first + i),
    big: row.big,
    stake: row.stake === null ? null : BigInt(row.stake),
    note: row.note,
    as_of_ts: row.updated === null ? null : w.updated.stored(at(row.updated)),
    ingested_ts: w.captured.stored(at(row.captured)),
  });
  const leaves: Record<string, Partial<Node>> = {
    game: TEXT,
    game_date: w.date.leaf,
    first_seen: w.seen.leaf,
    points: w.points.leaf,
    big: INT64,
    stake: DECIMAL,
    note: TEXT,
    as_of_ts: w.updated.leaf,
    ingested_ts: w.captured.leaf,
  };
  const left = new Set<string>(w.left);
  const kept = Object.keys(leaves).filter((name) => !left.has(name));
  const called = (name: string) => (w.names as Record<string, string>)[name] ?? name;
  const rows = w.rows.map((row, i): RawRow => {
    const all = cells(row, i);
    return Object.fromEntries(kept.map((name) => [called(name), all[name]]));
  });
  return foreignFile(
    kept.map((name) => node(called(name), leaves[name]!)),
    [rows],
  );
}

describe("files of other programs", () => {
  it("answer the same when they are imported as when they are read where they lie", async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ said, writers, rowsPerWrite }) => {
        const [inPlace, imported] = [storeOf(said), storeOf(said)];
        const dump: Record<string, Uint8Array> = {};
        let count = 0;
        for (const [i, one] of writers.entries()) {
          const bytes = fileOf(one, count);
          count += one.rows.length;
          dump[`${i}.parquet`] = bytes;
          await inPlace.storage.publish(`bronze/points/run=20260201T00000${i}Z/points.parquet`, bytes);
        }
        const pattern = filesIn(tempFolder(), dump);
        const done = await importFiles(imported, "points", pattern, { run: RUN, rowsPerWrite });
        expect(done.rows).toBe(count);
        for (const minutes of [0, 150, 300, 600]) {
          const cutoff = { epochNanoseconds: FIRST_DAY + BigInt(minutes) * MINUTE_NS } as never;
          for (const options of [{}, { knownBy: "cutoff" }] as const) {
            const there = await inPlace.asOf(cutoff, options).read("points", {});
            const here = await imported.asOf(cutoff, options).read("points", {});
            // The run is who wrote it, and a stamp.
            expect(here.rows().map((row) => ({ ...row, run_id: undefined }))).toEqual(there.rows());
            const { rowsSeen, rowsEligible, rowsByFallback, rowsNotSelectable } = there.provenance;
            expect(here.provenance).toMatchObject({
              rowsSeen,
              rowsEligible,
              rowsByFallback,
              rowsNotSelectable,
            });
          }
        }
      }),
      tries({ few: 15, small: 400, large: 3_000, seed: 41 }),
    );
  });

  const only = { game: "g1", day: 0, seen: 1, note: "x", big: 1n, stake: 1, updated: 1, captured: 2 };
  const names = { game: "game", game_date: "day", points: "pts", note: "note", as_of_ts: "updated" } as const;
  const plain = {
    names,
    date: DATES[0]!,
    seen: DATES[0]!,
    updated: UTC[0]!,
    captured: UTC[0]!,
    points: WHOLE_NUMBERS[0]!,
    left: [],
    rows: [only],
  };
  const refusal = async (bytes: Uint8Array<ArrayBuffer>, more: object = {}) => {
    const said = { naive: false, midnights: false };
    const [inPlace, imported] = [storeOf(said), storeOf(said)];
    await inPlace.storage.publish("bronze/points/run=20260201T000000Z/points.parquet", bytes);
    const pattern = filesIn(tempFolder(), { "1.parquet": bytes });
    return [
      await errorOf(inPlace.asOf("2026-02-01T00:00:00Z").read("points", {})),
      await errorOf(importFiles(imported, "points", pattern, { run: RUN, ...more })),
    ] as const;
  };

  it.each([
    [
      "a time without a zone that nobody said is UTC",
      { ...plain, updated: NAIVE[1]! },
      "NAIVE_TIMESTAMP",
      "as_of_ts",
    ],
    ["such a time in text", { ...plain, updated: NAIVE_TEXT }, "NAIVE_TIMESTAMP", "as_of_ts"],
    ["a UTC midnight that nobody said is a date", { ...plain, date: UTC[1]! }, "TYPE_CLASH", "game_date"],
  ] as const)("are refused for the same reason: %s", async (_, one, code, column) => {
    for (const error of await refusal(fileOf(one as never, 0)))
      expect(error).toMatchObject({ code, details: { column } });
  });

  it("are refused where they have one column under two names", async () => {
    const text = (name: string) => node(name, TEXT);
    const bytes = foreignFile(
      [
        text("match"),
        text("game"),
        text("game_date"),
        node("points", INT64),
        node("ingested_ts", UTC[0]!.leaf),
      ],
      [[{ match: "g1", game: "g1", game_date: "2026-01-15", points: 1n, ingested_ts: FIRST_DAY }]],
    );
    for (const error of await refusal(bytes))
      expect(error).toMatchObject({
        code: "TYPE_CLASH",
        details: { column: "game", names: expect.arrayContaining(["match", "game"]) },
      });
  });

  it("are refused for a column whose name differs in letter case alone, whatever else is left out", async () => {
    const bytes = fileOf({ ...plain, names: { ...names, note: "Note" } } as never, 0);
    const [inPlace, imported] = await refusal(bytes, { ignoreColumns: "others" });
    expect([inPlace.code, imported.code]).toEqual(["MISSING_COLUMN", "INVALID_ROWS"]);
    expect(imported.message).toContain('lacks "note"');
  });
});

describe("text files", () => {
  const csv = "match,day,pts,remark,updated,ingested_ts\ng1,2026-01-15,3,,2026-01-15 10:00:00,1768471200.5\n";
  const json = {
    match: "g1",
    day: "2026-01-15",
    pts: 3,
    updated: "2026-01-15T10:00",
    ingested_ts: "1768471200.5",
  };

  it("have the dataset's other names and its meaning of times without a zone too", async () => {
    for (const [name, content] of [
      ["1.csv", csv],
      ["1.jsonl", JSON.stringify(json)],
    ] as const) {
      const bronze = storeOf({ naive: true, midnights: false });
      await importFiles(bronze, "points", filesIn(tempFolder(), { [name]: content }), { run: RUN });
      expect((await bronze.asOf("2026-02-01T00:00:00Z").read("points", {})).rows()).toMatchObject([
        {
          game: "g1",
          game_date: "2026-01-15",
          points: 3,
          note: null,
          as_of_ts: 1768471200000000000n,
          ingested_ts: 1768471200500000000n,
        },
      ]);
      const strict = storeOf({ naive: false, midnights: false });
      const refused = await errorOf(
        importFiles(strict, "points", filesIn(tempFolder(), { [name]: content }), { run: RUN }),
      );
      expect(refused.message).toContain("as_of_ts");
    }
  });

  it("are refused where a record has one column under two names", async () => {
    const bronze = storeOf({ naive: true, midnights: false });
    const two = { ...json, game: "g1" };
    const lines = await errorOf(
      importFiles(bronze, "points", filesIn(tempFolder(), { "1.jsonl": JSON.stringify(two) }), { run: RUN }),
    );
    expect(lines.message).toContain("line 1, game: is there as game and as match");
    const head = csv.replace("match,", "match,game,").replace("g1,", "g1,g1,");
    const cells = await errorOf(
      importFiles(bronze, "points", filesIn(tempFolder(), { "1.csv": head }), { run: RUN }),
    );
    expect(cells).toMatchObject({ code: "TYPE_CLASH", details: { column: "game" } });
  });
});
