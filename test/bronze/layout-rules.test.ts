import { GoldStore, memoryStorage, nbaSeason, Retention } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { filesIn } from "./feeds.js";
import {
  feedIn,
  LAYOUTS,
  type LayoutCase,
  ns,
  type PointsRow,
  points,
  RUNS,
  storeIn,
  writeRuns,
} from "./layout-feeds.js";

const DAY = "2026-01-15";
const NOON = "2026-01-15T17:00:00Z";
const run = (startedAt: string) => ({ run: { id: "r", startedAt } });
const like = (layout: unknown, more: Partial<LayoutCase> = {}): LayoutCase => ({
  layout,
  paths: ["", ""],
  unit: "day",
  isClosed: true,
  ...more,
});
const short = (rows: Iterable<object>) =>
  Array.from(rows, (row) => `${(row as PointsRow).player_id} ${(row as PointsRow).points}`).sort();
const retentionOf = (bronze: ReturnType<typeof storeIn>) =>
  new Retention({ bronze, gold: [], clock: () => ns("2026-09-15T12:00:00Z") });

describe("a latest view with a template of its own", () => {
  const VIEWS: Record<string, [layout: LayoutCase, view: string]> = {
    "beside runs of a day": [LAYOUTS["bare dates, runs and a view"]!, "2026-01-15/minutes.parquet"],
    "of a day, in another folder than its runs": [
      like({ history: "{date}/{run}.parquet", latest: "latest/{date:YYYYMMDD}/now.parquet" }),
      "latest/20260115/now.parquet",
    ],
    "of a month": [
      like(
        {
          history: "season={season}/month={month}/run={run}/s.parquet",
          latest: "season={season}/month={month}/s.parquet",
        },
        { season: true, unit: "month" },
      ),
      "season=2025/month=01/s.parquet",
    ],
    "where there is no history": [
      like({ latest: "game_date={date}/points.parquet" }),
      "game_date=2026-01-15/points.parquet",
    ],
  };

  it.each(Object.entries(VIEWS))("%s has each key's newest row, and answers on request", async (_, [
    layout,
    view,
  ]) => {
    const bronze = storeIn(feedIn(layout));
    await writeRuns(bronze);
    expect(await filesIn(bronze.storage)).toContain(`bronze/points/${view}`);
    const day = await bronze.readBronzeDay("points", DAY, { prefer: "latest" });
    expect([day.source, short(day.rows())]).toEqual([
      "latest",
      layout.unit === "month"
        ? ["bo 20", "bo 22", "cy 30", "dee 5"]
        : ["ada 11", "bo 20", "bo 22", "cy 30", "dee 5"],
    ]);
    expect(day.files.map(({ path }) => path)).toEqual([`bronze/points/${view}`]);
    expect(day.ignored).toEqual([]);
  });

  it.each(
    Object.entries(VIEWS).filter(([name]) => !name.includes("no history")),
  )("%s is made again from all of its history where it was lost, and is never history itself", async (_, [
    layout,
    view,
  ]) => {
    const bronze = storeIn(feedIn(layout));
    await writeRuns(bronze);
    const path = `bronze/points/${view}`;
    const whole = await bronze.storage.read(path);
    await bronze.storage.remove(path);
    expect((await bronze.readBronzeDay("points", DAY)).source).toBe("history");
    await writeRuns(bronze, RUNS.slice(0, 1));
    expect(Buffer.from(await bronze.storage.read(path)).equals(whole)).toBe(true);
    const day = await bronze.readBronzeDay("points", DAY);
    expect([day.length, day.files.some((file) => file.path === path)]).toEqual([7, false]);
  });
});

describe("a snapshot whose path says its scope", () => {
  const layout = {
    ...LAYOUTS["sites, game dates and draft groups"]!,
    layout: "site={site}/game_date={date}/draft_group_id={draft_group_id}/{run}.parquet",
  };
  const { files: _, ...ofRuns } = layout;
  const dataset = feedIn(ofRuns, { partitionIs: "snapshot", snapshotTime: "report_ts" });
  const at = (hour: number) => `2026-01-15T${hour}:00:00Z`;
  const state = async (bronze: ReturnType<typeof storeIn>, hour: number) =>
    short((await bronze.asOf(at(hour)).read("points", { date: DAY } as never)).rows());

  it("has the columns of its path for its scope", () => {
    expect(dataset.scope).toEqual(["site", "draft_group_id"]);
  });

  it("clears what is gone from its own folder, and nothing of another's", async () => {
    const bronze = storeIn(dataset);
    await bronze.write("points", points(at(17), { ada: 1, bo: 2 }) as never, run(at(17)));
    await bronze.write("points", points(at(18), { cy: 3 }, { site: "fd", group: 8 }) as never, run(at(18)));
    await bronze.write("points", points(at(19), { ada: 4 }) as never, run(at(19)));
    expect(await state(bronze, 18)).toEqual(["ada 1", "bo 2", "cy 3"]);
    expect(await state(bronze, 19)).toEqual(["ada 4", "cy 3"]);
  });

  it("says of a folder that nothing is left in it, in a file without rows", async () => {
    const bronze = storeIn(dataset);
    await bronze.write("points", points(at(17), { ada: 1 }) as never, run(at(17)));
    await bronze.write("points", points(at(17), { cy: 3 }, { site: "fd", group: 8 }) as never, run(at(17)));
    const covers = [{ site: "dk", draft_group_id: 7 }];
    const { partitions } = await bronze.write("points", [], {
      ...run(at(18)),
      snapshot: { time: at(18), date: DAY, covers },
    });
    expect(partitions.map(({ path, rows }) => [path, rows])).toEqual([
      ["bronze/points/site=dk/game_date=2026-01-15/draft_group_id=7/20260115T180000Z.parquet", 0],
    ]);
    expect(await state(bronze, 18)).toEqual(["cy 3"]);
    expect(await state(bronze, 17)).toEqual(["ada 1", "cy 3"]);
  });

  it("falls into a file a folder, of which each speaks for its own", async () => {
    const bronze = storeIn(dataset);
    const both = [...points(at(17), { ada: 1 }), ...points(at(17), { bo: 2 }, { site: "fd", group: 8 })];
    expect((await bronze.write("points", both as never, run(at(17)))).partitions).toHaveLength(2);
    await bronze.write("points", points(at(18), { cy: 3 }) as never, run(at(18)));
    expect(await state(bronze, 18)).toEqual(["bo 2", "cy 3"]);
  });
});

describe("what a layout cannot do is refused", () => {
  const rows = points(NOON, { ada: 1 });
  const OPEN = ["dt={date}/*.parquet", "date={date}/**/x.parquet", "**/*.parquet"];

  it.each(OPEN)("a write to %s, which does not say which file", async (layout) => {
    const bronze = storeIn(feedIn(like(layout, { files: "append" })));
    expect(await errorOf(bronze.write("points", rows as never))).toMatchObject({ code: "READ_ONLY" });
    expect(await filesIn(bronze.storage, "bronze")).toEqual([]);
  });

  it.each(OPEN.slice(0, 2))("and what lies below %s is read all the same", async (layout) => {
    const storage = memoryStorage();
    const writer = storeIn(feedIn(like("date={date}/run={run}/x.parquet")), storage);
    await writeRuns(writer, RUNS.slice(0, 2));
    for (const path of await filesIn(storage)) {
      const [name] = path.split("/run=").slice(1);
      const date = path.slice(0, path.indexOf("/run=")).replace("date=", "dt=");
      if (layout.startsWith("dt="))
        await storage.publish(`${date}/${name!.slice(0, 16)}.parquet`, await storage.read(path));
    }
    const [top] = layout.split("=");
    const reader = storeIn(feedIn(like(layout, { files: "append" })), storage);
    if (top === "dt")
      for (const path of await filesIn(storage)) if (path.includes("/date=")) await storage.remove(path);
    expect(short((await reader.readBronzeDay("points", DAY)).rows())).toEqual([
      "ada 10",
      "ada 11",
      "bo 20",
      "cy 30",
    ]);
  });

  it("a write, a compaction and a freeze of files that their owner overwrites", async () => {
    const storage = memoryStorage();
    await writeRuns(storeIn(feedIn(LAYOUTS["dates without a season"]!), storage));
    const bronze = storeIn(feedIn(like("date={date}/data.parquet", { files: "overwritten" })), storage);
    expect((await bronze.readBronzeDay("points", DAY)).length).toBe(7);
    expect(await errorOf(bronze.write("points", rows as never))).toMatchObject({ code: "READ_ONLY" });
    const window = { datasets: ["points"] as const, before: "2026-09-01" };
    const retention = retentionOf(bronze);
    expect(await errorOf(retention.planCompact({ ...window, into: "day" }))).toMatchObject({
      code: "RETENTION_REFUSED",
    });
    expect(await errorOf(retention.planPrune(window))).toMatchObject({ code: "RETENTION_REFUSED" });
    const gold = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage,
      bronze,
      clock: () => ns("2026-09-15T12:00:00Z"),
    });
    const slate = { season: 2025, game_date: DAY, game_id: "g1" };
    const frozen = gold.freeze(
      { slate, snapshot: "pretip", tip: NOON },
      async (at) => (await at.read("points", { date: DAY } as never)).rows() as never,
    );
    expect(await errorOf(frozen)).toMatchObject({ code: "MUTABLE_INPUT" });
  });

  it("a write without the run that its path names", async () => {
    const bronze = storeIn(feedIn(LAYOUTS["runs only, without a date"]!));
    expect(await errorOf(bronze.write("points", rows as never))).toMatchObject({ code: "MISSING_RUN" });
  });

  it.each([
    ["a month of no year", "month={month}/x.parquet", { files: "append" as const }],
    ["a file that a second write would replace or not, nobody knows", "date={date}/x.parquet", {}],
    ["an hour of no column", "date={date}/{hour}/x.parquet", {}],
    ["a season of no rule", "season={season}/x.parquet", { files: "append" as const }],
    ["a column that there is not", "{book}/{run}.parquet", {}],
    [
      "a view of a month beside days",
      { history: "{date}/{run}.parquet", latest: "{year}/{month}/x.parquet" },
      {},
    ],
    ["nothing at all", {}, {}],
  ])("%s", async (_, layout, more) => {
    expect(await errorOf(Promise.resolve().then(() => feedIn(like(layout, more))))).toMatchObject({
      code: "INVALID_DATASET",
    });
  });
});

describe("pruning", () => {
  const closed = Object.entries(LAYOUTS).filter(([, { isClosed }]) => isClosed);

  it.each(closed)("of %s takes the history of closed units, and gives it back", async (_, layout) => {
    const bronze = storeIn(feedIn(layout));
    await writeRuns(bronze);
    const retention = retentionOf(bronze);
    const plan = await retention.planPrune({
      datasets: ["points"],
      before: "2026-09-01",
      hours: true,
      daysWithoutSlate: true,
    });
    const { filesRemoved } = await retention.apply(plan);
    expect(filesRemoved).toBe(RUNS.length);
    expect(await errorOf(bronze.readBronzeDay("points", DAY))).toMatchObject({ code: "PRUNED" });
    expect((await bronze.readBronzeDay("points", DAY, { acceptPruned: true })).length).toBe(0);
    await retention.restore(plan.id);
    expect((await bronze.readBronzeDay("points", DAY)).length).toBe(7);
  });
});
