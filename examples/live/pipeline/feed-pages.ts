/**
 * What a feed's page must be before its rows come near bronze: the schema of its dataset, less what the pipeline stamps.
 * A page without rows is refused, since a broken feed serves the same.
 */
import { defineSchedule, domainDate, instant } from "bronzestore";
import * as z from "bronzestore/zod";
import { injuries } from "../../feeds/injuries.js";
import { oddsOf } from "../../feeds/odds.js";
import { games } from "../../feeds/schedule.js";

const injuryRow = injuries.schema.omit({ ingested_ts: true, run_id: true });
// Only writing looks games up.
const quote = oddsOf(defineSchedule([], { timeZone: "America/New_York" })).schema.omit({
  ingested_ts: true,
  run_id: true,
});
const game = games.schema.omit({ ingested_ts: true }).extend({ season: z.int(), game_date: domainDate() });

/** One injury report: `rows` for `injuries_raw`. */
export const injuriesPage = z.object({ report_ts: instant(), rows: z.array(injuryRow.strict()).min(1) });

/** The lines as they stand: `rows` for `odds_raw`. */
export const oddsPage = z.object({ scraped_at: instant(), rows: z.array(quote.strict()).min(1) });

/** The games of a day: `games` for `schedule_raw`, and for each of them the slate that gold knows it by. */
export const schedulePage = z.object({ games: z.array(game.strict()).min(1) }).transform(({ games }) => ({
  games: games.map(({ season, game_date, ...row }) => row),
  slates: games.map(({ season, game_date, game_id }) => ({ season, game_date, game_id })),
}));
