import { existsSync } from "node:fs";
import { join } from "node:path";
import { calendarYear, nbaSeason, type WriteRowOf, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { finished } from "./support/finished.js";
import { filesBelow, readRows, writeInPlace } from "./support/parquet.js";
import { clockAt, LINES_FILE, lines, TIPS } from "./support/tables.js";

const temp = tempFolders();
const NOW = "2026-01-15T23:45:00Z";
const QUOTES: WriteRowOf<typeof lines>[] = [
  { game_id: "g1", spread: -3.5, as_of_ts: "2026-01-15T22:00:00Z" },
  { game_id: "g2", spread: 2, as_of_ts: "2026-01-15T22:00:00Z" },
];

/** The live writer and the feature build, which were written by two people. */
interface Scripts {
  scrape(root: string): Promise<void>;
  /** The spreads that features are built from. */
  features(root: string): Promise<unknown[]>;
}

const old: Scripts = {
  async scrape(root) {
    const now = new Date(NOW); // datetime.now()
    const file = `silver/odds/season=${now.getUTCFullYear()}/date=2026-01-15/odds.parquet`;
    writeInPlace(join(root, file), QUOTES);
  },
  async features(root) {
    const [year, month] = [2026, 1]; // of the game date
    const season = month >= 8 ? year : year - 1;
    const file = join(root, `silver/odds/season=${season}/date=2026-01-15/odds.parquet`);
    if (!existsSync(file)) return []; // no lines yet: the model takes its means
    return (await readRows(file)).map(({ spread }) => spread);
  },
};

const live = (root: string) =>
  ({
    root,
    name: "live",
    timeZone: "America/New_York",
    datasets: [lines],
    gold: { season: nbaSeason },
    clock: clockAt(NOW),
  }) as const;

const ours: Scripts = {
  async scrape(root) {
    await withRun(live(root), (run) => run.stage("odds", {}, () => run.bronze.write("odds", QUOTES)));
  },
  async features(root) {
    const result = await withRun(live(root), async (run) =>
      (await run.bronze.asOf().read("odds", { date: "2026-01-15" })).rows().map(({ spread }) => spread),
    );
    return finished(result).value;
  },
};

/** January's games belong to the season that began in autumn, for who writes them and for who reads them. */
async function law({ scrape, features }: Scripts): Promise<void> {
  const root = temp();
  await scrape(root);
  expect(filesBelow(root, ".parquet"), "where the lines of 2026-01-15 lie").toEqual([LINES_FILE]);
  expect(await features(root)).toEqual([-3.5, 2]);
}

describe("wrong season", () => {
  it("the old scripts break it: January's lines lie in season=2026", async () => {
    await expect(law(old)).rejects.toMatchObject({
      message: expect.stringContaining("where the lines of 2026-01-15 lie"),
      actual: ["silver/odds/season=2026/date=2026-01-15/odds.parquet"],
      expected: ["silver/odds/season=2025/date=2026-01-15/odds.parquet"],
    });
  });

  it("so that the features of the evening have no lines, and nobody is told", async () => {
    const root = temp();
    await old.scrape(root);
    expect(await old.features(root)).toEqual([]);
  });

  it("a run keeps it: the season is the dataset's rule on the game's day", async () => {
    await law(ours);
  });

  describe("in a tree that the old scripts left", () => {
    it("reading reports where the day is and where it belongs", async () => {
      const root = temp();
      await old.scrape(root);
      const error = await errorOf(ours.features(root));
      expect(error).toMatchObject({
        code: "MISFILED_DAY",
        details: {
          dataset: "odds",
          expected: "silver/odds/season=2025/date=2026-01-15",
          found: "silver/odds/season=2026/date=2026-01-15",
        },
      });
    });

    it("writing does too, and splits no day between two seasons", async () => {
      const root = temp();
      await old.scrape(root);
      const error = await errorOf(ours.scrape(root));
      expect(error.code).toBe("MISFILED_DAY");
      expect(filesBelow(root, ".parquet")).toEqual(["silver/odds/season=2026/date=2026-01-15/odds.parquet"]);
    });
  });

  it("a writer that means calendar years has to declare it, and a reader that does not gets an error", async () => {
    const root = temp();
    const byYear = { ...lines, layout: { ...lines.layout, season: calendarYear } };
    await withRun({ ...live(root), datasets: [byYear] }, (run) => run.bronze.write("odds", QUOTES));
    expect((await errorOf(ours.features(root))).code).toBe("MISFILED_DAY");
  });

  it("a slate of another season than its tip's is not frozen", async () => {
    const slate = { season: 2026, game_date: "2026-01-15", game_id: "g1" };
    const error = await errorOf(
      withRun(live(temp()), (run) =>
        run.gold.freeze({ slate, snapshot: "lock", tip: TIPS.g1 }, async () => [{ home_points: 110 }]),
      ),
    );
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(error.message).toContain("2026-01-15 is in season 2025, but the slate says season 2026");
  });
});
