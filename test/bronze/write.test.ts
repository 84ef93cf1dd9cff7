import { BronzeStore, memoryStorage, parseInstant } from "bronzestore";
import { describe, expect, it } from "vitest";
import { encodeParquet, openParquet } from "../../src/table/index.js";
import { errorOf } from "../error-of.js";
import { filesIn, injuries, odds, quote, report, run, storeOf } from "./feeds.js";

describe("where rows go", () => {
  it("puts a report into the hour and day of its report time in New York, not the UTC day", async () => {
    const storage = memoryStorage();
    await storeOf(storage).write("injuries_raw", report("2026-01-16T01:30:00Z", { a: "Out" }));
    expect(await filesIn(storage)).toEqual([
      "bronze/injuries_raw/season=2025/date=2026-01-15/hour=20/injuries.parquet",
    ]);
  });

  it("puts a quote into the game's day, though it was updated days before", async () => {
    const storage = memoryStorage();
    const result = await storeOf(storage).write(
      "odds_raw",
      [quote("g2", "dk", -110, "2026-01-12T09:00:00Z"), quote("g0", "dk", -120, "2026-01-12T09:00:00Z")],
      run("r1", "2026-01-12T09:00:30.75Z"),
    );
    expect(result.partitions.map(({ path }) => path)).toEqual([
      "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260112T090030Z/odds.parquet",
      "bronze/odds_raw/season=2025/date=2026-01-14/run_ts=20260112T090030Z/odds.parquet",
    ]);
    expect(result.rows).toBe(2);
  });

  it("puts January into the season that began the year before, and August into its own", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    await bronze.write("injuries_raw", report("2026-01-01T12:00:00Z", { a: "Out" }));
    await bronze.write("injuries_raw", report("2026-07-31T12:00:00Z", { a: "Out" }));
    await bronze.write("injuries_raw", report("2026-08-01T12:00:00Z", { a: "Out" }));
    expect((await filesIn(storage)).map((path) => path.split("/").slice(2, 4).join("/"))).toEqual([
      "season=2025/date=2026-01-01",
      "season=2025/date=2026-07-31",
      "season=2026/date=2026-08-01",
    ]);
  });

  it("keeps the last nanosecond of a day and the first of the next apart", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    await bronze.write("injuries_raw", report("2026-01-16T04:59:59.999999999Z", { a: "Out" }));
    await bronze.write("injuries_raw", report("2026-01-16T05:00:00Z", { a: "Probable" }));
    expect((await filesIn(storage)).map((path) => path.split("/").slice(3, 5).join("/"))).toEqual([
      "date=2026-01-15/hour=23",
      "date=2026-01-16/hour=00",
    ]);
    const at = bronze.asOf("2026-01-16T04:59:59.999999999Z");
    const [row] = (await at.read("injuries_raw", { date: "2026-01-16", lookbackDays: 1 })).rows();
    expect(row).toMatchObject({ status: "Out", report_ts: parseInstant("2026-01-16T04:59:59.999999999Z") });
  });

  it("keeps both autumn hours 01 in one folder, each report a file, and asks between them", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    // 2025-11-02: 01:30 EDT is 05:30Z, 01:30 EST is 06:30Z.
    const rows = [
      ...report("2025-11-02T05:30:00Z", { a: "Out", b: "Out" }),
      ...report("2025-11-02T06:30:00Z", { a: "Probable" }),
    ];
    const { partitions } = await bronze.write("injuries_raw", rows, { snapshot: { several: true } });
    expect(partitions.map(({ path }) => path.split("/").slice(3).join("/"))).toEqual([
      "date=2025-11-02/hour=01/injuries.parquet",
      "date=2025-11-02/hour=01/injuries.part-000002.parquet",
    ]);
    const statuses = async (cutoff: string) =>
      (await bronze.asOf(cutoff).read("injuries_raw", { date: "2025-11-02" }))
        .rows()
        .map((row) => [row.player_id, row.status]);
    expect(await statuses("2025-11-02T06:00:00Z")).toEqual([
      ["a", "Out"],
      ["b", "Out"],
    ]);
    expect(await statuses("2025-11-02T06:30:00Z")).toEqual([["a", "Probable"]]);
  });

  it("writes no hour 02 on the spring day", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    for (let minute = 0; minute < 24 * 60; minute += 30) {
      const time = new Date(Date.parse("2026-03-08T05:00:00Z") + minute * 60_000).toISOString();
      await bronze.write("injuries_raw", report(time, { a: `at ${time}` }));
    }
    const hours = new Set(
      (await filesIn(storage))
        .filter((path) => path.includes("date=2026-03-08"))
        .map((path) => path.split("/")[4]),
    );
    expect(hours.size).toBe(23);
    expect(hours.has("hour=02")).toBe(false);
    const rows = (await bronze.readBronzeDay("injuries_raw", "2026-03-08")).length;
    expect(rows + (await bronze.readBronzeDay("injuries_raw", "2026-03-09")).length).toBe(48);
  });
});

describe("history is never overwritten", () => {
  it("takes the same rows again as done", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    const rows = [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")];
    const first = await bronze.write("odds_raw", rows, run("r1"));
    const again = await bronze.write("odds_raw", rows, run("r1"));
    expect(first.partitions[0]!.status).toBe("written");
    expect(again.partitions[0]).toMatchObject({ status: "unchanged", path: first.partitions[0]!.path });
    expect(await filesIn(storage)).toHaveLength(1);
  });

  it("takes them as done though the file that holds them is of a time before files said which keys they hold", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    const rows = [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")];
    const { path } = (await bronze.write("odds_raw", rows, run("r1"))).partitions[0]!;
    const file = openParquet(await storage.read(path), path);
    expect([...file.keyValues.keys()]).toContain("bronzestore.keys");
    const columns = [...file.columns.keys()].map((name) => ({ name, column: file.column(name) }));
    await storage.replace(path, encodeParquet(columns));
    const again = await bronze.write("odds_raw", rows, run("r1"));
    expect(again.partitions[0]).toMatchObject({ status: "unchanged", path });
  });

  it("takes a retry as done though the stamped ingested_ts differs", async () => {
    const storage = memoryStorage();
    const { ingested_ts: _, ...row } = quote("g1", "dk", -110, "2026-01-15T17:00:00Z");
    await storeOf(storage, "2026-01-15T17:16:00Z").write("odds_raw", [row], run("r1"));
    const again = await storeOf(storage, "2026-01-15T17:17:00Z").write("odds_raw", [row], run("r1"));
    expect(again.partitions[0]!.status).toBe("unchanged");
  });

  it("takes the same hourly report that another run scraped as done, and keeps the first capture", async () => {
    const storage = memoryStorage();
    const rows = report("2026-01-15T17:00:00Z", { a: "Out" }).map(({ ingested_ts: _, ...row }) => row);
    await storeOf(storage, "2026-01-15T17:05:00Z").write("injuries_raw", rows, run("r1"));
    const again = await storeOf(storage, "2026-01-15T17:10:00Z").write("injuries_raw", rows, run("r2"));
    expect(again.partitions[0]!.status).toBe("unchanged");
    const news = report("2026-01-15T17:00:00Z", { a: "Questionable" }).map(
      ({ ingested_ts: _, ...row }) => row,
    );
    const third = await storeOf(storage, "2026-01-15T17:15:00Z").write("injuries_raw", news, run("r3"));
    expect(third.partitions[0]!.status).toBe("written");
    const read = await storeOf(storage).readBronzeDay("injuries_raw", "2026-01-15");
    expect(read.rows().map((row) => (row as { run_id?: unknown }).run_id)).toEqual(["r1", "r3"]);
  });

  it("keeps different rows for one partition next to the first, and reads both", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    await bronze.write("odds_raw", [quote("g1", "dk", -115, "2026-01-15T17:10:00Z")], run("r2"));
    expect((await filesIn(storage)).map((path) => path.split("/").at(-1))).toEqual([
      "odds.parquet",
      "odds.part-000002.parquet",
    ]);
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
    expect(day.column("price")).toEqual([-110, -115]);
  });

  it("lets twelve runs of one second each keep their rows", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    const writes = Array.from({ length: 12 }, (_, i) =>
      bronze.write("odds_raw", [quote("g1", `book${i}`, -100 - i, "2026-01-15T17:00:00Z")], run(`r${i}`)),
    );
    const results = await Promise.all(writes);
    expect(new Set(results.map(({ partitions }) => partitions[0]!.path)).size).toBe(12);
    expect((await bronze.readBronzeDay("odds_raw", "2026-01-15")).length).toBe(12);
  });

  it("counts a row that a retry repeated once, and keeps its first capture", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    const early = quote("g1", "dk", -110, "2026-01-15T17:00:00Z", "2026-01-15T17:15:01Z");
    const late = { ...early, ingested_ts: "2026-01-15T17:15:09Z" };
    await bronze.write("odds_raw", [early], run("r1"));
    await bronze.write("odds_raw", [late, quote("g1", "fd", -105, "2026-01-15T17:00:00Z")], run("r1"));
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
    expect(day.files).toHaveLength(2);
    expect(day.rows().map(({ book, ingested_ts }) => [book, ingested_ts])).toEqual([
      ["dk", parseInstant("2026-01-15T17:15:01Z")],
      ["fd", parseInstant("2026-01-15T17:15:01Z")],
    ]);
  });
});

describe("stamps", () => {
  it("stamps ingested_ts and run_id where they are absent, and nowhere else", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage, "2026-01-15T18:00:00Z");
    const { ingested_ts: _, ...bare } = quote("g1", "dk", -110, "2026-01-15T17:00:00Z");
    await bronze.write("odds_raw", [bare, quote("g1", "fd", -105, "2026-01-15T17:00:00Z")], run("r1"));
    const rows: Record<string, unknown>[] = (await bronze.readBronzeDay("odds_raw", "2026-01-15")).rows();
    expect(rows.map(({ ingested_ts, run_id }) => [ingested_ts, run_id])).toEqual([
      [parseInstant("2026-01-15T18:00:00Z"), "r1"],
      [parseInstant("2026-01-15T17:15:01Z"), "r1"],
    ]);
  });

  it("keeps nanoseconds from row to file to row", async () => {
    const bronze = storeOf();
    const exact = "2026-01-15T17:00:00.123456789Z";
    await bronze.write("odds_raw", [quote("g1", "dk", -110, exact)], run("r1"));
    const [row] = (await bronze.readBronzeDay("odds_raw", "2026-01-15")).rows();
    expect(row!.as_of_ts).toBe(parseInstant(exact));
  });
});

describe("rows that do not fit", () => {
  it("lists rows and fields, and writes nothing at all", async () => {
    const storage = memoryStorage();
    const rows = [
      quote("g1", "dk", -110, "2026-01-15T17:00:00Z"),
      { ...quote("g1", "fd", -110, "2026-01-15T17:00:00"), price: 1.5 },
      { ...quote("g1", "mgm", -110, "2026-01-15T17:00:00Z"), prise: 3 },
    ];
    const error = await errorOf(storeOf(storage).write("odds_raw", rows, run("r1")));
    expect(error.code).toBe("INVALID_ROWS");
    expect(error.message).toContain("nothing was written");
    expect(error.details.problems).toMatchObject([
      { row: 1, field: "price" },
      { row: 1, field: "as_of_ts", problem: expect.stringContaining("no time zone") },
      { row: 2, field: "prise", problem: "is not in the schema" },
    ]);
    expect(await filesIn(storage)).toEqual([]);
  });

  it("names every game the schedule does not know, and writes nothing", async () => {
    const storage = memoryStorage();
    const rows = ["g1", "x1", "x2", "x1"].map((game) => quote(game, "dk", -110, "2026-01-15T17:00:00Z"));
    const error = await errorOf(storeOf(storage).write("odds_raw", rows, run("r1")));
    expect(error).toMatchObject({ code: "UNKNOWN_LOOKUP", details: { values: ["x1", "x2"] } });
    expect(error.message).toContain("x1, x2");
    expect(await filesIn(storage)).toEqual([]);
  });

  it("asks for a run where partitions are runs", async () => {
    const error = await errorOf(storeOf().write("odds_raw", [quote("g1", "dk", -110, null)]));
    expect(error.code).toBe("MISSING_RUN");
  });

  it("refuses a run id that could leave the folder", async () => {
    const bad = { run: { id: "../../x", startedAt: "2026-01-15T17:15:00Z" } };
    expect((await errorOf(storeOf().write("odds_raw", [], bad))).code).toBe("INVALID_ARGUMENT");
  });

  it("writes no file for no rows", async () => {
    const storage = memoryStorage();
    expect(await storeOf(storage).write("odds_raw", [], run("r1"))).toEqual({
      rows: 0,
      repeatedKeys: 0,
      partitions: [],
      latest: [],
    });
    expect(await filesIn(storage)).toEqual([]);
  });
});

describe("snapshots that say more than their rows", () => {
  it("says that a whole feed is empty", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { a: "Out" }));
    await bronze.write("injuries_raw", [], { snapshot: { time: "2026-01-15T23:00:00Z" } });
    const read = async (cutoff: string) =>
      (await bronze.asOf(cutoff).read("injuries_raw", { date: "2026-01-15" })).length;
    expect(await read("2026-01-15T22:59:59.999999999Z")).toBe(1);
    expect(await read("2026-01-15T23:00:00Z")).toBe(0);
  });

  it("says that one game has no injuries, and leaves the others alone", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_by_game", [
      ...report("2026-01-15T22:00:00Z", { a: "Out" }, "g1"),
      ...report("2026-01-15T22:00:00Z", { b: "Out" }, "g2"),
    ]);
    await bronze.write("injuries_by_game", [], {
      snapshot: { time: "2026-01-15T23:00:00Z", covers: [{ game_id: "g1" }] },
    });
    const read = async (cutoff: string) =>
      (await bronze.asOf(cutoff).read("injuries_by_game", { date: "2026-01-15" })).column("player_id");
    expect(await read("2026-01-15T22:30:00Z")).toEqual(["a", "b"]);
    expect(await read("2026-01-15T23:00:00Z")).toEqual(["b"]);
  });

  it("takes a partial scrape of a scoped feed for what it holds, not for a mass deletion", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_by_game", [
      ...report("2026-01-15T22:00:00Z", { a: "Out", c: "Out" }, "g1"),
      ...report("2026-01-15T22:00:00Z", { b: "Out" }, "g2"),
    ]);
    await bronze.write("injuries_by_game", report("2026-01-15T23:00:00Z", { a: "Probable" }, "g1"));
    const snapshot = await bronze
      .asOf("2026-01-15T23:30:00Z")
      .read("injuries_by_game", { date: "2026-01-15" });
    expect(snapshot.rows().map(({ player_id, status }) => [player_id, status])).toEqual([
      ["a", "Probable"],
      ["b", "Out"],
    ]);
  });

  it("refuses one state in two folders, where each would say the other is gone", async () => {
    const whole = new BronzeStore({
      storage: memoryStorage(),
      datasets: [{ ...odds, partitionIs: "snapshot" as const }],
    });
    const rows = [quote("g0", "dk", -110, null), quote("g1", "dk", -110, null)];
    const error = await errorOf(whole.write("odds_raw", rows, run("r1")));
    expect(error.code).toBe("SNAPSHOT_SPLIT");
  });

  it("refuses a declared snapshot whose rows are of another time", async () => {
    const error = await errorOf(
      storeOf().write("injuries_raw", report("2026-01-15T22:00:00Z", { a: "Out" }), {
        snapshot: { time: "2026-01-15T23:00:00Z" },
      }),
    );
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(injuries.snapshotTime).toBe("report_ts");
  });
});
