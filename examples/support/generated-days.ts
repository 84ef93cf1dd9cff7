import type { GameDay } from "../../fixtures/index.js";
import type { GameStore } from "./store.js";

/** What the generator makes of a day, or of a week. */
type Generated = Pick<GameDay, "games" | "injuryReports" | "oddsRuns" | "boxScores">;

/** Writes generated days as live pipelines would: each report, run and box score in a write of its own. */
export async function writeGenerated(bronze: GameStore, days: Generated): Promise<void> {
  await bronze.write("schedule_raw", days.games);
  for (const { rows } of days.injuryReports) await bronze.write("injuries_raw", rows);
  for (const { rows, ...run } of days.oddsRuns) await bronze.write("odds_raw", rows, { run });
  for (const { rows, ...run } of days.boxScores) await bronze.write("box_scores_raw", rows, { run });
}
