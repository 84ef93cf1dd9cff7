import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { query } from "../second-reader/duckdb.js";
import { tempFolders } from "../storage/temp-folder.js";
import { commandLine } from "./session.js";

const tempFolder = tempFolders();

/** Files of a folder. */
function folderOf(files: Readonly<Record<string, readonly string[]>>): string {
  const folder = tempFolder();
  for (const [name, lines] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  }
  return folder;
}

/** Levels of rivers: every six hours a file says the last nine hours, and says again what it said of most of them. */
function gauges(): string {
  const hour = 3_600_000;
  const text = (ms: number) => new Date(ms).toISOString().replace(".000", "");
  const files = Array.from({ length: 8 }, (_, i) => {
    const issued = Date.parse("2026-03-01T06:00:00Z") + i * 6 * hour;
    const rows = ["Köln", "Kaub", "0042 Maxau"].flatMap((station, s) =>
      Array.from({ length: 9 }, (_, back) => {
        const level = (i + s + back) % 7 === 0 ? "" : String(200 + ((i * 31 + s * 17 + back * 5) % 80));
        return `${station},${text(issued - back * hour)},${text(issued)},${level},${back > 4 ? "final" : "prelim"}`;
      }),
    );
    return [`gauges/levels_${i}.csv`, ["Station,Valid Time,Issue Time,Level (cm),Quality", ...rows]] as const;
  });
  return folderOf(Object.fromEntries(files));
}

/** What `init` guesses of a file, as the config says it. */
async function guessed(name: string, lines: readonly string[], flags = ""): Promise<string> {
  const cwd = folderOf({ [name]: lines });
  const { code, both } = await commandLine(`init ${join(cwd, name)} --dry-run ${flags}`, { cwd });
  expect([code, both]).toEqual([0, both]);
  return both;
}

describe("the first hour with files of another field", () => {
  it("is told where to begin, and comes with two commands to the answer that DuckDB finds in the files", async () => {
    const cwd = gauges();
    for (const line of ["ls", "init", "show gauges 2026-03-01", "report -o page.html"]) {
      const { code, err } = await commandLine(line, { cwd });
      expect([line, code]).toEqual([line, 3]);
      expect(err).toContain(
        "8 files that can be brought in (gauges/levels_0.csv, ...): bronzestore init 'gauges/*.csv'",
      );
    }
    const files = join(cwd, "gauges/*.csv");
    const { err } = await commandLine(`init '${files}'`, { cwd });
    expect(err).toContain("Then: bronzestore import gauges '<tree>/gauges/*.csv'");
    // The last files come the day after.
    const later = [6, 7].map((i) => join(cwd, `gauges/levels_${i}.csv`));
    for (const file of later) renameSync(file, `${file}.later`);
    expect((await commandLine(`import gauges '${files}'`, { cwd })).code).toBe(0);
    for (const file of later) renameSync(`${file}.later`, file);
    const refused = await commandLine(`import gauges '${files}'`, { cwd });
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringMatching(/levels_0\.csv was imported.*--on-imported skip leaves out all such files/),
    ]);
    const next = await commandLine(`import gauges '${files}' --on-imported skip`, { cwd });
    expect([next.code, next.out.trim().split("\n").length]).toEqual([0, 2]);
    expect(next.err).toContain("6 files imported before and left out: <tree>/gauges/levels_0.csv, ");

    for (const cutoff of [
      "2026-03-01T13:00:00Z",
      "2026-03-01T18:00:00Z",
      "2026-03-02T05:59:59Z",
      "2026-03-09T00:00:00Z",
    ]) {
      const { out } = await commandLine(`show gauges 2026-03-01 --as-of ${cutoff}`, { cwd });
      const rows = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const seen = await query(`
        SELECT Station, strftime("Valid Time" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS valid_time,
          arg_max({ level: "Level (cm)" }, "Issue Time").level::INTEGER AS level_cm, arg_max(Quality, "Issue Time") AS "Quality"
        FROM read_csv('${files}', types = { 'Valid Time': 'TIMESTAMPTZ', 'Issue Time': 'TIMESTAMPTZ', 'Level (cm)': 'BIGINT' })
        WHERE "Issue Time" <= TIMESTAMPTZ '${cutoff}' AND ("Valid Time" AT TIME ZONE 'UTC')::DATE = DATE '2026-03-01'
        GROUP BY ALL ORDER BY ALL`);
      expect(seen.length).toBeGreaterThan(20);
      const own = rows.map(({ Station, valid_time, level_cm, Quality }) => ({
        Station,
        valid_time,
        level_cm,
        Quality,
      }));
      expect(own).toEqual(seen);
    }
    expect((await commandLine("report -o page.html", { cwd })).code).toBe(0);
  });

  it("finds the key, what rows are about and when it was said, where one file has many states of a key", async () => {
    const text = await guessed("beds.csv", [
      "hospital,ward,bed_date,issued_at,beds_free",
      "A,1,2026-03-01,2026-03-01T08:00:00Z,4",
      "A,1,2026-03-01,2026-03-01T12:00:00Z,4",
      "A,2,2026-03-01,2026-03-01T08:00:00Z,7",
      "B,1,2026-03-01,2026-03-01T08:00:00Z,4",
    ]);
    expect(text).toContain('key: ["hospital", "ward"],');
    expect(text).toContain('date: { from: "bed_date" }');
    expect(text).toContain('timestamps: { asOf: "issued_at", ingested: "ingested_ts" }');
    expect(text).toContain("beds_free: z.int().nullable()");
  });

  it("keeps ids that are digits as text, and takes times without a zone for what they are", async () => {
    const text = await guessed("trades.csv", [
      "account_id,updatedAt,amount,open,note",
      "007,2026-03-01 08:00:00,1.50,true,",
      "010,2026-03-01 08:00:01,2,false,",
    ]);
    expect(text).toContain("account_id: z.string()");
    expect(text).toContain("amount: z.number()");
    expect(text).toContain("open: z.boolean()");
    expect(text).toContain("note: z.string()");
    expect(text).toContain('asOf: "updatedAt", ingested: "ingested_ts", naive: "utc"');
  });

  it("reads JSON lines, and CSV with any delimiter, which it asks for", async () => {
    const json = await guessed("quotes.jsonl", [
      '{"symbol":"ACME","price":1.5,"as_of":"2026-03-01T08:00:00+01:00","tags":["a"]}',
      '{"symbol":"EMCA","price":2,"as_of":"2026-03-01T08:00:00+01:00"}',
    ]);
    expect(json).toContain('key: ["symbol"],');
    expect(json).toContain("price: z.number()");
    const lines = ["site;as_of;value", "x;2026-03-01T08:00:00Z;1"];
    expect(await guessed("values.csv", lines, "--delimiter ;")).toContain('key: ["site"],');
    const cwd = folderOf({ "values.csv": lines });
    const { code, err } = await commandLine(`init ${join(cwd, "values.csv")}`, { cwd });
    expect([code, err.trim()]).toEqual([
      2,
      'bronzestore: INVALID_ARGUMENT: <tree>/values.csv has one column, "site;as_of;value"; say what is between its cells: --delimiter ";".',
    ]);
  });

  it("imports what has no time at all, dated by its capture", async () => {
    const cwd = folderOf({ "stations.csv": ["station,river", "Köln,Rhein", "Passau,Donau"] });
    const file = join(cwd, "stations.csv");
    expect((await commandLine(`init ${file}`, { cwd })).code).toBe(0);
    const { code, err } = await commandLine(`import stations ${file} --ingested-at 2026-03-01T08:00:00Z`, {
      cwd,
    });
    expect([code, err]).toEqual([0, err]);
    const { out } = await commandLine(
      "show stations 2026-03-01 --as-of 2026-03-01T09:00:00Z --columns river",
      { cwd },
    );
    expect(out).toBe('{"river":"Rhein"}\n{"river":"Donau"}\n');
  });

  it("finds its way in Parquet that another program divided its own way", async () => {
    const cwd = tempFolder();
    const beds = `SELECT ward, TIMESTAMP '2026-03-01' + to_hours(h) AS "Bed Time", TIMESTAMP '2026-03-01' + to_hours(h + late) AS reported, (h * late) % 30 AS beds
      FROM range(48) t(h), (VALUES ('A'), ('B')) w(ward), (VALUES (1), (5)) r(late)`;
    await query(`COPY (SELECT *, year("Bed Time") AS y, month("Bed Time") AS m, day("Bed Time") AS d FROM (${beds}))
      TO '${join(cwd, "hive")}' (FORMAT parquet, PARTITION_BY (y, m, d))`);
    for (const week of ["2026-W09", "2026-W10"]) {
      mkdirSync(join(cwd, "weeks", week), { recursive: true });
      await query(`COPY (${beds}) TO '${join(cwd, "weeks", week, "extract.parquet")}' (FORMAT parquet)`);
    }
    const { out, err } = await commandLine("ls --format csv", { cwd });
    expect(err).toContain(
      "hive: guessed hive/y={year}/m={month}/d={day}/data_0.parquet\n  key ward, Bed Time; times reported",
    );
    expect(err).toContain("weeks: guessed weeks/*/extract.parquet\n  key ward, Bed Time; times reported");
    expect(out).toContain('hive,2,2026-03-01,2026-03-02,"ward, Bed Time"');
    const cutoff = "2026-03-01T09:30:00Z";
    const held = await commandLine(`show hive 2026-03-01 --as-of ${cutoff} --columns ward,beds`, { cwd });
    const seen = await query(`SELECT ward, arg_max(beds, reported)::INTEGER AS beds FROM (${beds})
      WHERE reported <= TIMESTAMP '2026-03-01 09:30:00' GROUP BY ward, "Bed Time" ORDER BY ward, "Bed Time"`);
    expect(
      held.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(seen);
    expect((await commandLine("init --root hive --dry-run", { cwd })).out).toContain('root: ".",');
  });

  it("guesses a tree of this library that lies a folder down without its gold, and a column that path and file have once", async () => {
    const cwd = tempFolder();
    for (const path of [
      "tree/bronze/beds/site=A/date=2026-03-01/beds.parquet",
      "tree/bronze/beds/site=B/date=2026-03-01/beds.parquet",
      "tree/gold/slates/site=A/date=2026-03-01/lock.parquet",
    ]) {
      mkdirSync(join(cwd, path, ".."), { recursive: true });
      const rows = `SELECT '${/site=(.)/.exec(path)![1]}' AS site, TIMESTAMPTZ '2026-03-01 08:00:00Z' AS as_of_ts, 4 AS free, ward FROM (VALUES ('1'), ('2')) w(ward)`;
      await query(`COPY (${rows}) TO '${join(cwd, path)}' (FORMAT parquet)`);
    }
    const before = await commandLine("ls --format csv", { cwd });
    expect(before.err).toContain("  key site, ward; times as_of_ts");
    await commandLine("init", { cwd });
    const after = await commandLine("ls --format csv", { cwd });
    expect([after.code, after.out]).toEqual([0, before.out]);
    expect(
      after.out
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[0]),
    ).toEqual(["beds"]);
  });
});
