import { formatInstant } from "bronzestore";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tries } from "../campaign.js";
import { quote, run, storeOf } from "./feeds.js";

const MINUTE_NS = 60_000_000_000n;
const START_NS = 1_768_496_400_000_000_000n; // 2026-01-15T17:00:00Z
const at = (minutes: number, ns = 0) => formatInstant(START_NS + BigInt(minutes) * MINUTE_NS + BigInt(ns));
const GAMES = ["g1", "g3"];

/** Runs some minutes apart, most with the same quotes; each was published a while ago, or is announced (-1). */
const runs = fc.array(
  fc.record({
    wait: fc.integer({ min: 1, max: 20 }),
    books: fc.constantFrom(["dk", "fd"], ["dk", "fd"], ["fd", "dk"], ["dk"]),
    ages: fc.array(fc.constantFrom(1, 1, 1, 2, 5, 30, -1, null), { minLength: 4, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 10 },
);

const joins = fc.record({
  cutoffs: fc.array(fc.tuple(fc.nat({ max: 120 }), fc.constantFrom(0, 1)), { maxLength: 4 }),
  maxAge: fc.constantFrom(undefined, "PT10M", "PT1H"),
  knownBy: fc.constantFrom(undefined, "cutoff_ts" as const),
});

test("a join of files equals the join of a timeline of all of them, in rows and in what it counts", async () => {
  let rowsAhead = 0;
  await fc.assert(
    fc.asyncProperty(runs, joins, async (history, { cutoffs, maxAge, knownBy }) => {
      const bronze = storeOf();
      let minutes = 0;
      for (const [i, { wait, books, ages }] of history.entries()) {
        minutes += wait;
        const rows = books.flatMap((book, b) =>
          GAMES.map((game, g) => {
            const age = ages[b * 2 + g]!;
            return quote(game, book, i * 10 + b, age === null ? null : at(minutes - age), at(minutes));
          }),
        );
        await bronze.write("odds_raw", rows, run(`r${i}`, at(minutes)));
      }
      // The last cutoff is one that every file may matter to.
      const asked = [...cutoffs.map(([cutoff, ns]) => at(cutoff, ns)), at(minutes + 2)];
      const labels = asked.flatMap((cutoff_ts) => GAMES.map((game_id) => ({ game_id, cutoff_ts })));
      const options = {
        on: ["game_id"],
        cutoff: "cutoff_ts",
        ...(knownBy && { knownBy }),
        ...(maxAge && { maxAge }),
      } as const;
      const days = { from: "2026-01-15", to: "2026-01-15" };
      const joined = await bronze.joinAsOf(labels, "odds_raw", { ...options, ...days });
      const whole = (await bronze.timeline("odds_raw", days)).joinAsOf(labels, options);
      expect(joined.rows()).toEqual(whole.rows());
      expect(joined.provenance).toEqual(whole.provenance);
      rowsAhead += joined.provenance.rowsAhead;
    }),
    tries({ small: 300, large: 6_000, seed: 111 }),
  );
  expect(rowsAhead).toBeGreaterThan(0);
});
