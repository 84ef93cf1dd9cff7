import { reportDays } from "./live-known.js";
import { minutesRows, projectMinutes, projectRates, rateRows, simRows, simulate } from "./live-models.js";
import type { LiveBuild } from "./live-pipeline.js";

/** A team of a game: what the models say of it. A game that nothing was known of has no rows, but these columns. */
export const liveSlateRow = minutesRows.element.extend(rateRows.element.shape).extend(simRows.element.shape);

/** The rows of a game's slate, by the same models as the live run's, from bronze at the slate's own cutoff. */
export const liveSlate: LiveBuild = async (at, { slate, cutoff }) => {
  const [date, game_id] = [String(slate.game_date), String(slate.game_id)];
  const isOurs = (row: { readonly game_id: string }) => row.game_id === game_id;
  const games = (await at.read("schedule_raw", { date })).rows().filter(isOurs);
  const report = (await at.read("injuries_raw", reportDays(cutoff))).rows().filter(isOurs);
  const lines = (await at.read("odds_raw", { date })).rows().filter(isOurs);
  const minutes = projectMinutes(games, report);
  const rates = projectRates(minutes, lines);
  return simulate(rates).map((row, i) => ({ ...minutes[i]!, ...rates[i]!, ...row }));
};
