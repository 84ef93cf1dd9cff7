import {
  BronzeStore,
  defineDataset,
  defineSchedule,
  formatInstant,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  parseInstant,
} from "bronzestore";
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { query } from "../second-reader/duckdb.js";
import {
  type CsvRow,
  compareKeys,
  describeShared,
  groupBy,
  line,
  newYorkDate,
  numberOrNull,
  readCsv,
  sharedPath,
  text,
} from "./shared-data.js";

const SCRAPES = "fixtures/odds_nhl_nba_scrapes.csv.gz";
const WNBA_DAY = "fixtures/odds_wnba_15min_2026-07-25.csv.gz";
const WNBA_WEEKS = "bench/odds_wnba_scrapes.parquet";
const BY_RUN = "fixtures/pv2_game_odds_by_run.csv.gz";

const instantOrNull = (row: CsvRow, name: string) => row[name] ?? null;

function latest(values: Iterable<bigint>): bigint {
  let best = 0n;
  for (const value of values) if (value > best) best = value;
  return best;
}

describeShared("NHL and NBA odds, half of them without any time", [SCRAPES], () => {
  const rows = describeRows();
  /** `commence_ts` moves in 443 games; a game's day is the last one announced. */
  const games = new Map(rows.map((row) => [text(row, "game_id"), text(row, "commence_ts")]));
  const schedule = defineSchedule(
    [...games].map(([game_id, tip_ts]) => ({ game_id, tip_ts })),
    { timeZone: "America/New_York" },
  );
  const dates = [...new Set(schedule.games.map(({ game_date }) => game_date))];

  function odds(ingested: "ingested_ts" | "committed_ts") {
    return defineDataset({
      name: "odds_raw",
      layout: layouts.perRun({ file: "odds.parquet" }),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({
        game_id: z.string(),
        bookmaker: z.string(),
        label: z.string(),
        as_of_ts: instant().nullable(),
        ingested_ts: instant().nullable(),
        committed_ts: instant(),
        ml_home: z.int().nullable(),
        ml_away: z.int().nullable(),
        spread_home: z.number().nullable(),
        total_line: z.number().nullable(),
      }),
      key: ["game_id", "bookmaker"],
      date: { from: schedule.gameDate("game_id") },
      timestamps: { ingested },
    });
  }

  const storage = memoryStorage();
  const bronze = new BronzeStore({ storage, datasets: [odds("ingested_ts")] });

  beforeAll(async () => {
    for (const [startedAt, own] of groupBy(rows, (row) => text(row, "committed_ts"))) {
      await bronze.write(
        "odds_raw",
        own.map((row) => ({
          game_id: text(row, "game_id"),
          bookmaker: text(row, "bookmaker"),
          label: text(row, "label"),
          as_of_ts: instantOrNull(row, "as_of_ts"),
          // Null on purpose: a missing ingested_ts would be stamped with the time of this import, which would be a guess.
          ingested_ts: instantOrNull(row, "ingested_ts"),
          committed_ts: startedAt,
          ml_home: numberOrNull(row, "ml_home"),
          ml_away: numberOrNull(row, "ml_away"),
          spread_home: numberOrNull(row, "spread_home"),
          total_line: numberOrNull(row, "total_line"),
        })),
        { run: { id: `commit-${startedAt}`, startedAt } },
      );
    }
  });

  function describeRows(): CsvRow[] {
    const all = readCsv(SCRAPES);
    return all.sort((a, b) => compareKeys([text(a, "committed_ts")], [text(b, "committed_ts")]));
  }

  test("9,234 rows with neither time are counted as not selectable and never answered", async () => {
    expect(rows.filter((row) => !row.as_of_ts && !row.ingested_ts)).toHaveLength(9_234);
    const timeline = await bronze.timeline("odds_raw", { dates });
    const snapshot = timeline.at("2100-01-01T00:00:00Z");
    const { rowsSeen, rowsNotSelectable, rowsEligible, rowsByFallback } = snapshot.provenance;
    expect({ rowsSeen, rowsNotSelectable, rowsEligible, rowsByFallback }).toEqual({
      rowsSeen: 16_113,
      rowsNotSelectable: 9_234,
      rowsEligible: 16_113 - 9_234,
      rowsByFallback: 0,
    });
    expect(snapshot.column("as_of_ts")).not.toContain(null);
    const timed = new Set(
      rows.filter((row) => row.as_of_ts).map((row) => line([row.game_id, row.bookmaker])),
    );
    expect(snapshot.length).toBe(timed.size);
    console.info(
      `odds: ${rowsNotSelectable} of ${rowsSeen} rows not selectable, ${snapshot.length} lines answered`,
    );
  });

  test("declared as captured when they were committed, the same rows are selected by that", async () => {
    const byCommit = new BronzeStore({ storage, datasets: [odds("committed_ts")] });
    const timeline = await byCommit.timeline("odds_raw", { dates });
    const { rowsNotSelectable, rowsEligible } = timeline.at("2100-01-01T00:00:00Z").provenance;
    expect({ rowsNotSelectable, rowsEligible }).toEqual({ rowsNotSelectable: 0, rowsEligible: 16_113 });
    const beforeTheFirst = timeline.at("2026-01-11T03:46:13Z").provenance;
    expect(beforeTheFirst.rowsByFallback).toBe(0);
    expect(timeline.at("2026-01-11T03:46:14Z").provenance.rowsByFallback).toBeGreaterThan(0);
  });

  test("771 rows captured months late are history to a backtest and unknown to the pipeline of the day", async () => {
    const late = rows.filter((row) => row.label === "historical_open_9pm_pst");
    expect(late).toHaveLength(771);
    const timeline = await bronze.timeline("odds_raw", { dates });
    const captures = [...new Set(late.map((row) => parseInstant(text(row, "ingested_ts"))))].sort((a, b) =>
      Number(a - b),
    );
    expect(captures).toHaveLength(39);
    const cutoff = parseInstant("2025-11-12T00:00:00Z");
    const visible = (knownBy?: bigint) => timeline.at(cutoff, { knownBy }).provenance.rowsEligible;
    expect(visible()).toBe(771);
    expect(visible(cutoff)).toBe(0);
    expect(visible(captures[0]! - 1n)).toBe(0);
    for (const capture of captures) {
      const known = late.filter((row) => parseInstant(text(row, "ingested_ts")) <= capture).length;
      expect(visible(capture)).toBe(known);
      const before = late.filter((row) => parseInstant(text(row, "ingested_ts")) < capture).length;
      expect(visible(capture - 1n)).toBe(before);
    }
    expect(visible(captures.at(-1)!)).toBe(771);
  });

  test("each late row is found at its own time without knownBy, and with it only from its capture on", async () => {
    const timeline = await bronze.timeline("odds_raw", { dates });
    for (const row of rows.filter(({ label }) => label === "historical_open_9pm_pst")) {
      const key = { game_id: text(row, "game_id"), bookmaker: text(row, "bookmaker") };
      const [asOf, ingested] = [parseInstant(text(row, "as_of_ts")), parseInstant(text(row, "ingested_ts"))];
      expect(timeline.at(asOf).get(key)?.as_of_ts).toBe(asOf);
      expect(timeline.at(asOf, { knownBy: ingested - 1n }).get(key)?.as_of_ts).not.toBe(asOf);
    }
  });
});

const wnbaSchema = z.object({
  event_id: z.string(),
  bookmaker: z.string(),
  market: z.string(),
  outcome: z.string(),
  commence_ts: instant(),
  price_american: z.int(),
  point: z.number().nullable(),
  as_of_ts: instant(),
  committed_ts: instant(),
});

/** A scrape holds every game on offer, so it is one file: in the folder of its own day, not of its games'. */
function wnba(partitionIs: "changes" | "snapshot") {
  return defineDataset({
    name: "odds_wnba",
    layout: layouts.perRun({ file: "odds.parquet" }),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: wnbaSchema,
    key: ["event_id", "bookmaker", "market", "outcome"],
    date: { from: "committed_ts" },
    partitionIs,
    timestamps: { ingested: "committed_ts" },
  });
}

function wnbaRow(row: CsvRow): z.input<typeof wnbaSchema> {
  return {
    event_id: text(row, "event_id"),
    bookmaker: text(row, "bookmaker"),
    market: text(row, "market"),
    outcome: text(row, "outcome"),
    commence_ts: text(row, "commence_ts"),
    price_american: Number(text(row, "price_american")),
    point: numberOrNull(row, "point"),
    as_of_ts: text(row, "as_of_ts"),
    committed_ts: text(row, "committed_ts"),
  };
}

const wnbaKey = (row: CsvRow) => [row.event_id!, row.bookmaker!, row.market!, row.outcome!];

function wnbaScrape(scrape: readonly CsvRow[]): string[] {
  return [...scrape]
    .sort((a, b) => compareKeys(wnbaKey(a), wnbaKey(b)))
    .map((row) =>
      line([
        ...wnbaKey(row),
        Number(row.price_american),
        numberOrNull(row, "point"),
        parseInstant(text(row, "commence_ts")),
        parseInstant(text(row, "as_of_ts")),
        parseInstant(text(row, "committed_ts")),
      ]),
    );
}

function wnbaFound(rows: Iterable<z.output<typeof wnbaSchema>>): string[] {
  return Array.from(rows, (row) =>
    line([
      row.event_id,
      row.bookmaker,
      row.market,
      row.outcome,
      row.price_american,
      row.point,
      row.commence_ts,
      row.as_of_ts,
      row.committed_ts,
    ]),
  );
}

/** Writes scrapes one by one and compares the answer at each scrape's time with the scrape. */
async function scrapesComeBack(
  scrapes: ReadonlyMap<string, readonly CsvRow[]>,
): Promise<{ rows: number; broughtBack: number; worst: number }> {
  const storage = memoryStorage();
  const snapshots = new BronzeStore({ storage, datasets: [wnba("snapshot")] });
  for (const [time, rows] of scrapes) {
    await snapshots.write("odds_wnba", rows.map(wnbaRow), {
      run: { id: `scrape-${time}`, startedAt: time },
    });
  }
  const times = [...scrapes.keys()];
  const dates = [...new Set(times.map((time) => newYorkDate(parseInstant(time))))];
  const timeline = await snapshots.timeline("odds_wnba", { dates });
  const changes = new BronzeStore({ storage, datasets: [wnba("changes")] });
  const adding = (await changes.timeline("odds_wnba", { dates })).sweep(times);
  const counts = { rows: 0, broughtBack: 0, worst: 0 };
  const answers = timeline.sweep(times);
  for (const [time, rows] of scrapes) {
    const snapshot = answers.next().value!;
    expect(wnbaFound(snapshot), time).toEqual(wnbaScrape(rows));
    const gone = adding.next().value!.length - snapshot.length;
    counts.rows += snapshot.length;
    counts.broughtBack += gone;
    counts.worst = Math.max(counts.worst, gone);
  }
  return counts;
}

describeShared("WNBA odds, a complete scrape every 15 minutes", [WNBA_DAY], () => {
  test("at the time of each of 48 scrapes the answer is that scrape", async () => {
    const scrapes = groupBy(readCsv(WNBA_DAY), (row) => text(row, "committed_ts"));
    expect(scrapes.size).toBe(48);
    const { rows, broughtBack } = await scrapesComeBack(scrapes);
    expect(rows).toBe(15_356);
    // Books only add games that day, so latest-per-key does no harm yet. The day below shows the harm.
    expect(broughtBack).toBe(0);
  });

  test("a second before a scrape the lines are those of the one before, under knownBy", async () => {
    const scrapes = groupBy(readCsv(WNBA_DAY), (row) => text(row, "committed_ts"));
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [wnba("snapshot")] });
    const times = [...scrapes.keys()];
    for (const [time, rows] of scrapes)
      await bronze.write("odds_wnba", rows.map(wnbaRow), { run: { id: "scrape", startedAt: time } });
    for (let i = 1; i < times.length; i++) {
      const cutoff = parseInstant(times[i]!) - 1_000_000_000n;
      const at = bronze.asOf(cutoff, { knownBy: cutoff });
      const snapshot = await at.read("odds_wnba", { date: newYorkDate(cutoff), lookbackDays: 1 });
      expect(wnbaFound(snapshot)).toEqual(wnbaScrape(scrapes.get(times[i - 1]!)!));
    }
  });
});

/** The scrapes of one UTC day, by their time. */
async function scrapesOfDay(day: string): Promise<Map<string, CsvRow[]>> {
  const utc = (name: string, as = name) =>
    `strftime(${name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS ${as}`;
  const rows = await query<CsvRow>(`
    SELECT event_id, bookmaker, market, outcome, ${utc("commence_ts")}, ${utc("as_of_ts")},
           ${utc("ingested_ts", "committed_ts")}, CAST(price_american AS VARCHAR) AS price_american,
           CAST(point AS VARCHAR) AS point
    FROM read_parquet('${sharedPath(WNBA_WEEKS)}', file_row_number = true)
    WHERE ingested_ts >= '${day} 00:00:00+00' AND ingested_ts < TIMESTAMPTZ '${day} 00:00:00+00' + INTERVAL 1 DAY
    ORDER BY ingested_ts, file_row_number`);
  return groupBy(rows, (row) => text(row, "committed_ts"));
}

describeShared("WNBA odds of a day on which games start and lines go", [WNBA_WEEKS], () => {
  let scrapes: Map<string, CsvRow[]>;

  beforeAll(async () => {
    scrapes = await scrapesOfDay("2026-07-18");
  });

  test("at each of 96 scrapes the answer is that scrape, and latest-per-key brings back lines that were gone", async () => {
    expect(scrapes.size).toBe(96);
    const { broughtBack, worst } = await scrapesComeBack(scrapes);
    console.info(
      `WNBA 2026-07-18: latest-per-key brings back ${broughtBack} lines over 96 scrapes, ${worst} at worst`,
    );
    expect(broughtBack).toBeGreaterThan(0);
  });

  test("kept by game date, a scrape that declares the games it no longer lists gives the same answers", async () => {
    const games = new Map(
      [...scrapes.values()].flat().map((row) => [text(row, "event_id"), text(row, "commence_ts")]),
    );
    const schedule = defineSchedule(
      [...games].map(([game_id, tip_ts]) => ({ game_id, tip_ts })),
      { timeZone: "America/New_York" },
    );
    const byGame = defineDataset({
      name: "odds_wnba",
      layout: layouts.perRun({ file: "odds.parquet" }),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: wnbaSchema,
      key: ["event_id", "bookmaker", "market", "outcome"],
      date: { from: schedule.gameDate("event_id") },
      partitionIs: "snapshot",
      scope: ["event_id"],
      timestamps: { ingested: "committed_ts" },
    });
    // The clock is the scrape's: an empty snapshot is dated by it.
    let nowNs = 0n;
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [byGame], clock: () => nowNs });
    const known = new Set<string>();
    let declared = 0;
    for (const [time, rows] of scrapes) {
      nowNs = parseInstant(time);
      const listed = new Set(rows.map((row) => text(row, "event_id")));
      const covers = [...known].filter((event_id) => !listed.has(event_id)).map((event_id) => ({ event_id }));
      for (const event_id of listed) known.add(event_id);
      declared += covers.length;
      await bronze.write("odds_wnba", rows.map(wnbaRow), {
        run: { id: `scrape-${nowNs}`, startedAt: nowNs },
        snapshot: { covers },
      });
    }
    expect(declared).toBeGreaterThan(0);
    const dates = [...new Set(schedule.games.map(({ game_date }) => game_date))];
    expect(dates).toHaveLength(4);
    const timeline = await bronze.timeline("odds_wnba", { dates });
    for (const [time, rows] of scrapes) expect(wnbaFound(timeline.at(time)), time).toEqual(wnbaScrape(rows));
  });

  test("where books stamp lines earlier than the scrape before, only knownBy shows what a scrape saw", async () => {
    const delayed = await scrapesOfDay("2026-08-06");
    expect(delayed.size).toBe(144);
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [wnba("snapshot")] });
    for (const [time, rows] of delayed)
      await bronze.write("odds_wnba", rows.map(wnbaRow), { run: { id: "scrape", startedAt: time } });
    const timeline = await bronze.timeline("odds_wnba", { from: "2026-08-05", to: "2026-08-06" });
    let differ = 0;
    for (const [time, rows] of delayed) {
      const scrape = wnbaScrape(rows);
      expect(wnbaFound(timeline.at(time, { knownBy: time })), time).toEqual(scrape);
      // Without the bound the answer is what the books said at that second, read a scrape later.
      if (line(wnbaFound(timeline.at(time))) !== line(scrape)) differ++;
    }
    console.info(
      `WNBA 2026-08-06: ${differ} of ${delayed.size} answers know a later scrape's lines without knownBy`,
    );
    expect(differ).toBeGreaterThan(0);
  });
});

describeShared("NBA game odds as each model run saw them", [BY_RUN], () => {
  const gameOdds = defineDataset({
    name: "odds_raw",
    layout: layouts.perRun({ file: "odds.parquet" }),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      game_id: z.int(),
      tip_ts: instant(),
      as_of_ts: instant().nullable(),
      ingested_ts: instant(),
      run_id: z.string(),
      run_as_of_ts: instant().nullable(),
      spread_home: z.number().nullable(),
      total: z.number().nullable(),
    }),
    key: ["game_id"],
    date: { from: "tip_ts" },
  });
  type Line = z.output<typeof gameOdds.schema>;

  const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [gameOdds] });
  const span = { from: "2025-10-24", to: "2025-12-14" };
  /** In the order in which they are written. */
  let rows: Line[];

  beforeAll(async () => {
    const runs = groupBy(readCsv(BY_RUN), (row) => text(row, "run_id"));
    rows = [...runs.values()].flat().map((row) => ({
      game_id: Number(row.game_id),
      tip_ts: parseInstant(text(row, "tip_ts")),
      as_of_ts: row.as_of_ts ? parseInstant(row.as_of_ts) : null,
      ingested_ts: parseInstant(text(row, "ingested_ts")),
      run_id: text(row, "run_id"),
      run_as_of_ts: row.run_as_of_ts ? parseInstant(row.run_as_of_ts) : null,
      spread_home: numberOrNull(row, "spread_home"),
      total: numberOrNull(row, "total"),
    }));
    for (const [id, own] of groupBy(rows, (row) => row.run_id)) {
      const startedAt = own[0]!.ingested_ts;
      await bronze.write("odds_raw", own, { run: { id, startedAt } });
    }
  });

  const effective = (row: Line) => row.as_of_ts ?? row.ingested_ts;
  const afterOwnCutoff = () =>
    rows.filter(
      (row) => row.as_of_ts !== null && row.run_as_of_ts !== null && row.as_of_ts > row.run_as_of_ts,
    );

  /** The greatest (effective, ingested) per game, the slow way. */
  function bruteForce(cutoff: bigint): string[] {
    const best = new Map<number, Line>();
    for (const row of rows) {
      if (effective(row) > cutoff) continue;
      const held = best.get(row.game_id);
      const order = held
        ? Number(effective(row) - effective(held)) || Number(row.ingested_ts - held.ingested_ts)
        : 1;
      if (order > 0) best.set(row.game_id, row);
    }
    return [...best.values()].sort((a, b) => a.game_id - b.game_id).map(shown);
  }

  const shown = (row: Line) =>
    line([row.game_id, row.as_of_ts, row.ingested_ts, row.run_id, row.spread_home, row.total]);

  test("229 lines were updated after the cutoff of the run that used them, and no run's cutoff shows them", async () => {
    const leaked = afterOwnCutoff();
    expect(leaked).toHaveLength(229);
    const timeline = await bronze.timeline("odds_raw", span);
    for (const row of leaked) {
      const seen = timeline.at(row.run_as_of_ts!).get({ game_id: row.game_id });
      expect(seen === undefined || effective(seen) <= row.run_as_of_ts!).toBe(true);
      expect(timeline.at(row.as_of_ts! - 1n).get({ game_id: row.game_id })?.as_of_ts).not.toBe(row.as_of_ts);
      const atLast = timeline.at(row.as_of_ts!).get({ game_id: row.game_id });
      expect(atLast?.as_of_ts).toBe(row.as_of_ts);
    }
  });

  test("at the cutoff of each of 1,591 runs no line is newer than the cutoff", async () => {
    const cutoffs = [...new Set(rows.map((row) => row.run_as_of_ts))]
      .filter((cutoff) => cutoff !== null)
      .sort((a, b) => Number(a - b));
    expect(cutoffs).toHaveLength(1_591);
    const timeline = await bronze.timeline("odds_raw", span);
    for (const snapshot of timeline.sweep(cutoffs)) {
      expect(latest(snapshot.rows().map(effective)) <= snapshot.cutoff).toBe(true);
    }
  });

  test("the lines themselves are those of a plain scan over all rows", async () => {
    const timeline = await bronze.timeline("odds_raw", span);
    const cutoffs = [...new Set(afterOwnCutoff().map((row) => row.run_as_of_ts!))];
    const random = [...new Set(rows.map((row) => row.ingested_ts))].filter((_, i) => i % 400 === 0);
    for (const cutoff of [...cutoffs, ...random]) {
      expect(timeline.at(cutoff).rows().map(shown), formatInstant(cutoff)).toEqual(bruteForce(cutoff));
    }
    console.info(
      `pv2: 229 lines after their run's cutoff, ${cutoffs.length + random.length} cutoffs equal a plain scan`,
    );
  });

  test("7,253 lines without an update time wait for their capture", async () => {
    const timeline = await bronze.timeline("odds_raw", span);
    const untimed = rows.filter((row) => row.as_of_ts === null);
    expect(untimed).toHaveLength(7_253);
    const { rowsByFallback, rowsEligible } = timeline.at("2026-01-01T00:00:00Z").provenance;
    expect(rowsEligible).toBe(25_509);
    expect(rowsByFallback).toBeGreaterThan(0);
    const first = untimed.reduce((a, b) => (a.ingested_ts < b.ingested_ts ? a : b));
    expect(timeline.at(first.ingested_ts - 1n).provenance.rowsByFallback).toBe(0);
  });
});
