import type { Live, LiveRun } from "./live-pipeline.js";

/**
 * Brings silver up to date: the lines as they stand at the run's cutoff. Taken from the latest view of bronze, where a
 * quote without a number has not wiped the one before, even if the run that scraped that one died before its silver.
 */
export async function refreshLines(run: LiveRun, { date }: Pick<Live, "date">): Promise<number> {
  const lines = await run.bronze.asOf().read("odds_raw", { date, prefer: "latest" });
  // Silver is this run's; only the capture is still the scrape's.
  const rows = lines.rows().map(({ run_id, ...line }) => line);
  await run.bronze.write("odds_latest", rows);
  return rows.length;
}
