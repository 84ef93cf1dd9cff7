import { type BronzeView, calendar } from "bronzestore";
import type { Live } from "./live-pipeline.js";

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
