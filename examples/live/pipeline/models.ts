/** Four models in plain arithmetic, each a pure function of the one before: the plumbing is real, they are not. */
import * as z from "bronzestore/zod";

/** What the models need of a game. */
interface ModelGame {
  readonly game_id: string;
  readonly home: string;
  readonly away: string;
}
interface Listed {
  readonly game_id: string;
  readonly team: string;
  readonly status: string;
}
interface Quoted {
  readonly game_id: string;
  readonly market: string;
  readonly outcome: string;
  readonly point: number | null;
}

const team = { game_id: z.string(), team: z.string(), is_home: z.boolean() };
export const minutesRows = z.array(z.object({ ...team, regulars: z.number(), bench: z.number() }));
export const rateRows = z.array(z.object({ ...team, points: z.number(), quotes: z.int() }));
export const simRows = z.array(z.object({ ...team, win_chance: z.number() }));
export const ownershipRows = z.array(z.object({ ...team, ownership: z.number() }));
/** A team of a slate: what the models say of it. A game that nothing was known of has no rows, but these columns. */
export const slateRows = z.array(
  minutesRows.element.extend(rateRows.element.shape).extend(simRows.element.shape),
);

/** Minutes that a listed player is likely to miss, of the 24 a regular plays. */
const MISSED: Record<string, number> = { OUT: 24, DOUBTFUL: 18, QUESTIONABLE: 12, PROBABLE: 3 };

/** Who plays: of the 240 minutes of a team, those of its regulars and those the bench takes over. */
export function projectMinutes(
  games: Iterable<ModelGame>,
  report: Iterable<Listed>,
): z.output<typeof minutesRows> {
  const listed = [...report];
  return [...games].flatMap(({ game_id, home, away }) =>
    [home, away].map((team) => {
      const own = listed.filter((row) => row.game_id === game_id && row.team === team);
      const bench = own.reduce((sum, { status }) => sum + (MISSED[status] ?? 0), 0);
      return { game_id, team, is_home: team === home, regulars: 240 - bench, bench };
    }),
  );
}

/** Points: what the market expects of a team, less what the bench scores less. */
export function projectRates(
  minutes: z.output<typeof minutesRows>,
  lines: Iterable<Quoted>,
): z.output<typeof rateRows> {
  const quoted = [...lines];
  const mean = (game_id: string, market: string, outcome: string, otherwise: number) => {
    const own = quoted.filter(
      (row) => row.game_id === game_id && row.market === market && row.outcome === outcome,
    );
    const points = own.flatMap(({ point }) => (point === null ? [] : [point]));
    const sum = points.reduce((sum, point) => sum + point, 0);
    return { quotes: points.length, point: points.length > 0 ? sum / points.length : otherwise };
  };
  return minutes.map(({ game_id, team, is_home, regulars, bench }) => {
    const total = mean(game_id, "totals", "over", 224);
    const spread = mean(game_id, "spreads", is_home ? "home" : "away", 0);
    const points = ((total.point - spread.point) / 2) * ((regulars + 0.8 * bench) / 240);
    return { game_id, team, is_home, points: rounded(points), quotes: total.quotes + spread.quotes };
  });
}

/** Who wins: the margin on a logistic curve. */
export function simulate(rates: z.output<typeof rateRows>): z.output<typeof simRows> {
  return rates.map(({ game_id, team, is_home, points }) => {
    const other = rates.find((row) => row.game_id === game_id && row.team !== team)!;
    return { game_id, team, is_home, win_chance: rounded(1 / (1 + Math.exp((other.points - points) / 6.5))) };
  });
}

/** Which share of all entries plays a team: favourites draw more than their share. */
export function projectOwnership(sim: z.output<typeof simRows>): z.output<typeof ownershipRows> {
  const all = sim.reduce((sum, { win_chance }) => sum + win_chance ** 2, 0);
  return sim.map(({ win_chance, ...row }) => ({ ...row, ownership: rounded(win_chance ** 2 / all) }));
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
