import { BronzeStore, formatInstant, memoryStorage, parseInstant } from "bronzestore";
import { beforeAll, expect, test } from "vitest";
import { query } from "../second-reader/duckdb.js";
import { injuries, MARCH, writable } from "./march-2024.js";
import { below, oneOf, seeded } from "./seeded.js";
import {
  type CsvRow,
  compareKeys,
  describeShared,
  groupBy,
  line,
  newYorkDate,
  readCsv,
  sharedPath,
  text,
} from "./shared-data.js";

const SEASON = "bench/nba_injury_full_2023-24.parquet";

const keyOf = (row: CsvRow) => [row.game_date!, row.matchup!, row.team!, row.player ?? null];

/** One report as the answer must be: one row a key (of a key said twice, the later row), in key order. */
function stateOf(report: readonly CsvRow[]): string[] {
  const byKey = new Map(report.map((row) => [line(keyOf(row)), row]));
  return [...byKey.values()]
    .sort((a, b) => compareKeys(keyOf(a), keyOf(b)))
    .map((row) =>
      line([
        ...keyOf(row),
        row.game_time_et,
        row.status,
        row.reason,
        parseInstant(row.as_of_ts!),
        parseInstant(row.ingested_ts!),
      ]),
    );
}

type InjuryRow = { [name in keyof ReturnType<typeof writable>]: string | bigint | null };

function found(rows: Iterable<InjuryRow>): string[] {
  return Array.from(rows, (row) =>
    line([
      row.game_date,
      row.matchup,
      row.team,
      row.player,
      row.game_time_et,
      row.status,
      row.reason,
      row.as_of_ts,
      row.ingested_ts,
    ]),
  );
}

/** Writes reports one by one, as the hourly job does. */
async function writeReports(reports: ReadonlyMap<string, readonly CsvRow[]>) {
  const storage = memoryStorage();
  const bronze = new BronzeStore({ storage, datasets: [injuries("snapshot")] });
  for (const rows of reports.values()) await bronze.write("injuries_raw", rows.map(writable));
  const adding = new BronzeStore({ storage, datasets: [injuries("changes")] });
  return { storage, bronze, adding };
}

const SECOND = 1_000_000_000n;

describeShared("NBA injury reports of March 2024, hourly", [MARCH], () => {
  let tree: Awaited<ReturnType<typeof writeReports>>;
  let reports: { time: bigint; ingested: bigint; rows: CsvRow[] }[];
  const month = { from: "2024-02-29", to: "2024-03-31" };

  beforeAll(async () => {
    const byTime = groupBy(readCsv(MARCH), (row) => text(row, "as_of_ts"));
    reports = [...byTime].map(([time, rows]) => ({
      time: parseInstant(time),
      ingested: parseInstant(text(rows[0]!, "ingested_ts")),
      rows,
    }));
    tree = await writeReports(byTime);
  });

  const newestAt = (cutoff: bigint) => reports.findLast(({ time }) => time <= cutoff);
  const expectedAt = (cutoff: bigint) => stateOf(newestAt(cutoff)?.rows ?? []);

  /** 300 instants: on a report, a nanosecond before one, a second after one; 60 of them around the clock change. */
  function instants(): bigint[] {
    const random = seeded(20240310);
    const around = reports.filter(({ time }) =>
      ["2024-03-09", "2024-03-10", "2024-03-11"].includes(newYorkDate(time)),
    );
    return Array.from({ length: 300 }, (_, i) => {
      const { time } = oneOf(random, i < 60 ? around : reports);
      return time + [0n, -1n, SECOND][i % 3]!;
    });
  }

  test("744 reports of 81,618 rows are 744 files, and none repeats a key this month", async () => {
    expect(reports).toHaveLength(744);
    const timeline = await tree.bronze.timeline("injuries_raw", month);
    expect(timeline.rowCount).toBe(81_618);
    expect(timeline.at("2024-04-01T00:00:00Z").provenance.files).toHaveLength(744);
    expect(reports.filter(({ rows }) => stateOf(rows).length !== rows.length)).toEqual([]);
    // Names that only a report of the All-Star break has; see the suite below.
    expect(reports.flatMap(({ rows }) => rows).filter((row) => row.matchup === "UNK@UNK")).toEqual([]);
  });

  test("the day the clocks go forward has 23 hours of folders and no hour 02", async () => {
    const hours = async (date: string) =>
      (await tree.storage.list(`bronze/injuries_raw/season=2023/date=${date}`)).map(({ name }) => name);
    const all = Array.from({ length: 24 }, (_, hour) => `hour=${String(hour).padStart(2, "0")}`);
    expect(await hours("2024-03-10")).toEqual(all.filter((name) => name !== "hour=02"));
    expect(await hours("2024-03-09")).toEqual(all);
    expect(await hours("2024-03-11")).toEqual(all);
  });

  test("at 300 instants the answer is the newest report, row for row", async () => {
    const timeline = await tree.bronze.timeline("injuries_raw", month);
    let rows = 0;
    for (const cutoff of instants()) {
      const snapshot = timeline.at(cutoff);
      expect(found(snapshot), formatInstant(cutoff)).toEqual(expectedAt(cutoff));
      rows += snapshot.length;
    }
    console.info(`NBA: 300 instants, ${rows} rows equal the reports`);
    expect(rows).toBeGreaterThan(20_000);
  });

  test("a view pinned at the instant agrees, reading that day's folders and the day before's", async () => {
    // Every clock-change instant and one in six of the others.
    const asked = instants().filter((_, i) => i < 60 || i % 6 === 0);
    expect(asked).toHaveLength(100);
    const timeline = await tree.bronze.timeline("injuries_raw", month);
    for (const cutoff of asked) {
      const at = tree.bronze.asOf(cutoff);
      const snapshot = await at.read("injuries_raw", { date: newYorkDate(cutoff), lookbackDays: 1 });
      expect(found(snapshot), formatInstant(cutoff)).toEqual(expectedAt(cutoff));
      expect(found(snapshot)).toEqual(found(timeline.at(cutoff)));
      expect(at.reads[0]!.dates.at(-1)).toBe(newYorkDate(cutoff));
    }
  });

  test("after midnight, before the day's first report, the answer is in the folder of the day before", async () => {
    const firstOfDay = [...groupBy(reports, ({ time }) => newYorkDate(time))].slice(1);
    expect(firstOfDay).toHaveLength(31);
    for (const [date, [first]] of firstOfDay) {
      const at = tree.bronze.asOf(first!.time - 1n);
      const snapshot = await at.read("injuries_raw", { date, lookbackDays: 1 });
      expect(found(snapshot), date).toEqual(expectedAt(first!.time - 1n));
      expect(snapshot.length).toBeGreaterThan(0);
      expect((await at.read("injuries_raw", { date })).length).toBe(0);
    }
  });

  test("before the first report nothing is known", async () => {
    const first = reports[0]!.time;
    const at = tree.bronze.asOf(first - 1n);
    const snapshot = await at.read("injuries_raw", { date: newYorkDate(first), lookbackDays: 1 });
    expect(snapshot.length).toBe(0);
    expect((await tree.bronze.timeline("injuries_raw", month)).at(first - 1n).length).toBe(0);
  });

  test("known by the second of a report there is only the one before: it is captured seconds later", async () => {
    const timeline = await tree.bronze.timeline("injuries_raw", month);
    const random = seeded(7);
    for (let i = 0; i < 60; i++) {
      const index = 1 + below(random, reports.length - 1);
      const { time, ingested, rows } = reports[index]!;
      expect(ingested > time).toBe(true);
      expect(found(timeline.at(time, { knownBy: time }))).toEqual(stateOf(reports[index - 1]!.rows));
      expect(found(timeline.at(ingested, { knownBy: ingested - 1n }))).toEqual(
        stateOf(reports[index - 1]!.rows),
      );
      expect(found(timeline.at(ingested, { knownBy: ingested }))).toEqual(stateOf(rows));
    }
  });

  test("read as changes, the same files still have players who had left the report", async () => {
    const timeline = await tree.bronze.timeline("injuries_raw", month);
    const adding = await tree.adding.timeline("injuries_raw", month);
    let gone = 0;
    let ofListedGames = 0;
    for (const cutoff of instants()) {
      const snapshot = timeline.at(cutoff).rows();
      const report = new Set(found(snapshot));
      const listed = new Set(snapshot.map((row) => line([row.game_date, row.matchup])));
      const latestPerKey = adding.at(cutoff).rows();
      const tooMany = latestPerKey.filter((row) => !report.has(found([row])[0]!));
      // Nothing of the report is missing from it or different; it only has too much.
      expect(latestPerKey.length - tooMany.length).toBe(report.size);
      gone += tooMany.length;
      ofListedGames += tooMany.filter((row) => listed.has(line([row.game_date, row.matchup]))).length;
    }
    const end = reports.at(-1)!.time;
    const atEnd = adding.at(end).length - timeline.at(end).length;
    console.info(
      `NBA: latest-per-key brings back ${gone} gone rows over 300 instants, ${ofListedGames} of them players of games ` +
        `that are still on the report; ${atEnd} at the end of March`,
    );
    expect(gone).toBeGreaterThan(0);
    expect(ofListedGames).toBeGreaterThan(0);
    expect(atEnd).toBe(timeline.keyCount - timeline.at(end).length);
  });
});

describeShared("NBA injury reports of the All-Star break 2024, which repeat a key", [SEASON], () => {
  let tree: Awaited<ReturnType<typeof writeReports>>;
  let reports: Map<string, CsvRow[]>;

  beforeAll(async () => {
    const inUtc = ["as_of_ts", "ingested_ts"].map(
      (name) => `strftime(${name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS ${name}`,
    );
    const rows = await query<CsvRow>(`
      SELECT * REPLACE (CAST(game_date AS VARCHAR) AS game_date, ${inUtc.join(", ")})
      FROM read_parquet('${sharedPath(SEASON)}', file_row_number = true)
      WHERE as_of_ts >= '2024-02-16 05:00:00+00' AND as_of_ts < '2024-02-20 05:00:00+00'
      ORDER BY as_of_ts, file_row_number`);
    reports = groupBy(rows, (row) => text(row, "as_of_ts"));
    tree = await writeReports(reports);
  });

  test("of a key said twice in one report the later row holds, and the rest of the report stays", async () => {
    const repeating = [...reports].filter(([, rows]) => stateOf(rows).length < rows.length);
    expect(repeating).toHaveLength(59);
    const timeline = await tree.bronze.timeline("injuries_raw", { from: "2024-02-16", to: "2024-02-20" });
    for (const [time, rows] of reports) {
      expect(found(timeline.at(time)), time).toEqual(stateOf(rows));
    }
    const [time, rows] = repeating[0]!;
    const twice = rows.filter((row) => row.matchup === "UNK@UNK");
    expect(twice).toHaveLength(2);
    expect(found(timeline.at(time))).toContain(stateOf([twice[1]!])[0]);
  });

  test("a day read as history keeps both rows: one file that says a thing twice said it twice", async () => {
    const day = await tree.bronze.readBronzeDay("injuries_raw", "2024-02-17");
    const written = [...reports].filter(([time]) => newYorkDate(parseInstant(time)) === "2024-02-17");
    expect(day.length).toBe(written.reduce((sum, [, rows]) => sum + rows.length, 0));
  });
});
