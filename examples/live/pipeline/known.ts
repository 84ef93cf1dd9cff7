import { type BronzeView, calendar } from "bronzestore";
import type { Live, LiveRun } from "./open.js";

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

/** What a run knows at its cutoff: the games, the injury report, and the lines as they stand (silver). */
export async function knownAt(at: BronzeView<Live["datasets"]>, { date }: Pick<Live, "date">) {
  return {
    games: await at.read("schedule_raw", { date }),
    injuries: await at.read("injuries_raw", reportDays(at.cutoff)),
    lines: await at.read("odds_latest", { date }),
  };
}

/** Where to look for the newest report: the day of the question, and the one before for the hours after midnight. */
export function reportDays(cutoffNs: bigint): { date: string; lookbackDays: number } {
  return { date: calendar("America/New_York").date(cutoffNs), lookbackDays: 1 };
}
