import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tries } from "../campaign.js";
import { FEEDS, storeOfFeed } from "../retention/compacted-feeds.js";
import { DATE, MINUTE, NOON } from "../retention/feed-writes.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { keptSteps, takeSteps } from "./kept-steps.js";
import { assertSameJoin } from "./same-join.js";

const place = duckdbPlaces();
const instant = fc.integer({ min: -1, max: 13 }).map((i) => NOON + BigInt(i) * 10n * MINUTE);
const labels = fc.array(
  fc.record({
    game_id: fc.constantFrom("g1", "g2"),
    player_id: fc.constantFrom("ada", "bo", "cy"),
    cutoff: instant,
    known: instant,
    day: fc.constantFrom(DATE, "2026-01-16"),
  }),
  { minLength: 1, maxLength: 8 },
);
const options = fc
  .tuple(
    fc.constantFrom(["game_id"], ["player_id"], ["game_id", "player_id"]),
    fc.constantFrom(
      { from: "2026-01-14", to: DATE },
      { date: "day" },
      { date: "day", lookbackDays: 1 },
      { lookbackDays: 1 },
    ),
    fc.record(
      {
        knownBy: fc.oneof(fc.constantFrom("cutoff", "known"), instant),
        maxAge: fc.constant("PT40M"),
        prefer: fc.constantFrom("history", "latest"),
        acceptPruned: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([on, days, more]) => ({
    ...more,
    ...days,
    on,
    cutoff: "cutoff",
    columns: ["points"],
    prefix: "was_",
  }));

describe("DuckDB joins labels with days that were compacted and pruned as the library does", () => {
  test.each(Object.entries(FEEDS))("of %s", async (_, dataset) => {
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(keptSteps, labels, options, async (steps, labels, options) => {
        const { storage, engine } = place();
        const bronze = storeOfFeed(dataset, storage);
        await takeSteps(bronze, steps);
        const own = await assertSameJoin(bronze, engine, { dataset: "feed", labels, options });
        if (typeof own !== "string")
          rows += (own as { provenance: { rowsSelected: number } }).provenance.rowsSelected;
      }),
      tries({ few: 6, small: 40, large: 400, seed: 77 }),
    );
    expect(rows).toBeGreaterThan(0);
  });
});
