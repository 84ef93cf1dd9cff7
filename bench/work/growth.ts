import { formatInstant } from "bronzestore";
import { coldAgain, type Work } from "../support/bench.js";
import { runChild } from "../support/child.js";
import { type DaySpec, seasonDays, startOfDay } from "../support/data.js";
import { alone, type Figure, median } from "../support/measure.js";

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
    const base = measure(day({}));
    const grown: readonly [string, DaySpec[]][] = [
      ["rows in as many files", day({ rowsPerRun: ROWS * 10 })],
      ["files with as many rows in all", day({ runs: RUNS * 10, rowsPerRun: ROWS / 10 })],
      ["days", seasonDays(10).flatMap((date) => day({ date }))],
      ["keys with as many rows", day({ games: GAMES * 10 })],
    ];
    const figures: Figure[] = [];
    for (const [what, days] of grown) {
      const { ms, peakMb } = measure(days);
      const line = { work: "growth", unit: "x" as const };
      figures.push(
        alone({ ...line, what: `10 times the ${what}: time` }, [ms / base.ms]),
        alone({ ...line, what: `10 times the ${what}: peak memory` }, [peakMb / base.peakMb]),
      );
    }
    return figures;

    /** Three processes, the median of each figure. */
    function measure(days: readonly DaySpec[]): { ms: number; peakMb: number } {
      const root = bench.tree(days);
      const file = bench.path("request.json");
      const last = days.at(-1)!.date;
      const ran = Array.from({ length: 3 }, () => {
        coldAgain(root);
        return runChild("ours.mjs", file, {
          question: "asOf",
          root,
          days: { from: days[0]!.date, to: last },
          cutoff: formatInstant(startOfDay(last) + 86_400_000_000_000n),
        });
      });
      const most = days.reduce((keys, { games = GAMES }) => keys + games * 70, 0);
      for (const { rows } of ran) if (rows !== most) throw new Error(`growth: ${rows} rows, not ${most}`);
      return { ms: median(ran.map(({ ms }) => ms)), peakMb: median(ran.map(({ peakMb }) => peakMb)) };
    }
  },
};
