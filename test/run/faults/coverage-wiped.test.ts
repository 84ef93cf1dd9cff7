import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRun, type WriteRowOf, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { finished } from "./support/finished.js";
import { rowsIfAny, writeInPlace } from "./support/parquet.js";
import { clockAt, LINES_FILE, lines } from "./support/tables.js";

const temp = tempFolders();
type Quote = WriteRowOf<typeof lines>;

const quote = (game_id: string, spread: number | null, as_of_ts: string): Quote => ({
  game_id,
  spread,
  as_of_ts,
});

/** Takes one scrape into the snapshot that features are built from. `at` is when it was made. */
type Etl = (root: string, scraped: readonly Quote[], at: string) => Promise<void>;

/** `df.to_parquet(SILVER / "odds.parquet")`: the newest scrape is the snapshot. */
const old: Etl = async (root, scraped) => {
  writeInPlace(join(root, LINES_FILE), scraped as Quote[]);
};

/** What it became after the first lost evening: `if df.empty: return`. */
const oldWithGuard: Etl = async (root, scraped, at) => {
  if (scraped.length > 0) await old(root, scraped, at);
};

const ours: Etl = async (root, scraped, at) => {
  await withRun(
    { root, name: "live-scrape", timeZone: "America/New_York", datasets: [lines], clock: clockAt(at) },
    (run) => run.stage("odds", {}, () => run.bronze.write("odds", scraped)),
  );
};

/** What a bad scrape does not say stays known; what a good one says holds. */
async function law(etl: Etl): Promise<void> {
  const root = temp();
  const spreads = async () =>
    Object.fromEntries(
      (await rowsIfAny(join(root, LINES_FILE))).map(({ game_id, spread }) => [game_id, spread]),
    );
  const [g1, g2] = [quote("g1", -3.5, "2026-01-15T20:00:00Z"), quote("g2", 2, "2026-01-15T20:00:00Z")];
  await etl(root, [g1, g2], "2026-01-15T20:01:00Z");
  expect(await spreads()).toEqual({ g1: -3.5, g2: 2 });

  await etl(root, [], "2026-01-15T21:01:00Z");
  expect(await spreads(), "lines after an empty scrape").toEqual({ g1: -3.5, g2: 2 });

  await etl(root, [quote("g1", null, "2026-01-15T22:00:00Z"), g2], "2026-01-15T22:01:00Z");
  expect(await spreads(), "lines after a scrape without the spread").toEqual({ g1: -3.5, g2: 2 });

  await etl(root, [quote("g1", -4, "2026-01-15T23:00:00Z")], "2026-01-15T23:01:00Z");
  expect(await spreads(), "lines after a scrape of one game").toEqual({ g1: -4, g2: 2 });
}

describe("coverage wiped", () => {
  it("the old scripts break it: an empty scrape leaves no lines", async () => {
    await expect(law(old)).rejects.toThrow(
      "lines after an empty scrape: expected {} to deeply equal { g1: -3.5, g2: 2 }",
    );
  });

  it("guarded against empty scrapes they break it still: a null field wipes a known spread", async () => {
    await expect(law(oldWithGuard)).rejects.toThrow(
      "lines after a scrape without the spread: expected { g1: null, g2: 2 } to deeply equal { g1: -3.5, g2: 2 }",
    );
  });

  it("a run keeps it", async () => {
    await law(ours);
  });

  it("shows an empty scrape for what it is: no rows in the run file, and no file touched", async () => {
    const root = temp();
    await ours(root, [quote("g1", -3.5, "2026-01-15T20:00:00Z")], "2026-01-15T20:01:00Z");
    const file = join(root, LINES_FILE);
    const before = [statSync(file, { bigint: true }).mtimeNs, readFileSync(file)];
    const result = await withRun(
      { root, name: "live-scrape", timeZone: "America/New_York", datasets: [lines] },
      (run) => run.stage("odds", {}, () => run.bronze.write("odds", [])),
    );
    const { stages } = await readRun({ root }, finished(result).runId, { timeZone: "America/New_York" });
    expect(stages).toMatchObject([{ stage: "odds", status: "completed", rows: 0, bytes: 0 }]);
    expect([statSync(file, { bigint: true }).mtimeNs, readFileSync(file)]).toEqual(before);
  });

  it("does not let a table of changes be declared empty", async () => {
    const error = await errorOf(
      withRun({ root: temp(), name: "live-scrape", timeZone: "America/New_York", datasets: [lines] }, (run) =>
        run.bronze.write("odds", [], { snapshot: { date: "2026-01-15" } }),
      ),
    );
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(error.message).toContain('Dataset "odds" holds changes');
  });
});
