import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tries } from "../campaign.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { randomJoin } from "./random-labels.js";
import { DATE, randomTree, storeOf, treeOfFolders } from "./random-tree.js";
import { assertSameJoin } from "./same-join.js";

const place = duckdbPlaces();
const oneDay = fc.constantFrom({ from: DATE, to: DATE }, { date: "day" }, { lookbackDays: 1 });

describe("DuckDB joins labels as the library does, with the same rows, order, places and counts", () => {
  test("on random trees", async () => {
    let rows = 0;
    const joins = randomTree(1_000n).chain((tree) =>
      randomJoin(tree, oneDay, [DATE, "2026-01-16"]).map((join) => ({ tree, join })),
    );
    await fc.assert(
      fc.asyncProperty(joins, async ({ tree, join }) => {
        const { storage, engine } = place();
        const own = await assertSameJoin(await storeOf(tree, storage), engine, {
          dataset: "random_raw",
          ...join,
        });
        expect(own).not.toBeTypeOf("string");
        rows += (own as { provenance: { rowsSelected: number } }).provenance.rowsSelected;
      }),
      tries({ few: 6, small: 400, large: 10_000, seed: 71 }),
    );
    expect(rows).toBeGreaterThan(0);
  });

  test("where folders are states", async () => {
    const joins = treeOfFolders(1_000n).chain((tree) =>
      randomJoin(tree, oneDay, [DATE]).map((join) => ({ tree, join })),
    );
    await fc.assert(
      fc.asyncProperty(joins, async ({ tree, join }) => {
        const { storage, engine } = place();
        await assertSameJoin(await storeOf(tree, storage), engine, { dataset: "random_raw", ...join });
      }),
      tries({ few: 2, small: 150, large: 4_000, seed: 72 }),
    );
  });
});
