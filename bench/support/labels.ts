import { keyOf, numbers, startOfDay } from "./data.js";

/** A key at a cutoff. */
export interface Label {
  readonly game_id: string;
  readonly book: string;
  readonly market: string;
  readonly outcome: string;
  readonly game_date: string;
  readonly cutoff_ts: bigint;
}

/** Labels spread evenly over days and keys, the same every time. */
export function randomLabels(dates: readonly string[], count: number): Label[] {
  const random = numbers(7);
  return Array.from({ length: count }, (_, i) => {
    const game_date = dates[i % dates.length]!;
    const [game_id, book, market, outcome] = keyOf(game_date, Math.floor(random() * 840));
    const cutoff_ts = startOfDay(game_date) + BigInt(Math.floor(random() * 86_400_000)) * 1_000_000n;
    return { game_id, book, market, outcome, game_date, cutoff_ts };
  });
}
