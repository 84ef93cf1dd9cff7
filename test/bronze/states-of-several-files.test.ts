import { BronzeStore, defineDataset, instant, memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { columnFromCells, encodeParquet, INSTANT } from "../../src/table/index.js";
import { toEpochNs } from "../../src/time/index.js";

/** A row of a report: who is on it, when the report held (null: its writer left that out), and when it was captured. */
type Row = readonly [id: string, reported: string | null, captured: string];

const at = (time: string) => (time.includes("T") ? time : `2026-01-15T${time}Z`);

/** Another writer's files, a folder of them for each report. */
async function storeOf(layout: string, files: Readonly<Record<string, readonly Row[]>>) {
  const dataset = defineDataset({
    name: "feed",
    schema: z.object({
      id: z.string(),
      report_ts: instant().nullable(),
      as_of_ts: instant(),
      ingested_ts: instant(),
    }),
    key: ["id"],
    timeZone: "UTC",
    date: { from: "ingested_ts" },
    partitionIs: "snapshot",
    snapshotTime: "report_ts",
    state: "folder",
    layout,
  });
  const storage = memoryStorage();
  for (const [path, rows] of Object.entries(files)) {
    const times = (of: (row: Row) => string | null) =>
      columnFromCells(
        INSTANT,
        rows.map((row) => (of(row) === null ? null : toEpochNs(at(of(row)!)))),
      );
    const bytes = encodeParquet([
      {
        name: "id",
        column: columnFromCells(
          { kind: "text" },
          rows.map(([id]) => id),
        ),
      },
      { name: "report_ts", column: times(([, reported]) => reported) },
      { name: "as_of_ts", column: times(() => "10:00:00") },
      { name: "ingested_ts", column: times(([, , captured]) => captured) },
    ]);
    await storage.publish(`bronze/feed/${path}`, bytes);
  }
  return new BronzeStore({ storage, datasets: [dataset] });
}

/** Of another day than the one that is asked about: where files hold several, what a whole file says is kept when it is left out. */
const DAY_BEFORE: Row = ["di", null, "2026-01-14T12:00:00Z"];

describe.each([
  ["folders of days", "date={date}/run={run}/*.parquet", "date=2026-01-15", []],
  ["folders of months", "{year}/{month}/run={run}/*.parquet", "2026/01", [DAY_BEFORE]],
] as const)("a state of several files, in %s", (_, layout, folder, others) => {
  const [first, second] = [`${folder}/run=20260115T110000Z`, `${folder}/run=20260115T120000Z`];

  it("is dated by the files that say a time, however late another was captured", async () => {
    const bronze = await storeOf(layout, {
      [`${first}/part-0.parquet`]: [["ada", "11:00:00", "11:01:00"]],
      [`${first}/part-1.parquet`]: [["bo", null, "12:30:00"], ...others],
      [`${second}/part-0.parquet`]: [["cy", "12:00:00", "12:01:00"]],
    });
    const held = await bronze.asOf(at("13:00:00")).read("feed", { date: "2026-01-15" });
    expect(held.column("id")).toEqual(["cy"]);
  });

  it("held when it was captured where no file of it says a time", async () => {
    const bronze = await storeOf(layout, {
      [`${first}/part-0.parquet`]: [["ada", null, "11:01:00"]],
      [`${first}/part-1.parquet`]: [["bo", null, "12:30:00"], ...others],
      [`${second}/part-0.parquet`]: [["cy", "12:00:00", "12:01:00"]],
    });
    const held = await bronze.asOf(at("13:00:00")).read("feed", { date: "2026-01-15" });
    expect([...held.column("id")].sort()).toEqual(["ada", "bo"]);
  });
});
