import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localDisk } from "bronzestore";
import { afterAll, expect, it } from "vitest";
import { query } from "../second-reader/duckdb.js";
import { freezeGame, OLD, retentionWorld, writeBoard } from "./world.js";

const root = mkdtempSync(join(tmpdir(), "bronze-foreign-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The lines at an instant, by DuckDB, which knows nothing of `_retention.json`. */
function lines(at: string) {
  return query(`
    select game_id, book, arg_max(price, (as_of_ts, ingested_ts))::varchar price, count(*)::int n
    from read_parquet('${root}/bronze/odds_raw/**/*.parquet', hive_partitioning = true)
    where date = '2026-01-15' and as_of_ts <= '${at}' group by all order by all`);
}

it("another engine sees plain Hive Parquet and the same rows once a compaction is done", async () => {
  const made = retentionWorld(localDisk(root));
  await writeBoard(made);
  await freezeGame(made, "g1");
  const cutoffs = ["2026-01-15T22:30:00Z", "2026-01-16T00:30:00Z", "2026-01-16T03:00:00Z"];
  const before = await Promise.all(cutoffs.map(lines));
  expect(before[2]).toHaveLength(4);
  await made.retention.apply(await made.retention.planCompact({ ...OLD, into: "day" }));
  expect(await Promise.all(cutoffs.map(lines))).toEqual(before);
});
