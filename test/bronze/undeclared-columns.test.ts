import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  parseInstant,
  Retention,
} from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { foreignFile, type RawRow } from "../table/foreign-file.js";
import { node, TEXT, timestamp } from "./foreign-forms.js";

const DATE = "2026-01-15";
const HOUR_US = 3_600_000_000n;
const NOON_US = parseInstant("2026-01-15T17:00:00Z") / 1000n;

const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game: z.string(),
    price: z.string().nullable(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant().nullable(),
  }),
  key: ["game"],
  date: { from: "as_of_ts" },
});

const TIMES = [node("as_of_ts", timestamp("us", true)), node("ingested_ts", timestamp("us", true))];
const STANDARD = [node("game", TEXT, "required"), node("price", TEXT), ...TIMES];
const row = (game: string, hour: number, more: RawRow = {}): RawRow => {
  const us = NOON_US + BigInt(hour) * HOUR_US;
  return { game, price: `p${hour}`, as_of_ts: us, ingested_ts: us, ...more };
};

/** Another writer's runs: that of 18:00 brings the column, with no value for one of its games. */
const RUNS = [
  ["20260115T170000Z", STANDARD, [row("a", 0)]],
  [
    "20260115T180000Z",
    [...STANDARD, node("note", TEXT)],
    [row("b", 1, { note: null }), row("c", 1, { note: "x" })],
  ],
  ["20260115T190000Z", STANDARD, [row("c", 2)]],
] as const;

const DECLARED = ["game", "price", "as_of_ts", "ingested_ts"];

describe.each([
  "loose",
  "compacted",
] as const)("a column that nobody declared, of a day whose files are %s", (state) => {
  const storage = memoryStorage();
  const bronze = new BronzeStore({ storage, datasets: [odds] });

  beforeAll(async () => {
    for (const [run, columns, rows] of RUNS) {
      const path = `bronze/odds_raw/season=2025/date=${DATE}/run_ts=${run}/data.parquet`;
      await storage.publish(path, foreignFile([...columns], [rows]));
    }
    if (state === "loose") return;
    const retention = new Retention({ bronze, gold: [] });
    await retention.apply(
      await retention.planCompact({ datasets: ["odds_raw"], olderThan: "P1D", into: "day" }),
    );
  });

  const at = async (cutoff: string) => bronze.asOf(cutoff).read("odds_raw", { date: DATE });

  it("is in an answer where a row of it has a value", async () => {
    const before = await at("2026-01-15T17:30:00Z");
    expect(before.columns).toEqual(DECLARED);
    expect(Object.keys(before.rows()[0]!)).toEqual(DECLARED);
    expect((await at("2026-01-15T16:00:00Z")).columns).toEqual(DECLARED);
    expect((await at("2026-01-15T18:30:00Z")).columns).toEqual([...DECLARED, "note"]);
    expect((await at("2026-01-15T19:30:00Z")).columns).toEqual(DECLARED);
  });

  it("is so in every answer of a timeline, in differences and in joins", async () => {
    const day = await bronze.readBronzeDay("odds_raw", DATE);
    expect(day.columns).toEqual([...DECLARED, "note"]);
    expect(day.asOf("2026-01-15T17:30:00Z").columns).toEqual(DECLARED);
    expect(day.asOf("2026-01-15T18:30:00Z").rows()).toMatchObject([
      { game: "a", note: null },
      { note: null },
      { note: "x" },
    ]);
    const { added, changed } = day.timeline().diff("2026-01-15T17:30:00Z", "2026-01-15T18:30:00Z");
    expect([added.map((one) => Object.keys(one).includes("note")), changed]).toEqual([[false, true], []]);
    const labels = ["a", "c"].map((game) => ({ game, cutoff: "2026-01-15T18:30:00Z" }));
    const join = (which: typeof labels) =>
      bronze.joinAsOf(which, "odds_raw", { on: ["game"], cutoff: "cutoff", from: DATE, to: DATE });
    expect((await join(labels)).columns.includes("note")).toBe(true);
    expect((await join(labels.slice(0, 1))).columns.includes("note")).toBe(false);
  });

  it("can be asked for by name, and is null where no row has it", async () => {
    const before = await bronze
      .asOf("2026-01-15T17:30:00Z")
      .read("odds_raw", { date: DATE, columns: ["note"] as never });
    expect(before.rows()).toEqual([{ note: null }]);
  });
});
