import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BronzeError,
  BronzeStore,
  decimal,
  defineDataset,
  instant,
  layouts,
  localDisk,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { columnsOfSchema } from "../../src/dataset/index.js";
import { withArticle } from "../../src/shown.js";
import { quote, run, storeOf } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { tempFolders } from "../storage/temp-folder.js";

const tempFolder = tempFolders();

describe("JSON.stringify of an error", () => {
  it("keeps name, code, message and details, bigints as decimal text", () => {
    const error = new BronzeError("LEAK", "It leaks.", { cutoff: 5n, rows: [{ at: 7n, no: Number.NaN }] });
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: {
        name: "BronzeError",
        code: "LEAK",
        message: "It leaks.",
        details: { cutoff: "5", rows: [{ at: "7", no: "NaN" }] },
      },
    });
  });

  it("is safe whatever the details hold", () => {
    const cyclic: Record<string, unknown> = { deep: {} };
    cyclic.itself = cyclic;
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const details = {
      cyclic,
      deep,
      symbol: Symbol("s"),
      call: () => 1,
      when: new Date(0),
      never: new Date(Number.NaN),
      bytes: new Uint8Array(3),
      map: new Map([[1, 2]]),
      error: new BronzeError("NOT_FOUND", "gone"),
      half: "\ud800",
      __proto__: null,
      get bad() {
        throw new Error("no");
      },
    };
    const json = JSON.parse(JSON.stringify(new BronzeError("LEAK", "It leaks.", details)));
    expect(json.message).toBe("It leaks.");
    expect(JSON.parse(JSON.stringify(new BronzeError("LEAK", "x", { cyclic }))).details).toEqual({
      cyclic: { deep: {}, itself: "(itself)" },
    });
  });
});

describe("rows that do not fit", () => {
  it("are shown with the values at fault: shortened, quoted, and safe", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.itself = cyclic;
    const prices = ["dear", 2n ** 70n, cyclic, "x".repeat(1_000_000), Symbol("s"), Object.create(null)];
    const rows = prices.map((price) => ({ ...quote("g1", "dk", 1, null), price }));
    const error = await errorOf(storeOf().write("odds_raw", rows as never, run("r1")));
    expect(error.code).toBe("INVALID_ROWS");
    expect(error.message).toContain(
      'row 0, price: Invalid input: expected number, received string (it is "dear")',
    );
    expect(error.message).toContain(`(it is ${2n ** 70n}n)`);
    expect(error.message).toContain("itself: { itself: {...} }");
    expect(error.message).toContain("Symbol(s)");
    expect(error.message.length).toBeLessThan(3_000);
  });

  it("are told as far as they are: a row that is no object, a time without a zone", async () => {
    const rows = [5, { ...quote("g1", "dk", 1, "2026-01-15T00:00:00") }];
    const { message } = await errorOf(storeOf().write("odds_raw", rows as never, run("r1")));
    expect(message).toContain("row 0: is 5, no object");
    expect(message.match(/2026-01-15T00:00:00"/g)).toHaveLength(1);
  });
});

describe("what is wrong with many rows", () => {
  it("is said once for all that are wrong in the same way", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => {
      const { book: _book, ...row } = quote(`g${i}`, "dk", -110, "2026-01-15T17:00:00Z");
      return i === 30 ? { ...row, price: "x" } : row;
    });
    const error = await errorOf(storeOf().write("odds_raw", rows as never, run("r1")));
    expect(error.message.split("\n").slice(1)).toEqual([
      "  row 0, book: is required (and 49 more of the rows)",
      expect.stringMatching(/^ {2}row 30, price: .*\(it is "x"\)$/),
    ]);
    expect(error.details.problems).toHaveLength(51);
  });

  it("and of many ways the first twenty", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({
      ...quote("g1", "dk", -110, "2026-01-15T17:00:00Z"),
      [`odd_${i}`]: 1,
    }));
    const { message } = await errorOf(storeOf().write("odds_raw", rows as never, run("r1")));
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toContain("... and 30 more (all in details.problems)");
  });
});

describe("a column in other letters than it is looked for", () => {
  const define = (fields: object, options: object = {}) => {
    const schema = z.object({ id: z.string(), day: z.iso.date(), ...fields });
    return () =>
      defineDataset({
        name: "d",
        layout: layouts.daily(),
        timeZone: "America/New_York",
        season: nbaSeason,
        schema,
        key: ["id"],
        date: { from: "day" },
        ...options,
      } as never);
  };

  it("is named: the time by which rows are selected, the key, the day", () => {
    expect(define({ AS_OF_TS: instant() })).toThrow(
      'no as_of_ts, by which rows are selected (it has "AS_OF_TS"); name',
    );
    expect(define({})).toThrow("no as_of_ts, by which rows are selected; name");
    const as_of_ts = instant();
    expect(define({ as_of_ts }, { key: ["ID"] })).toThrow(
      'key names column "ID", which the schema lacks; it has "id".',
    );
    expect(define({ as_of_ts }, { date: { from: "Day" } })).toThrow('which the schema lacks; it has "day".');
    expect(define({ as_of_ts }, { key: ["game"] })).toThrow(
      "which the schema lacks; it has id, day, as_of_ts.",
    );
  });
});

it.each([
  ["object", "an object"],
  ["undefined", "an undefined"],
  ["INT64", "an INT64"],
  ["Map", "a Map"],
])("the article of %s is that of %s", (noun, said) => {
  expect(withArticle(noun)).toBe(said);
});

describe("options in messages", () => {
  it("are only those there are: none is of the library's own making", async () => {
    const { message } = await errorOf(storeOf().write("odds_raw", [], { nowNs: 1n } as never));
    expect(message).toBe('write has no option "nowNs"; it has run, snapshot.');
  });

  it("are said with the level they belong to", async () => {
    const options = { run: { id: "r1", startedAt: "2026-01-15T00:00:00Z", runId: "r1" } };
    const { message } = await errorOf(storeOf().write("odds_raw", [], options as never));
    expect(message).toBe(`write's run has no option "runId"; it has id, startedAt.`);
  });

  it("are refused when they are inherited, or when what holds them is a list, a map or a date", async () => {
    for (const options of [Object.create({ prefers: "latest" }), [], new Map(), new Date()])
      expect((await errorOf(storeOf().readBronzeDay("odds_raw", "2026-01-15", options))).code).toBe(
        "INVALID_ARGUMENT",
      );
  });
});

describe("a file in the way of a folder", () => {
  it("is told so", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "bronze"), "");
    const error = await errorOf(localDisk(folder).publish("bronze/a/b.parquet", new Uint8Array(1)));
    expect(error.message).toContain("is a file, or lies below one, not a folder;");
  });
});

describe("a literal in a schema", () => {
  const of = (field: z.ZodType) => columnsOfSchema(z.object({ field }), "d").get("field");

  it("is a column of its own type", () => {
    expect(of(z.literal("a"))).toMatchObject({ type: { kind: "text" } });
    expect(of(z.literal(5))).toMatchObject({ type: { kind: "int", bits: 64 }, integers: "number" });
    expect(of(z.literal([1.5, 2]))).toMatchObject({ type: { kind: "float" } });
    expect(of(z.literal(5n))).toMatchObject({ type: { kind: "int" }, integers: "bigint" });
    expect(of(z.literal(true).nullable())).toMatchObject({ type: { kind: "bool" }, nullable: true });
  });

  it("comes back as it was written", async () => {
    const fields = { five: z.literal(5), big: z.literal(6n), yes: z.literal([true, false]) };
    const schema = z.object({ id: z.string(), ...fields, as_of_ts: instant() });
    const dataset = defineDataset({
      name: "d",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema,
      key: ["id"],
      date: { from: "as_of_ts" },
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [dataset] });
    const row = { id: "a", five: 5, big: 6n, yes: true, as_of_ts: "2026-01-15T12:00:00Z" } as const;
    await bronze.write("d", [row]);
    expect((await bronze.readBronzeDay("d", "2026-01-15")).rows()[0]).toMatchObject({
      five: 5,
      big: 6n,
      yes: true,
    });
  });

  it("of several types is refused with what there is", () => {
    for (const field of [z.literal([1, "a"]), z.literal([1, null]), z.literal([1, 2n])])
      expect(() => of(field)).toThrow("literals of one type (null is .nullable())");
    expect(() => decimal(2, 3)).toThrow("decimal(2, 3)");
  });
});
