import { BronzeStore, formatInstant, memoryStorage, type Storage } from "bronzestore";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { MAX_IN_FLIGHT } from "../../src/storage/index.js";
import { campaign } from "../campaign.js";
import { frozenWorld, SLATE, writeEvening } from "../gold/slates.js";
import { seeded } from "../real/seeded.js";
import { type Choice, oneOf, onVirtualTime } from "../storage/virtual-clock.js";
import {
  filesIn,
  injuries,
  type injuriesByGame,
  type odds,
  quote,
  report,
  type roster,
  run,
  storeOf,
  withView,
} from "./feeds.js";

const START_NS = 1_768_453_200_000_000_000n; // 2026-01-15T05:00:00Z, midnight in New York
const at = (minutes: number) => formatInstant(START_NS + BigInt(minutes) * 60_000_000_000n);
const DATE = "2026-01-15";
const DAY = "bronze/odds_raw/season=2025/date=2026-01-15";

/** A day of odds, a run every five minutes, and some days of reports. */
async function dayOf288(): Promise<Storage> {
  const storage = memoryStorage();
  const bronze = storeOf(storage);
  for (let i = 0; i < 288; i++) {
    const rows = ["dk", "fd"].map((book) => quote("g1", book, i, at(5 * i), at(5 * i)));
    await bronze.write("odds_raw", rows, run(`r${i}`, at(5 * i)));
  }
  for (let hour = -24; hour < 48; hour += 3)
    await bronze.write("injuries_raw", report(at(60 * hour), { ada: `Out ${hour}`, bo: "Questionable" }));
  return storage;
}

let day: Storage;
beforeAll(async () => {
  day = await dayOf288();
});

/** One call at a time ends, any of them. */
const inAnyOrder = (seed: number): Choice => oneOf(seeded(seed));

describe("a cold question on 288 loose files", () => {
  it("has ended in less than 40 times what one call takes, with a bounded number under way", async () => {
    const { outcome, ticks, mostInFlight, begun } = await onVirtualTime(day, async (storage) =>
      (await storeOf(storage).asOf(at(1440)).read("odds_raw", { date: DATE })).rows(),
    );
    expect(outcome).toMatchObject({
      value: [
        { book: "dk", price: 287 },
        { book: "fd", price: 287 },
      ],
    });
    expect(begun.length).toBeGreaterThan(2 * 288); // one after the other it would be as many ticks
    expect(ticks).toBeLessThan(40);
    expect(mostInFlight).toBe(MAX_IN_FLIGHT);
  });
});

type Store = BronzeStore<readonly [typeof odds, typeof injuries, typeof injuriesByGame, typeof roster]>;
const labels = [-10, 300, 300, 900, 1500].map((minutes, i) => ({
  game_id: i < 4 ? "g1" : "g9",
  cutoff: at(minutes),
}));

/** Every question of a store, with all that it says. */
const QUESTIONS: Record<string, (store: Store) => Promise<unknown>> = {
  "a view's read": async (store) => {
    const view = store.asOf(at(700));
    const snapshot = await view.read("odds_raw", { date: DATE, lookbackDays: 2 });
    const [read] = view.reads;
    return [
      snapshot.rows(),
      snapshot.provenance,
      read!.provenance,
      read!.files.map(({ path, sha256 }) => [path, sha256]),
    ];
  },
  "a read of several days": async (store) => {
    const view = store.asOf(at(2000), { knownBy: "cutoff" });
    const snapshot = await view.read("injuries_raw", { from: "2026-01-12", to: "2026-01-18" });
    return [snapshot.rows(), snapshot.provenance, view.reads[0]!.files.map(({ path }) => path)];
  },
  "a timeline": async (store) => {
    const timeline = await store.timeline("injuries_raw", { from: "2026-01-14", to: "2026-01-17" });
    return [100, 1000, 3000].map((minutes) => timeline.at(at(minutes)).rows());
  },
  readBronzeDay: async (store) => {
    const found = await store.readBronzeDay("injuries_raw", DATE);
    return [found.rows(), found.files, found.ignored, found.skipped];
  },
  "a join": async (store) => {
    const joined = await store.joinAsOf(labels, "injuries_raw", {
      on: ["game_id"],
      cutoff: "cutoff",
      lookbackDays: 1,
    });
    return [joined.rows(), joined.provenance];
  },
};

describe("what a question answers", () => {
  it.each(Object.keys(QUESTIONS))("%s is the same in whatever order its calls end", async (name) => {
    const ask = (storage: Storage) => QUESTIONS[name]!(storeOf(storage));
    const expected = await ask(day);
    const { count, seed } = campaign({ small: 5, large: 200, seed: 11 });
    for (let i = 0; i < count; i++) {
      const { outcome, mostInFlight } = await onVirtualTime(day, ask, inAnyOrder(seed + i));
      expect(outcome).toEqual({ status: "fulfilled", value: expected });
      expect(mostInFlight).toBeGreaterThan(1);
      expect(mostInFlight).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    }
  });

  it("of files that cannot be read, the first is named, in whatever order the calls end", async () => {
    const files = await filesIn(day, DAY);
    const { count, seed } = campaign({ small: 40, large: 2_000, seed: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 287 }), { minLength: 2, maxLength: 2 }),
        fc.boolean(),
        fc.integer(),
        async (failing, isDamaged, order) => {
          const bad = new Set(failing.map((i) => files[i]!));
          const broken: Storage = {
            ...day,
            read: async (path) => {
              if (!bad.has(path)) return await day.read(path);
              if (isDamaged) return new Uint8Array(20);
              throw Object.assign(new Error("unreachable"), { path });
            },
          };
          const { outcome, leftRunning } = await onVirtualTime(
            broken,
            (storage) => storeOf(storage).asOf(at(1440)).read("odds_raw", { date: DATE }),
            inAnyOrder(order),
          );
          const [first] = [...bad].sort();
          expect(outcome).toMatchObject({
            reason: isDamaged ? { code: "CORRUPT_FILE", details: { file: first } } : { path: first },
          });
          expect(leftRunning).toBe(0);
        },
      ),
      { numRuns: count, seed },
    );
  });

  it("of folders that cannot be listed, the first is named, the days in their order", async () => {
    const { count, seed } = campaign({ small: 40, large: 2_000, seed: 6 });
    const days = ["2026-01-14", "2026-01-15", "2026-01-16"];
    const folders = (await filesIn(day, "bronze/injuries_raw")).map((path) =>
      path.slice(0, path.lastIndexOf("/")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...folders), { minLength: 2, maxLength: 3 }),
        fc.integer(),
        async (bad, order) => {
          const broken: Storage = {
            ...day,
            list: async (path) => {
              if (bad.includes(path)) throw Object.assign(new Error("unreachable"), { path });
              return await day.list(path);
            },
          };
          const { outcome } = await onVirtualTime(
            broken,
            (storage) => storeOf(storage).asOf(at(2000)).read("injuries_raw", { dates: days }),
            inAnyOrder(order),
          );
          const asked = bad.filter((folder) => days.some((date) => folder.includes(`date=${date}/`))).sort();
          if (asked.length === 0) expect(outcome.status).toBe("fulfilled");
          else expect(outcome).toMatchObject({ reason: { path: asked[0] } });
        },
      ),
      { numRuns: count, seed },
    );
  });
});

describe("what is written", () => {
  it("a latest view that is made again is the same in whatever order its history arrives", async () => {
    const viewed = (storage: Storage) =>
      new BronzeStore({ storage, datasets: [withView(injuries)], clock: () => START_NS });
    const { count, seed } = campaign({ small: 10, large: 200, seed: 3 });
    const views = new Set<string>();
    for (let i = 0; i < count; i++) {
      const storage = memoryStorage();
      for (let hour = 0; hour < 12; hour++)
        await viewed(storage).write("injuries_raw", report(at(60 * hour), { ada: `Out ${hour}` }));
      const view = `${DAY.replace("odds", "injuries")}/injuries.parquet`;
      await storage.remove(view);
      const { outcome, mostInFlight } = await onVirtualTime(
        storage,
        (held) => viewed(held).write("injuries_raw", report(at(720), { bo: "Out" })),
        inAnyOrder(seed + i),
      );
      expect(outcome).toMatchObject({ value: { latest: [{ path: view, rows: 1, status: "written" }] } });
      expect(mostInFlight).toBeGreaterThan(10);
      views.add(Buffer.from(await storage.read(view)).toString("hex"));
    }
    expect(views.size).toBe(1);
  });
});

describe("what is frozen", () => {
  it("verifies, and makes a training set, in whatever order the calls end", async () => {
    const made = await frozenWorld();
    await writeEvening(made);
    for (const game_id of ["g1", "g2", "g3"])
      await made.gold.freeze(
        { slate: { ...SLATE, game_id }, snapshot: "lock", tip: "2026-01-16T00:00:00Z" },
        async (at) =>
          (await at.read("odds_raw", { date: DATE })).rows().map(({ book, price }) => ({ book, price })),
      );
    const work = async (storage: Storage) => {
      const { gold } = await frozenWorld(storage);
      const { status, manifest } = await gold.trainingSet({
        from: DATE,
        to: DATE,
        snapshot: "lock",
        labels: ["g1", "g2", "g3"].flatMap((game_id) =>
          ["dk", "fd"].map((book) => ({ game_id, book, won: game_id === "g1" })),
        ),
        on: ["game_id", "book"],
        version: "v1",
        splits: { trainEnd: "2026-01-14", valEnd: "2026-01-14" },
      });
      return [
        await gold.verify(SLATE, { snapshot: "lock" }),
        status,
        manifest.files,
        await gold.readTrainingSet("v1"),
      ];
    };
    const [, ...first] = (await work(made.storage)) as unknown[];
    expect(first[0]).toBe("written");
    for (let seed = 0; seed < 5; seed++) {
      const { outcome, mostInFlight } = await onVirtualTime(made.storage, work, inAnyOrder(seed));
      expect(outcome).toMatchObject({ value: [{ ok: true }, "unchanged", ...first.slice(1)] });
      expect(mostInFlight).toBeGreaterThan(1);
    }
  });
});
