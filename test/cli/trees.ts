import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BronzeStore, GoldStore, memoryStorage, nbaSeason, type Storage, withRun } from "bronzestore";
import { writeGenerated } from "../../examples/support/generated-days.js";
import { gameStore } from "../../examples/support/store.js";
import { generateGameDay } from "../../fixtures/index.js";
import { query } from "../second-reader/duckdb.js";
import { copyFiles } from "../storage/copy-files.js";

const feeds = fileURLToPath(new URL("../../examples/feeds/", import.meta.url));

/** The slate that the demo tree has. */
export const SLATE = "season=2025 game_date=2026-01-15 game_id=0022500561";

/**
 * A small game day, a frozen slate and two runs, as the demo makes them.
 *
 * @param storage where they lie; default: the folder
 */
export async function demoTree(folder: string, storage?: Storage): Promise<void> {
  const made = await inMemory();
  if (storage) await copyFiles(made, storage);
  else
    for (const { path } of await made.listTree!("")) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), await made.read(path));
    }
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "bronzestore.config.ts"), demoConfig(`root: "."`));
}

const builder = (cell: string) => `import type { AnyDataset, Build } from "bronzestore";

export const build: Build<readonly AnyDataset[]> = async (at, { slate }) => {
  const lines = await at.read("odds_raw", { date: "2026-01-15" });
  return [{ game_id: slate.game_id, lines: ${cell} }];
};
`;

/** The builder that froze the tree's slate, one that makes something else, one that looks ahead, one that fails; labels; a file to import. */
const FILES = {
  "build.ts": builder("lines.length"),
  "other.ts": builder("lines.length + 1"),
  "leaky.ts": builder("lines.provenance.rowsSeen"),
  "failing.ts": 'export default () => {\n  throw new Error("no model");\n};\n',
  "games.csv":
    "game_id,home,away,tip_ts,as_of_ts,ingested_ts\n0022500999,BOS,NYK,2026-01-16T00:30:00Z,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z\n",
  "labels.ts": 'export const labels = [{ game_id: "0022500561", won: true }];\n',
  "none.ts": "export const rows = 1;\n",
};

/** Made once: a disk takes its time with each file. */
let demo: Promise<Storage> | undefined;

function inMemory(): Promise<Storage> {
  demo ??= makeDemo(memoryStorage());
  return demo;
}

async function makeDemo(storage: Storage): Promise<Storage> {
  const day = generateGameDay({ games: 2, books: 2, runs: 8, runEveryMinutes: 90, players: 4 });
  await writeGenerated(gameStore(storage, day.games), day);
  const clock = () => BigInt(Date.parse("2026-01-16T06:00:00Z")) * 1_000_000n;
  const bronze = new BronzeStore({ storage, datasets: gameStore(storage, day.games).datasets, clock });
  const gold = new GoldStore({ storage, bronze, clock, timeZone: "America/New_York", season: nbaSeason });
  const { game_id, tip_ts } = day.games[0]!;
  await gold.freeze(
    { slate: { season: 2025, game_date: "2026-01-15", game_id }, snapshot: "lock", tip: tip_ts },
    async (at) => {
      const lines = await at.read("odds_raw", { date: "2026-01-15" });
      return [{ game_id, lines: lines.length }];
    },
  );
  const run = { storage, name: "score", timeZone: "America/New_York", datasets: [], clock } as const;
  const later = () => clock() + 300_000_000_000n;
  await withRun(run, (run) => run.stage("rates", {}, () => 1));
  await withRun({ ...run, clock: later }, (run) =>
    run.stage("odds", {}, () => {
      throw new Error("the feed is down");
    }),
  ).catch(() => {});
  return storage;
}

/**
 * The config of such a tree: its odds are dated by its own schedule.
 *
 * @param place `root` or `storage`, as source
 */
export function demoConfig(place: string): string {
  return `import { BronzeStore, defineConfig, defineSchedule, nbaSeason, s3Storage } from "bronzestore";
import { boxScoresOf } from "${feeds}box-scores.ts";
import { injuries } from "${feeds}injuries.ts";
import { oddsOf } from "${feeds}odds.ts";
import { games } from "${feeds}schedule.ts";
import { build } from "./build.ts";

const timeZone: string = "America/New_York";
const clock = () => BigInt(Date.parse("2026-01-16T12:00:00Z")) * 1_000_000n;
const place = { ${place} };
const own = new BronzeStore({ ...place, ...("root" in place && { root: import.meta.dirname }), datasets: [games] });
const rows = (await own.readBronzeDay("schedule_raw", "2026-01-15")).rows();
const schedule = defineSchedule(rows, { timeZone });

export default defineConfig({
  ...place,
  datasets: [games, injuries, oddsOf(schedule), boxScoresOf(schedule)],
  gold: { timeZone, season: nbaSeason, build },
  schedule,
  clock,
});
`;
}

/** What other programs leave: prices in a Hive tree without zones, and a few files without any date. */
export async function foreignTree(folder: string): Promise<void> {
  const write = async (path: string, rows: string): Promise<void> => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    await query(`COPY (${rows}) TO '${join(folder, path)}' (FORMAT parquet)`);
  };
  const prices = (day: string, hour: number, bid: number) => `
    SELECT * FROM (VALUES
      ('0000123', ${bid}.25::DOUBLE, 10, TIMESTAMP '${day} ${hour}:00:00', TIMESTAMP '${day} ${hour}:01:00'),
      ('ACME', ${bid}.5::DOUBLE, NULL, TIMESTAMP '${day} ${hour}:00:30', TIMESTAMP '${day} ${hour}:01:00')
    ) AS prices(symbol, bid, volume, updated_at, fetched_at)`;
  await write("prices/dt=2026-01-14/batch-0.parquet", prices("2026-01-14", 15, 100));
  await write("prices/dt=2026-01-15/batch-0.parquet", prices("2026-01-15", 15, 101));
  await write("prices/dt=2026-01-15/batch-1.parquet", prices("2026-01-15", 16, 102));
  await write(
    "reference/stations.parquet",
    "SELECT * FROM (VALUES (1, 'Kiel', 54.3::DOUBLE), (2, 'Łódź', 51.8::DOUBLE)) AS s(station_id, name, latitude)",
  );
}

/** A config of that tree in which slates are of a day and a desk, with what builds them, and labels. */
export function freezeForeign(folder: string): void {
  const files = {
    "bronzestore.config.ts": `import { defineConfig, defineDataset, defineSchedule, domainDate, instant } from "bronzestore";
import * as z from "bronzestore/zod";
import { build } from "./build.ts";

const timeZone = "UTC";
const prices = defineDataset({
  name: "prices",
  folder: "prices",
  layout: "dt={date}/*.parquet",
  timeZone,
  schema: z.object({
    symbol: z.string(),
    bid: z.number(),
    volume: z.int32().nullable(),
    updated_at: instant(),
    fetched_at: instant(),
    dt: domainDate(),
  }),
  key: ["symbol"],
  files: "append",
  date: { from: "dt" },
  timestamps: { asOf: "updated_at", ingested: "fetched_at", naive: "utc" },
});
const closes = ["2026-01-14", "2026-01-15"].map((day) => ({
  game_id: \`close of \${day}\`,
  day,
  desk: "kiel",
  tip_ts: \`\${day}T17:00:00Z\`,
}));

export default defineConfig({
  root: ".",
  datasets: [prices],
  gold: { timeZone, slate: { key: ["day", "desk"], dateKey: "day" }, snapshots: { close: "PT15M" }, build },
  schedule: defineSchedule(closes, { timeZone }),
});
`,
    "build.ts": `import type { AnyDataset, Build } from "bronzestore";

export const build: Build<readonly AnyDataset[]> = async (at, { slate }) => {
  const held = await at.read("prices", { date: String(slate.day) });
  return held.rows().map(({ symbol, bid }) => ({ symbol, bid }));
};
`,
    "labels.ts":
      'export const labels = [{ symbol: "ACME", rose: true }, { symbol: "0000123", rose: false }];\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Breaks such a tree in every way at once: what was planted, by the code of the doctor that names it. */
export function breakTree(folder: string): Readonly<Record<string, string>> {
  const day = "bronze/injuries_raw/season=2025/date=2026-01-15";
  const odds = "bronze/odds_raw/season=2025/date=2026-01-15";
  const report = readFileSync(join(folder, day, "hour=16/injuries.parquet"));
  const put = (path: string, bytes: string | Uint8Array): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
    return path;
  };
  rmSync(join(folder, day, "hour=19"), { recursive: true }); // an hour that is missing: coverage says it
  const run = readdirSync(join(folder, "runs/2026-01-16")).find((name) => /^\d.*\.json$/.test(name))!;
  const { digest: _, ...record } = JSON.parse(readFileSync(join(folder, "runs/2026-01-16", run), "utf8"));
  const dead = {
    ...record,
    run_id: "20260116T070000Z-0badcafe",
    version: 1,
    status: "running",
    ended_at: null,
  };
  return {
    truncated: put(`${day}/hour=17/injuries.parquet`, report.subarray(0, 900)),
    empty: put(`${odds}/run_ts=20260115T184000Z/odds.parquet`, ""),
    misfiled: put("bronze/injuries_raw/season=2025/date=2026-01-12/hour=17/injuries.parquet", report),
    stray: put(`${day}/backup/injuries.parquet`, report),
    foreign: dirname(dirname(put("bronze/oddz_raw/date=2026-01-15/odds.parquet", report))),
    dead: put(`runs/2026-01-16/${dead.run_id}.json`, JSON.stringify(dead)),
  };
}
