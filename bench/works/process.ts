import { join } from "node:path";
import { BronzeStore, formatInstant } from "bronzestore";
import type { Bench, Work } from "../support/bench.js";
import { type Ran, runChild } from "../support/child.js";
import { numbers, startOfDay } from "../support/data.js";
import { asOfSql, at, filesOf } from "../support/duck.js";
import { compared, type Figure, inTurn } from "../support/measure.js";
import { reports } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";

const DATE = "2026-01-15";

/** `node script.mjs`, from nothing to an answer: what a shell script or a cron job waits for. */
export const wholeProcess: Work = {
  name: "process",
  async run(bench) {
    const day = { date: DATE, firstRuns: 12 };
    const hour = bench.tree([day]);
    const cutoff = startOfDay(DATE) + 45n * 60_000_000_000n;
    const reportsRoot = await writeReports(bench);
    const latest = startOfDay(DATE) + 15n * 3_600_000_000_000n;
    return [
      ...(await measure(bench, "one hour of odds, 12 files of 840 rows", hour, {
        asked: { cutoff: formatInstant(cutoff) },
        sql: asOfSql(filesOf(hour, [day]), at(cutoff)),
      })),
      ...(await measure(bench, "16 hourly files of 150 rows", reportsRoot, {
        asked: { dataset: "reports_raw", cutoff: formatInstant(latest) },
        sql: `
          SELECT game_id, player_id, arg_max(price, as_of_ts) AS price, arg_max_null(point, as_of_ts) AS point,
            max(as_of_ts) AS as_of_ts, max(report_ts) AS report_ts, arg_max(ingested_ts, as_of_ts) AS ingested_ts
          FROM read_parquet('${join(reportsRoot, "bronze/reports_raw/season=2025", `date=${DATE}`, "hour=*/*.parquet")}')
          WHERE as_of_ts <= ${at(latest)} GROUP BY game_id, player_id ORDER BY game_id, player_id`,
      })),
    ];
  },
};

async function measure(
  bench: Bench,
  what: string,
  root: string,
  { asked, sql }: { asked: Record<string, unknown>; sql: string },
): Promise<Figure[]> {
  const file = bench.path("request.json");
  const figures: Figure[] = [];
  for (const { zod, note, goals } of SCRIPTS) {
    const pairs = await inTurn<Ran>(
      bench.quick ? 5 : 11,
      1,
      () => {
        return runChild("ours.mjs", file, { question: "asOf", root, zod, days: { date: DATE }, ...asked });
      },
      () => runChild("duckdb.mjs", file, { queries: [sql] }),
    );
    for (const [ours, rival] of pairs) assertSame(what, ours, rival);
    const line = { work: "process", what: `whole process, ${what}${note}` };
    figures.push(
      compared(
        { ...line, unit: "ms", ...(goals && { goal: { share: 0.55 } }) },
        pairs.map(([a, b]) => [a.wallMs, b.wallMs]),
      ),
      compared(
        { ...line, what: `${line.what}: peak memory`, unit: "MB", ...(goals && { goal: { share: 0.65 } }) },
        pairs.map(([a, b]) => [a.peakMb, b.peakMb]),
      ),
    );
  }
  return figures;
}

/** The goal is the thin script's. What it costs to bring a zod of one's own is told beside it. */
const SCRIPTS = [
  { zod: "bronzestore/zod", note: "", goals: true },
  { zod: "zod", note: ", with zod from its own package", goals: false },
] as const;

/** 16 reports of 150 players, on the hour, from midnight. */
async function writeReports(bench: Bench): Promise<string> {
  const root = bench.path("tree");
  const bronze = new BronzeStore({ root, datasets: [reports()] });
  const random = numbers(16);
  for (let hour = 0; hour < 16; hour++) {
    const report_ts = startOfDay(DATE) + BigInt(hour) * 3_600_000_000_000n;
    const rows = Array.from({ length: 150 }, (_, player) => ({
      game_id: `g${player % 12}`,
      player_id: `p${player}`,
      price: Math.floor(random() * 100),
      point: random() < 0.3 ? null : Math.floor(random() * 80) / 2,
      report_ts,
      as_of_ts: report_ts,
      ingested_ts: report_ts + 60_000_000_000n,
    }));
    await bronze.write("reports_raw", rows);
  }
  return root;
}
