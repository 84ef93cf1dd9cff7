import {
  BronzeStore,
  defineDataset,
  defineSchedule,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  type Storage,
} from "bronzestore";
import * as z from "zod";
import type { AnyDataset } from "../../src/dataset/index.js";
import { makeLayout } from "../../src/dataset/layout.js";
import { parseTemplate } from "../../src/dataset/path-template.js";

/** Three games of one evening and one of the night before; the late one is the next day in UTC. */
export const schedule = defineSchedule(
  [
    { game_id: "g0", tip_ts: "2026-01-15T00:00:00Z" },
    { game_id: "g1", tip_ts: "2026-01-16T00:00:00Z" },
    { game_id: "g2", tip_ts: "2026-01-16T03:30:00Z" },
    { game_id: "g3", tip_ts: "2026-01-16T00:30:00Z" },
  ],
  { timeZone: "America/New_York" },
);

export const odds = defineDataset({
  name: "odds_raw",
  layout: layouts.perRun({ file: "odds.parquet" }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    book: z.string(),
    price: z.int().nullable(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "book"],
  date: { from: schedule.gameDate("game_id") },
});

const injurySchema = z.object({
  game_id: z.string(),
  player_id: z.string(),
  status: z.string(),
  report_ts: instant(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant(),
});

export const injuries = defineDataset({
  name: "injuries_raw",
  layout: layouts.hourly({ file: "injuries.parquet" }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: injurySchema,
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  partitionIs: "snapshot",
});

/** The same feed, but each file speaks only for the games it holds or declares. */
export const injuriesByGame = defineDataset({
  name: "injuries_by_game",
  layout: layouts.hourly({ file: "injuries.parquet" }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: injurySchema,
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  partitionIs: "snapshot",
  scope: ["game_id"],
});

export const roster = defineDataset({
  name: "roster_nightly_raw",
  layout: layouts.daily({ file: "roster.parquet" }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    player_id: z.string(),
    team: z.string().nullable(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["player_id"],
  date: { from: "as_of_ts" },
});

/** A store in memory whose clock stands still. */
export function storeOf(storage: Storage = memoryStorage(), now = "2026-01-15T18:00:00Z") {
  const nowNs = BigInt(Date.parse(now)) * 1_000_000n;
  return new BronzeStore({ storage, datasets: [odds, injuries, injuriesByGame, roster], clock: () => nowNs });
}

/** The same, of datasets that have a latest view too. */
export function storeWithViews(storage: Storage = memoryStorage()) {
  const datasets = [withView(odds), withView(injuries), withView(injuriesByGame), roster] as const;
  return new BronzeStore({
    storage,
    datasets,
    clock: () => BigInt(Date.parse("2026-01-15T18:00:00Z")) * 1_000_000n,
  });
}

/** A dataset with a flat latest view beside its history. */
export function withView<D extends AnyDataset>(dataset: D): D {
  const { history, season } = dataset.layout;
  const file = history[0]!.text.split("/").at(-1);
  const latest = parseTemplate(`season={season}/date={date}/${file}`, dataset.name);
  return { ...dataset, layout: makeLayout(history, latest, season) };
}

/** A dataset of which `write` keeps no latest view. */
export function withoutView<D extends AnyDataset>(dataset: D): D {
  const { history, season } = dataset.layout;
  return { ...dataset, layout: makeLayout(history, undefined, season) };
}

export function run(id: string, startedAt = "2026-01-15T17:15:00Z") {
  return { run: { id, startedAt } };
}

export function quote(
  game_id: string,
  book: string,
  price: number | null,
  as_of_ts: string | null,
  ingested_ts = "2026-01-15T17:15:01Z",
) {
  return { game_id, book, price, as_of_ts, ingested_ts };
}

export function report(
  report_ts: string,
  statuses: Record<string, string>,
  game_id = "g1",
  ingested_ts = report_ts,
) {
  return Object.entries(statuses).map(([player_id, status]) => ({
    game_id,
    player_id,
    status,
    report_ts,
    as_of_ts: report_ts,
    ingested_ts,
  }));
}

/** Every data file of a storage below a folder. */
export async function filesIn(storage: Storage, folder = "bronze"): Promise<string[]> {
  const files: string[] = [];
  for (const { name, kind } of await storage.list(folder)) {
    const path = `${folder}/${name}`;
    if (kind === "folder") files.push(...(await filesIn(storage, path)));
    else if (!name.startsWith(".")) files.push(path);
  }
  return files;
}
