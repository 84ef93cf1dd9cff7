import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localDisk } from "bronzestore";
import { afterAll, expect, test } from "vitest";
import { DAY, OLD, retentionWorld, writeBoard, writeRun } from "../retention/world.js";
import { query } from "./duckdb.js";

const root = mkdtempSync(join(tmpdir(), "bronze-compacted-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const FILES = `read_parquet('${root}/bronze/odds_raw/*/*/run_ts=*/*.parquet', hive_partitioning = true)`;
const rows = () =>
  query(
    `SELECT game_id, book, price, CAST(as_of_ts AS VARCHAR) AS as_of, CAST(ingested_ts AS VARCHAR) AS ingested, run_id ` +
      `FROM ${FILES} ORDER BY ALL`,
  );
const types = () => query(`DESCRIBE SELECT * FROM ${FILES}`);

test("DuckDB sees each row of a compacted day once, with the types it had; late rows and undone days too", async () => {
  const world = retentionWorld(localDisk(root));
  await writeBoard(world, [22, 23]);
  const [before, columns] = [await rows(), await types()];
  await world.retention.apply(await world.retention.planCompact({ ...OLD, into: "day" }));
  expect(await query(`SELECT count(*)::INT AS n FROM glob('${root}/${DAY}/*/*.parquet')`)).toEqual([
    { n: 1 },
  ]);
  expect(await rows()).toEqual(before);
  expect(await types()).toEqual(columns);
  await writeRun(world, 24 * 60);
  const withLate = await rows();
  expect(withLate).toHaveLength(before.length + 4);
  await world.retention.apply(await world.retention.planCompact({ ...OLD, into: "day" }));
  expect(await rows()).toEqual(withLate);
  await world.retention.apply(await world.retention.planCompact({ ...OLD, into: "files" }));
  expect(await query(`SELECT count(*)::INT AS n FROM glob('${root}/${DAY}/*/*.parquet')`)).toEqual([
    { n: 7 },
  ]);
  expect(await rows()).toEqual(withLate);
  expect(await types()).toEqual(columns);
});
