import fc from "fast-check";
import { describe, test } from "vitest";
import { tries } from "../campaign.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { randomTree, treeOfFolders } from "./random-tree.js";
import { assertTree } from "./same-tree.js";

const place = duckdbPlaces();

describe("DuckDB gives the rows, order, places and counts of the library", () => {
  test("and of the oracle, on random trees", async () => {
    await fc.assert(
      fc.asyncProperty(randomTree(1_000n), (tree) => assertTree(tree, place())),
      tries({ few: 4, small: 400, large: 3_000, seed: 61 }),
    );
  });

  test("where folders are states", async () => {
    await fc.assert(
      fc.asyncProperty(treeOfFolders(1_000n), (tree) => assertTree(tree, place())),
      tries({ few: 1, small: 150, large: 1_500, seed: 62 }),
    );
  });
});
