import {
  type AnyDataset,
  BronzeStore,
  type DaySpan,
  defineDataset,
  instant,
  type LayoutOption,
  layouts,
  type NoSpan,
  nbaSeason,
  type SpanOf,
} from "bronzestore";
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";

const schema = z.object({
  site: z.string(),
  id: z.string(),
  report_ts: instant(),
  as_of_ts: instant(),
});
const base = { name: "feed", timeZone: "America/New_York", schema, key: ["site", "id"] } as const;
const date = { from: "report_ts" } as const;
const hour = { from: "report_ts" } as const;

describe("what a template makes necessary", () => {
  it("an hour needs the instant behind it", () => {
    const layout = "date={date}/hour={hour}/x.parquet";
    defineDataset({ ...base, layout, date, hour });
    // @ts-expect-error which column?
    defineDataset({ ...base, layout, date });
    // @ts-expect-error text is no instant
    defineDataset({ ...base, layout, date, hour: { from: "site" } });
    // @ts-expect-error the same by the library's own layout
    defineDataset({ ...base, layout: layouts.hourly(), date, season: nbaSeason });
    defineDataset({ ...base, layout: layouts.hourly(), date, hour, season: nbaSeason });
  });

  it("an hour that is only read does not", () => {
    defineDataset({ ...base, layout: ["{date}/{run}.parquet", "{date}/{hour}/x.parquet"], date });
    defineDataset({ ...base, layout: layouts.perRun(), date, season: nbaSeason });
  });

  it("a season needs its rule, in any template and in any form", () => {
    const layout = "season={season:YYYY-YY}/date={date}/run={run}/x.parquet";
    defineDataset({ ...base, layout, date, season: nbaSeason });
    // @ts-expect-error which season is a day of?
    defineDataset({ ...base, layout, date });
    // @ts-expect-error nor of a template that is only read
    defineDataset({ ...base, layout: ["{date}/{run}.parquet", layout], date });
    // @ts-expect-error nor of a view
    defineDataset({
      ...base,
      layout: { history: "{date}/{run}.parquet", latest: "{season}/{date}/x.parquet" },
      date,
    });
    // @ts-expect-error the same by the library's own layout
    defineDataset({ ...base, layout: layouts.daily(), date });
  });

  it("files that neither a run nor an hour tells apart need to say how they are kept", () => {
    const layout = "dt={date}/x.parquet";
    defineDataset({ ...base, layout, date, files: "append" });
    defineDataset({ ...base, layout, date, files: "overwritten" });
    // @ts-expect-error beside the first, or in its place?
    defineDataset({ ...base, layout, date });
    // @ts-expect-error there are two ways
    defineDataset({ ...base, layout, date, files: "kept" });
    // @ts-expect-error the first template is the one that is written
    defineDataset({ ...base, layout: [layout, "{date}/{run}.parquet"], date });
    defineDataset({ ...base, layout: ["{date}/{run}.parquet", layout], date });
    defineDataset({ ...base, layout: { latest: layout }, date });
  });

  it("a date needs the column that tells a row's day", () => {
    defineDataset({ ...base, layout: "{year}/{month}/{run}.parquet", date });
    // @ts-expect-error of which day is a row?
    defineDataset({ ...base, layout: "{year}/{month}/{run}.parquet" });
    // @ts-expect-error the same where only the view says one
    defineDataset({ ...base, layout: { history: "{run}.parquet", latest: "{date}.parquet" } });
    defineDataset({ ...base, layout: "site={site}/{run}.parquet" });
  });

  it("nothing is necessary, nor refused, where the compiler does not know the text", () => {
    (layout: LayoutOption, text: string) => {
      defineDataset({ ...base, layout });
      defineDataset({ ...base, layout: text, date, hour, season: nbaSeason, files: "append" });
    };
  });
});

describe("which days a question reads", () => {
  const dated = defineDataset({ ...base, name: "dated", layout: "dt={date}/{run}.parquet", date });
  const monthly = defineDataset({ ...base, name: "monthly", layout: "{year}-{month}/{run}.parquet", date });
  const undated = defineDataset({ ...base, name: "undated", layout: "site={site}/run={run}.parquet" });
  const bronze = new BronzeStore({ root: "data", datasets: [dated, monthly, undated] });
  const at = bronze.asOf(0n);

  it("is said where paths say dates", () => {
    expectTypeOf<SpanOf<typeof dated>>().toEqualTypeOf<DaySpan>();
    expectTypeOf<SpanOf<typeof monthly>>().toEqualTypeOf<DaySpan>();
    at.read("dated", { date: "2026-01-15" });
    at.read("monthly", { from: "2026-01-01", to: "2026-01-31" });
    // @ts-expect-error which days?
    at.read("dated", {});
    // @ts-expect-error the same of a timeline
    bronze.timeline("monthly", { prefer: "history" });
  });

  it("need not be said where they say none", () => {
    expectTypeOf<SpanOf<typeof undated>>().toEqualTypeOf<DaySpan | NoSpan>();
    at.read("undated", {});
    at.read("undated", { maxAge: "PT6H" });
    at.read("undated", { date: "2026-01-15" });
    bronze.timeline("undated", {});
    const labels = [{ site: "dk", cutoff_ts: "2026-01-15T00:00:00Z" }];
    bronze.joinAsOf(labels, "undated", { on: ["site"], cutoff: "cutoff_ts" });
    // @ts-expect-error a label of dated rows needs its days
    bronze.joinAsOf(labels, "dated", { on: ["site"], cutoff: "cutoff_ts" });
  });

  it("need not be said to a store of any list of datasets, which may have dates or not", () => {
    const any = bronze as BronzeStore<readonly AnyDataset[]>;
    const anywhere = any.asOf(0n);
    anywhere.read("undated", {});
    anywhere.read("dated", { date: "2026-01-15" });
    anywhere.read("dated", { from: "2026-01-01", to: "2026-01-31", lookbackDays: 1, maxAge: "PT6H" });
    any.timeline("undated", {});
    any.timeline("undated", { prefer: "history" });
    // @ts-expect-error a range has two ends
    anywhere.read("dated", { from: "2026-01-15" });
    // @ts-expect-error a date is text
    anywhere.read("dated", { date: 20260115 });
    const labels = [{ site: "dk", cutoff_ts: "2026-01-15T00:00:00Z" }];
    any.joinAsOf(labels, "undated", { on: ["site"], cutoff: "cutoff_ts" });
  });

  it("need not be said of one of several datasets, if some of them have no dates", () => {
    (name: "dated" | "undated", both: "dated" | "monthly") => {
      at.read(name, {});
      at.read(name, { date: "2026-01-15" });
      // @ts-expect-error which days?
      at.read(both, {});
      at.read(both, { date: "2026-01-15" });
    };
  });
});
