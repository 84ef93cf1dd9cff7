import type { Dataset, instant, PartitionMeaning, ScheduledGame } from "bronzestore";
import type * as z from "zod";

type Instant = ReturnType<typeof instant>;
type Odds = z.ZodObject<{
  game_id: z.ZodString;
  book: z.ZodString;
  market: z.ZodString;
  outcome: z.ZodString;
  price: z.ZodInt32;
  point: z.ZodNullable<z.ZodNumber>;
  as_of_ts: Instant;
  ingested_ts: Instant;
  run_id: z.ZodString;
}>;
type Reports = z.ZodObject<{
  game_id: z.ZodString;
  player_id: z.ZodString;
  price: z.ZodInt32;
  point: z.ZodNullable<z.ZodNumber>;
  report_ts: Instant;
  as_of_ts: Instant;
  ingested_ts: Instant;
}>;

export function odds(options?: {
  readonly games?: readonly ScheduledGame[];
  readonly partitionIs?: PartitionMeaning;
}): Dataset<"odds_raw", Odds, "game_id" | "book" | "market" | "outcome">;

export function reports(): Dataset<"reports_raw", Reports, "game_id" | "player_id">;
