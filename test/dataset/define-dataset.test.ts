import {
  decimal,
  defineDataset,
  domainDate,
  instant,
  layouts,
  nbaSeason,
  seasonStartingIn,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const schema = z.object({
  id: z.string(),
  game_id: z.string(),
  tags: z.array(z.string()),
  as_of_ts: instant(),
  ingested_ts: instant(),
});

function define(options: Record<string, unknown> = {}) {
  return defineDataset({
    name: "feed",
    schema,
    key: ["id"],
    date: { from: "as_of_ts" },
    layout: layouts.daily(),
    timeZone: "America/New_York",
    season: nbaSeason,
    ...options,
  } as never);
}

describe("defineDataset", () => {
  it("fills in what a feed usually is", () => {
    expect(define()).toMatchObject({
      name: "feed",
      folder: "bronze/feed",
      files: "append",
      state: "file",
      isDated: true,
      partitionIs: "changes",
      timeZone: "America/New_York",
      timestamps: {
        asOf: "as_of_ts",
        ingested: "ingested_ts",
        fallback: "row",
        unreliable: false,
        naiveIsUtc: false,
      },
    });
  });

  it("keeps no latest view next to history by default", () => {
    expect(define({ layout: layouts.perRun() }).layout.latest).toBeUndefined();
    expect(define({ layout: layouts.perRun({ latest: true }) }).layout.latest).toBeDefined();
  });

  it("dates a snapshot by the hourly column, by a declared one, or by its capture", () => {
    expect(
      define({ partitionIs: "snapshot", layout: layouts.hourly(), hour: { from: "as_of_ts" } }).snapshotTime,
    ).toBe("as_of_ts");
    expect(
      define({ partitionIs: "snapshot", layout: layouts.perRun(), snapshotTime: "ingested_ts" }).snapshotTime,
    ).toBe("ingested_ts");
    expect(define({ partitionIs: "snapshot", layout: layouts.perRun() }).snapshotTime).toBeUndefined();
  });

  it("takes the season rule it is given", () => {
    expect(define({ season: seasonStartingIn(10) }).layout.season!("2026-09-30")).toBe(2025);
  });

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ["an empty key", { key: [] }, /key is empty/],
    ["a key that names a column twice", { key: ["id", "id"] }, /twice/],
    ["a key column the schema lacks", { key: ["nope"] }, /key names column "nope".*it has id, game_id/],
    ["a list as key", { key: ["tags"] }, /is a list/],
    ["a date from a text column", { date: { from: "id" } }, /neither an instant\(\) nor a domainDate\(\)/],
    ["hours of a text column", { layout: layouts.hourly(), hour: { from: "id" } }, /not an instant/],
    ["a scope without snapshots", { scope: ["id"] }, /only mean something/],
    ["a scope outside the key", { partitionIs: "snapshot", scope: ["game_id"] }, /not part of the key/],
    ["a file no engine would read", { layout: layouts.daily({ file: "feed.csv" }) }, /ends in \.parquet/],
    [
      "the name of a compacted file",
      { layout: layouts.daily({ file: "a.compacted-0123456789abcdef.parquet" }) },
      /compacted files get/,
    ],
    ["the name of a later part", { layout: layouts.daily({ file: "a.part-000002.parquet" }) }, /later parts/],
    [
      "a schema without as_of_ts that says nothing of it",
      { schema: schema.omit({ as_of_ts: true }), date: { from: "ingested_ts" } },
      /the schema has no as_of_ts.*timestamps: \{ asOf: null \}/,
    ],
    [
      "a capture column the schema lacks",
      { timestamps: { ingested: "captured" } },
      /"captured".*schema lacks/,
    ],
    [
      "trust in a time that is not there",
      { timestamps: { asOf: null, maxLead: "PT1H" } },
      /timestamps\.maxLead/,
    ],
    [
      "a fallback from a time that is not there",
      { timestamps: { asOf: null, fallback: "never" } },
      /\.fallback/,
    ],
    [
      "another word for misfiled",
      { misfiled: "skip" },
      /misfiled of defineDataset is "skip"; it must be "read"/,
    ],
    ["a time column that is no instant", { timestamps: { asOf: "id" } }, /not an instant/],
    [
      "a record as a column",
      { schema: schema.extend({ x: z.record(z.string(), z.string()) }) },
      /"x" is a zod record, which is no column/,
    ],
  ];
  for (const [what, options, message] of wrong) {
    it(`refuses ${what}`, () => {
      expect(() => define(options)).toThrow(
        expect.objectContaining({ code: "INVALID_DATASET", message: expect.stringMatching(message) }),
      );
    });
  }

  it("takes names that only look like those of parts", () => {
    for (const file of ["odds.compacted.parquet", "compacted-0123456789abcdef.parquet", "a.part-two.parquet"])
      expect(define({ layout: layouts.daily({ file }) }).layout.latest!.text).toMatch(file);
  });

  it("refuses an unknown zone", () => {
    expect(() => define({ timeZone: "America/Gotham" })).toThrow(
      expect.objectContaining({ code: "INVALID_TIME_ZONE" }),
    );
  });

  it("reads column types off the schema", () => {
    const dataset = defineDataset({
      name: "types",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      key: ["id"],
      date: { from: "day" },
      timestamps: { asOf: null },
      schema: z.object({
        id: z.string(),
        count: z.int(),
        small: z.int32().optional(),
        whole: z.number().int(),
        big: z.bigint(),
        value: z.number().nullable(),
        flag: z.boolean().default(false),
        side: z.enum(["over", "under"]),
        kind: z.literal("x"),
        tags: z.array(z.string()).nullable(),
        stake: decimal(12, 2),
        day: domainDate(),
        iso: z.iso.date(),
        at: instant().nullish().describe("when"),
      }),
    });
    expect(
      Object.fromEntries(
        [...dataset.columns].map(([name, { type, nullable }]) => [name, [type.kind, nullable]]),
      ),
    ).toEqual({
      id: ["text", false],
      count: ["int", false],
      small: ["int", true],
      whole: ["int", false],
      big: ["int", false],
      value: ["float", true],
      flag: ["bool", false],
      side: ["text", false],
      kind: ["text", false],
      tags: ["list", true],
      stake: ["decimal", false],
      day: ["date", false],
      iso: ["date", false],
      at: ["timestamp", true],
    });
  });
});
