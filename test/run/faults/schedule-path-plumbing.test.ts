import { existsSync } from "node:fs";
import { join } from "node:path";
import { BronzeStore, localDisk, type Run, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { games } from "../../../examples/feeds/schedule.js";
import { odds, quote, run as runOf } from "../../bronze/feeds.js";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { finished } from "./support/finished.js";
import { filesBelow, readRows, rowsIfAny, writeInPlace } from "./support/parquet.js";
import { clockAt } from "./support/tables.js";

const temp = tempFolders();

/** 19:20 in New York: g1 has been under way for twenty minutes, g2 tips at 22:30. */
const NOW = "2026-01-16T00:20:00Z";
const DATE = "2026-01-15";
const FLAT_SCHEDULE = "schedule/schedule.parquet";

/** Prices before and after the tip of g1; and, from before the season, an export where it still tips at 22:00. */
async function evening(): Promise<string> {
  const root = temp();
  const game = (game_id: string, tip_ts: string) => ({ game_id, home: "BOS", away: "NYK", tip_ts });
  const bronze = new BronzeStore({ storage: localDisk(root), datasets: [games, odds] });
  await bronze.write(
    "schedule_raw",
    [game("g1", "2026-01-16T00:00:00Z"), game("g2", "2026-01-16T03:30:00Z")].map((row) => ({
      ...row,
      as_of_ts: "2026-01-10T12:00:00Z",
    })),
  );
  const before = "2026-01-15T23:50:00Z";
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -110, before), quote("g2", "dk", 105, before)],
    runOf("r1", "2026-01-15T23:51:00Z"),
  );
  const after = "2026-01-16T00:10:00Z";
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -450, after), quote("g2", "dk", 115, after)],
    runOf("r2", "2026-01-16T00:11:00Z"),
  );
  writeInPlace(join(root, FLAT_SCHEDULE), [
    game("g1", "2026-01-16T03:00:00Z"),
    game("g2", "2026-01-16T03:30:00Z"),
  ]);
  return root;
}

/** Projects each game of the evening from the prices that may be known; gives the price each was projected from. */
type Pipeline = (root: string) => Promise<Record<string, number | null>>;

const old: Pipeline = async (root) => {
  const schedulePath = join(root, `bronze/schedule_raw/season=2025/date=${DATE}/schedule.parquet`);
  if (!existsSync(schedulePath)) throw new Error(`no schedule at ${schedulePath}`);
  const used: Record<string, number | null> = {};
  for (const { game_id } of await readRows(schedulePath)) {
    const cutoff = await cutoffOf(root, game_id as string); // live_cutoff --game "$GAME", and no --schedule
    used[game_id as string] = await lastPrice(root, game_id as string, cutoff);
  }
  return used;
};

async function cutoffOf(
  root: string,
  gameId: string,
  schedulePath = join(root, FLAT_SCHEDULE),
): Promise<Date> {
  const now = new Date(NOW);
  const game = (await rowsIfAny(schedulePath)).find(({ game_id }) => game_id === gameId);
  const tip = game ? new Date(game.tip_ts as string) : now; // not in the schedule: as of now
  return tip < now ? tip : now;
}

async function lastPrice(root: string, gameId: string, cutoff: Date): Promise<number | null> {
  const known = [];
  for (const file of filesBelow(root, "/odds.parquet"))
    for (const row of await readRows(join(root, file)))
      if (row.game_id === gameId && (row.as_of_ts as Date) <= cutoff) known.push(row);
  known.sort((a, b) => Number(a.as_of_ts) - Number(b.as_of_ts));
  const last = known.at(-1);
  return last ? Number(last.price) : null;
}

const live = (root: string) =>
  ({
    root,
    name: "live-score",
    timeZone: "America/New_York",
    datasets: [games, odds],
    clock: clockAt(NOW),
  }) as const;
type Live = Run<readonly [typeof games, typeof odds]>;

/** No stage is handed a path: the run's view finds the schedule, and the tip it states caps the run's cutoff. */
const ours: Pipeline = async (root) => {
  const result = await withRun(live(root), async (run) => {
    const tips = await run.stage("tips", {}, async () =>
      (await run.bronze.asOf().read("schedule_raw", { date: DATE })).rows(),
    );
    return await run.stage(
      "project",
      { needs: { tips }, output: z.record(z.string(), z.int()) },
      async ({ tips }) => {
        const used: Record<string, number> = {};
        for (const { game_id, tip_ts } of tips) {
          const at = run.bronze.asOf(run.cutoffFor(tip_ts));
          used[game_id] = (await at.read("odds_raw", { date: DATE })).get({ game_id, book: "dk" })!.price!;
        }
        return used;
      },
    );
  });
  return finished(result).value.value;
};

/** A game is projected from what was known at its tip as the schedule of the day states it, and others from now. */
async function law(pipeline: Pipeline): Promise<void> {
  const used = await pipeline(await evening());
  expect(used, "prices known at 19:20, or at the tip where that was before").toEqual({ g1: -110, g2: 115 });
}

describe("schedule path plumbing", () => {
  it("the old scripts break it: a price from twenty minutes into the game is used", async () => {
    await expect(law(old)).rejects.toThrow(
      "prices known at 19:20, or at the tip where that was before: expected { g1: -450, g2: 115 } to deeply equal { g1: -110, g2: 115 }",
    );
  });

  it("a run keeps it", async () => {
    await law(ours);
  });

  describe("a run does not go on without a tip", () => {
    const inRun = async (work: (run: Live) => unknown) => errorOf(withRun(live(await evening()), work));

    it("refuses to cap at one that is not known, or has no zone", async () => {
      const unknown = await inRun((run) => run.cutoffFor(undefined as never));
      expect([unknown.code, unknown.message]).toEqual([
        "INVALID_INSTANT",
        expect.stringMatching(/^Tip undefined is not an instant/),
      ]);
      expect((await inRun((run) => run.cutoffFor("2026-01-15T19:00:00"))).code).toBe("INVALID_INSTANT");
    });

    it("refuses a view past its own cutoff, whatever a schedule says", async () => {
      const error = await inRun((run) => run.bronze.asOf("2026-01-16T03:00:00Z"));
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toContain("The run's cutoff is 2026-01-16T00:20:00Z");
    });

    it("refuses prices of a game that the schedule does not know", async () => {
      const error = await inRun((run) => run.bronze.write("odds_raw", [quote("g9", "dk", 100, NOW)]));
      expect(error.code).toBe("UNKNOWN_LOOKUP");
      expect(error.message).toContain("g9");
    });
  });
});
