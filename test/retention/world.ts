import {
  BronzeStore,
  type Build,
  defineDataset,
  GoldStore,
  layouts,
  memoryStorage,
  nbaSeason,
  Retention,
  type Storage,
} from "bronzestore";
import { filesOf, listDays } from "../../src/bronze/index.js";
import { injuries, odds, quote, report, roster } from "../bronze/feeds.js";

/** The game of `SLATE`, and the one after it on the same evening. */
export const TIPS = { g1: "2026-01-16T00:00:00Z", g2: "2026-01-16T03:30:00Z" } as const;
export const DATE = "2026-01-15";
export const DAY = "bronze/odds_raw/season=2025/date=2026-01-15";
export const OLD = { datasets: ["odds_raw"], before: "2026-02-01" } as const;
/** The same, whether a slate was frozen from a day or not. */
export const ALL = { ...OLD, daysWithoutSlate: true } as const;
/** When what went on 1 March has lain in the trash for weeks. */
export const LATER = "2026-03-20T00:00:00Z";
export type GameId = keyof typeof TIPS;

/** The nightly roster, its history kept by the hour. */
const nightly = defineDataset({
  name: roster.name,
  layout: layouts.hourly({ file: "roster.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: roster.schema,
  key: roster.key,
  date: { from: "as_of_ts" },
  hour: { from: "as_of_ts" },
});

/** Bronze and gold over one storage. The clock stands weeks after the games. */
export function retentionWorld(storage: Storage = memoryStorage(), now = "2026-03-01T12:00:00Z") {
  const clock = () => BigInt(Date.parse(now)) * 1_000_000n;
  const bronze = new BronzeStore({ storage, datasets: [injuries, odds, nightly], clock });
  const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze, clock });
  const retention = new Retention({ bronze, gold: [gold], clock });
  return { storage, bronze, gold, retention };
}

export type World = ReturnType<typeof retentionWorld>;

/** Three scrapes an hour from 22:00 to 01:59 UTC, each the whole board, its prices moving with the minute. */
export async function writeBoard({ bronze }: Pick<World, "bronze">, hours = [22, 23, 24, 25]): Promise<void> {
  for (const hour of hours) {
    for (const minute of [5, 25, 45]) await writeRun({ bronze }, hour * 60 + minute);
  }
}

/** One scrape, `minutes` after midnight UTC of the day; captured two seconds after it began. */
export async function writeRun({ bronze }: Pick<World, "bronze">, minutes: number): Promise<void> {
  const at = (seconds: number) =>
    new Date(Date.parse("2026-01-15T00:00:00Z") + minutes * 60_000 + seconds * 1000);
  const [startedAt, captured, changed] = [at(0), at(2), at(-60)].map((date) => date.toISOString());
  const rows = (["g1", "g2"] as const).flatMap((game, g) =>
    ["dk", "fd"].map((book, b) => quote(game, book, -100 - minutes - 10 * g - b, changed!, captured)),
  );
  await bronze.write("odds_raw", rows, { run: { id: `run${minutes}`, startedAt: startedAt! } });
}

/** Two reports before the first tip, one after it. */
export async function writeReports({ bronze }: Pick<World, "bronze">): Promise<void> {
  await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { ada: "Out", bo: "Questionable" }));
  await bronze.write("injuries_raw", report("2026-01-15T23:00:00Z", { ada: "Out" }));
  await bronze.write("injuries_raw", report("2026-01-16T00:30:00Z", { ada: "Out", cy: "Out" }));
}

export function slateOf(game_id: GameId = "g1") {
  return { season: 2025, game_date: DATE, game_id };
}

/** The lines and who is out. */
export const build: Build<readonly [typeof injuries, typeof odds, typeof nightly]> = async (
  at,
  { slate },
) => {
  const lines = await at.read("odds_raw", { date: DATE, maxAge: "PT6H" });
  const out = await at.read("injuries_raw", { date: DATE, lookbackDays: 1 });
  return lines
    .rows()
    .filter(({ game_id }) => game_id === slate.game_id)
    .map(({ book, price }) => ({ book, price, out: out.length }));
};

export function freezeGame(
  { gold }: Pick<World, "gold">,
  game: GameId,
  snapshot: "lock" | "pretip" = "lock",
) {
  return gold.freeze({ slate: slateOf(game), snapshot, tip: TIPS[game] }, build);
}

/** Whether every manifest there is still verifies, and replays byte for byte. */
export async function proven({ gold }: Pick<World, "gold">): Promise<string[]> {
  const wrong: string[] = [];
  for await (const { slate, snapshot, revision } of gold.list()) {
    const which = `${slate.game_id} ${snapshot} r${revision}`;
    const verified = await gold.verify(slate, { snapshot });
    if (!verified.ok) wrong.push(`${which} does not verify: ${JSON.stringify(verified.problems)}`);
    const replayed = await gold.replay(slate, { snapshot }, build);
    if (!replayed.identicalBytes) wrong.push(`${which} does not replay: ${replayed.cause}`);
  }
  return wrong;
}

/** The odds files of the day a reader reads, relative to the day's folder. */
export async function oddsFiles({ storage }: Pick<World, "storage">): Promise<string[]> {
  const files = filesOf(await listDays(storage, odds, [DATE]));
  return files.map(({ path }) => path.slice(DAY.length + 1));
}

/** All files below a folder, locks left out. */
export async function filesBelow(storage: Storage, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of await storage.list(folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (kind === "folder") found.push(...(await filesBelow(storage, path)));
    else if (!name.endsWith(".lock")) found.push(path);
  }
  return found;
}

/** What asking at many cutoffs says, with and without a bound on capture. */
export async function answers({ bronze }: Pick<World, "bronze">): Promise<string> {
  const day = await bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true });
  const said: unknown[] = [day.length];
  for (let minutes = 21 * 60; minutes < 27 * 60; minutes += 7) {
    const cutoff = BigInt(Date.parse("2026-01-15T00:00:00Z") + minutes * 60_000) * 1_000_000n;
    said.push(day.asOf(cutoff).rows(), day.asOf(cutoff, { knownBy: cutoff }).rows());
  }
  return JSON.stringify(said, (_, value) => (typeof value === "bigint" ? String(value) : value));
}

/** The files of a tree, by path. */
export type Tree = ReadonlyMap<string, Uint8Array>;

export async function treeOf(storage: Storage): Promise<Tree> {
  const tree = new Map<string, Uint8Array>();
  for (const path of await filesBelow(storage, "")) tree.set(path, await storage.read(path));
  return tree;
}

export async function storageOf(tree: Tree): Promise<Storage> {
  const storage = memoryStorage();
  for (const [path, bytes] of tree) await storage.publish(path, bytes);
  return storage;
}
