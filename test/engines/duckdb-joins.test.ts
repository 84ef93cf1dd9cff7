import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tries } from "../campaign.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { randomJoin } from "./random-labels.js";
import { DATE, randomTree, storeOf, treeOfFolders } from "./random-tree.js";
import { assertSameDiff, assertSameTables } from "./same-diff.js";
import { assertSameJoin, assertSameOfQuery } from "./same-join.js";

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
      tries({ few: 6, small: 400, large: 3_000, seed: 71 }),
    );
    expect(rows).toBeGreaterThan(0);
  });

  test("of labels that it has itself, on random trees", async () => {
    const joins = randomTree(1_000n).chain((tree) =>
      randomJoin(tree, oneDay, [DATE, "2026-01-16"]).map((join) => ({ tree, join })),
    );
    let labelled = 0;
    await fc.assert(
      fc.asyncProperty(joins, fc.constantFrom("TIMESTAMPTZ", "BIGINT"), async ({ tree, join }, type) => {
        // Without a label, only a query says what their columns are.
        fc.pre(join.labels.length > 0);
        const { storage, engine, instance } = place();
        const table = `labels_${labelled++}`;
        const connection = await instance.connect();
        await connection.run(
          `CREATE TABLE ${table} (game VARCHAR, player DOUBLE, "at" ${type}, known ${type}, day DATE, won BOOLEAN)`,
        );
        for (const { game, player, at, known, day, won } of join.labels) {
          const cells = [game, player, at, known, day, won].map((cell, i) => {
            if (cell === null) return "NULL";
            if (i === 2 || i === 3)
              return type === "BIGINT" ? String(cell) : `make_timestamptz(${cell as bigint} // 1000)`;
            return typeof cell === "string" ? `'${cell.replaceAll("'", "''")}'` : String(cell);
          });
          await connection.run(`INSERT INTO ${table} VALUES (${cells.join(", ")})`);
        }
        connection.closeSync();
        const query = `SELECT * FROM ${table}`;
        await assertSameOfQuery(await storeOf(tree, storage), engine, {
          dataset: "random_raw",
          ...join,
          query,
        });
      }),
      tries({ few: 6, small: 400, large: 3_000, seed: 73 }),
    );
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
      tries({ few: 2, small: 150, large: 1_500, seed: 72 }),
    );
  });
});

describe("DuckDB tells what changed as the library does", () => {
  test("on random trees", async () => {
    let moved = 0;
    const bound = fc.constantFrom({}, { knownBy: "cutoff" }, { maxAge: { milliseconds: 2 } }, "own" as const);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(randomTree(1_000n), treeOfFolders(1_000n)),
        bound,
        fc.constantFrom(undefined, ["status"], ["run_id", "status"]),
        async (tree, some, columns) => {
          const { storage, engine } = place();
          const bronze = await storeOf(tree, storage);
          const { questions } = tree.history;
          for (const [i, { cutoff }] of questions.entries()) {
            const { cutoff: to, knownBy = to } = questions[(i + 1) % questions.length]!;
            const asked = {
              dataset: "random_raw",
              cutoffs: [cutoff - 3_000_000n, to] as const,
              span: { date: DATE, ...(columns && { columns }) },
              bounds: some === "own" ? { knownBy } : some,
            };
            const own = await assertSameDiff(bronze, engine, asked);
            expect(own).not.toBeTypeOf("string");
            if (i === 0) await assertSameTables(bronze, engine, asked);
            const { added, changed, gone } = own as Record<string, unknown[]>;
            moved += added!.length + changed!.length + gone!.length;
          }
        },
      ),
      tries({ few: 10, small: 300, large: 3_000, seed: 74 }),
    );
    expect(moved).toBeGreaterThan(0);
  });
});
