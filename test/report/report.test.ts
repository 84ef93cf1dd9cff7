import { createHash } from "node:crypto";
import {
  BronzeStore,
  defineDataset,
  GoldStore,
  instant,
  leakCheck,
  memoryStorage,
  Retention,
  withRun,
} from "bronzestore";
import { report } from "bronzestore/report";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openHistory } from "../../src/report/page/lookup.js";
import { reportDataOf } from "./report-data-of.js";
import { rain, reading, storeOf as storeIn, weather } from "./weather.js";

const DATE = "2026-01-15";

const storeOf = (dataset: ReturnType<typeof weather>, now?: string) =>
  storeIn(memoryStorage(), [dataset], now);

describe("report", () => {
  it("is one file whose policy allows its own code and style, by their hashes, and nothing else", async () => {
    const bronze = storeOf(weather());
    await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 3)]);
    const html = await report({ bronze, title: 'a <b>"tree"' });
    const sha = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html)!;
    const scripts = [...html.matchAll(/<script(?: [^>]*)?>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html)!;
    expect(scripts).toHaveLength(2);
    expect(policy).toBe(
      `default-src 'none'; script-src ${sha(scripts[1]!)}; style-src ${sha(style!)}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(html.replace(scripts[1]!, "").replace(scripts[0]!, "")).not.toMatch(
      /(src|href)="(?!data:)|@import|url\((?!data:)/,
    );
    expect(html).toContain("<title>a &#60;b&#62;&#34;tree&#34;: bronzestore</title>");
  });

  it("tells apart what names a key, what it holds, and what groups keys, whatever the columns", async () => {
    const bronze = storeOf(weather());
    await bronze.write("weather", [
      reading("2026-01-15T12:00:00Z", 3),
      reading("2026-01-15T13:00:00Z", 4.5),
      reading("2026-01-15T12:00:00Z", 8, { sensor: "b", place: "cellar" }),
    ]);
    const { datasets, days, library } = reportDataOf(await report({ bronze }));
    expect(library).toMatch(/^\d+\.\d+\.\d+$/);
    expect(datasets[0]).toMatchObject({
      ...{ name: "weather", timeZone: "Europe/Berlin", key: ["station", "sensor"], refused: null },
      ...{ asOf: "as_of_ts", ingested: "ingested_ts", everySeconds: 3600 },
    });
    const { keys, arrangement } = days[0]!.feeds[0]!.history!;
    expect(arrangement).toMatchObject({ group: "station", labels: ["place"] });
    expect(arrangement.values).toEqual([
      { name: "celsius", kind: "numbers" },
      { name: "state", kind: "words" },
    ]);
    expect(
      keys.map(({ cells, labels, group, count }) => ({
        cells,
        labels,
        group,
        count,
      })),
    ).toEqual([
      { cells: ["s1", "a"], labels: ["roof"], group: "s1", count: 2 },
      { cells: ["s1", "b"], labels: ["cellar"], group: "s1", count: 1 },
    ]);
  });

  it("counts by the hours of the definition's own days: autumn's 25, spring's 23", async () => {
    const bronze = storeOf(weather());
    // 02:30 in Berlin comes twice on 2026-10-25.
    await bronze.write("weather", [
      reading("2026-10-25T00:30:00Z", 1),
      reading("2026-10-25T01:30:00Z", 2),
      reading("2026-10-25T02:30:00Z", 3),
    ]);
    await bronze.write("weather", [reading("2026-03-29T00:30:00Z", 1), reading("2026-03-29T01:30:00Z", 2)]);
    const { days } = reportDataOf(await report({ bronze, from: "2026-03-29" }));
    const hoursOf = (date: string) =>
      days
        .find((day) => day.date === date)!
        .feeds[0]!.coverage!.hours.map(
          ({ hour, fold, due, came }) => `${hour}${fold ? "'" : ""}: ${came}/${due}`,
        );
    const autumn = hoursOf("2026-10-25");
    expect(autumn).toHaveLength(25);
    expect(autumn.slice(1, 5)).toEqual(["1: 0/1", "2: 1/1", "2': 1/1", "3: 1/1"]);
    const spring = hoursOf("2026-03-29");
    expect(spring).toHaveLength(23);
    expect(spring.slice(0, 4)).toEqual(["0: 0/1", "1: 1/1", "3: 1/1", "4: 0/1"]);
    // The whole range has days on which something was due, and nothing came.
    expect(days.length).toBe(211);
  });

  it("has a missing capture of a day that has no file at all, and leaves a pending one alone", async () => {
    const bronze = storeOf(weather("UTC", "PT6H"), "2026-01-16T13:00:00Z");
    await bronze.write("weather", [reading("2026-01-14T12:00:00Z", 1)]);
    await bronze.write("weather", [reading("2026-01-16T00:10:00Z", 1)]);
    const { days } = reportDataOf(await report({ bronze }));
    const sums = days.map(({ date, feeds }) => {
      const { hours } = feeds[0]!.coverage!;
      const sum = (of: "missing" | "pending" | "came") => hours.reduce((n, hour) => n + hour[of], 0);
      return [date, sum("came"), sum("missing"), sum("pending")];
    });
    expect(sums).toEqual([
      ["2026-01-14", 1, 3, 0],
      ["2026-01-15", 0, 4, 0],
      ["2026-01-16", 1, 1, 2],
    ]);
  });

  it("knows of a version when it was captured, and of a tombstone that it ends its key", async () => {
    const bronze = storeOf(weather("UTC"));
    await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 1)]);
    await bronze.write("weather", [
      reading("2026-01-15T13:00:00Z", 2, {
        state: "closed",
        ingested_ts: "2026-01-15T15:00:00Z",
      }),
    ]);
    const { history } = reportDataOf(await report({ bronze })).days[0]!.feeds[0]!;
    const { keys, instants } = openHistory(history!);
    expect([history!.unit, instants.length]).toEqual([1_000_000_000, 3]);
    expect(keys[0]!.held.steps).toEqual([0, 0, 1, -1]); // 12:00, 13:00
    expect(keys[0]!.known.steps).toEqual([0, 0, 2, -1]); // 12:00, 15:00
  });

  it("tells on the page what the library refuses to answer about one day", async () => {
    const bronze = storeOf(weather("UTC"));
    await bronze.write("weather", [reading("2026-01-14T12:00:00Z", 1)]);
    await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 1)]);
    const path = "bronze/weather/date=2026-01-15/hour=12/w.parquet";
    const bytes = await bronze.storage.read(path);
    bytes[bytes.length >> 1]! ^= 1;
    await bronze.storage.replace(path, bytes);
    const { days } = reportDataOf(await report({ bronze }));
    const [whole, broken] = days.map(({ feeds }) => feeds[0]!);
    expect(whole!.refused).toBeNull();
    expect(broken!.history).toBeNull();
    expect(broken!.refused).toContain(path);
    expect(broken!.coverage!.unreadable.join()).toContain(path);
  });

  it("names a dataset whose days cannot be told in its place, and shows the others", async () => {
    const [good, bad] = [weather("UTC"), rain("UTC")];
    const bronze = storeIn(memoryStorage(), [good, bad]);
    for (const name of ["weather", "rain"] as const)
      await bronze.write(name, [reading("2026-01-15T12:00:00Z", 1)]);
    // Files where no template of the layout leads: `dates` refuses to say that there are no days.
    const from = "bronze/rain/date=2026-01-15/hour=12/w.parquet";
    await bronze.storage.publish("bronze/rain/elsewhere/w.parquet", await bronze.storage.read(from));
    await bronze.storage.remove(from);
    await expect(bronze.dates("rain")).rejects.toMatchObject({ code: "UNREACHABLE_FILES" });
    const { datasets, days } = reportDataOf(await report({ bronze }));
    expect(datasets.map(({ name, refused }) => [name, refused === null])).toEqual([
      ["weather", true],
      ["rain", false],
    ]);
    expect(datasets[1]!.refused).toContain("bronze/rain/elsewhere/w.parquet");
    expect(days.map(({ date, feeds }) => [date, feeds[0]!.coverage!.rows, feeds[1]])).toEqual([
      [DATE, 1, null],
    ]);
    await expect(report({ bronze, from: "2026-02-30" })).rejects.toMatchObject({ code: "INVALID_DATE" });
  });

  it.each([
    ["the days that are asked for", { from: "2026-01-14", to: "2026-01-16" }],
    ["the days of the other datasets, where the damage hides which days there are", {}],
  ])("names a damaged day of a dataset, and counts its others: %s", async (_, range) => {
    const bronze = storeIn(memoryStorage(), [weather("UTC"), rain("UTC")]);
    for (const day of ["14", "15", "16"])
      for (const name of ["weather", "rain"] as const)
        await bronze.write(name, [reading(`2026-01-${day}T12:00:00Z`, 1)]);
    const torn = "bronze/rain/date=2026-01-15/_retention.json";
    await bronze.storage.publish(torn, new TextEncoder().encode("{"));
    const span = { from: "2026-01-14", to: "2026-01-16" };
    await expect(bronze.coverage("rain", span)).rejects.toMatchObject({ code: "RETENTION_INVALID" });
    const { days } = reportDataOf(await report({ bronze, ...range }));
    const shown = days.map(({ date, feeds: [good, bad] }) => ({
      ...{ date, good: good!.coverage!.rows, bad: bad!.coverage?.rows ?? null },
      keys: bad!.history?.keys.length ?? null,
      refused: bad!.refused?.includes(torn) ?? false,
    }));
    // A capture that is due on the 16th may lie in the folder of the 15th: what held is known, what is missing is not.
    expect(shown).toEqual([
      { date: "2026-01-14", good: 1, bad: 1, keys: 1, refused: false },
      { date: "2026-01-15", good: 1, bad: null, keys: null, refused: true },
      { date: "2026-01-16", good: 1, bad: null, keys: 1, refused: true },
    ]);
  });

  it("takes a dataset without days as one day, and spans what was captured", async () => {
    const schema = z.object({
      ...{ station: z.string(), sensor: z.string(), celsius: z.number() },
      ...{ as_of_ts: instant(), ingested_ts: instant() },
    });
    const lake = defineDataset({
      ...{ name: "lake", layout: "**/*.parquet", files: "append", timeZone: "UTC", schema },
      key: ["station", "sensor"],
    });
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [lake] });
    const other = storeOf(weather("UTC"));
    for (const hour of [12, 15]) {
      await other.write("weather", [reading(`2026-01-15T${hour}:00:00Z`, hour)]);
      const bytes = await other.storage.read(`bronze/weather/date=2026-01-15/hour=${hour}/w.parquet`);
      await bronze.storage.publish(`bronze/lake/${hour}.parquet`, bytes);
    }
    const { days, datasets } = reportDataOf(await report({ bronze }));
    expect(
      days.map(({ date, window }) => [date, ...window.map((at) => new Date(at * 1000).toISOString())]),
    ).toEqual([[null, "2026-01-15T11:00:00.000Z", "2026-01-15T16:00:00.000Z"]]);
    expect(datasets[0]).toMatchObject({ isDated: false, everySeconds: null });
    expect(openHistory(days[0]!.feeds[0]!.history!).keys[0]!.held.steps).toEqual([0, 0, 1, 1]);
  });

  it("says of a row in a compacted file where it was written, and where it lies now", async () => {
    const bronze = storeOf(weather("UTC"));
    await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 1)]);
    await bronze.write("weather", [reading("2026-01-15T13:00:00Z", 2)]);
    const loose = reportDataOf(await report({ bronze })).days[0]!.feeds[0]!;
    const retention = new Retention({ bronze, gold: [], clock: () => bronze.now() });
    await retention.apply(
      await retention.planCompact({ datasets: ["weather"], before: "2026-01-16", into: "day" }),
    );
    const { history } = reportDataOf(await report({ bronze })).days[0]!.feeds[0]!;
    expect(loose.history!.compacted).toEqual([]);
    const { files, compacted, file } = history!;
    expect(
      compacted.map(([part, holder]) => [files[part], files[holder]!.replace(/[0-9a-f]{16}/, "*")]),
    ).toEqual([
      [
        "bronze/weather/date=2026-01-15/hour=12/w.parquet",
        "bronze/weather/date=2026-01-15/hour=13/w.compacted-*.parquet",
      ],
      [
        "bronze/weather/date=2026-01-15/hour=13/w.parquet",
        "bronze/weather/date=2026-01-15/hour=13/w.compacted-*.parquet",
      ],
    ]);
    const paths = (of: typeof history) => openHistory(of!).data.file.map((one) => of!.files[one]);
    expect(file.length).toBe(2);
    expect(paths(history)).toEqual(paths(loose.history));
  });

  it("names the keys of an event by it, on its own day or the one it is given", async () => {
    const bronze = storeOf(weather("America/New_York"));
    await bronze.write("weather", [reading("2026-01-15T17:00:00Z", 1)]);
    const { days } = reportDataOf(
      await report({
        bronze,
        events: [
          { name: "late", at: "2026-01-16T06:00:00Z", date: DATE, of: "s1" },
          { name: "noon", at: "2026-01-15T17:00:00Z" },
          { name: "the day after", at: "2026-01-16T17:00:00Z" },
        ],
      }),
    );
    expect(days[0]!.events.map(({ name, group }) => [name, group])).toEqual([
      ["noon", null],
      ["late", "s1"],
    ]);
    expect(days[0]!.window[1] * 1000).toBeGreaterThan(Date.parse("2026-01-16T06:00:00Z"));
  });

  it("has each slate with its cutoff as an event, what is wrong with any, and how fresh each dataset is", async () => {
    const bronze = storeOf(weather("UTC"), "2026-01-15T14:00:00Z");
    const clock = () => bronze.now();
    const slate = { key: ["day", "station"], dateKey: "day" };
    const gold = new GoldStore({ ...{ storage: bronze.storage, bronze, clock, slate }, timeZone: "UTC" });
    for (const sensor of ["a", "b"])
      await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 1, { sensor })]);
    const own = { day: DATE, station: "s1" };
    const tip = "2026-01-15T13:00:00Z";
    await gold.freeze({ slate: own, snapshot: "lock", tip }, async (at) =>
      (await at.read("weather", { date: DATE })).rows().map(({ celsius }) => ({ celsius })),
    );
    const whole = reportDataOf(await report({ bronze, gold }));
    expect(whole.gold).toMatchObject({ findings: [], refused: null });
    const [frozen] = whole.gold!.slates;
    expect(frozen).toMatchObject({
      ...{ name: "s1", cells: [DATE, "s1"], date: DATE, snapshot: "lock", revision: 1, rows: 2 },
      inputs: [{ dataset: "weather", files: 2, rows: 2 }],
    });
    expect(whole.days[0]!.events).toEqual([
      {
        name: "lock",
        at: `${Date.parse("2026-01-15T12:45:00Z")}000000`,
        group: "s1",
        isCutoff: true,
      },
    ]);
    expect(whole.freshness).toEqual([
      ...[{ dataset: "weather", status: null, newest: "2026-01-15T12:00:00Z", ageSeconds: 7200 }].map(
        (one) => ({
          ...one,
          ...{ proven: true, refused: null },
        }),
      ),
    ]);

    await bronze.storage.remove(frozen!.path);
    const { findings } = reportDataOf(await report({ bronze, gold })).gold!;
    expect(findings).toEqual([
      { kind: "output-missing", ok: false, path: frozen!.path, message: null, slates: [0], touched: 1 },
    ]);
    await bronze.storage.replace(
      `gold/slates/day=${DATE}/station=s1/manifest.lock.json`,
      new TextEncoder().encode("{}"),
    );
    const torn = reportDataOf(await report({ bronze, gold })).gold!;
    expect([torn.slates, torn.findings.map(({ kind }) => kind)]).toEqual([[], ["manifest-damaged"]]);
    expect(torn.refused).toContain("manifest.lock.json");
    expect(reportDataOf(await report({ bronze })).gold).toBeNull();
  });

  it("names slates by what tells them apart, whatever the order of their key", async () => {
    const bronze = storeOf(weather("UTC"), "2026-01-15T14:00:00Z");
    const clock = () => bronze.now();
    const slate = { key: ["season", "day", "station"], dateKey: "day" };
    const gold = new GoldStore({ ...{ storage: bronze.storage, bronze, clock, slate }, timeZone: "UTC" });
    await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 1)]);
    for (const station of ["s1", "s2"])
      await gold.freeze(
        { slate: { season: 2025, day: DATE, station }, snapshot: "lock", tip: "2026-01-15T13:00:00Z" },
        async (at) => [{ read: (await at.read("weather", { date: DATE })).length }],
      );
    const { slates } = reportDataOf(await report({ bronze, gold })).gold!;
    expect(slates.map(({ name }) => name)).toEqual(["s1", "s2"]);
  });

  it("has what the newest runs did, newest first, and one whose file cannot be read", async () => {
    const bronze = storeOf(weather("UTC"), "2026-01-15T14:00:00Z");
    expect(reportDataOf(await report({ bronze })).runs).toEqual({ runs: [], refused: null });
    const ids: string[] = [];
    for (const name of ["scrape", "torn", "score"]) {
      const place = { storage: bronze.storage, name, timeZone: "UTC" };
      const startedNs = BigInt(Date.parse("2026-01-15T12:00:00Z") + ids.length * 60_000) * 1_000_000n;
      await withRun({ ...place, clock: () => startedNs }, async (run) => {
        ids.push(run.id);
        if (name === "score")
          await run.stage("rates", {}, () => Promise.reject(new Error("the feed is down")));
      }).catch(() => {});
    }
    await bronze.storage.replace(`runs/2026-01-15/${ids[1]}.json`, new TextEncoder().encode("{"));
    const { runs } = reportDataOf(await report({ bronze })).runs;
    expect(runs.map(({ id, name, status }) => [id, name, status])).toEqual([
      [ids[2], "score", "failed"],
      [ids[1], null, null],
      [ids[0], "scrape", "completed"],
    ]);
    expect(runs[0]).toMatchObject({ stages: [{ name: "rates", status: "failed", rows: 0 }] });
    expect(runs[0]!.message).toContain("the feed is down");
    expect(runs[1]!.message).toContain(`${ids[1]}.json`);
    // Of other days, there are none.
    expect(reportDataOf(await report({ bronze, from: "2026-01-16" })).runs.runs).toEqual([]);
  });

  it("makes leak checks, and has what the library says of each", async () => {
    const bronze = storeOf(weather("UTC"));
    for (const hour of [12, 14]) await bronze.write("weather", [reading(`2026-01-15T${hour}:00:00Z`, hour)]);
    const cutoffs = ["2026-01-15T13:00:00Z"];
    const read = (from: "view" | "store") => () =>
      leakCheck(
        async (at, context) =>
          from === "view"
            ? (await at.read("weather", { date: DATE })).rows()
            : (await context.bronze.readBronzeDay("weather", DATE)).rows(),
        { bronze, cutoffs },
      );
    const { checks } = reportDataOf(
      await report({
        bronze,
        checks: [
          { name: "honest", check: read("view") },
          { name: "leaky", check: read("store") },
          { name: "idle", check: () => leakCheck(() => undefined, { bronze, cutoffs }) },
        ],
      }),
    );
    expect(checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["honest", "no leak"],
      ["leaky", "leak"],
      ["idle", "nothing checked"],
    ]);
    expect(checks[0]!.lines[0]).toBe("LeakCheck at 1 cutoff: no leak");
    expect(checks[1]!.lines.join()).toContain("hour=14");
    const broken = () => Promise.reject(new Error("of the caller's own"));
    await expect(report({ bronze, checks: [{ name: "x", check: broken }] })).rejects.toThrow(
      "of the caller's own",
    );
    await expect(report({ bronze, checks: [{ name: "x" }] as never })).rejects.toThrow("needs check");
    await expect(report({ bronze, gold: {} as never })).rejects.toThrow("a GoldStore");
  });

  it("refuses options that nothing reads, and a store that is none", async () => {
    const bronze = storeOf(weather());
    await expect(report({ bronze, form: "2026-01-15" } as never)).rejects.toThrow("has no option");
    await expect(report({ bronze: {} } as never)).rejects.toThrow("a BronzeStore");
    await expect(report({ bronze, datasets: ["wether"] })).rejects.toThrow('no dataset "wether"');
    await expect(report({ bronze, lookbackDays: { wether: 1 } })).rejects.toThrow('no dataset "wether"');
    await expect(report({ bronze, from: "15 Jan" })).rejects.toMatchObject({
      code: "INVALID_DATE",
    });
  });
});
