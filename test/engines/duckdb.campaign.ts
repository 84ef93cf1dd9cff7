import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dialects } from "bronzestore/sql";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { feedIn, LAYOUTS, points, storeIn, writeRuns } from "../bronze/layout-feeds.js";
import { tries } from "../campaign.js";
import { FEEDS, storeOfFeed } from "../retention/compacted-feeds.js";
import { DATE as FEED_DATE, MINUTE, NOON, writeTo } from "../retention/feed-writes.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { keptSteps, takeSteps } from "./kept-steps.js";
import { assertSame } from "./same-answer.js";

const place = duckdbPlaces();

describe("DuckDB gives the rows, order, places and counts of the library", () => {
  test.each(Object.entries(FEEDS))("of a compacted and pruned day: %s", async (_, dataset) => {
    let [refused, compacted] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        keptSteps,
        fc.integer({ min: -1, max: 13 }),
        fc.constantFrom({}, { knownBy: "cutoff" as const }, { knownBy: NOON + 30n * MINUTE }),
        fc.record(
          {
            includeRuns: fc.boolean(),
            prefer: fc.constantFrom("history", "latest"),
            maxAge: fc.constant("PT40M"),
            columns: fc.constant(["points", "game_id"]),
            acceptPruned: fc.boolean(),
            lookbackDays: fc.constant(1),
          },
          { requiredKeys: [] },
        ),
        async (steps, at, bound, options) => {
          const { root, storage, engine } = place();
          const store = storeOfFeed(dataset, storage);
          await takeSteps(store, steps);
          const cutoff = NOON + BigInt(at) * 10n * MINUTE;
          const own = await assertSame(store, engine, {
            dataset: "feed",
            cutoff,
            bound,
            asked: { date: FEED_DATE, ...options },
          });
          const names = readdirSync(root, { recursive: true, encoding: "utf8" });
          if (own === "PRUNED") refused++;
          else if (names.some((name) => !name.startsWith(".trash") && name.includes(".compacted-")))
            compacted++;
        },
      ),
      tries({ few: 2, small: 60, large: 600, seed: 63 }),
    );
    expect({ refused: refused > 0, compacted: compacted > 0 }).toEqual({ refused: true, compacted: true });
  });

  test("gets the plan of many files through a table", async () => {
    const { root, storage, engine, instance } = place();
    const bronze = storeOfFeed(FEEDS["snapshots of games by run"]!, storage);
    for (const [run, game_id] of ["g1", "g2"].entries()) {
      const cells = { points: 1, report_ts: NOON, as_of_ts: NOON, ingested_ts: NOON };
      const rows = [{ ...cells, game_id, player_id: "ada" }];
      await writeTo([bronze], { kind: "write", rows, run, covers: run === 1 });
    }
    const one = await storage.read(`bronze/feed/date=${FEED_DATE}/run=20260115T170000Z/data.parquet`);
    for (let i = 0; i < 520; i++) {
      const run = `20260115T18${String(Math.floor(i / 60)).padStart(2, "0")}${String(i % 60).padStart(2, "0")}Z`;
      const path = join(root, `bronze/feed/date=${FEED_DATE}/run=${run}/data.parquet`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, one);
    }
    const cutoff = NOON + 600n * MINUTE;
    const own = await assertSame(bronze, engine, { dataset: "feed", cutoff, asked: { date: FEED_DATE } });
    expect(own).toMatchObject({ provenance: { rowsSeen: 522 } });
    const asked = { dialect: dialects.duckdb, root, cutoff, date: FEED_DATE } as const;
    const { answer } = await bronze.sql("feed" as never, asked as never);
    expect(answer.setup.length).toBeGreaterThan(3);
    expect(answer.query.length).toBeLessThan(8_000);
    const connection = await instance.connect();
    const left = await connection.runAndReadAll("SELECT table_name FROM information_schema.tables");
    expect(left.getRows()).toEqual([]);
  });

  test.each(Object.keys(LAYOUTS))("in the layout: %s", async (name) => {
    const { storage, engine } = place();
    const layout = LAYOUTS[name]!;
    const bronze = storeIn(feedIn(layout), storage);
    await writeRuns(bronze);
    await bronze.write(
      "points",
      points("2026-01-16T12:00:00-05:00", { ada: 3, zed: 4 }) as never,
      {
        run: { id: "r9", startedAt: "2026-01-16T17:00:00Z" },
      } as never,
    );
    for (const cutoff of ["2026-01-15T17:30:00Z", "2026-01-17T00:00:00Z"]) {
      const span = { from: "2026-01-15", to: "2026-01-16" };
      await assertSame(bronze, engine, { dataset: "points", cutoff, asked: span });
      await assertSame(bronze, engine, {
        dataset: "points",
        cutoff,
        asked: { date: "2026-01-15", prefer: "latest" },
      });
      await assertSame(bronze, engine, {
        dataset: "points",
        cutoff,
        asked: { date: "2026-01-16", includeRuns: false },
      });
    }
  });
});
