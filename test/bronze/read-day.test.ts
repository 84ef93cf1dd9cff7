import {
  BronzeStore,
  defineDataset,
  instant,
  isBronzeError,
  layouts,
  memoryStorage,
  nbaSeason,
  parseInstant,
  type Storage,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { ColumnType } from "../../src/table/column-type.js";
import { columnFromCells } from "../../src/table/from-cells.js";
import { encodeParquet } from "../../src/table/index.js";
import { quote, run, storeOf, storeWithViews } from "./feeds.js";

const TEXT: ColumnType = { kind: "text" };
const NS: ColumnType = { kind: "timestamp", unit: "ns", utc: true };

/** A file as another writer would make it. */
function parquet(columns: Record<string, [ColumnType, unknown[]]>): Uint8Array<ArrayBuffer> {
  return encodeParquet(
    Object.entries(columns).map(([name, [type, cells]]) => ({ name, column: columnFromCells(type, cells) })),
  );
}

const DAY = "bronze/odds_raw/season=2025/date=2026-01-15";

function oddsFile(price: number, asOf = "2026-01-15T17:00:00Z", book = "dk"): Uint8Array<ArrayBuffer> {
  return parquet({
    game_id: [TEXT, ["g1"]],
    book: [TEXT, [book]],
    price: [{ kind: "int", bits: 64, signed: true }, [price]],
    as_of_ts: [NS, [parseInstant(asOf)]],
    ingested_ts: [NS, [parseInstant("2026-01-15T17:15:01Z")]],
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isBronzeError(error) ? error.code : String(error);
}

async function tree(files: Record<string, Uint8Array>): Promise<Storage> {
  const storage = memoryStorage();
  for (const [path, bytes] of Object.entries(files)) await storage.publish(path, bytes);
  return storage;
}

describe("a day in the original layout", () => {
  const dual = () =>
    tree({
      [`${DAY}/odds.parquet`]: oddsFile(-120, "2026-01-15T18:00:00Z"),
      [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: oddsFile(-110),
      [`${DAY}/run_ts=20260115T181500Z/odds.parquet`]: oddsFile(-120, "2026-01-15T18:00:00Z"),
    });

  it("is its history only; the latest view is never added up", async () => {
    const day = await storeWithViews(await dual()).readBronzeDay("odds_raw", "2026-01-15");
    expect(day.source).toBe("history");
    expect(day.column("price")).toEqual([-110, -120]);
  });

  it("is the latest view where there is no history", async () => {
    const day = await storeWithViews(await tree({ [`${DAY}/odds.parquet`]: oddsFile(-120) })).readBronzeDay(
      "odds_raw",
      "2026-01-15",
    );
    expect([day.source, day.length]).toEqual(["latest", 1]);
  });

  it("is the latest view on request", async () => {
    const day = await storeWithViews(await dual()).readBronzeDay("odds_raw", "2026-01-15", {
      prefer: "latest",
    });
    expect([day.source, day.length]).toEqual(["latest", 1]);
  });

  it("falls back to the latest view when runs are left out and only runs exist", async () => {
    const day = await storeWithViews(await dual()).readBronzeDay("odds_raw", "2026-01-15", {
      includeRuns: false,
    });
    expect([day.source, day.column("price")]).toEqual(["latest", [-120]]);
    expect(day.ignored.map(({ reason }) => reason)).toEqual(["includeRuns is false", "includeRuns is false"]);
  });

  it("keeps hours when runs are left out", async () => {
    const storage = await dual();
    await storage.publish(`${DAY}/hour=12/odds.parquet`, oddsFile(-101));
    const bronze = storeWithViews(storage);
    expect(
      (await bronze.readBronzeDay("odds_raw", "2026-01-15", { includeRuns: false })).column("price"),
    ).toEqual([-101]);
    expect((await bronze.readBronzeDay("odds_raw", "2026-01-15")).column("price")).toEqual([
      -101, -110, -120,
    ]);
  });

  it("reports keys that only the latest view has, and does not merge them", async () => {
    const storage = await tree({
      [`${DAY}/odds.parquet`]: oddsFile(-120, "2026-01-15T18:00:00Z", "lost-book"),
      [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: oddsFile(-110),
    });
    const day = await storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15");
    expect(day.latestOnlyKeys).toEqual([{ game_id: "g1", book: "lost-book" }]);
    expect(day.column("book")).toEqual(["dk"]);
  });

  it("passes over hidden, temporary and foreign names, and says which data files it left", async () => {
    const storage = await tree({
      [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: oddsFile(-110),
      [`${DAY}/run_ts=20260115T171500Z/.odds.parquet.1-a.tmp`]: new Uint8Array([1]),
      [`${DAY}/run_ts=20260115T171500Z/_SUCCESS`]: new Uint8Array([1]),
      [`${DAY}/_delta_log/x.parquet`]: oddsFile(1),
      [`${DAY}/backup.parquet`]: oddsFile(2),
      [`${DAY}/old/odds.parquet`]: oddsFile(3),
    });
    const day = await storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15");
    expect(day.column("price")).toEqual([-110]);
    expect(day.ignored.map(({ path }) => path)).toEqual([`${DAY}/backup.parquet`, `${DAY}/old`]);
  });
});

describe("a day that is not there", () => {
  it("is empty, with its schema", async () => {
    const day = await storeWithViews().readBronzeDay("odds_raw", "2026-02-01");
    expect(day).toMatchObject({
      source: "none",
      length: 0,
      columns: ["game_id", "book", "price", "as_of_ts", "ingested_ts"],
    });
    expect(day.rows()).toEqual([]);
    expect(day.asOf("2026-02-01T12:00:00Z").rows()).toEqual([]);
    expect((await day.toArrow()).schema.fields.map((field) => field.name)).toEqual(day.columns);
  });
});

describe("a day under the wrong season", () => {
  it("is an error naming both folders, where an empty answer would lose January silently", async () => {
    const wrong = DAY.replace("season=2025", "season=2026");
    const storage = await tree({ [`${wrong}/odds.parquet`]: oddsFile(-120) });
    await expect(storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15")).rejects.toThrow(
      expect.objectContaining({
        code: "MISFILED_DAY",
        details: expect.objectContaining({ expected: DAY, found: wrong }),
      }),
    );
    await storage.publish(`${DAY}/odds.parquet`, oddsFile(-110));
    expect((await storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15")).column("price")).toEqual([
      -110,
    ]);
  });
});

describe("drifted schemas", () => {
  it("unites columns by name; a column missing in one file is null there", async () => {
    const storage = await tree({
      [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: oddsFile(-110),
      [`${DAY}/run_ts=20260115T181500Z/odds.parquet`]: parquet({
        game_id: [TEXT, ["g1"]],
        book: [TEXT, ["fd"]],
        limit: [{ kind: "float", bits: 64 }, [2.5]],
        as_of_ts: [{ kind: "timestamp", unit: "us", utc: true }, [parseInstant("2026-01-15T18:00:00Z")]],
      }),
    });
    const rows: Record<string, unknown>[] = (
      await storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15")
    ).rows();
    expect(rows).toEqual([
      expect.objectContaining({
        book: "dk",
        price: -110,
        limit: null,
        as_of_ts: parseInstant("2026-01-15T17:00:00Z"),
      }),
      expect.objectContaining({
        book: "fd",
        price: null,
        limit: 2.5,
        as_of_ts: parseInstant("2026-01-15T18:00:00Z"),
        ingested_ts: null,
      }),
    ]);
  });

  it("unites int and double as double, and refuses an integer a double cannot hold", async () => {
    const file = (type: ColumnType, value: unknown) =>
      parquet({
        game_id: [TEXT, ["g1"]],
        book: [TEXT, ["dk"]],
        stake: [type, [value]],
        ingested_ts: [NS, [parseInstant("2026-01-15T17:15:01Z")]],
      });
    const int: ColumnType = { kind: "int", bits: 64, signed: true };
    const double: ColumnType = { kind: "float", bits: 64 };
    const paths = [
      `${DAY}/run_ts=20260115T171500Z/odds.parquet`,
      `${DAY}/run_ts=20260115T181500Z/odds.parquet`,
    ] as const;
    const good = storeWithViews(await tree({ [paths[0]]: file(int, 7n), [paths[1]]: file(double, 0.5) }));
    const rows: Record<string, unknown>[] = (await good.readBronzeDay("odds_raw", "2026-01-15")).rows();
    expect(rows.map(({ stake }) => stake)).toEqual([7, 0.5]);
    const bad = storeWithViews(
      await tree({ [paths[0]]: file(int, 2n ** 53n + 1n), [paths[1]]: file(double, 0.5) }),
    );
    const day = await bad.readBronzeDay("odds_raw", "2026-01-15");
    expect(() => day.rows()).toThrow(
      expect.objectContaining({ code: "TYPE_CLASH", message: expect.stringContaining("9007199254740993") }),
    );
  });

  it("names both files and both types of a clash", async () => {
    const file = (type: ColumnType, value: unknown) =>
      parquet({ game_id: [TEXT, ["g1"]], book: [TEXT, ["dk"]], starter: [type, [value]] });
    const storage = await tree({
      [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: file({ kind: "bool" }, true),
      [`${DAY}/run_ts=20260115T181500Z/odds.parquet`]: file({ kind: "int", bits: 64, signed: true }, 1n),
    });
    await expect(storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15")).rejects.toThrow(
      /"starter" is BOOLEAN in .*run_ts=20260115T171500Z.* but INT64 in .*run_ts=20260115T181500Z/,
    );
  });

  it("names file and column of a naive timestamp, and takes it as UTC only when the dataset says so", async () => {
    const naive = parquet({
      game_id: [TEXT, ["g1"]],
      book: [TEXT, ["dk"]],
      as_of_ts: [{ kind: "timestamp", unit: "us", utc: false }, [parseInstant("2026-01-15T17:00:00Z")]],
    });
    const storage = await tree({ [`${DAY}/odds.parquet`]: naive });
    await expect(storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15")).rejects.toThrow(
      expect.objectContaining({
        code: "NAIVE_TIMESTAMP",
        details: expect.objectContaining({ column: "as_of_ts", file: `${DAY}/odds.parquet` }),
      }),
    );
    const declared = defineDataset({
      name: "odds_raw",
      layout: layouts.daily({ file: "odds.parquet" }),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({ game_id: z.string(), book: z.string(), as_of_ts: instant() }),
      key: ["game_id", "book"],
      date: { from: "as_of_ts" },
      timestamps: { naive: "utc" },
    });
    const day = await new BronzeStore({ storage, datasets: [declared] }).readBronzeDay(
      "odds_raw",
      "2026-01-15",
    );
    expect(day.column("as_of_ts")).toEqual([parseInstant("2026-01-15T17:00:00Z")]);
  });

  it("reads instants kept as text, ISO or epoch seconds", async () => {
    const storage = await tree({
      [`${DAY}/odds.parquet`]: parquet({
        game_id: [TEXT, ["g1", "g1"]],
        book: [TEXT, ["dk", "fd"]],
        as_of_ts: [TEXT, ["2026-01-15T12:00:00-05:00", "1768496400"]],
        ingested_ts: [TEXT, [null, "1768496400"]],
      }),
    });
    const day = await storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15");
    expect(day.column("as_of_ts")).toEqual([
      parseInstant("2026-01-15T17:00:00Z"),
      parseInstant("2026-01-15T17:00:00Z"),
    ]);
  });
});

describe("bad input", () => {
  it("names the file that lacks a key column", async () => {
    const storage = await tree({ [`${DAY}/odds.parquet`]: parquet({ game_id: [TEXT, ["g1"]] }) });
    await expect(storeWithViews(storage).readBronzeDay("odds_raw", "2026-01-15")).rejects.toThrow(
      expect.objectContaining({
        code: "MISSING_KEY_COLUMN",
        message: expect.stringContaining(`${DAY}/odds.parquet`),
      }),
    );
  });

  const whole = oddsFile(-110);
  const flipped = whole.slice();
  flipped[40]! ^= 16;
  const damaged: Record<string, Uint8Array> = {
    truncated: whole.slice(0, whole.length - 20),
    "cut in the middle": whole.slice(0, whole.length >> 1),
    "flipped in one bit": flipped,
    empty: new Uint8Array(0),
    "no Parquet at all": new TextEncoder().encode("game_id,book\ng1,dk\n"),
  };
  for (const [what, bytes] of Object.entries(damaged)) {
    it(`is an error naming a file that is ${what}, or skipped and reported on request`, async () => {
      const storage = await tree({
        [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: bytes,
        [`${DAY}/run_ts=20260115T181500Z/odds.parquet`]: oddsFile(-120),
      });
      const bronze = storeWithViews(storage);
      const path = `${DAY}/run_ts=20260115T171500Z/odds.parquet`;
      await expect(bronze.readBronzeDay("odds_raw", "2026-01-15")).rejects.toThrow(
        expect.objectContaining({ code: "CORRUPT_FILE", message: expect.stringContaining(path) }),
      );
      const day = await bronze.readBronzeDay("odds_raw", "2026-01-15", { onCorrupt: "skip" });
      expect(day.column("price")).toEqual([-120]);
      expect(day.skipped.map((file) => file.path)).toEqual([path]);
      const view = bronze.asOf("2026-01-15T20:00:00Z");
      const snapshot = await view.read("odds_raw", { date: "2026-01-15", onCorrupt: "skip" });
      expect(snapshot.column("price")).toEqual([-120]);
      expect(view.reads[0]!.skipped.map((file) => file.path)).toEqual([path]);
    });
  }

  it("says so when a folder is named like a file, or a file like a folder", async () => {
    const folder = await tree({ [`${DAY}/odds.parquet/part-0.parquet`]: oddsFile(-110) });
    expect(await codeOf(storeWithViews(folder).readBronzeDay("odds_raw", "2026-01-15"))).toBe("NOT_A_FILE");
    const nested = await tree({ [`${DAY}/hour=12/odds.parquet/part-0.parquet`]: oddsFile(-110) });
    expect(await codeOf(storeWithViews(nested).readBronzeDay("odds_raw", "2026-01-15"))).toBe("NOT_A_FILE");
    const file = await tree({ [`${DAY}/hour=12`]: oddsFile(-110) });
    expect(await codeOf(storeWithViews(file).readBronzeDay("odds_raw", "2026-01-15"))).toBe("NOT_A_FILE");
  });

  it("knows only the datasets it was given", async () => {
    expect(await codeOf(storeWithViews().readBronzeDay("odds" as "odds_raw", "2026-01-15"))).toBe(
      "UNKNOWN_DATASET",
    );
  });

  it("refuses dates that are none, and paths dressed as dates", async () => {
    for (const date of ["2026-02-30", "2026-1-5", "../../etc", "2026-01-15/../..", ""]) {
      expect(await codeOf(storeWithViews().readBronzeDay("odds_raw", date))).toBe("INVALID_DATE");
    }
  });

  it("refuses a cutoff without a zone, and says why", () => {
    expect(() => storeWithViews().asOf("2026-01-15T18:00:00")).toThrow(
      expect.objectContaining({ code: "INVALID_INSTANT", message: expect.stringContaining("no time zone") }),
    );
  });

  it("refuses a name that could leave the root", () => {
    for (const name of ["../odds", "a/b", "a\0b", "..", "", ".odds", "_odds", "a\\b"]) {
      expect(() => defineDataset({ ...optionsOf(), name })).toThrow(
        expect.objectContaining({ code: "INVALID_PATH" }),
      );
      if (name === "a/b") continue; // a folder may lie as deep as one likes
      expect(() => defineDataset({ ...optionsOf(), folder: `bronze/${name}` })).toThrow(
        expect.objectContaining({ code: "INVALID_PATH" }),
      );
    }
  });

  function optionsOf() {
    return {
      name: "odds",
      schema: z.object({ id: z.string(), as_of_ts: instant() }),
      key: ["id"] as const,
      date: { from: "as_of_ts" as const },
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
    };
  }

  it("keeps a damaged file out of the writer's way", async () => {
    const storage = await tree({
      [`${DAY}/run_ts=20260115T171500Z/odds.parquet`]: new Uint8Array([1, 2, 3]),
    });
    const { partitions } = await storeOf(storage).write(
      "odds_raw",
      [quote("g1", "dk", -110, null)],
      run("r1"),
    );
    expect(partitions[0]!.path).toBe(`${DAY}/run_ts=20260115T171500Z/odds.part-000002.parquet`);
  });
});
