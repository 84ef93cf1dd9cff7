import {
  BronzeStore,
  defineDataset,
  domainDate,
  instant,
  layouts,
  nbaSeason,
  type RowOf,
  type Timeline,
  type ViewReadOptions,
} from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";

const schema = z.object({
  id: z.string(),
  status: z.string().nullable(),
  serial: z.bigint(),
  day: domainDate().nullish(),
  iso_day: z.iso.date(),
  report_ts: instant().nullable(),
  as_of_ts: instant().describe("when it held"),
});
const base = {
  name: "reports",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema,
  key: ["id"],
} as const;

describe("a dataset names columns that can be what it says", () => {
  it("dates rows by an instant or a date, and its times are instants", () => {
    const { dateFrom } = defineDataset({ ...base, date: { from: "day" } });
    expectTypeOf(dateFrom).not.toBeAny();
    defineDataset({ ...base, date: { from: "iso_day" }, snapshotTime: "report_ts", partitionIs: "snapshot" });
    defineDataset({
      ...base,
      date: { from: "as_of_ts" },
      hour: { from: "report_ts" },
      timestamps: { asOf: "as_of_ts" },
      layout: layouts.hourly(),
    });
  });

  it("and no others compile", () => {
    const date = { from: "as_of_ts" } as const;
    // @ts-expect-error text is no day
    defineDataset({ ...base, date: { from: "status" } });
    // @ts-expect-error nor is a number, however large
    defineDataset({ ...base, date: { from: "serial" } });
    defineDataset({
      ...base,
      date,
      // @ts-expect-error hours of text
      hour: { from: "status" },
      layout: layouts.hourly(),
    });
    defineDataset({
      ...base,
      date,
      // @ts-expect-error hours of a date
      hour: { from: "day" },
      layout: layouts.hourly(),
    });
    // @ts-expect-error a path that says the hour, of no column
    defineDataset({ ...base, date, layout: "season={season}/{date}/{hour}/x.parquet" });
    // @ts-expect-error files of which nothing says whether they are replaced
    defineDataset({ ...base, date, layout: "season={season}/{date}/x.parquet" });
    // @ts-expect-error a path that says the season, of no rule
    defineDataset({ ...base, date, season: undefined, layout: layouts.perRun() });
    // @ts-expect-error a path that says the date, of no column
    defineDataset({ ...base, layout: layouts.perRun() });
    // @ts-expect-error a snapshot dated by text
    defineDataset({ ...base, date, partitionIs: "snapshot", snapshotTime: "status" });
    // @ts-expect-error a semantic time that is a number
    defineDataset({ ...base, date, timestamps: { asOf: "serial" } });
  });

  it("says by which time its rows are selected: as_of_ts, another instant, or none", () => {
    const none = z.object({ id: z.string(), day: domainDate(), seen: instant(), ingested_ts: instant() });
    const other = { ...base, schema: none, date: { from: "day" } } as const;
    defineDataset({ ...other, timestamps: { asOf: "seen" } });
    defineDataset({ ...other, timestamps: { asOf: null, naive: "utc" } });
    // @ts-expect-error the schema has no as_of_ts
    defineDataset(other);
    // @ts-expect-error saying something else of its times is not saying which
    defineDataset({ ...other, timestamps: { naive: "utc" } });
    // @ts-expect-error a date is no instant
    defineDataset({ ...other, timestamps: { asOf: "day" } });
    // @ts-expect-error nor is text, whatever its name
    defineDataset({ ...other, schema: none.extend({ as_of_ts: z.string() }) });
    const nullable = none.extend({ as_of_ts: instant().nullish().describe("when it held") });
    defineDataset({ ...other, schema: nullable });
  });

  it("a schema known only when it runs takes any name, and is checked then", () => {
    (unknown: z.ZodObject, from: string) =>
      defineDataset({
        name: "any",
        layout: layouts.daily(),
        timeZone: "America/New_York",
        season: nbaSeason,
        schema: unknown,
        key: ["id"],
        date: { from },
      });
  });
});

const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({ game_id: z.string(), book: z.enum(["dk", "fd"]), line: z.int(), as_of_ts: instant() }),
  key: ["game_id", "book", "line", "as_of_ts"],
  date: { from: "as_of_ts" },
});
const bronze = new BronzeStore({ root: "data", datasets: [odds] });
declare const timeline: Timeline<{ game_id: string; price: number }, { game_id: string }>;
const DAYS = { from: "2026-01-15", to: "2026-01-15" };

describe("a join is on values that can be equal", () => {
  it("instants in any form, integers of either kind, text that may be one of some", () => {
    const labels = [
      { game_id: "g1", book: "dk", line: 5n, as_of_ts: new Date(), cutoff_ts: "2026-01-15T00:00:00Z" },
    ];
    const on = ["game_id", "book", "line", "as_of_ts"] as const;
    bronze.joinAsOf(labels, "odds_raw", { on, cutoff: "cutoff_ts", ...DAYS });
    const nullable = [{ game_id: null as string | null, cutoff_ts: new Date() as Date | undefined }];
    timeline.joinAsOf(nullable, { on: ["game_id"], cutoff: "cutoff_ts" });
    timeline.joinAsOf([] as Record<string, unknown>[], { on: ["game_id"], cutoff: "cutoff_ts" });
  });

  it("and no others compile", () => {
    const cutoff = "cutoff_ts";
    const cutoff_ts = "2026-01-15T00:00:00Z";
    // @ts-expect-error a number label for a text key
    bronze.joinAsOf([{ game_id: 1, cutoff_ts }], "odds_raw", { on: ["game_id"], cutoff, ...DAYS });
    // @ts-expect-error a text label for a number
    bronze.joinAsOf([{ line: "5", cutoff_ts }], "odds_raw", { on: ["line"], cutoff, ...DAYS });
    // @ts-expect-error labels without the column
    bronze.joinAsOf([{ game: "g1", cutoff_ts }], "odds_raw", { on: ["game_id"], cutoff, ...DAYS });
    // @ts-expect-error the same on a timeline
    timeline.joinAsOf([{ game_id: 1, cutoff_ts }], { on: ["game_id"], cutoff });
    // @ts-expect-error a cutoff that is a number
    timeline.joinAsOf([{ game_id: "g1", cutoff_ts: 5 }], { on: ["game_id"], cutoff });
  });
});

describe("rows have the columns asked for", () => {
  interface Asked {
    book: "dk" | "fd";
    as_of_ts: bigint;
  }
  const columns = ["book", "as_of_ts"] as const;

  it("in every verb, keys and forms of instants too", async () => {
    const view = await bronze.asOf("2026-01-15T00:00:00Z").read("odds_raw", { date: "2026-01-15", columns });
    expectTypeOf(view.rows()).toEqualTypeOf<Asked[]>();
    expectTypeOf(view.column("book")).toEqualTypeOf<("dk" | "fd")[]>();
    expectTypeOf(view.rows({ instants: "iso" })[0]!.as_of_ts).toEqualTypeOf<string>();
    view.get({ game_id: "g1", book: "dk", line: 1, as_of_ts: 0n });
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15", { columns: ["book", "as_of_ts"] });
    expectTypeOf(day.rows()).toEqualTypeOf<Asked[]>();
    const own = await bronze.timeline("odds_raw", { date: "2026-01-15", columns });
    expectTypeOf(own.at(0n).rows()).toEqualTypeOf<Asked[]>();
    expectTypeOf(
      own.history({ game_id: "g1", book: "dk", line: 1, as_of_ts: 0n })[0]!.row,
    ).toEqualTypeOf<Asked>();
    expectTypeOf(own.diff(0n, 1n).added).toEqualTypeOf<readonly Asked[]>();
  });

  it("all of them where none are named", async () => {
    const all = await bronze.asOf("2026-01-15T00:00:00Z").read("odds_raw", { date: "2026-01-15" });
    expectTypeOf(all.rows()[0]!).toEqualTypeOf<RowOf<typeof odds>>();
    const options: ViewReadOptions = { date: "2026-01-15" };
    const same = await bronze.asOf("2026-01-15T00:00:00Z").read("odds_raw", options);
    expectTypeOf(same.rows()).toEqualTypeOf<RowOf<typeof odds>[]>();
  });

  it("and no others compile", async () => {
    const at = bronze.asOf("2026-01-15T00:00:00Z");
    // @ts-expect-error no column of the schema
    at.read("odds_raw", { date: "2026-01-15", columns: ["prise"] });
    // @ts-expect-error no column of the schema
    bronze.timeline("odds_raw", { date: "2026-01-15", columns: ["prise"] });
    // @ts-expect-error no column of the schema
    bronze.readBronzeDay("odds_raw", "2026-01-15", { columns: ["prise"] });
    const view = await at.read("odds_raw", { date: "2026-01-15", columns });
    // @ts-expect-error a column that was not asked for
    view.column("line");
  });
});

describe("aliases and tombstones are of the schema's columns", () => {
  const date = { from: "as_of_ts" } as const;
  it("with values that they can have, or null", () => {
    defineDataset({
      ...base,
      date,
      aliases: { status: ["state"] },
      tombstone: { status: ["OUT", null], serial: [1n] },
    });
    defineDataset({ ...base, date, tombstone: (row) => row.status === "OUT" });
  });

  it("and no others compile", () => {
    // @ts-expect-error no column of the schema
    defineDataset({ ...base, date, aliases: { stat: ["state"] } });
    // @ts-expect-error no column of the schema
    defineDataset({ ...base, date, tombstone: { stat: ["OUT"] } });
    // @ts-expect-error a number for text
    defineDataset({ ...base, date, tombstone: { status: [1] } });
    // @ts-expect-error no column of the schema
    defineDataset({ ...base, date, tombstone: (row) => row.stat === "OUT" });
  });
});
