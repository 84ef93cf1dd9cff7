import { readFileSync } from "node:fs";
import { basename } from "node:path";
import {
  BronzeStore,
  defineDataset,
  domainDate,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { expect, test } from "vitest";
import * as z from "zod";
import { openParquet } from "../../src/table/index.js";
import { query } from "../second-reader/duckdb.js";
import { describeShared, parquetFiles, sharedPath } from "./shared-data.js";

/** What a user would say of a file of one of these tables: its times, the date of its games, and no more. */
const AS_OF = ["as_of_ts", "odds_as_of_ts", "tip_ts"];
const INGESTED = ["ingested_ts", "frozen_at", "generated_ts"];
const KEYS = ["game_id", "player_id", "event_id", "player", "location"];

const DAY = "2026-01-15";
const PATH = `bronze/own/season=2025/date=${DAY}/run_ts=20260115T180000Z/data.parquet`;

/** A dataset over one file: other columns, and with them all other times, are declared by nobody. */
function datasetOver(names: readonly string[], textKey: boolean) {
  const find = (some: readonly string[]) => some.find((name) => names.includes(name));
  const [asOf, ingested, key] = [find(AS_OF), find(INGESTED), find(KEYS)!];
  const date = names.includes("game_date") ? "game_date" : (asOf ?? "as_of");
  const schema: Record<string, z.ZodType> = { [key]: textKey ? z.string().nullable() : z.bigint() };
  for (const name of [asOf, ingested]) if (name !== undefined) schema[name] = instant().nullable();
  if (date === "game_date" || date === "as_of") schema[date] = domainDate().nullable();
  return defineDataset({
    name: "own",
    schema: z.object(schema),
    key: [key],
    date: { from: date as never },
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    misfiled: "read",
    timestamps: { asOf: asOf ?? null, ...(ingested !== undefined && { ingested }), naive: "utc" },
  } as never);
}

const files = parquetFiles();

describeShared("every Parquet file of the shared data, as its own little tree", files, () => {
  let times = 0;

  test.each(files)("%s is read, and its times and dates are those DuckDB reads", async (file) => {
    const bytes = new Uint8Array(readFileSync(sharedPath(file)));
    const { columns } = openParquet(bytes, basename(file));
    const key = KEYS.find((name) => columns.has(name))!;
    const storage = memoryStorage();
    await storage.publish(PATH, bytes);
    const dataset = datasetOver([...columns.keys()], columns.get(key)!.kind === "text");
    const day = await new BronzeStore({ storage, datasets: [dataset] }).readBronzeDay("own", DAY);
    for (const [name, type] of columns) {
      if (type.kind !== "timestamp" && type.kind !== "date") continue;
      const isDate = type.kind === "date" || name === "game_date";
      const [theirs] = await query<{ n: bigint; least: string | null; most: string | null }>(
        isDate
          ? `SELECT count("${name}") n, min("${name}")::DATE::VARCHAR least, max("${name}")::DATE::VARCHAR most FROM '${sharedPath(file)}'`
          : `SELECT count("${name}") n, epoch_us(min("${name}"))::VARCHAR least, epoch_us(max("${name}"))::VARCHAR most FROM '${sharedPath(file)}'`,
      );
      const cells = (day.column(name as never) as (bigint | string | null)[]).filter((cell) => cell !== null);
      const sorted = cells.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect([name, cells.length, inMicroseconds(sorted[0]), inMicroseconds(sorted.at(-1))]).toEqual([
        name,
        Number(theirs!.n),
        theirs!.least,
        theirs!.most,
      ]);
      // Naive times that nobody declared stay text without a zone.
      const isNaive = type.kind === "timestamp" && !type.utc && !dataset.columns.has(name);
      expect(cells.every((cell) => typeof cell === (isDate || isNaive ? "string" : "bigint"))).toBe(true);
      times++;
    }
  });

  test("is what was looked at", () => {
    expect(times).toBeGreaterThan(30);
  });
});

/** A cell as DuckDB's query says it: dates as text, times in microseconds, which it truncates to. */
function inMicroseconds(cell: bigint | string | undefined): string | null {
  if (cell === undefined) return null;
  if (typeof cell === "bigint") return String(cell / 1_000n);
  return cell.length === 10
    ? cell
    : String(BigInt(Date.parse(`${cell.slice(0, 19)}Z`)) * 1_000n + microseconds(cell));
}

function microseconds(wall: string): bigint {
  return BigInt((wall.split(".")[1] ?? "").padEnd(6, "0").slice(0, 6));
}
