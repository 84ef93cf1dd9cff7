import { GoldStore, leakCheck, nbaSeason, Retention } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-of.js";
import { filesIn } from "./feeds.js";
import {
  dayOf,
  expected,
  feedIn,
  LAYOUTS,
  ns,
  type PointsRow,
  points,
  RUNS,
  storeIn,
  writeRuns,
} from "./layout-feeds.js";

const DAY = "2026-01-15";
const DATES = ["2026-01-15", "2026-01-16", "2026-02-02"];
const CUTOFFS = [
  "2026-01-15T17:30:00Z",
  "2026-01-15T18:00:00Z",
  "2026-01-16T03:30:00Z",
  "2026-03-01T00:00:00Z",
];
const SLATE = { season: 2025, game_date: DAY, game_id: "g1" };
const TIP = "2026-01-15T18:15:00Z";

const plain = (rows: Iterable<object>) => Array.from(rows, (row) => own(row as PointsRow));
const own = ({ site, draft_group_id, player_id, points, report_ts, as_of_ts, ingested_ts }: PointsRow) => ({
  site,
  draft_group_id,
  player_id,
  points,
  report_ts,
  as_of_ts,
  ingested_ts,
});
const rowsOf = (dates: readonly string[]) =>
  RUNS.flatMap(([, rows]) => rows).filter((row) => dates.includes(dayOf(row)));
const byText = (rows: readonly object[]) =>
  rows
    .map((row) =>
      JSON.stringify(row, (_, v) =>
        String(v) === "[object Object]" ? v : typeof v === "bigint" ? `${v}` : v,
      ),
    )
    .sort();

describe.each(Object.entries(LAYOUTS))("a feed in %s", (_, layout) => {
  const dataset = feedIn(layout);
  const world = async () => {
    const bronze = storeIn(dataset);
    const written = await writeRuns(bronze);
    return { bronze, written, storage: bronze.storage };
  };

  it("is written where its template says, later rows of one place beside the first", async () => {
    const { written, storage } = await world();
    expect(written.slice(0, 2).map(({ partitions }) => partitions.map(({ path }) => path))).toEqual(
      layout.paths.map((path) => [`${dataset.folder}/${path}`]),
    );
    expect(written.map(({ partitions }) => partitions.map(({ date }) => date))).toEqual(
      RUNS.map(([, rows]) => [layout.unit === "day" ? dayOf(rows[0]!) : null]),
    );
    const [top] = dataset.folder.split("/");
    const files = await filesIn(storage, top);
    expect(files.every((path) => path.startsWith(`${dataset.folder}/`))).toBe(true);
    expect(files).toHaveLength(RUNS.length + (dataset.layout.latest ? DATES.length : 0));
  });

  it("is not written again by a retry of any of its runs", async () => {
    const { bronze } = await world();
    const again = await writeRuns(bronze);
    expect(again.flatMap(({ partitions }) => partitions.map(({ status }) => status))).toEqual(
      RUNS.map(() => "unchanged"),
    );
    expect(byText(plain((await bronze.readBronzeDay("points", DAY)).rows()))).toEqual(byText(rowsOf([DAY])));
  });

  it("gives each day's rows, and no others", async () => {
    const { bronze } = await world();
    expect(await bronze.dates("points")).toEqual(DATES);
    expect(await bronze.dates("points", { from: "2026-01-16", to: "2026-01-31" })).toEqual(["2026-01-16"]);
    for (const date of [...DATES, "2026-01-17"]) {
      const day = await bronze.readBronzeDay("points", date);
      expect(byText(plain(day.rows()))).toEqual(byText(rowsOf([date])));
      expect(day.ignored).toEqual([]);
    }
  });

  it("answers as the oracle does, at cutoffs, in timelines and joins", async () => {
    const { bronze } = await world();
    const spans = [{ date: DAY }, { dates: DATES }, { from: "2026-01-16", to: "2026-02-28" }];
    for (const span of spans) {
      const dates = DATES.filter(
        (date) => date === span.date || span.dates || (span.from && date >= span.from),
      );
      const timeline = await bronze.timeline("points", span as never);
      for (const cutoff of CUTOFFS) {
        const answer = await bronze.asOf(cutoff).read("points", span as never);
        expect(plain(answer.rows())).toEqual(expected(cutoff, dates));
        expect(plain(timeline.at(cutoff).rows())).toEqual(expected(cutoff, dates));
      }
    }
    const labels = CUTOFFS.map((cutoff_ts) => ({ player_id: "ada", day: DAY, cutoff_ts }));
    const joined = await bronze.joinAsOf(labels, "points", {
      on: ["player_id"],
      cutoff: "cutoff_ts",
      date: "day",
    } as never);
    expect(joined.rows().map((row) => (row as unknown as PointsRow).points)).toEqual(
      CUTOFFS.map((cutoff) => expected(cutoff, [DAY]).find((row) => row.player_id === "ada")!.points),
    );
  });

  it("takes its columns from the path where the file lacks them, as a Hive-style writer leaves them out", async () => {
    const { bronze } = await world();
    const day = await bronze.readBronzeDay("points", DAY);
    for (const row of day.rows() as PointsRow[])
      expect([row.site, row.draft_group_id]).toEqual(
        row.points === 21 || row.points === 22 || row.points === 5 ? ["fd", 8] : ["dk", 7],
      );
  });

  it("passes over hidden and temporary names, and names that are none of its own", async () => {
    const { bronze, storage } = await world();
    const path = `${dataset.folder}/${layout.paths[0]}`;
    const folder = path.slice(0, path.lastIndexOf("/"));
    const before = plain((await bronze.readBronzeDay("points", DAY)).rows());
    const bytes = new Uint8Array([1]);
    const strays = [
      `${folder}/.points.parquet.1-a.tmp`,
      `${folder}/_SUCCESS`,
      `${folder}/_old/x.parquet`,
      `${folder}/notes.txt`,
    ];
    for (const stray of strays) await storage.publish(stray, bytes);
    expect(plain((await bronze.readBronzeDay("points", DAY)).rows())).toEqual(before);
  });

  it("refuses rows of another day than their file's, unless they are to be read", async () => {
    const { bronze, storage } = await world();
    const from = (await writeRuns(bronze)).at(-1)!.partitions[0]!.path;
    const wrong = layout.paths[0]
      .replace(/2026-01-15|20260115(?!T)/, "2026-01-14")
      .replace("month=01", "month=12")
      .replace("/01/15/", "/01/14/")
      .replace("season=2025/points", "season=2024/points");
    if (layout.unit === "all") {
      expect(wrong).toBe(layout.paths[0]);
      return;
    }
    await storage.publish(`${dataset.folder}/${wrong}`, await storage.read(from));
    const date = layout.unit === "day" ? "2026-01-14" : layout.unit === "month" ? "2025-12-31" : "2025-01-14";
    const error = await errorOf(bronze.readBronzeDay("points", date));
    expect(error).toMatchObject({ code: "MISFILED_DAY", details: { found: "2026-02-02", row: 0 } });
    const taken = storeIn(feedIn(layout, { misfiled: "read" }), storage);
    // A file of several days gives the rows of the day that is asked for.
    expect((await taken.readBronzeDay("points", date)).length).toBe(layout.unit === "day" ? 1 : 0);
  });

  it("leaks nothing past a cutoff", async () => {
    const { bronze } = await world();
    const checked = await leakCheck((at) => at.read("points", { date: DAY } as never), {
      bronze,
      cutoffs: CUTOFFS.slice(0, 3),
    });
    expect(checked.laterRows).toBeGreaterThan(0);
    expect(checked.unaltered).toEqual([]);
  });

  it("is frozen, verified and replayed", async () => {
    const { bronze, storage } = await world();
    const gold = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage,
      bronze,
      clock: () => ns("2026-09-15T12:00:00Z"),
    });
    const build = async (at: { read(name: "points", span: never): Promise<{ rows(): object[] }> }) =>
      plain((await at.read("points", { date: DAY } as never)).rows());
    const frozen = await gold.freeze({ slate: SLATE, snapshot: "pretip", tip: TIP }, build as never);
    expect(frozen.status).toBe("frozen");
    const data = await gold.read(SLATE, { snapshot: "pretip" });
    expect(byText(plain(data.rows as object[]))).toEqual(byText(expected(TIP, [DAY]) as never));
    expect(await gold.verify(SLATE, { snapshot: "pretip" })).toMatchObject({ ok: true });
    expect(await gold.replay(SLATE, { snapshot: "pretip" }, build as never)).toMatchObject({
      identicalBytes: true,
    });
  });

  it(
    layout.isClosed
      ? "is compacted and restored without another answer"
      : "is not compacted, for nothing says when it is closed",
    async () => {
      const { bronze, storage } = await world();
      const retention = new Retention({ bronze, gold: [], clock: () => ns("2026-09-15T12:00:00Z") });
      const compact = { datasets: ["points"] as const, before: "2026-09-01", into: "day" as const };
      if (!layout.isClosed) {
        expect(await errorOf(retention.planCompact(compact))).toMatchObject({ code: "RETENTION_REFUSED" });
        const prune = { datasets: ["points"] as const, before: "2026-09-01" };
        expect(await errorOf(retention.planPrune(prune))).toMatchObject({ code: "RETENTION_REFUSED" });
        return;
      }
      const answers = async () => {
        const all = [];
        for (const date of DATES) {
          all.push(plain((await bronze.readBronzeDay("points", date)).rows()));
          for (const cutoff of CUTOFFS)
            all.push(plain((await bronze.asOf(cutoff).read("points", { date } as never)).rows()));
        }
        return [all, await bronze.dates("points")];
      };
      const [before, files] = [await answers(), await filesIn(storage, dataset.folder)];
      const plan = await retention.planCompact(compact);
      expect(plan.refused).toEqual([]);
      expect(plan.days.flatMap(({ outputs }) => outputs).length).toBeGreaterThan(0);
      const { status, filesRemoved } = await retention.apply(plan);
      expect([status, filesRemoved > 1]).toEqual(["applied", true]);
      expect((await filesIn(storage, dataset.folder)).length).toBeLessThan(files.length + plan.days.length);
      expect(await answers()).toEqual(before);
      expect(
        (await writeRuns(bronze)).flatMap(({ partitions }) => partitions.map(({ status }) => status)),
      ).toEqual(RUNS.map(() => "unchanged"));
      // A late file lies beside what was compacted.
      const late = points("2026-01-15T17:30:00Z", { zoe: 9 });
      await bronze.write("points", late as never, { run: { id: "late", startedAt: "2026-01-15T17:30:00Z" } });
      expect(byText(plain((await bronze.readBronzeDay("points", DAY)).rows()))).toEqual(
        byText([...rowsOf([DAY]), ...late]),
      );
    },
  );

  if (layout.isClosed)
    it("is restored as it was", async () => {
      const { bronze, storage } = await world();
      const retention = new Retention({ bronze, gold: [], clock: () => ns("2026-09-15T12:00:00Z") });
      const files = await filesIn(storage, dataset.folder);
      const plan = await retention.planCompact({ datasets: ["points"], before: "2026-09-01", into: "day" });
      await retention.apply(plan);
      await retention.restore(plan.id);
      const isState = (path: string) => path.endsWith("_retention.json");
      expect((await filesIn(storage, dataset.folder)).filter((path) => !isState(path))).toEqual(files);
      expect(byText(plain((await bronze.readBronzeDay("points", DAY)).rows()))).toEqual(
        byText(rowsOf([DAY])),
      );
    });
});
