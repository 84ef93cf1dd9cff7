import {
  BronzeStore,
  defineDataset,
  domainDate,
  formatRunTs,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  Retention,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { tries } from "../campaign.js";

const lines = defineDataset({
  name: "lines",
  folder: "silver/{name}",
  timeZone: "America/New_York",
  season: nbaSeason,
  layout: layouts.perRun({ file: "lines.parquet" }),
  schema: z.object({
    game_date: domainDate(),
    game_id: z.string(),
    spread: z.number(),
    ingested_ts: instant(),
  }),
  timestamps: { asOf: null },
  key: ["game_id"],
  date: { from: "game_date" },
});

const START = Date.parse("2026-01-15T15:00:00Z");
const nsAt = (minute: number) => BigInt(START + minute * 60_000) * 1_000_000n;
const minutes = fc.uniqueArray(fc.nat({ max: 8 * 60 }), { minLength: 1, maxLength: 10 });

/** The rules said again: which of the runs at these minutes go. */
function restated(runs: readonly number[], firstOfHour: boolean, locks: readonly number[]): number[] {
  const stays = (run: number) =>
    (firstOfHour && !runs.some((other) => Math.floor(other / 60) === Math.floor(run / 60) && other < run)) ||
    locks.some((lock) => run <= lock && !runs.some((other) => other > run && other <= lock));
  return runs.filter((run) => !stays(run)).sort((a, b) => a - b);
}

describe("a prune of silver that keeps some runs", () => {
  it("keeps the first run of each hour and the last before each lock, and takes the others", async () => {
    let taken = 0;
    let left = 0;
    await fc.assert(
      fc.asyncProperty(
        minutes,
        fc.boolean(),
        fc.array(fc.nat({ max: 9 * 60 }), { maxLength: 3 }),
        async (runs, firstOfHour, locks) => {
          const storage = memoryStorage();
          const bronze = new BronzeStore({ storage, datasets: [lines], clock: () => nsAt(60 * 24 * 30) });
          for (const minute of runs) {
            const rows = [
              { game_date: "2026-01-15", game_id: "g1", spread: minute, ingested_ts: nsAt(minute) },
            ];
            await bronze.write("lines", rows, { run: { id: `r${minute}`, startedAt: nsAt(minute) } });
          }
          const retention = new Retention({ bronze, gold: [], clock: () => nsAt(60 * 24 * 30) });
          const plan = await retention.planPrune({
            daysWithoutSlate: true,
            datasets: ["lines"],
            olderThan: "P7D",
            firstOfHour,
            locks: locks.map(nsAt),
          });
          const gone = restated(runs, firstOfHour, locks);
          const runsOf = (paths: readonly (string | null)[]) =>
            paths.map((path) => /run_ts=([^/]+)/.exec(path ?? "")![1]);
          expect(runsOf(plan.days.flatMap(({ remove }) => remove.map(({ path }) => path)))).toEqual(
            gone.map((minute) => formatRunTs(nsAt(minute))),
          );
          expect(plan.refused.length).toBe(runs.length - gone.length);
          await retention.apply(JSON.parse(JSON.stringify(plan)));
          const day = await bronze.readBronzeDay("lines", "2026-01-15", { acceptPruned: true });
          const spreads = day.rows().map(({ spread }) => spread);
          expect(spreads.sort((a, b) => a - b)).toEqual(
            runs.filter((minute) => !gone.includes(minute)).sort((a, b) => a - b),
          );
          taken += gone.length;
          left += runs.length - gone.length;
        },
      ),
      tries({ small: 100, large: 2_000, few: 20, seed: 14 }),
    );
    expect(Math.min(taken, left)).toBeGreaterThan(20);
  });
});
