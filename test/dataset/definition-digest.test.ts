import { calendarYear, defineDataset, instant, layouts, nbaSeason, type TombstoneValues } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { definitionDigest } from "../../src/dataset/index.js";

const schema = z.object({
  game_id: z.string(),
  book: z.string(),
  status: z.string().nullable(),
  report_ts: instant(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant(),
});
const base = {
  name: "odds",
  layout: layouts.hourly({ file: "odds.parquet" }),
  schema,
  key: ["game_id", "book"],
  timeZone: "America/New_York",
  season: nbaSeason,
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  partitionIs: "snapshot",
} as const;

const digestOf = (change: object) => definitionDigest(defineDataset({ ...base, ...change } as never));

describe("the digest of a definition", () => {
  it("is the same for the same definition, whatever only judges a tree", () => {
    expect(digestOf({})).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), unknown: [] });
    expect(digestOf({})).toEqual(digestOf({}));
    expect(digestOf({ expect: { every: "PT1H" }, freshness: { warnAfter: "PT2H" } }).sha256).toBe(
      digestOf({}).sha256,
    );
  });

  it.each<[string, object]>([
    ["name", { name: "lines" }],
    ["folder", { folder: "gold/{name}" }],
    ["layout", { layout: layouts.hourly({ file: "other.parquet" }) }],
    ["season", { season: calendarYear }],
    ["schema", { schema: schema.extend({ price: z.number() }) }],
    ["nullability", { schema: schema.extend({ status: z.string() }) }],
    ["integers", { schema: schema.extend({ status: z.int() }) }],
    ["key", { key: ["game_id"] }],
    ["date", { date: { from: "ingested_ts" } }],
    ["hour", { hour: { from: "ingested_ts" } }],
    ["meaning", { partitionIs: "changes" }],
    ["scope", { scope: ["game_id"] }],
    ["snapshotTime", { snapshotTime: "ingested_ts" }],
    ["zone", { timeZone: "UTC" }],
    ["misfiled", { misfiled: "read" }],
    ["earliest", { timestamps: { earliest: "2020-01-01T00:00:00Z" } }],
    ["maxLead", { timestamps: { maxLead: "PT1H" } }],
    ["fallback", { timestamps: { fallback: "never" } }],
    ["unreliable", { timestamps: { unreliable: true } }],
    ["naive", { timestamps: { naive: "utc" } }],
    ["asOf", { timestamps: { asOf: "report_ts" } }],
    ["dates", { dates: "utc-midnight" }],
    ["tombstone", { tombstone: { status: ["GONE"] } satisfies TombstoneValues<typeof schema> }],
    ["another tombstone", { tombstone: { status: ["GONE", null] } }],
    ["aliases", { aliases: { book: ["bookmaker"] } }],
  ])("is another with another %s", (_what, change) => {
    expect(digestOf(change).sha256).not.toBe(digestOf({}).sha256);
  });

  it("says which functions it does not cover; the rule of seasons is covered by what it says", () => {
    const byYear = (date: string) => Number(date.slice(0, 4));
    expect(digestOf({ season: byYear })).toEqual(digestOf({ season: calendarYear }));
    expect(digestOf({ tombstone: () => false }).unknown).toEqual(["the tombstone of odds is a function"]);
  });
});
