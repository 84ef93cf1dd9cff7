import { existsSync, readFileSync } from "node:fs";
import {
  BronzeStore,
  type Build,
  defineDataset,
  GoldStore,
  instant,
  layouts,
  nbaSeason,
  Retention,
  type Storage,
} from "bronzestore";
import * as z from "zod";

const DAY_MS = 86_400_000;
const FIRST = Date.parse("2026-01-01T00:00:00Z");
export const WRITERS = ["w1", "w2", "w3", "w4"] as const;
/** Days that the crowd writes to; all of them ended long ago. */
export const DAYS = 40;
/** Runs that a writer gives a day before it goes on to the next. */
const RUNS_A_DAY = 4;

const lines = defineDataset({
  name: "lines",
  layout: layouts.perRun({ file: "lines.parquet" }),
  timeZone: "UTC",
  season: nbaSeason,
  schema: z.object({ id: z.string(), price: z.int(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["id"],
  date: { from: "as_of_ts" },
});
type CrowdStore = BronzeStore<readonly [typeof lines]>;

/** Bronze, gold and retention over one storage, months after the days; `daysLater` for what is in the trash. */
export function crowdWorld(storage: Storage, daysLater = 0) {
  const clock = () => BigInt(Date.parse("2026-06-01T00:00:00Z") + daysLater * DAY_MS) * 1_000_000n;
  const bronze: CrowdStore = new BronzeStore({ storage, datasets: [lines], clock });
  const gold = new GoldStore({ timeZone: "UTC", season: nbaSeason, storage, bronze, clock });
  return { bronze, gold, retention: new Retention({ bronze, gold: [gold], clock }) };
}

export function dateOf(day: number): string {
  return new Date(FIRST + day * DAY_MS).toISOString().slice(0, 10);
}

/** The day of a writer's `seq`th run: one by one, but for a late one among ten. */
export function dayOf(seq: number): number {
  const day = Math.min(Math.floor(seq / RUNS_A_DAY), DAYS - 1);
  return seq % 10 === 9 ? Math.max(0, day - 1 - (seq % 4)) : day;
}

/** Writes a run of two rows that says who wrote it. Asked again, it is the same run. */
export async function writeLines(bronze: CrowdStore, writer: string, seq: number, day = dayOf(seq)) {
  // After what slates of the day have seen, which ends at noon.
  const started = FIRST + day * DAY_MS + (13 * 3600 + (seq % 36_000)) * 1000 + Number(writer.slice(1)) * 100;
  await bronze.write("lines", rowsOf(writer, seq, started), {
    run: { id: `${writer}-${seq}`, startedAt: new Date(started).toISOString() },
  });
}

/** What is there before the crowd comes: a run a day, which slates see. */
export async function writeMornings(bronze: CrowdStore): Promise<void> {
  for (let day = 0; day < DAYS; day++) {
    const started = FIRST + day * DAY_MS + 9 * 3_600_000;
    await bronze.write("lines", rowsOf("m0", day, started), {
      run: { id: `m0-${day}`, startedAt: new Date(started).toISOString() },
    });
  }
}

function rowsOf(writer: string, seq: number, atMs: number) {
  const at = new Date(atMs).toISOString();
  return ["x", "y"].map((half, i) => ({
    id: `${writer}-${seq}-${half}`,
    price: seq * 10 + i,
    as_of_ts: at,
    ingested_ts: at,
  }));
}

/** The ids a run has. */
export function idsOf(writer: string, seq: number): string[] {
  return ["x", "y"].map((half) => `${writer}-${seq}-${half}`);
}

const build: Build<readonly [typeof lines]> = async (at, { slate }) => {
  const read = await at.read("lines", { date: String(slate.game_date) });
  return read.rows().map(({ id, price }) => ({ id, price }));
};

/** Freezes the `n`th slate, at noon of its day. */
export async function freezeNth({ gold }: Pick<ReturnType<typeof crowdWorld>, "gold">, n: number) {
  return await gold.freeze(
    { slate: slateOf(n), snapshot: "lock", tip: `${dateOf(n % DAYS)}T12:15:00Z` },
    build,
  );
}

/** What is wrong with the `n`th slate, which was frozen. */
export async function wrongWith(
  { gold }: Pick<ReturnType<typeof crowdWorld>, "gold">,
  n: number,
): Promise<string[]> {
  const [slate, snapshot] = [slateOf(n), { snapshot: "lock" } as const];
  const verified = await gold.verify(slate, snapshot);
  const replayed = await gold.replay(slate, snapshot, build);
  return [
    ...(verified.ok ? [] : [`slate ${n} does not verify: ${JSON.stringify(verified.problems)}`]),
    ...(replayed.identicalBytes ? [] : [`slate ${n} does not replay: ${replayed.cause}`]),
  ];
}

function slateOf(n: number) {
  return { season: 2025, game_date: dateOf(n % DAYS), game_id: `n${n}` };
}

/** Where one of the crowd says what it has done. */
export function saidBy(root: string, name: string): string {
  return `${root}/said-${name}`;
}

/** Lines, each with its number first; not one that is still being written. */
export function said(root: string, name: string): string[] {
  const path = saidBy(root, name);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
}
