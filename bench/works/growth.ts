import { formatInstant } from "bronzestore";
import type { Bench, Work } from "../support/bench.js";
import { type Ran, runChild } from "../support/child.js";
import { type DaySpec, seasonDays, startOfDay } from "../support/data.js";
import { alone, type Figure, inTurn } from "../support/measure.js";

const RUNS = 96;
const ROWS = 840;
const GAMES = 12;

/** A cold `asOf` at the end of what there is, each time with ten times as much of one thing. */
export const growth: Work = {
  name: "growth",
  async run(bench) {
    const [first] = seasonDays(1);
    const day = (more: Partial<DaySpec>): DaySpec[] => [
      { date: first!, runs: RUNS, rowsPerRun: ROWS, games: GAMES, ...more },
    ];
    const base = question(bench, day({}));
    const grown = {
      "rows in as many files": question(bench, day({ rowsPerRun: ROWS * 10 })),
      "files with as many rows in all": question(bench, day({ runs: RUNS * 10, rowsPerRun: ROWS / 10 })),
      days: question(
        bench,
        seasonDays(10).flatMap((date) => day({ date })),
      ),
      "keys with as many rows": question(bench, day({ games: GAMES * 10 })),
    };
    const figures: Figure[] = [];
    for (const [what, ask] of Object.entries(grown)) {
      const pairs = await inTurn<Ran>(bench.rounds("long"), 1, ask, base);
      const line = { work: "growth", unit: "x" as const };
      const times = (cost: (ran: Ran) => number) => pairs.map(([more, less]) => cost(more) / cost(less));
      figures.push(
        alone(
          { ...line, what: `10 times the ${what}: time` },
          times(({ ms }) => ms),
        ),
        alone(
          { ...line, what: `10 times the ${what}: peak memory` },
          times(({ peakMb }) => peakMb),
        ),
      );
    }
    return figures;
  },
};

/** Asks in a process of its own for all that is known at the end of some days. */
function question(bench: Bench, days: readonly DaySpec[]): () => Ran {
  const root = bench.tree(days);
  const file = bench.path("request.json");
  const last = days.at(-1)!.date;
  const keys = days.reduce((sum, { games = GAMES }) => sum + games * 70, 0);
  return () => {
    const ran = runChild("ours.mjs", file, {
      question: "asOf",
      root,
      days: { from: days[0]!.date, to: last },
      cutoff: formatInstant(startOfDay(last) + 86_400_000_000_000n),
    });
    if (ran.rows !== keys) throw new Error(`growth: ${ran.rows} rows, not ${keys}`);
    return ran;
  };
}
