import { BronzeError, BronzeStore, memoryStorage, type Storage } from "bronzestore";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { describe, expect, it } from "vitest";
import { encodeRetention } from "../../src/bronze/index.js";
import { sha256 } from "../../src/digest.js";
import { encodeParquet, openParquet } from "../../src/table/index.js";
import { errorOf } from "../error-of.js";
import { injuries, injuriesByGame, odds, quote, report, roster, run, withView } from "./feeds.js";

const latestOdds = withView(odds);
const latestInjuries = withView(injuries);
const latestByGame = withView(injuriesByGame);

function store() {
  const datasets = [latestOdds, latestInjuries, latestByGame, roster] as const;
  return new BronzeStore({ storage: memoryStorage(), datasets, clock: () => 1_768_500_000_000_000_000n });
}

async function latest<Name extends "odds_raw" | "injuries_raw" | "injuries_by_game">(
  bronze: ReturnType<typeof store>,
  name: Name,
) {
  return (await bronze.readBronzeDay(name, "2026-01-15", { prefer: "latest" })).rows();
}

describe("the latest view", () => {
  it("is replaced next to the history, one row per key", async () => {
    const bronze = store();
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -115, "2026-01-15T17:30:00Z")],
      run("r2", "2026-01-15T17:31:00Z"),
    );
    expect((await latest(bronze, "odds_raw")).map(({ price }) => price)).toEqual([-115]);
    expect((await bronze.readBronzeDay("odds_raw", "2026-01-15")).length).toBe(2);
  });

  it("keeps the old coverage after an empty or partial scrape", async () => {
    const bronze = store();
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -110, "2026-01-15T17:00:00Z"), quote("g2", "dk", -105, "2026-01-15T17:00:00Z")],
      run("r1"),
    );
    await bronze.write("odds_raw", [], run("r2"));
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -120, "2026-01-15T18:00:00Z")],
      run("r3", "2026-01-15T18:01:00Z"),
    );
    expect((await latest(bronze, "odds_raw")).map(({ game_id, price }) => [game_id, price])).toEqual([
      ["g1", -120],
      ["g2", -105],
    ]);
  });

  it("does not let a null wipe a known value", async () => {
    const bronze = store();
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", null, "2026-01-15T18:00:00Z")],
      run("r2", "2026-01-15T18:01:00Z"),
    );
    const [row] = await latest(bronze, "odds_raw");
    expect(row).toMatchObject({ price: -110, as_of_ts: 1_768_500_000_000_000_000n });
  });

  it("does not go back when an older update arrives late", async () => {
    const bronze = store();
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -115, "2026-01-15T18:00:00Z")],
      run("r2", "2026-01-15T18:01:00Z"),
    );
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    expect((await latest(bronze, "odds_raw")).map(({ price }) => price)).toEqual([-115]);
  });

  it("drops a player who left the newest report, and not when an older report arrives late", async () => {
    const bronze = store();
    await bronze.write("injuries_raw", report("2026-01-15T20:00:00Z", { a: "Out", b: "Out" }));
    await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { a: "Out" }));
    expect((await latest(bronze, "injuries_raw")).map(({ player_id }) => player_id)).toEqual(["a"]);
    await bronze.write("injuries_raw", report("2026-01-15T21:00:00Z", { b: "Probable", c: "Out" }));
    expect(
      (await latest(bronze, "injuries_raw")).map(({ player_id, status }) => [player_id, status]),
    ).toEqual([["a", "Out"]]);
  });

  it("remembers that a game had no injuries when an older report of it arrives late", async () => {
    const bronze = store();
    await bronze.write("injuries_by_game", report("2026-01-15T20:00:00Z", { a: "Out" }, "g1"));
    await bronze.write("injuries_by_game", [], {
      snapshot: { time: "2026-01-15T22:00:00Z", covers: [{ game_id: "g1" }] },
    });
    await bronze.write("injuries_by_game", report("2026-01-15T21:00:00Z", { a: "Out" }, "g1"));
    await bronze.write("injuries_by_game", report("2026-01-15T21:00:00Z", { b: "Out" }, "g2"));
    expect((await latest(bronze, "injuries_by_game")).map(({ player_id }) => player_id)).toEqual(["b"]);
  });

  it("is all there is for a dataset without history", async () => {
    const bronze = store();
    const row = (player_id: string, team: string | null, as_of_ts: string) => ({ player_id, team, as_of_ts });
    await bronze.write("roster_nightly_raw", [
      row("a", "NYK", "2026-01-15T12:00:00Z"),
      row("b", "BOS", "2026-01-15T12:00:00Z"),
    ]);
    const { partitions, latest: views } = await bronze.write("roster_nightly_raw", [
      row("a", null, "2026-01-15T13:00:00Z"),
    ]);
    expect([partitions.length, views.map(({ path }) => path)]).toEqual([
      0,
      ["bronze/roster_nightly_raw/season=2025/date=2026-01-15/roster.parquet"],
    ]);
    const day = await bronze.readBronzeDay("roster_nightly_raw", "2026-01-15");
    expect(day.rows().map(({ player_id, team }) => [player_id, team])).toEqual([
      ["a", "NYK"],
      ["b", "BOS"],
    ]);
  });

  it("survives eight writers at once without losing a key", async () => {
    const bronze = store();
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        bronze.write("odds_raw", [quote("g1", `book${i}`, -100 - i, "2026-01-15T17:00:00Z")], run(`r${i}`)),
      ),
    );
    expect(await latest(bronze, "odds_raw")).toHaveLength(8);
  });

  describe("is made from all of its day's history", () => {
    const PATH = "bronze/odds_raw/season=2025/date=2026-01-15/odds.parquet";
    const scrape = (bronze: BronzeStore<readonly [typeof latestOdds]>, books: number, minute: number) =>
      bronze.write(
        "odds_raw",
        Array.from({ length: books }, (_, i) =>
          quote("g1", `book${i}`, -minute, `2026-01-15T17:${minute}:00Z`),
        ),
        run(`r${minute}`, `2026-01-15T17:${minute}:30Z`),
      );
    const storeAt = (storage: Storage, hasView = true) =>
      new BronzeStore({ storage, datasets: [hasView ? withView(odds) : odds] });
    const prices = async (storage: Storage) => {
      const day = await storeAt(storage).readBronzeDay("odds_raw", "2026-01-15", { prefer: "latest" });
      return day.column("price").map((price) => -Number(price));
    };

    it("where it was lost, though the next scrape is partial", async () => {
      const storage = memoryStorage();
      await scrape(storeAt(storage), 100, 10);
      await storage.remove(PATH);
      await scrape(storeAt(storage), 1, 20);
      expect(await prices(storage)).toEqual([20, ...Array<number>(99).fill(10)]);
    });

    it("where it is switched on on a day that has history", async () => {
      const storage = memoryStorage();
      await scrape(storeAt(storage, false), 3, 10);
      await scrape(storeAt(storage), 1, 20);
      expect(await prices(storage)).toEqual([20, 10, 10]);
    });

    it("where a write without it came in between", async () => {
      const storage = memoryStorage();
      await scrape(storeAt(storage), 1, 10);
      await scrape(storeAt(storage, false), 3, 20);
      await scrape(storeAt(storage), 1, 30);
      expect(await prices(storage)).toEqual([30, 20, 20]);
    });

    it("and left alone where it has all of it already", async () => {
      const storage = memoryStorage();
      await scrape(storeAt(storage), 1, 10);
      const { latest } = await scrape(storeAt(storage), 1, 10);
      expect(latest.map(({ status, rows }) => [status, rows])).toEqual([["unchanged", 1]]);
    });

    it("and keeps what else another writer's view has, write after write", async () => {
      const storage = memoryStorage();
      const elsewhere = memoryStorage();
      await scrape(storeAt(elsewhere), 4, 10);
      const view = openParquet(await elsewhere.read(PATH), PATH);
      const columns = [...view.columns.keys()].map((name) => ({ name, column: view.column(name) }));
      await scrape(storeAt(storage, false), 1, 20);
      await storage.replace(PATH, encodeParquet(columns));
      for (const minute of [30, 15, 40]) {
        await scrape(storeAt(storage), 2, minute);
        expect((await prices(storage)).slice(2)).toEqual([10, 10]);
      }
      expect(await prices(storage)).toEqual([40, 40, 10, 10]);
    });

    it("or not made at all where that was pruned, and then kept as it is but for what is new", async () => {
      const storage = memoryStorage();
      await scrape(storeAt(storage), 3, 10);
      const { partitions } = await scrape(storeAt(storage), 1, 20);
      const { path, rows } = partitions[0]!;
      const taken = await storage.read(path);
      const own = path.slice(PATH.lastIndexOf("/") + 1);
      const size = { size_bytes: taken.byteLength, rows };
      const gone = [{ path: own, sha256: sha256(taken), ...size, into: null, plan: "p1" }];
      const state = PATH.replace("odds.parquet", "_retention.json");
      await storage.replace(state, encodeRetention({ compacted: [], gone }, state));
      await storage.remove(path);
      await scrape(storeAt(storage), 1, 30);
      // As other programs read it: ours are refused, for it may say too little.
      expect(await errorOf(prices(storage))).toMatchObject({ code: "PRUNED" });
      const { buffer } = Uint8Array.from(await storage.read(PATH));
      const view = await parquetReadObjects({ file: buffer, compressors });
      expect(view.map(({ price }) => -Number(price))).toEqual([30, 10, 10]);
      await storage.remove(PATH);
      expect((await scrape(storeAt(storage), 1, 40)).latest).toEqual([]);
      expect(await storage.stat(PATH)).toBeUndefined();
    });
  });
});

describe("a write that fails half way", () => {
  const path = "bronze/injuries_raw/season=2025/date=2026-01-15/injuries.parquet";
  const [noon, one] = [
    report("2026-01-15T17:00:00Z", { ada: "Out" }),
    report("2026-01-15T18:00:00Z", { bo: "Out" }),
  ];

  /** A storage of which some calls fail, as long as they are told to. */
  function failing(fails: (call: "publish" | "swap", path: string) => boolean) {
    const storage = memoryStorage();
    const refuse = (call: "publish" | "swap", path: string) => {
      if (fails(call, path))
        throw new BronzeError("STORAGE_FAILED", `Could not ${call} "${path}".`, { path });
    };
    return {
      ...storage,
      publish: async (path: string, bytes: Uint8Array) => {
        refuse("publish", path);
        return await storage.publish(path, bytes);
      },
      swap: async (path: string, before: Uint8Array | undefined, bytes: Uint8Array) => {
        refuse("swap", path);
        return await storage.swap(path, before, bytes);
      },
    };
  }
  const storeOn = (storage: Storage) => new BronzeStore({ storage, datasets: [latestInjuries] });

  it("at the lock of its view says that the rows are in, and the view is made with the next write", async () => {
    const storage = memoryStorage();
    const lock = path.replace("injuries.parquet", ".injuries.parquet.lock");
    await storage.publish(lock, new TextEncoder().encode("something else"));
    const error = await errorOf(storeOn(storage).write("injuries_raw", noon));
    const written = path.replace("injuries.parquet", "hour=12/injuries.parquet");
    expect(error).toMatchObject({ code: "NOT_A_LOCK", details: { path: lock, written: [written] } });
    expect(error.message).toContain(
      `The rows in ${written} are written all the same, and only the latest view`,
    );
    expect((await storeOn(storage).readBronzeDay("injuries_raw", "2026-01-15")).length).toBe(1);

    await storage.remove(lock);
    const { partitions, latest } = await storeOn(storage).write("injuries_raw", noon);
    expect(partitions.map(({ status }) => status)).toEqual(["unchanged"]);
    expect(latest).toMatchObject([{ path, rows: 1, status: "written" }]);
  });

  it("at its view, or at a later file, names what is in, and the same write again does the rest", async () => {
    const several = { snapshot: { several: true } };
    for (const [fails, inAlready] of [
      [(call: string) => call === "swap", 2],
      [(_: string, path: string) => path.includes("hour=13"), 1],
    ] as const) {
      let isBroken = true;
      const storage = failing((call, path) => isBroken && fails(call, path));
      const error = await errorOf(storeOn(storage).write("injuries_raw", [...noon, ...one], several));
      expect(error.code).toBe("STORAGE_FAILED");
      expect(error.details.written).toHaveLength(inAlready);
      expect(error.message).toContain("are written all the same");
      expect((await storeOn(storage).readBronzeDay("injuries_raw", "2026-01-15")).length).toBe(inAlready);
      isBroken = false;
      const again = await storeOn(storage).write("injuries_raw", [...noon, ...one], several);
      expect(again.partitions.filter(({ status }) => status === "unchanged")).toHaveLength(inAlready);
      expect(again.latest).toMatchObject([{ path, rows: 1, status: "written" }]);
    }
  });

  it("before anything is in says nothing of the kind", async () => {
    const storage = failing((call) => call === "publish");
    const error = await errorOf(storeOn(storage).write("injuries_raw", noon));
    expect(error.message).not.toContain("all the same");
    expect(error.details).not.toHaveProperty("written");
  });
});
