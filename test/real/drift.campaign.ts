import { readFileSync } from "node:fs";
import { BronzeStore, defineDataset, domainDate, layouts, memoryStorage, nbaSeason } from "bronzestore";
import { expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { query } from "../second-reader/duckdb.js";
import { describeShared, sharedPath } from "./shared-data.js";

/** One pipeline's projections of minutes, of six schemas: `starter_flag` is a number in some of them, true or false in others. */
const FILES = [
  "schema01_2025-12-13_run=20251213T161455Z_minutes.parquet",
  "schema02_2025-11-19_run=20251119T150000Z_minutes.parquet",
  "schema03_2025-11-22_run=20251122T163535Z_minutes.parquet",
  "schema04_2025-11-23_run=20251124T004006Z_minutes.parquet",
  "schema05_2025-11-24_run=20251125T024020Z_minutes.parquet",
  "schema06_2025-11-26_run=20251127T021012Z_minutes.parquet",
].map((name) => `fixtures/pv2_raw/${name}`);
const DATE = "2025-11-24";

const minutes = defineDataset({
  name: "minutes",
  layout: layouts.perRun(),
  season: nbaSeason,
  timeZone: "America/New_York",
  schema: z.object({ game_id: z.bigint(), player_id: z.bigint(), game_date: domainDate() }),
  key: ["game_id", "player_id"],
  date: { from: "game_date" },
  misfiled: "read",
  // all of them in one folder
  timestamps: { asOf: null },
});

async function bronzeOf() {
  const storage = memoryStorage();
  for (const path of FILES) {
    const run = /run=(\w+?)_/.exec(path)![1]!;
    const to = `bronze/minutes/season=2025/date=${DATE}/run_ts=${run}/data.parquet`;
    await storage.publish(to, new Uint8Array(readFileSync(sharedPath(path))));
  }
  return new BronzeStore({ storage, datasets: [minutes] });
}

describeShared("six schemas in one folder, one column of which drifts", FILES, () => {
  it("are refused whole, naming the column, two files and what can be done", async () => {
    const error = await errorOf((await bronzeOf()).readBronzeDay("minutes", DATE));
    expect(error).toMatchObject({ code: "TYPE_CLASH", details: { column: "starter_flag" } });
    expect(error.message).toContain("columns says which are wanted");
  });

  it("are read without it, with the counts and sums that DuckDB has", async () => {
    const day = await (await bronzeOf()).readBronzeDay("minutes", DATE, {
      columns: ["game_id", "player_id", "game_date", "minutes_p50" as "game_id"],
    });
    const ours = new Map<string, { rows: number; players: bigint; minutes: number; known: number }>();
    for (const row of day.rows() as { player_id: bigint; game_date: string; minutes_p50?: number | null }[]) {
      const own = ours.get(row.game_date) ?? { rows: 0, players: 0n, minutes: 0, known: 0 };
      own.rows++;
      own.players += row.player_id;
      own.minutes += row.minutes_p50 ?? 0;
      if (row.minutes_p50 !== null) own.known++;
      ours.set(row.game_date, own);
    }
    const list = FILES.map((path) => `'${sharedPath(path)}'`).join(", ");
    const theirs = await query<{
      day: string;
      rows: number;
      players: bigint;
      minutes: number;
      known: number;
    }>(
      `select game_date::date::varchar as day, count(*)::int as rows, sum(player_id)::hugeint as players,
         coalesce(sum(minutes_p50::double), 0) as minutes, count(minutes_p50)::int as known
       from read_parquet([${list}], union_by_name = true) group by day`,
    );
    expect(ours.size).toBe(theirs.length);
    for (const { day: date, minutes, ...counts } of theirs) {
      expect(ours.get(date)).toMatchObject(counts);
      expect(ours.get(date)!.minutes).toBeCloseTo(minutes, 6);
    }
  });
});
