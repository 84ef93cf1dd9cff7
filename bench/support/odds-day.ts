import { BronzeStore, defineDataset, defineSchedule, history, instant } from "bronzestore";
import * as z from "zod";

/** One day of odds as the live pipeline writes it: 288 runs of 840 quotes, 241,920 rows, 9 columns. */
export const DATE = "2026-01-15";
const GAMES = Array.from({ length: 12 }, (_, i) => `00225005${String(i + 10)}`);
const BOOKS = ["bet365", "betmgm", "caesars", "draftkings", "espnbet", "fanduel", "pinnacle"];
const LINES = [
  ["h2h", "home"],
  ["h2h", "away"],
  ["spreads", "home"],
  ["spreads", "away"],
  ["totals", "over"],
  ["totals", "under"],
  ["h2h_h1", "home"],
  ["h2h_h1", "away"],
  ["spreads_h1", "home"],
  ["spreads_h1", "away"],
] as const;

const schedule = defineSchedule(GAMES.map((game_id) => ({ game_id, game_date: DATE })));

export const odds = defineDataset({
  name: "odds_raw",
  file: "odds.parquet",
  schema: z.object({
    game_id: z.string(),
    book: z.string(),
    market: z.string(),
    outcome: z.string(),
    price: z.int32(),
    point: z.number().nullable(),
    as_of_ts: instant(),
    ingested_ts: instant(),
    run_id: z.string(),
  }),
  key: ["game_id", "book", "market", "outcome"],
  date: { from: schedule.gameDate("game_id") },
  history: history.perRun(),
});

/** First run of the day, epoch nanoseconds: midnight in New York. */
export const START_NS = 1_768_453_200_000_000_000n;
const MINUTE_NS = 60_000_000_000n;

/** Writes `runs` runs, five minutes apart, under `root`. Times are whole microseconds, so DuckDB reads them exactly. */
export async function writeOddsDay(root: string, runs = 288): Promise<void> {
  const bronze = new BronzeStore({ root, datasets: [odds] });
  const random = numbers(20260115);
  for (let run = 0; run < runs; run++) {
    const startedAt = START_NS + BigInt(run) * 5n * MINUTE_NS;
    const rows = [];
    for (const game_id of GAMES) {
      for (const book of BOOKS) {
        for (const [market, outcome] of LINES) {
          const ageUs = BigInt(Math.floor(random() * 240_000_000));
          rows.push({
            game_id,
            book,
            market,
            outcome,
            price: -110 + Math.floor(random() * 40) - 20,
            point: market.startsWith("h2h") ? null : Math.floor(random() * 40) / 2,
            as_of_ts: startedAt - ageUs * 1000n,
            ingested_ts: startedAt + 20_000_000_000n,
          });
        }
      }
    }
    await bronze.write("odds_raw", rows, { run: { id: `run-${run}`, startedAt } });
  }
}

/** Cutoffs spread evenly over the day. */
export function cutoffsOfDay(count: number): bigint[] {
  return Array.from(
    { length: count },
    (_, i) => START_NS + (BigInt(i + 1) * 24n * 60n * MINUTE_NS) / BigInt(count + 1),
  );
}

/** mulberry32: the same numbers on every machine. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
