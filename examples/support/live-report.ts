import type * as z from "bronzestore/zod";
import type { injuriesPage } from "./feed-pages.js";
import { acknowledge } from "./live-acks.js";
import { reportDays } from "./live-known.js";
import type { Live, LiveRun } from "./live-pipeline.js";

/**
 * Whether bronze holds an injury report of a time, or of a span within one day. A report is one file, so it is there
 * whole or not at all. Bronze itself is asked: no list of what was done can be wrong about it.
 */
export async function hasReport(run: LiveRun, fromNs: bigint, toNs = fromNs): Promise<boolean> {
  // Published since the run began: nobody else can have written it since then.
  if (fromNs > run.cutoff) return false;
  const at = run.bronze.asOf(toNs < run.cutoff ? toNs : run.cutoff);
  const then = await at.read("injuries_raw", { date: reportDays(fromNs).date });
  return then.column("report_ts").some((own) => own >= fromNs && own <= toNs);
}

/** Writes a report; it speaks for every game of the schedule, also for those it lists nobody in. */
export async function writeReport(
  run: LiveRun,
  { schedule, clock, acks }: Live,
  { report_ts, rows }: z.output<typeof injuriesPage>,
): Promise<number> {
  const ingested_ts = clock();
  const captured = rows.map((row) => ({ ...row, ingested_ts }));
  const covers = schedule.games.map(({ game_id }) => ({ game_id }));
  await run.bronze.write("injuries_raw", captured, { snapshot: { time: report_ts, covers } });
  acknowledge(acks, "injuries_raw", run.id, captured);
  return captured.length;
}
