import { decimal, defineDataset, domainDate, instant, layouts, nbaSeason, parseInstant } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AnyDataset } from "../../src/dataset/index.js";

const schema = z.object({
  id: z.string(),
  status: z.enum(["IN", "OUT", "WITHDRAWN"]).nullable(),
  stake: decimal(12, 2),
  size: z.int(),
  serial: z.bigint(),
  price: z.number().nullable(),
  day: domainDate(),
  until: instant().nullable(),
  flag: z.boolean(),
  tags: z.array(z.string()),
  as_of_ts: instant(),
});

function define(options: Record<string, unknown>) {
  return defineDataset({
    name: "feed",
    layout: layouts.daily(),
    season: nbaSeason,
    timeZone: "UTC",
    schema,
    key: ["id"],
    date: { from: "as_of_ts" },
    ...options,
  } as never) as unknown as AnyDataset;
}

const says = (tombstone: unknown, row: Record<string, unknown>) =>
  define({ tombstone }).tombstone!.isOne(row);

describe("tombstone values", () => {
  it.each<[string, unknown, unknown, unknown]>([
    ["status", "WITHDRAWN", "WITHDRAWN", "OUT"],
    ["stake", "9.5", "9.50", "9.05"],
    ["size", 2 ** 40, 2 ** 40, 2 ** 40 + 1],
    ["serial", 2n ** 60n, 2n ** 60n, 2n ** 60n + 1n],
    ["price", 0, -0, 1e-300],
    ["day", "2026-01-15", "2026-01-15", "2026-01-16"],
    [
      "until",
      "2026-01-15T00:00:00Z",
      parseInstant("2026-01-15T00:00:00Z"),
      parseInstant("2026-01-15T00:00:00Z") + 1n,
    ],
    ["flag", false, false, true],
  ])("of %s equal cells exactly", (column, value, equal, other) => {
    const tombstone = { [column]: [value] };
    expect(says(tombstone, { [column]: equal })).toBe(true);
    expect(says(tombstone, { [column]: other })).toBe(false);
    expect(says(tombstone, { [column]: null })).toBe(false);
  });

  it("may be null, of several values and of several columns, of which any one will do", () => {
    expect(says({ flag: [null] }, { flag: null })).toBe(true);
    const tombstone = { status: ["OUT", null], price: [0] };
    expect(define({ tombstone }).tombstone!.columns).toEqual(["status", "price"]);
    for (const row of [
      { status: "OUT", price: 1 },
      { status: null, price: 1 },
      { status: "IN", price: 0 },
    ])
      expect(says(tombstone, row)).toBe(true);
    expect(says(tombstone, { status: "IN", price: null })).toBe(false);
  });

  it("are there for engines as cells; a function is not, and looks at every column of the schema", () => {
    const { tombstone } = define({ tombstone: { stake: ["9.5"], until: [new Date(0)] } });
    expect([...tombstone!.values!]).toEqual([
      ["stake", ["9.50"]],
      ["until", [0n]],
    ]);
    const byFunction = define({ tombstone: (row: { size: number }) => row.size === 0 }).tombstone!;
    expect(byFunction).toMatchObject({ values: undefined, columns: Object.keys(schema.shape) });
    expect(byFunction.isOne({ size: 0 })).toBe(true);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "an unknown column",
      { stat: ["OUT"] },
      /names column "stat", which the schema lacks; it has id, status/,
    ],
    [
      "a value the column cannot hold",
      { status: ["GONE"] },
      /tombstone\.status has "GONE", which its column/,
    ],
    ["a value of another type", { size: ["1"] }, /tombstone\.size has "1"/],
    ["more digits than the column has", { stake: ["9.555"] }, /tombstone\.stake/],
    ["a naive instant", { until: ["2026-01-15T00:00:00"] }, /tombstone\.until/],
    ["undefined", { status: [undefined] }, /tombstone\.status has undefined/],
    ["no list", { status: "OUT" }, /must be a list of at least one value/],
    ["no values", { status: [] }, /must be a list of at least one value/],
    ["no columns", {}, /names no column/],
    ["a list column", { tags: [["a"]] }, /is a list; it needs plain values/],
    ["text", "WITHDRAWN", /a function or an object/],
  ])("are refused for %s", (_, tombstone, message) => {
    expect(() => define({ tombstone })).toThrow(
      expect.objectContaining({ code: "INVALID_DATASET", message: expect.stringMatching(message) }),
    );
  });
});

describe("aliases", () => {
  it("lead from each other name to the column", () => {
    const { aliases } = define({ aliases: { price: ["odds", "line"], id: ["uid"] } });
    expect([...aliases]).toEqual([
      ["odds", "price"],
      ["line", "price"],
      ["uid", "id"],
    ]);
    expect(define({}).aliases.size).toBe(0);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "a column that is not in the schema",
      { prise: ["odds"] },
      /names column "prise", which the schema lacks/,
    ],
    ["a name that is a column itself", { price: ["size"] }, /"size", which is a column of the schema itself/],
    ["its own name", { price: ["price"] }, /which is a column of the schema itself/],
    [
      "the name of a time",
      { until: ["ingested_ts"] },
      /"ingested_ts", which this dataset's files have for something/,
    ],
    [
      "the name of a stamp",
      { id: ["run_id"] },
      /"run_id", which this dataset's files have for something else/,
    ],
    ["one name for two columns", { price: ["x"], size: ["x"] }, /"x" for both price and size/],
    ["one name twice", { price: ["x", "x"] }, /has "x" twice/],
    ["no list", { price: "odds" }, /must be a list of the names it has had/],
    ["an empty list", { price: [] }, /must be a list of the names it has had/],
  ])("are refused for %s", (_, aliases, message) => {
    expect(() => define({ aliases })).toThrow(
      expect.objectContaining({ code: "INVALID_DATASET", message: expect.stringMatching(message) }),
    );
  });

  it("can take the default name of a time that has another one here", () => {
    const { aliases } = define({
      schema: schema.omit({ as_of_ts: true }).extend({ updated: instant() }),
      date: { from: "updated" },
      timestamps: { asOf: "updated" },
      aliases: { updated: ["as_of_ts"] },
    });
    expect([...aliases]).toEqual([["as_of_ts", "updated"]]);
  });
});
