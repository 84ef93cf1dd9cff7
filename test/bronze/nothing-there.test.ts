import {
  BronzeStore,
  defineDataset,
  GoldStore,
  instant,
  memoryStorage,
  nbaSeason,
  type Storage,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { odds, quote, run, storeOf } from "./feeds.js";

const CUTOFF = "2026-01-16T03:00:00Z";
const DAY = { date: "2026-01-15" } as const;

/** Odds as another program keeps them, without a season. */
const inOtherFolders = defineDataset({
  name: "odds_raw",
  layout: "date={date}/run={run}/odds.parquet",
  timeZone: "America/New_York",
  schema: odds.schema,
  key: odds.key,
  date: { from: "ingested_ts" },
});

type Store = ReturnType<typeof storeOver>;
function storeOver(storage: Storage) {
  return new BronzeStore({ storage, datasets: [inOtherFolders] });
}

const READS: Readonly<Record<string, (bronze: Store) => Promise<unknown>>> = {
  "a day": (bronze) => bronze.readBronzeDay("odds_raw", DAY.date),
  "a view": (bronze) => bronze.asOf(CUTOFF).read("odds_raw", DAY),
  "a timeline": (bronze) => bronze.timeline("odds_raw", DAY),
  "a join": (bronze) =>
    bronze.joinAsOf([{ game_id: "g1", at: CUTOFF }], "odds_raw", {
      on: ["game_id"],
      cutoff: "at",
      lookbackDays: 0,
    }),
  "the dates": (bronze) => bronze.dates("odds_raw"),
  coverage: (bronze) => bronze.coverage("odds_raw", DAY),
  freshness: (bronze) => bronze.freshness(),
};

describe("data that a layout does not reach", () => {
  it.each(Object.entries(READS))("is an error, not nothing, in %s", async (_, read) => {
    const storage = memoryStorage();
    await storeOf(storage).write("odds_raw", [quote("g1", "dk", -110, null)], run("r1"));
    const error = await errorOf(read(storeOver(storage)));
    expect(error).toMatchObject({
      code: "UNREACHABLE_FILES",
      details: {
        dataset: "odds_raw",
        file: "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T171500Z/odds.parquet",
      },
    });
    expect(error.message).toContain("date={date}/run={run}/odds.parquet");
  });

  it("may be hidden, a temporary file, or no Parquet", async () => {
    const storage = memoryStorage();
    for (const name of ["_old/a.parquet", ".a.parquet", "notes.txt"])
      await storage.publish(`bronze/odds_raw/${name}`, new Uint8Array([1]));
    for (const read of Object.values(READS)) await read(storeOver(storage));
  });
});

describe("an answer without files", () => {
  const reasonOf = async (storage: Storage) => {
    const { provenance } = await storeOver(storage).asOf(CUTOFF).read("odds_raw", DAY);
    return provenance.emptyBecause;
  };

  it("says whether the root, the folder or the day is not there", async () => {
    const storage = memoryStorage();
    expect(await reasonOf(storage)).toBe("nothing in the root");
    await storage.publish("bronze/other/x.parquet", new Uint8Array([1]));
    expect(await reasonOf(storage)).toBe("nothing in the folder");
    const bronze = storeOver(storage);
    await bronze.write(
      "odds_raw",
      [{ ...quote("g1", "dk", -110, null), ingested_ts: "2026-02-01T17:00:00Z" }],
      run("r1"),
    );
    expect(await reasonOf(storage)).toBe("no files");
  });
});

describe("names in a day's folders that were passed over", () => {
  it("are in the provenance of views, timelines and joins, and where those show themselves", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    await bronze.write("odds_raw", [quote("g1", "dk", -110, null)], run("r1"));
    const path = "bronze/odds_raw/season=2025/date=2026-01-15/mine.parquet";
    await storage.publish(path, new Uint8Array([1]));
    const ignored = [{ path, reason: expect.stringContaining("no such file") }];
    const view = await bronze.asOf(CUTOFF).read("odds_raw", DAY);
    const timeline = await bronze.timeline("odds_raw", DAY);
    const join = await bronze.joinAsOf([{ game_id: "g1", at: CUTOFF }], "odds_raw", {
      on: ["game_id"],
      cutoff: "at",
    });
    for (const { provenance } of [view, timeline.at(CUTOFF), join])
      expect(provenance.filesIgnored).toEqual(ignored);
    for (const text of [String(view), String(join)])
      expect(text).toContain("1 name in the folders passed over");
  });
});

describe("files that their owner overwrites", () => {
  const salaries = defineDataset({
    name: "salaries",
    layout: "{date}.parquet",
    files: "overwritten",
    timeZone: "UTC",
    schema: z.object({ player: z.string(), day: z.iso.date(), as_of_ts: instant(), ingested_ts: instant() }),
    key: ["player"],
    date: { from: "day" },
  });
  const row = {
    player: "p1",
    day: "2026-01-15",
    as_of_ts: "2026-01-15T12:00:00Z",
    ingested_ts: "2026-01-15T12:00:00Z",
  };

  /** As its owner writes it. */
  async function owned() {
    const storage = memoryStorage();
    const own = new BronzeStore({ storage, datasets: [{ ...salaries, files: "append" as const }] });
    await own.write("salaries", [row]);
    return { storage, bronze: new BronzeStore({ storage, datasets: [salaries] }) };
  }

  it("are read", async () => {
    const { bronze } = await owned();
    expect((await bronze.asOf(CUTOFF).read("salaries", DAY)).length).toBe(1);
  });

  it("are not written, and no slate is frozen from them", async () => {
    const { storage, bronze } = await owned();
    expect(await errorOf(bronze.write("salaries", [row]))).toMatchObject({ code: "READ_ONLY" });
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze });
    const slate = { season: 2025, game_date: DAY.date, game_id: "g1" };
    const frozen = gold.freeze({ slate, snapshot: "lock", tip: CUTOFF }, async (at) => {
      await at.read("salaries", DAY);
      return [];
    });
    expect(await errorOf(frozen)).toMatchObject({
      code: "MUTABLE_INPUT",
      details: { dataset: "salaries", file: "bronze/salaries/2026-01-15.parquet" },
    });
  });
});
