/** Three ways to read the odds of a day wrong. Each works on the rows of the tree the demo wrote. */
import { formatInstant } from "bronzestore";
import type { GameStore, OddsKey, OddsRow } from "./store.js";

/** Every Parquet file below the day's folder, history and latest view alike: `glob("**\/*.parquet")`. */
export async function everyFile(bronze: GameStore, date: string): Promise<OddsRow[]> {
  const history = await bronze.readBronzeDay("odds_raw", date, { prefer: "history" });
  const latest = await bronze.readBronzeDay("odds_raw", date, { prefer: "latest" });
  return [...history, ...latest];
}

/** The latest view, taken for what was known before the game. */
export async function latestQuote(bronze: GameStore, date: string, key: OddsKey): Promise<OddsRow> {
  const latest = await bronze.readBronzeDay("odds_raw", date, { prefer: "latest" });
  return latest.rows().find((row) => sameLine(row, key))!;
}

/** Rows under the UTC day of `as_of_ts`, sentinels and all; those without `as_of_ts` fall out. */
export function byUtcDay(rows: readonly OddsRow[]): Map<string, OddsRow[]> {
  const days = new Map<string, OddsRow[]>();
  for (const row of rows) {
    if (row.as_of_ts === null) continue;
    const day = formatInstant(row.as_of_ts).slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return new Map([...days].sort());
}

/** The last quote of a line among some rows. */
export function lastQuote(rows: readonly OddsRow[], key: OddsKey): OddsRow | undefined {
  return rows
    .filter((row) => sameLine(row, key))
    .sort((a, b) => Number(a.as_of_ts! - b.as_of_ts!))
    .at(-1);
}

function sameLine(row: OddsRow, key: OddsKey): boolean {
  const { game_id, book, market, outcome } = key;
  return row.game_id === game_id && row.book === book && row.market === market && row.outcome === outcome;
}
