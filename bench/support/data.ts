import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatRunTs } from "../../src/dataset/index.js";
import { type Column, cellReader, encodeParquet, INSTANT, type NamedColumn } from "../../src/table/index.js";
import { addDays, calendar, nbaSeason } from "../../src/time/index.js";

/** A day of odds: by default as the live pipeline writes it, 288 runs of 840 quotes, 241,920 rows. */
export interface DaySpec {
  readonly date: string;
  readonly dataset?: string;
  readonly runs?: number;
  readonly games?: number;
  /** A run goes round the keys from where the run before it ended. Default: each key once. */
  readonly rowsPerRun?: number;
  /** Only so many of the runs, from the first. Default: all. */
  readonly firstRuns?: number;
  /** Share of quotes a run leaves out. */
  readonly missing?: number;
  /** Each run lists its quotes in an order of its own. Default: all in the same one. */
  readonly shuffled?: boolean;
}

/** One run of a day. */
interface Run {
  readonly id: string;
  /** Epoch nanoseconds. */
  readonly startedAt: bigint;
  readonly columns: readonly NamedColumn[];
}

const BOOKS = ["bet365", "betmgm", "caesars", "draftkings", "espnbet", "fanduel", "pinnacle"];
const MARKETS = ["h2h", "h2h_h1", "spreads", "spreads_h1", "totals"];
const OUTCOMES = ["first", "second"];
const KEY = ["game_id", "book", "market", "outcome"];
const QUOTES_A_GAME = BOOKS.length * MARKETS.length * OUTCOMES.length;
const DAY_MS = 86_400_000;

/** Games of a day, the same ids every time. */
export function gamesOf(date: string, count = 12): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${date.replaceAll("-", "").slice(2)}${String(i).padStart(4, "0")}`,
  );
}

/** The key of a row as its place in the day: `game, book, market, outcome`. */
export function keyOf(date: string, key: number): [string, string, string, string] {
  const [game, quote] = [Math.floor(key / QUOTES_A_GAME), key % QUOTES_A_GAME];
  return [
    gamesOf(date, game + 1)[game]!,
    BOOKS[Math.floor(quote / 10)]!,
    MARKETS[Math.floor(quote / 2) % 5]!,
    OUTCOMES[quote % 2]!,
  ];
}

/** The first instant of a day in New York, epoch nanoseconds. */
export function startOfDay(date: string): bigint {
  const noonUtc = BigInt(Date.parse(`${date}T12:00:00Z`)) * 1_000_000n;
  return [4n, 5n]
    .map((hours) => noonUtc - (12n - hours) * 3_600_000_000_000n)
    .find((ns) => calendar("America/New_York").date(ns) === date)!;
}

/** Instants spread evenly over a day, epoch nanoseconds. */
export function cutoffsOf(date: string, count: number): bigint[] {
  return Array.from(
    { length: count },
    (_, i) => startOfDay(date) + (BigInt(i + 1) * BigInt(DAY_MS) * 1_000_000n) / BigInt(count + 1),
  );
}

/** `count` days from the first of the season. */
export function seasonDays(count: number): string[] {
  return Array.from({ length: count }, (_, i) => addDays("2025-10-21", i));
}

/** The runs of a day: random numbers, but the same on every machine. Times are whole milliseconds, never tied. */
export function* runsOf({
  date,
  runs = 288,
  games = 12,
  rowsPerRun,
  firstRuns = runs,
  missing = 0,
  shuffled = false,
}: DaySpec): Generator<Run> {
  const random = numbers(Number(date.replaceAll("-", "")));
  const keys = games * QUOTES_A_GAME;
  const wanted = rowsPerRun ?? keys;
  const everyMs = DAY_MS / runs;
  for (let run = 0; run < firstRuns; run++) {
    const startedMs = Number(startOfDay(date) / 1_000_000n) + run * everyMs;
    const rows: number[] = [];
    for (let i = 0; i < wanted; i++)
      if (missing === 0 || random() >= missing) rows.push((run * wanted + i) % keys);
    if (shuffled) shuffle(rows, random);
    // A key's later row is the younger one, and no run looks back to the one before.
    const rounds = Math.ceil(wanted / keys);
    const stepMs = (everyMs * 0.8) / rounds;
    const ms = rows.map((_, i) => {
      const round = Math.floor((i * wanted) / rows.length / keys);
      return Math.floor(startedMs - (rounds - round) * stepMs + random() * stepMs * 0.9);
    });
    yield {
      id: `run-${run}`,
      startedAt: BigInt(startedMs) * 1_000_000n,
      columns: columnsOf(date, games, rows, ms, startedMs + 20_000, `run-${run}`, random),
    };
  }
}

function shuffle(rows: number[], random: () => number): void {
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
}

function columnsOf(
  date: string,
  games: number,
  rows: readonly number[],
  asOfMs: readonly number[],
  ingestedMs: number,
  runId: string,
  random: () => number,
): NamedColumn[] {
  const length = rows.length;
  const text = (dictionary: readonly string[], code: (quote: number, game: number) => number): Column => ({
    storage: "text",
    type: { kind: "text" },
    length,
    codes: Int32Array.from(rows, (key) => code(key % QUOTES_A_GAME, Math.floor(key / QUOTES_A_GAME))),
    dictionary,
  });
  const instants = (ns: (i: number) => bigint): Column => ({
    storage: "fixed",
    type: INSTANT,
    length,
    values: BigInt64Array.from({ length }, (_, i) => ns(i)),
  });
  const valid = Uint8Array.from(rows, (key) => (Math.floor(key / 2) % 5 < 2 ? 0 : 1)); // a moneyline has no point
  const column = (name: string, own: Column): NamedColumn => ({ name, nullable: false, column: own });
  return [
    column(
      "game_id",
      text(gamesOf(date, games), (_, game) => game),
    ),
    column(
      "book",
      text(BOOKS, (quote) => Math.floor(quote / 10)),
    ),
    column(
      "market",
      text(MARKETS, (quote) => Math.floor(quote / 2) % 5),
    ),
    column(
      "outcome",
      text(OUTCOMES, (quote) => quote % 2),
    ),
    column("price", {
      storage: "fixed",
      type: { kind: "int", bits: 32, signed: true },
      length,
      values: Int32Array.from(rows, () => -130 + Math.floor(random() * 40)),
    }),
    {
      name: "point",
      nullable: true,
      column: {
        storage: "fixed",
        type: { kind: "float", bits: 64 },
        length,
        values: Float64Array.from(rows, () => Math.floor(random() * 40) / 2),
        valid,
      },
    },
    column(
      "as_of_ts",
      instants((i) => BigInt(asOfMs[i]!) * 1_000_000n),
    ),
    column(
      "ingested_ts",
      instants(() => BigInt(ingestedMs) * 1_000_000n),
    ),
    column(
      "run_id",
      text([runId], () => 0),
    ),
  ];
}

/** A run's rows as a pipeline has them in hand. */
export function rowsOf({ columns }: Run): Record<string, unknown>[] {
  const readers = columns.map(({ name, column }) => [name, cellReader(column)] as const);
  return Array.from({ length: columns[0]!.column.length }, (_, row) =>
    Object.fromEntries(readers.map(([name, cell]) => [name, cell(row)])),
  );
}

/** Writes days as `bronze.write` would, byte for byte, but without checking rows and flushing: for data by the million. */
export function writeDays(root: string, days: readonly DaySpec[]): void {
  for (const day of days) {
    const folder = dayFolder(root, day);
    for (const { startedAt, columns } of runsOf(day)) {
      const partition = join(folder, `run_ts=${formatRunTs(startedAt)}`);
      mkdirSync(partition, { recursive: true });
      writeFileSync(join(partition, "odds.parquet"), encodeParquet(columns, undefined, KEY));
    }
  }
}

/** Where a day lies. */
export function dayFolder(root: string, { date, dataset = "odds_raw" }: DaySpec): string {
  return join(root, "bronze", dataset, `season=${nbaSeason(date)}`, `date=${date}`);
}

/** mulberry32: the same numbers on every machine. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
