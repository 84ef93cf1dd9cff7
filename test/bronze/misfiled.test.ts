import {
  BronzeStore,
  defineDataset,
  domainDate,
  GoldStore,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  type Storage,
} from "bronzestore";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { filesIn, injuries, odds, quote, report, run, schedule, storeOf, withView } from "./feeds.js";

const DAY = "2026-01-15";
const CUTOFF = "2026-01-16T03:00:00Z";

function reader(storage: Storage, change: object = {}) {
  const changed = { ...withView(injuries), ...change } as typeof injuries;
  return new BronzeStore({ storage, datasets: [changed] as const });
}
type Reader = ReturnType<typeof reader>;

/** Reports of 18:00 and 21:00 in New York; in Tokyo both are of the next morning. */
async function written(): Promise<Storage> {
  const storage = memoryStorage();
  const writer = new BronzeStore({ storage, datasets: [withView(injuries)] });
  for (const time of ["2026-01-15T23:00:00Z", "2026-01-16T02:00:00Z"])
    await writer.write("injuries_raw", report(time, { a: "Out" }));
  return storage;
}

const LABEL = { game_id: "g1", cutoff_ts: CUTOFF };
const JOIN = { on: ["game_id"], cutoff: "cutoff_ts" } as const;
const READS: Record<string, (bronze: Reader, storage: Storage) => Promise<unknown>> = {
  "a day": (bronze) => bronze.readBronzeDay("injuries_raw", DAY),
  "a day's latest view": (bronze) => bronze.readBronzeDay("injuries_raw", DAY, { prefer: "latest" }),
  "a view": (bronze) => bronze.asOf(CUTOFF).read("injuries_raw", { date: DAY }),
  "a view at a cutoff before which the second report needs no decoding": (bronze) =>
    bronze.asOf("2026-01-16T01:00:00Z").read("injuries_raw", { date: DAY }),
  "a timeline": (bronze) => bronze.timeline("injuries_raw", { date: DAY }),
  "a join": (bronze) => bronze.joinAsOf([LABEL], "injuries_raw", { ...JOIN, from: DAY, to: DAY }),
  "a freeze": async (bronze, storage) => {
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze });
    const slate = { season: 2025, game_date: DAY, game_id: "g1" };
    const tip = "2026-01-16T03:15:00Z";
    await gold.freeze({ slate, snapshot: "lock", tip }, async (at) => {
      await at.read("injuries_raw", { date: DAY });
      return [];
    });
  },
  "the latest view, at the next write": (bronze) =>
    bronze.write("injuries_raw", report("2026-01-15T14:00:00Z", { a: "Out" })),
};

describe("rows that do not belong to the day of their folder", () => {
  it.each(Object.entries(READS))("are refused in %s", async (_, read) => {
    const storage = await written();
    const changed = { timeZone: "Asia/Tokyo" };
    const error = await errorOf(read(reader(storage, changed), storage));
    expect(error).toMatchObject({
      code: "MISFILED_DAY",
      details: { dataset: "injuries_raw", column: "report_ts", expected: DAY, found: "2026-01-16", row: 0 },
    });
    expect(error.message).toMatch(/hour=|injuries\.parquet/);
    expect(error.message).toContain('misfiled: "read"');
    await read(reader(storage, { ...changed, misfiled: "read" }), storage);
  });

  it.each(Object.entries(READS))("are none in %s where the zone is the writer's", async (_, read) => {
    const storage = await written();
    await read(reader(storage), storage);
  });

  it("are found in a zone in which only the last report is of another day", async () => {
    const bronze = reader(await written(), { timeZone: "America/Halifax" });
    await bronze.readBronzeDay("injuries_raw", DAY);
    const storage = memoryStorage();
    await storeOf(storage).write("injuries_raw", report("2026-01-16T04:30:00Z", { a: "Out" }));
    const error = await errorOf(
      reader(storage, { timeZone: "America/Halifax" }).readBronzeDay("injuries_raw", DAY),
    );
    expect(error.message).toContain("2026-01-16T04:30:00Z, which is 2026-01-16 in America/Halifax");
  });

  it("are none in either hour 01 of autumn, at the ends of the longest and of the shortest day", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    // 2025-11-02 is 04:00Z to 05:00Z of the next day, 2026-03-08 is 05:00Z to 04:00Z.
    const times = [
      "2025-11-02T04:00:00Z",
      "2025-11-02T05:30:00Z",
      "2025-11-02T06:30:00Z",
      "2025-11-03T04:59:59.999999999Z",
    ];
    times.push("2026-03-08T05:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T03:59:59.999999999Z");
    for (const time of times) await bronze.write("injuries_raw", report(time, { a: "Out" }));
    expect((await bronze.readBronzeDay("injuries_raw", "2025-11-02")).length).toBe(4);
    expect((await bronze.readBronzeDay("injuries_raw", "2026-03-08")).length).toBe(3);
  });

  it("are found by their values where a file has no statistics", async () => {
    const storage = memoryStorage();
    await storeOf(storage).write("injuries_raw", report("2026-01-15T23:00:00Z", { a: "Out" }));
    const [path] = await filesIn(storage);
    const times = [Date.parse("2026-01-15T23:00:00Z"), Date.parse("2026-01-16T05:00:00Z")].map(
      (ms) => new Date(ms),
    );
    const text = (name: string, data: string[]) => ({ name, data, type: "STRING" as const });
    const bytes = parquetWriteBuffer({
      columnData: [
        text("game_id", ["g1", "g1"]),
        text("player_id", ["a", "b"]),
        text("status", ["Out", "Out"]),
        ...["report_ts", "as_of_ts", "ingested_ts"].map((name) => ({
          name,
          data: times,
          type: "TIMESTAMP" as const,
        })),
      ],
      statistics: false,
    });
    await storage.replace(path!, new Uint8Array(bytes));
    const error = await errorOf(
      storeOf(storage).asOf("2026-01-15T23:30:00Z").read("injuries_raw", { date: DAY }),
    );
    expect(error).toMatchObject({ code: "MISFILED_DAY", details: { row: 1, found: "2026-01-16" } });
  });

  it("are found by a date column too", async () => {
    const dataset = defineDataset({
      name: "lines",
      layout: layouts.perRun(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ id: z.string(), day: domainDate(), as_of_ts: instant(), ingested_ts: instant() }),
      key: ["id"],
      date: { from: "day" },
    });
    const storage = memoryStorage();
    const bronze = new BronzeStore({ storage, datasets: [dataset] });
    const at = "2026-01-15T17:00:00Z";
    const rows = [{ id: "a", day: DAY, as_of_ts: at, ingested_ts: at }];
    const { partitions } = await bronze.write("lines", rows, run("r1"));
    const from = partitions[0]!.path;
    await storage.publish(from.replace(DAY, "2026-01-16"), await storage.read(from));
    expect((await bronze.readBronzeDay("lines", DAY)).length).toBe(1);
    const error = await errorOf(bronze.asOf("2026-01-15T12:00:00Z").read("lines", { date: "2026-01-16" }));
    expect(error).toMatchObject({ code: "MISFILED_DAY", details: { found: DAY, expected: "2026-01-16" } });
  });

  it("are not looked for where the day is looked up, for a game may have been moved since", async () => {
    const storage = memoryStorage();
    await storeOf(storage).write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    const moved = { ...schedule.gameDate("game_id"), dateOf: () => "2026-02-01" };
    const bronze = new BronzeStore({ storage, datasets: [{ ...odds, dateFrom: moved }] });
    expect((await bronze.readBronzeDay("odds_raw", DAY)).length).toBe(1);
  });
});
