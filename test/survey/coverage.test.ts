import { BronzeStore, defineDataset, formatInstant, layouts, memoryStorage, nbaSeason } from "bronzestore";
import { describe, expect, it } from "vitest";
import { coverageOf } from "../../src/bronze/survey/coverage.js";
import { openParquet } from "../../src/table/index.js";
import { injuries, odds as plainOdds, quote, report, run, storeOf } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { retentionWorld, writeBoard } from "../retention/world.js";

const DAY = "bronze/odds_raw/season=2025/date=2026-01-15";
const ns = (text: string) => BigInt(Date.parse(text)) * 1_000_000n;

/** The odds feed, expected each quarter of an hour from 12:00 to 13:00 in New York, 17:00 to 18:00 UTC. */
const odds = {
  ...plainOdds,
  expect: defineDataset({
    ...({
      name: "x",
      schema: plainOdds.schema,
      key: ["game_id"],
      date: { from: "ingested_ts" },
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
    } as const),
    expect: { every: "PT15M", from: "12:00", to: "13:00", minRows: 2, grace: "PT5M" },
  }).expect,
};

async function scrape(bronze: ReturnType<typeof expecting>, at: string, books: readonly string[]) {
  const captured = formatInstant(ns(at) + 2_000_000_000n);
  const rows = books.map((book, i) => quote("g1", book, i, at, captured));
  await bronze.write("odds_raw", rows, run(`run-${at}`, at));
}

function expecting(now: string, storage = memoryStorage()) {
  return new BronzeStore({ storage, datasets: [odds, injuries], clock: () => ns(now) });
}

describe("coverage", () => {
  it("says per day and partition what is there", async () => {
    const bronze = storeOf();
    await bronze.write(
      "odds_raw",
      [
        quote("g1", "dk", 1, "2026-01-15T17:10:00Z"),
        quote("g1", "fd", 2, null),
        quote("g1", "mgm", 3, "2026-01-15T17:20:00Z"), // ahead of its capture
        quote("g1", "mgm", 4, "2026-01-15T17:00:00Z"),
      ],
      run("r1"),
    );
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", 5, "2026-01-15T17:30:00Z", "2026-01-16T05:00:00Z")], // the first instant of the next day
      run("r2", "2026-01-16T05:00:00Z"),
    );
    const { days } = await bronze.coverage("odds_raw", { date: "2026-01-15", repeatedKeys: true });
    expect(days).toEqual([
      {
        date: "2026-01-15",
        source: "history",
        files: 2,
        rows: 5,
        bytes: expect.any(Number),
        firstEffective: "2026-01-15T17:00:00Z",
        lastEffective: "2026-01-15T17:30:00Z",
        firstCaptured: "2026-01-15T17:15:01Z",
        lastCaptured: "2026-01-16T05:00:00Z",
        rowsByFallback: 1,
        rowsNotSelectable: 0,
        rowsAhead: 1,
        rowsCapturedLate: 1,
        rowsCaptureUnknown: 0,
        repeatedKeys: 1,
        lateAfter: "2026-01-16T05:00:00Z",
        partitions: [
          expect.objectContaining({
            partition: "run_ts=20260115T171500Z",
            files: 1,
            rows: 4,
            rowsCapturedLate: 0,
          }),
          expect.objectContaining({
            partition: "run_ts=20260116T050000Z",
            files: 1,
            rows: 1,
            rowsCapturedLate: 1,
          }),
        ],
        slots: null,
        pruned: false,
        unreadable: [],
        ignored: [],
      },
    ]);
    let bytes = 0;
    for (const { path } of (await bronze.readBronzeDay("odds_raw", "2026-01-15")).files)
      bytes += (await bronze.storage.stat(path))!.sizeBytes;
    expect(days[0]!.bytes).toBe(bytes);
  });

  it("compares with what is expected: missing, thin, late, and what may still come", async () => {
    const bronze = expecting("2026-01-15T17:50:00Z");
    await scrape(bronze, "2026-01-15T17:00:00Z", ["dk", "fd"]);
    await scrape(bronze, "2026-01-15T17:20:30Z", ["dk", "fd"]); // five minutes and a half after 17:15
    await scrape(bronze, "2026-01-15T17:31:00Z", ["dk"]);
    const { days } = await bronze.coverage("odds_raw", { date: "2026-01-15" });
    expect(days[0]!.slots).toEqual({
      expected: 5,
      due: [
        { at: "2026-01-15T17:00:00Z", rows: 2 },
        { at: "2026-01-15T17:15:00Z", rows: 2 },
        { at: "2026-01-15T17:30:00Z", rows: 1 },
        { at: "2026-01-15T17:45:00Z", rows: 0 },
        { at: "2026-01-15T18:00:00Z", rows: 0 },
      ],
      met: 1,
      pending: 2, // 17:45 is under way, 18:00 to come
      missing: [],
      thin: [{ at: "2026-01-15T17:30:00Z", rows: 1 }],
      late: [{ at: "2026-01-15T17:15:00Z", firstCaptured: "2026-01-15T17:20:32Z" }],
    });
    const later = expecting("2026-01-16T12:00:00Z", bronze.storage as never);
    const { slots } = (await later.coverage("odds_raw", { date: "2026-01-15" })).days[0]!;
    expect(slots).toMatchObject({ pending: 0, missing: ["2026-01-15T17:45:00Z", "2026-01-15T18:00:00Z"] });
  });

  it("finds a report of after midnight for the evening before, though it lies in the next day's folder", async () => {
    const night = {
      ...injuries,
      expect: {
        everyNs: ns("1970-01-01T01:00:00Z"),
        fromSeconds: 22 * 3600,
        toSeconds: 3600,
        minRows: 1,
        graceNs: 0n,
      },
    };
    const bronze = new BronzeStore({
      storage: memoryStorage(),
      datasets: [night],
      clock: () => ns("2026-01-17T00:00:00Z"),
    });
    for (const at of ["2026-01-16T03:00:00Z", "2026-01-16T05:00:00Z", "2026-01-16T06:00:00Z"])
      await bronze.write("injuries_raw", report(at, { ada: "Out" }));
    const { days } = await bronze.coverage("injuries_raw", { date: "2026-01-15" });
    expect(days[0]).toMatchObject({
      rows: 1,
      slots: { expected: 4, met: 3, missing: ["2026-01-16T04:00:00Z"] },
    });
  });

  it("decodes nothing where footers suffice, and of other files their times alone", async () => {
    const bronze = storeOf();
    for (let minute = 10; minute < 40; minute++) {
      const at = `2026-01-15T17:${minute}:00Z`;
      // One of ten scrapes has a row without a time of its own.
      await bronze.write(
        "odds_raw",
        [quote("g1", "dk", minute, minute % 10 === 0 ? null : at, at)],
        run(`r${minute}`, at),
      );
    }
    const decoded = new Map<string, string[]>();
    const counting: typeof openParquet = (bytes, path, known) => {
      const file = openParquet(bytes, path, known);
      return {
        ...file,
        column(name) {
          decoded.set(path, [...(decoded.get(path) ?? []), name]);
          return file.column(name);
        },
      };
    };
    const options = { nowNs: ns("2026-01-16T00:00:00Z"), open: counting };
    const found = await coverageOf(bronze.storage, plainOdds as never, { date: "2026-01-15" }, options);
    expect(found).toMatchObject({ filesRead: 30, filesDecoded: 3 });
    expect([...decoded.keys()].length).toBe(3);
    expect(new Set([...decoded.values()].flat())).toEqual(new Set(["as_of_ts", "ingested_ts"]));
    expect(found.days[0]).toMatchObject({ rows: 30, rowsByFallback: 3 });
  });

  it("names a file that cannot be read, and counts the others", async () => {
    const bronze = storeOf();
    await bronze.write("odds_raw", [quote("g1", "dk", 1, null)], run("r1"));
    await bronze.storage.publish(
      `${DAY}/run_ts=20260115T180000Z/odds.parquet`,
      new TextEncoder().encode("PAR1 no more"),
    );
    const coverage = await bronze.coverage("odds_raw", { date: "2026-01-15" });
    expect(coverage.days[0]).toMatchObject({
      files: 1,
      unreadable: [{ path: `${DAY}/run_ts=20260115T180000Z/odds.parquet`, code: "CORRUPT_FILE" }],
    });
    expect(String(coverage)).toContain("unreadable");
  });

  it("says the same after a compaction, part by part", async () => {
    const world = retentionWorld();
    await writeBoard(world);
    const ask = async () =>
      (await world.bronze.coverage("odds_raw", { date: "2026-01-15", repeatedKeys: true })).days;
    const before = await ask();
    const plan = { datasets: ["odds_raw"], before: "2026-02-01", into: "day" } as const;
    await world.retention.apply(await world.retention.planCompact(plan));
    expect(await ask()).toEqual(before);
  });

  it("shows itself as a table, is data to JSON, and says what nobody asked for as null", async () => {
    const bronze = expecting("2026-01-16T12:00:00Z");
    await scrape(bronze, "2026-01-15T17:00:00Z", ["dk", "fd"]);
    const coverage = await bronze.coverage("odds_raw", { from: "2026-01-14", to: "2026-01-15" });
    expect(String(coverage).replace(/ \d{3,4} /, " 0000 ")).toMatchInlineSnapshot(`
      "Coverage of odds_raw: 2 days in America/New_York
        date        files  rows  bytes  first captured        last captured         fallback  ahead  late  slots
        2026-01-14      0     0      0  -                     -                            0      0     0    0/5
        2026-01-15      1     2   0000  2026-01-15T17:00:02Z  2026-01-15T17:00:02Z         0      0     0    1/5
        2026-01-14: missing 2026-01-14T17:00:00Z, 2026-01-14T17:15:00Z, 2026-01-14T17:30:00Z, 2026-01-14T17:45:00Z, 2026-01-14T18:00:00Z
        2026-01-15: missing 2026-01-15T17:15:00Z, 2026-01-15T17:30:00Z, 2026-01-15T17:45:00Z, 2026-01-15T18:00:00Z
        1 file read, 0 decoded"
    `);
    expect(JSON.parse(JSON.stringify(coverage))).toEqual({ ...coverage });
    expect(coverage.days[0]).toMatchObject({
      source: "none",
      files: 0,
      firstCaptured: null,
      repeatedKeys: null,
    });
  });
});

describe("dates", () => {
  it("are those with data, ascending, of a range", async () => {
    const bronze = storeOf();
    expect(await bronze.dates("injuries_raw")).toEqual([]);
    for (const date of ["2026-01-17", "2026-01-15", "2025-07-31"])
      await bronze.write("injuries_raw", report(`${date}T17:00:00Z`, { ada: "Out" }));
    await bronze.storage.publish(
      "bronze/injuries_raw/season=2025/date=2026-01-16/notes.txt",
      new Uint8Array(1),
    );
    await bronze.storage.publish(
      "bronze/injuries_raw/season=2025/date=soon/hour=01/injuries.parquet",
      new Uint8Array(1),
    );
    expect(await bronze.dates("injuries_raw")).toEqual(["2025-07-31", "2026-01-15", "2026-01-17"]);
    expect(await bronze.dates("injuries_raw", { from: "2026-01-01", to: "2026-01-16" })).toEqual([
      "2026-01-15",
    ]);
  });

  it("lack a day whose history was pruned, and refuse one under another season", async () => {
    const world = retentionWorld();
    await writeBoard(world);
    await world.retention.apply(
      await world.retention.planPrune({
        datasets: ["odds_raw"],
        before: "2026-02-01",
        daysWithoutSlate: true,
      }),
    );
    expect(await world.bronze.dates("odds_raw")).toEqual([]);
    const wrong = "bronze/odds_raw/season=2026/date=2026-01-20/run_ts=20260120T120000Z/odds.parquet";
    await world.storage.publish(wrong, new Uint8Array(1));
    expect((await errorOf(world.bronze.dates("odds_raw"))).code).toBe("MISFILED_DAY");
  });
});
