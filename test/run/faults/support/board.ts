import { defineDataset, instant, layouts, nbaSeason, type WriteRowOf } from "bronzestore";
import * as z from "zod";

/** A board of prices, big enough that writing it takes a while: every row says which edition of it it is of. */
export const board = defineDataset({
  name: "board",
  layout: layouts.daily({ file: "board.parquet" }),
  folder: "silver/{name}",
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    player_id: z.string(),
    market: z.string(),
    price: z.number(),
    edition: z.int(),
    as_of_ts: instant(),
    ingested_ts: instant(),
    run_id: z.string(),
  }),
  key: ["player_id", "market"],
  date: { from: "as_of_ts" },
});

export const BOARD_FILE = "silver/board/season=2025/date=2026-01-15/board.parquet";
export const BOARD_POINTER = "silver/board/latest_run.json";
export const BOARD_ROWS = 1_500;

/** The rows of an edition, a second newer than the one before. */
export function editionOf(edition: number): WriteRowOf<typeof board>[] {
  const as_of_ts = new Date(Date.parse("2026-01-15T17:00:00Z") + edition * 1000).toISOString();
  return Array.from({ length: BOARD_ROWS }, (_, i) => ({
    player_id: `player-${i % 500}`,
    market: ["points", "rebounds", "assists"][Math.floor(i / 500)]!,
    price: -110 + ((edition * 7 + i) % 20),
    edition,
    as_of_ts,
  }));
}
