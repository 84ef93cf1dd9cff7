import * as z from "zod";
import { defineDataset, instant, layouts } from "../../src/dataset/index.js";
import { nbaSeason, parseInstant } from "../../src/time/index.js";

/** An instant of the day the examples play on: `t("12:00")`, `t("12:00:00.000000001")`. */
export function t(time: string): bigint {
  return parseInstant(`2026-01-15T${time.length === 5 ? `${time}:00` : time}Z`);
}

const oddsSchema = z.object({
  game_id: z.string(),
  book: z.string().nullable(),
  price: z.number().nullable(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant().nullable(),
  run_id: z.string().nullable(),
});

const oddsBase = {
  name: "odds_raw",
  schema: oddsSchema,
  key: ["game_id", "book"],
  date: { from: "ingested_ts" },
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
} as const;

/** Each row is a change of one line. */
export const odds = defineDataset(oddsBase);

/** A null price takes the line down. */
export const oddsWithTombstone = defineDataset({ ...oddsBase, tombstone: (row) => row.price === null });

const injuriesSchema = z.object({
  game_id: z.string(),
  player_id: z.string(),
  status: z.string().nullable(),
  note: z.string().nullable(),
  report_ts: instant().nullable(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant().nullable(),
});

const injuriesBase = {
  name: "injuries_raw",
  schema: injuriesSchema,
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  layout: layouts.hourly(),
  timeZone: "America/New_York",
  season: nbaSeason,
  partitionIs: "snapshot",
} as const;

/** Each file is one report, the whole state of the feed. */
export const injuries = defineDataset(injuriesBase);

/** Each file is one scrape and speaks only for the games it holds or declares. */
export const injuriesByGame = defineDataset({ ...injuriesBase, scope: ["game_id"] });

interface Line {
  readonly game_id?: string;
  readonly book?: string | null;
  readonly ingested?: bigint | null;
}

/** A price of one line; captured when it was published, unless told otherwise. */
export function line(price: number | null, asOf: bigint | null, given: Line = {}) {
  const { game_id = "g1", book = "dk", ingested = asOf } = given;
  return { game_id, book, price, as_of_ts: asOf, ingested_ts: ingested, run_id: null };
}

/** A player's status in the report of `report`. */
export function status(
  player_id: string,
  status: string | null,
  report: bigint,
  { game_id = "g1", note = null, asOf = report, ingested = report }: Partial<Status> = {},
) {
  return { game_id, player_id, status, note, report_ts: report, as_of_ts: asOf, ingested_ts: ingested };
}

interface Status {
  readonly game_id: string;
  readonly note: string | null;
  readonly asOf: bigint | null;
  readonly ingested: bigint | null;
}
