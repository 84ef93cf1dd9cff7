import { BronzeStore, defineDataset, layouts, memoryStorage, Retention, type Storage } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { hooked } from "../gold/hooked-storage.js";
import { serverDouble } from "../storage/s3/server-double.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";
import { smallTails } from "../storage/small-tails.js";
import { odds, quote } from "./feeds.js";

const base = {
  name: "odds_raw",
  timeZone: "UTC",
  schema: odds.schema,
  key: odds.key,
  date: { from: "as_of_ts" as const },
};
/** Its days have one name each: in December a month and a day are written with two digits in every form. */
const oneName = defineDataset({ ...base, layout: "{year}/{month}/{day}/{run}.parquet", files: "append" });
/** A season and a date are each written in two forms, and a folder in another form is read too. */
const fourNames = defineDataset({
  ...base,
  season: odds.layout.season!,
  layout: layouts.perRun({ file: "odds.parquet" }),
});

const DATE = "2025-12-15";
const RUNS = 288;
/** Of the compacted day. */
const LAST = 276;
const NOON = `${DATE}T12:00:00Z`;

/** A day of a run every five minutes, loose or as a day of 24 runs is compacted: path by path. */
async function treeOf(dataset: AnyDataset, isCompacted: boolean): Promise<Map<string, Uint8Array>> {
  const storage = memoryStorage();
  const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
  const bronze = new BronzeStore({ storage, datasets: [dataset], clock });
  for (let n = 0; n < RUNS; n += isCompacted ? 12 : 1) {
    const at = new Date(Date.parse(`${DATE}T00:00:00Z`) + n * 300_000).toISOString();
    await bronze.write("odds_raw", [quote("g1", "dk", n, at, at)] as never, {
      run: { id: `r${n}`, startedAt: at },
    });
  }
  if (isCompacted) {
    const retention = new Retention({ bronze, gold: [], clock });
    await retention.apply(
      await retention.planCompact({ datasets: ["odds_raw"], before: "2026-02-01", into: "day" }),
    );
  }
  const files = (await storage.listTree!("bronze")).map(({ path }) => `bronze/${path}`);
  return new Map(await Promise.all(files.map(async (path) => [path, await storage.read(path)] as const)));
}

/** The same on a server, where only what a question asks is counted; its probe is made before. */
async function onServer(tree: ReadonlyMap<string, Uint8Array>, options = {}) {
  const double = serverDouble(options);
  const storage = storageOnDouble(double);
  for (const [path, bytes] of tree) await storage.publish(path, bytes);
  double.requests.length = 0;
  return { double, storage };
}

function counted(requests: readonly string[]) {
  const listings = requests.filter((request) => request === "GET /history").length;
  return { listings, others: requests.length - listings };
}

function ask(storage: Storage, dataset: AnyDataset, cutoff = `${DATE}T23:59:59Z`) {
  const bronze = new BronzeStore({ storage, datasets: [dataset] });
  return bronze.asOf(cutoff).read("odds_raw", { date: DATE });
}

const price = (row: unknown) => (row as { price: number }).price;

describe("a cold question on object storage", () => {
  const loose = new Map<AnyDataset, Map<string, Uint8Array>>();
  const compacted = new Map<AnyDataset, Map<string, Uint8Array>>();
  beforeAll(async () => {
    for (const dataset of [oneName, fourNames]) compacted.set(dataset, await treeOf(dataset, true));
    const tree = await treeOf(oneName, false);
    loose.set(oneName, tree);
    const moved = [...tree].map(([path, bytes]) => {
      const run = path.slice(path.lastIndexOf("/") + 1, -".parquet".length);
      return [`bronze/odds_raw/season=2025/date=${DATE}/run_ts=${run}/odds.parquet`, bytes] as const;
    });
    loose.set(fourNames, new Map(moved));
  });

  it("of a compacted day costs a listing, its state, and one request for a file read whole", async () => {
    const { double, storage } = await onServer(compacted.get(oneName)!);
    const answer = await ask(storage, oneName);
    expect(answer.rows().map(price)).toEqual([LAST]);
    expect(counted(double.requests)).toEqual({ listings: 1, others: 2 });
    expect(answer.cost).toEqual({ requests: 3, listings: 1, files: 2, bytes: expect.any(Number) });
    const files = [...compacted.get(oneName)!.values()].map(({ length }) => length);
    expect(answer.cost.bytes).toBe(files.reduce((sum, length) => sum + length, 0));
  });

  it("of a compacted day costs two requests for a file read by ranges", async () => {
    const { double, storage } = await onServer(compacted.get(oneName)!);
    const answer = await ask(smallTails(storage, tailOf(compacted.get(oneName)!)), oneName, NOON);
    expect(answer.rows().map(price)).toEqual([144]);
    expect(counted(double.requests)).toEqual({ listings: 1, others: 3 });
    expect(answer.cost).toMatchObject({ requests: 4, listings: 1, files: 2 });
    // A footer that the first range does not hold costs one more, whatever comes first.
    double.requests.length = 0;
    expect((await ask(smallTails(storage, 8), oneName, NOON)).rows().map(price)).toEqual([144]);
    expect(counted(double.requests)).toEqual({ listings: 1, others: 4 });
  });

  it("of a listing of two pages costs one more", async () => {
    const pageSize = compacted.get(oneName)!.size - 1;
    const { double, storage } = await onServer(compacted.get(oneName)!, { pageSize });
    expect((await ask(storage, oneName)).rows().map(price)).toEqual([LAST]);
    expect(counted(double.requests)).toEqual({ listings: 2, others: 2 });
  });

  it("of a day whose folders may be written in other forms costs a listing more for each", async () => {
    const { double, storage } = await onServer(compacted.get(fourNames)!);
    const answer = await ask(storage, fourNames);
    expect(answer.rows().map(price)).toEqual([LAST]);
    expect(counted(double.requests)).toEqual({ listings: 3, others: 2 });
    expect(answer.cost).toMatchObject({ requests: 5, listings: 3, files: 2 });
  });

  it.each([
    ["one name", oneName],
    ["four names", fourNames],
  ] as const)("of a loose day of 288 files, with folders of %s, makes at most 3 listings", async (_, dataset) => {
    const { double, storage } = await onServer(loose.get(dataset)!);
    const answer = await ask(storage, dataset);
    expect(answer.rows().map(price)).toEqual([RUNS - 1]);
    const { listings, others } = counted(double.requests);
    expect(listings).toBeLessThanOrEqual(3);
    // Each file, and once that no state came meanwhile.
    expect(others).toBe(RUNS + 1);
    expect(answer.cost).toMatchObject({ requests: listings + others, listings, files: RUNS });
  });

  it("of a loose day has 16 files in flight or more", async () => {
    const { storage } = await onServer(loose.get(oneName)!);
    let inFlight = 0;
    let most = 0;
    const watched = hooked(storage, {
      before: async (call) => {
        if (call === "read") most = Math.max(most, ++inFlight);
      },
      after: async (call) => {
        if (call === "read") inFlight--;
      },
    });
    expect((await ask(watched, oneName)).length).toBe(1);
    expect(most).toBeGreaterThanOrEqual(16);
    expect(most).toBeLessThanOrEqual(32);
  });

  it("of which a request fails counts each attempt", async () => {
    let failed = 2;
    const { double, storage } = await onServer(compacted.get(oneName)!, {
      fault: (_: number, request: Request) =>
        new URL(request.url).pathname.includes(".compacted-") && failed++ < 2 ? 503 : undefined,
    });
    failed = 0;
    const answer = await ask(storage, oneName);
    expect(answer.rows().map(price)).toEqual([LAST]);
    expect(failed).toBe(3);
    expect(answer.cost.requests).toBe(5);
    expect(double.requests.length).toBe(5);
  });

  it("costs the same in every answer of one read, and answers cost no more", async () => {
    const { double, storage } = await onServer(compacted.get(oneName)!);
    const bronze = new BronzeStore({ storage, datasets: [oneName] });
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const made = double.requests.length;
    expect(timeline.cost.requests).toBe(made);
    expect(timeline.at(NOON).cost).toEqual(timeline.cost);
    for (const snapshot of timeline.sweep([NOON, `${DATE}T13:00:00Z`]))
      expect(snapshot.cost).toEqual(timeline.cost);
    expect(double.requests.length).toBe(made);

    const day = await bronze.readBronzeDay("odds_raw", DATE);
    expect(day.cost.requests).toBe(double.requests.length - made);
    expect(day.timeline().at(NOON).cost).toEqual(day.cost);

    const before = double.requests.length;
    const labels = [
      { game_id: "g1", book: "dk", cutoff: NOON },
      { game_id: "g1", book: "dk", cutoff: `${DATE}T13:00:00Z` },
    ];
    const joined = await bronze.joinAsOf(labels, "odds_raw", {
      on: ["game_id", "book"],
      cutoff: "cutoff",
      lookbackDays: 1,
    });
    expect(joined.cost.requests).toBe(double.requests.length - before);
    expect(joined.rows().map(price)).toEqual([144, 156]);
    expect(String(joined.cost)).toMatch(
      /^ReadCost: \d+ requests, \d+ of them listings; \d+ bytes of \d+ files$/,
    );
  });

  it("on a storage that does not tell of its requests, each call is one", async () => {
    const calls: string[] = [];
    const memory = memoryStorage();
    for (const [path, bytes] of loose.get(oneName)!) await memory.publish(path, bytes);
    const storage = hooked(memory, { before: async (call, _, path) => void calls.push(`${call} ${path}`) });
    const answer = await ask(storage, oneName);
    expect(answer.cost.requests).toBe(calls.length);
    expect(answer.cost.listings).toBe(calls.filter((call) => call.startsWith("list")).length);
    expect(answer.cost.files).toBe(RUNS);
  });
});

/** Large enough for a file's footer, too small for the file. */
function tailOf(tree: ReadonlyMap<string, Uint8Array>): number {
  const [file] = [...tree].filter(([path]) => path.includes(".compacted-")).map(([, bytes]) => bytes);
  const footer = new DataView(file!.buffer, file!.byteOffset).getUint32(file!.length - 8, true) + 8;
  expect(footer).toBeLessThan(file!.length);
  return footer;
}
