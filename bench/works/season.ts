import { formatInstant } from "bronzestore";
import type { Work } from "../support/bench.js";
import { type Ran, runChild } from "../support/child.js";
import { gamesOf, numbers, startOfDay } from "../support/data.js";
import { filesOf } from "../support/duck.js";
import { alone, compared, inTurn } from "../support/measure.js";
import { assertSame } from "../support/same.js";

/** A backtest over a season, day by day: 12 games a day, what was quoted for each at lock and at tip-off. */
export const season: Work = {
  name: "season",
  async run(bench) {
    const { root, dates } = bench.season();
    const file = bench.path("request.json");
    const ours = (days: readonly string[]) => () => {
      return runChild("ours.mjs", file, { question: "season", root, days: days.map(labelsOf) });
    };
    const labels = dates.flatMap(labelsOf);
    const setup = [
      `CREATE TABLE labels AS SELECT * FROM (VALUES ${labels
        .map(
          ({ game_id, game_date, cutoff_ts }) => `('${game_id}', '${game_date}', TIMESTAMPTZ '${cutoff_ts}')`,
        )
        .join(", ")}) AS l (game_id, game_date, cutoff_ts)`,
    ];
    // Day by day, as we do: over 20 days as fast as one query over all files, in less memory.
    const queries = dates.map(
      (date) => `
      SELECT l.game_id, l.cutoff_ts, book, market, outcome, arg_max(price, as_of_ts) AS price,
        arg_max_null(point, as_of_ts) AS point, max(as_of_ts) AS as_of_ts
      FROM ${filesOf(root, [{ date }])} o JOIN (FROM labels WHERE game_date = '${date}') l
        ON l.game_id = o.game_id AND o.as_of_ts <= l.cutoff_ts
      GROUP BY ALL`,
    );
    const pairs = await inTurn<Ran>(bench.quick ? 1 : 7, 0, ours(dates), () =>
      runChild("duckdb.mjs", file, { setup, queries }),
    );
    for (const [own, rival] of pairs) assertSame("season", own, rival);

    const rows = (dates.length * 241_920).toLocaleString("en");
    const line = { work: "season", what: `backtest of ${dates.length} days, ${rows} rows` };
    const seconds = pairs.map(([a, b]) => [a.ms / 1000, b.ms / 1000] as const);
    const tenth = dates.slice(0, Math.ceil(dates.length / 10));
    const short = ours(tenth)();
    return [
      compared({ ...line, unit: "s", goal: { faster: 2 } }, seconds),
      {
        ...compared(
          { ...line, what: `${line.what}: peak memory`, unit: "MB" },
          pairs.map(([a, b]) => [a.peakMb, b.peakMb]),
        ),
        goal: { atMost: 600 },
        met: pairs.every(([own]) => own.peakMb <= 600),
      },
      alone({ ...line, what: `backtest of ${tenth.length} of these days: peak memory`, unit: "MB" }, [
        short.peakMb,
      ]),
    ];
  },
};

function labelsOf(date: string) {
  const random = numbers(Number(date.replaceAll("-", "")));
  return gamesOf(date).flatMap((game_id) => {
    const tip = startOfDay(date) + BigInt(19 * 60 + Math.floor(random() * 14) * 15) * 60_000_000_000n;
    return [tip - 900_000_000_000n, tip].map((ns) => ({
      game_id,
      game_date: date,
      cutoff_ts: formatInstant(ns),
    }));
  });
}
