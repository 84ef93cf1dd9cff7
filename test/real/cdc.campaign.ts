import { readFileSync } from "node:fs";
import {
  BronzeStore,
  defineDataset,
  domainDate,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
  parseInstant,
} from "bronzestore";
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { type CsvRow, describeShared, groupBy, line, readCsv, sharedPath, text } from "./shared-data.js";

const ARCHIVE = "fixtures/cdc_covid_hosp_timeseries.csv.gz";
const BOTH_TARGETS = "fixtures/cdc_covid_timeseries.parquet";
const PUBLISHED = "fixtures/cdc_covid_hosp_expected_to_2025-06.csv.gz";

/** The archive says the day of a vintage, not its hour: it counts from midnight UTC. */
function midnight(date: string): string {
  return `${date}T00:00:00Z`;
}

function hospital(partitionIs: "changes" | "snapshot") {
  return defineDataset({
    name: "cdc_hospital",
    layout: layouts.hourly(),
    season: nbaSeason,
    schema: z.object({
      target: z.string(),
      location: z.string(),
      target_end_date: domainDate(),
      observation: z.number(),
      as_of: domainDate(),
      as_of_ts: instant(),
    }),
    key: ["target", "location", "target_end_date"],
    date: { from: "as_of" },
    hour: { from: "as_of_ts" },
    timeZone: "UTC",
    partitionIs,
  });
}

describeShared("CDC COVID hospital admissions", [ARCHIVE, PUBLISHED, BOTH_TARGETS], () => {
  const storage = memoryStorage();
  let nowNs = 0n;
  const changes = new BronzeStore({ storage, datasets: [hospital("changes")], clock: () => nowNs });
  const snapshots = new BronzeStore({ storage, datasets: [hospital("snapshot")], clock: () => nowNs });

  let vintages: Map<string, CsvRow[]>;
  /** By published_ts. */
  let published: Map<string, CsvRow[]>;
  let span: { from: string; to: string };

  beforeAll(async () => {
    vintages = groupBy(readCsv(ARCHIVE), (row) => text(row, "as_of"));
    published = groupBy(readCsv(PUBLISHED), (row) => text(row, "published_ts"));
    const dates = [...vintages.keys()].sort();
    span = { from: dates[0]!, to: dates.at(-1)! };
    for (const [date, rows] of vintages) {
      // There is no capture time in the archive; the write is stamped with the vintage's own.
      nowNs = parseInstant(midnight(date));
      await changes.write(
        "cdc_hospital",
        rows.map((row) => ({
          target: text(row, "target"),
          location: text(row, "location"),
          target_end_date: text(row, "target_end_date"),
          observation: Number(text(row, "observation")),
          as_of: date,
          as_of_ts: midnight(date),
        })),
      );
    }
  });

  const wanted = (rows: readonly CsvRow[]) =>
    rows
      .map((row) =>
        line([text(row, "location"), text(row, "target_end_date"), Number(text(row, "observation"))]),
      )
      .sort();
  const answer = (
    rows: Iterable<{ location: string; target_end_date: string; observation: number }>,
  ): string[] =>
    Array.from(rows, ({ location, target_end_date, observation }) =>
      line([location, target_end_date, observation]),
    );
  const withoutNote = () => [...published].filter(([, rows]) => rows[0]!.note === null);

  test("84 vintages of 212,477 rows are one file each", async () => {
    expect(vintages.size).toBe(84);
    const timeline = await changes.timeline("cdc_hospital", span);
    expect(timeline.rowCount).toBe(212_477);
    const { files } = timeline.at("2027-01-01T00:00:00Z").provenance;
    expect(files).toHaveLength(84);
    expect(files[0]!.path).toBe("bronze/cdc_hospital/season=2024/date=2024-11-20/hour=00/data.parquet");
  });

  test.each([
    ["changes", changes],
    ["snapshot", snapshots],
  ])("read as %s, all 31 published files without a note come back row for row", async (_, bronze) => {
    const timeline = await bronze.timeline("cdc_hospital", span);
    let files = 0;
    let rows = 0;
    for (const [publishedTs, expected] of withoutNote()) {
      const snapshot = timeline.at(publishedTs);
      expect(answer(snapshot), publishedTs).toEqual(wanted(expected));
      files++;
      rows += snapshot.length;
    }
    console.info(
      `CDC: ${files} published files, ${rows} rows reproduced; ${published.size - files} have a note`,
    );
    expect({ files, rows }).toEqual({ files: 31, rows: 29_097 });
  });

  test("a sweep over the publication times gives the same as single questions", async () => {
    const timeline = await changes.timeline("cdc_hospital", span);
    const files = withoutNote();
    let i = 0;
    for (const snapshot of timeline.sweep(files.map(([publishedTs]) => publishedTs)))
      expect(answer(snapshot)).toEqual(wanted(files[i++]![1]));
    expect(i).toBe(31);
  });

  test("a pinned view that reads two weeks of folders reproduces a published file too", async () => {
    // The vintage of 11 June was published two days late, so its folder is not the publication day's.
    const sample = withoutNote().filter(([time], i) => i % 6 === 0 || time.startsWith("2025-06-13"));
    expect(sample).toHaveLength(7);
    for (const [publishedTs, expected] of sample) {
      for (const bronze of [changes, snapshots]) {
        const at = bronze.asOf(publishedTs);
        const snapshot = await at.read("cdc_hospital", { date: publishedTs.slice(0, 10), lookbackDays: 14 });
        expect(answer(snapshot), publishedTs).toEqual(wanted(expected));
        expect(snapshot.provenance.rowsSelected).toBe(expected.length);
      }
    }
  });

  test("the three files with a note differ from the archive exactly as the note says", async () => {
    const timeline = await changes.timeline("cdc_hospital", span);
    const differences = [...published]
      .filter(([, rows]) => rows[0]!.note !== null)
      .map(([publishedTs, rows]) => {
        const held = new Map(
          timeline
            .at(publishedTs)
            .rows()
            .map((row) => [`${row.location} ${row.target_end_date}`, row.observation]),
        );
        const values = rows.map((row) => ({
          held: held.get(`${text(row, "location")} ${text(row, "target_end_date")}`),
          published: Number(text(row, "observation")),
        }));
        return {
          date: publishedTs.slice(0, 10),
          extra: values.filter((value) => value.held === undefined).length,
          different: values.filter((value) => value.held !== undefined && value.held !== value.published)
            .length,
        };
      });
    expect(differences).toEqual([
      { date: "2024-11-18", extra: 53, different: 0 },
      { date: "2024-11-22", extra: 0, different: 49 },
      { date: "2025-01-27", extra: 53, different: 136 },
    ]);
  });

  test("a vintage is seen from its first nanosecond on and not before", async () => {
    const timeline = await snapshots.timeline("cdc_hospital", span);
    const dates = [...vintages.keys()];
    for (let i = 1; i < dates.length; i++) {
      const start = parseInstant(midnight(dates[i]!));
      expect(timeline.at(start).length).toBe(vintages.get(dates[i]!)!.length);
      expect(timeline.at(start - 1n).length).toBe(vintages.get(dates[i - 1]!)!.length);
    }
  });

  test("the feed never drops a row, so changes and snapshot agree at every vintage", async () => {
    const [adding, replacing] = [
      await changes.timeline("cdc_hospital", span),
      await snapshots.timeline("cdc_hospital", span),
    ];
    const dates = [...vintages.keys()].map(midnight);
    const replaced = replacing.sweep(dates);
    for (const added of adding.sweep(dates)) {
      const snapshot = replaced.next().value!;
      expect(answer(added)).toEqual(answer(snapshot));
      expect(answer(added)).toEqual(wanted(vintages.get(snapshot.rows()[0]!.as_of)!));
    }
  });

  test("the archive's own Parquet file, put into a tree as it is, reads as the same rows", async () => {
    const asPublished = defineDataset({
      name: "cdc_covid",
      layout: layouts.daily({ file: "time-series.parquet" }),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema: z.object({
        as_of: domainDate(),
        target: z.string(),
        target_end_date: domainDate(),
        location: z.string(),
        observation: z.number(),
      }),
      key: ["as_of", "target", "target_end_date", "location"],
      date: { from: "as_of" },
      misfiled: "read",
      // an archive of every day in one file
      timestamps: { asOf: null },
    });
    const tree = memoryStorage();
    const path = "bronze/cdc_covid/season=2026/date=2026-08-19/time-series.parquet";
    await tree.publish(path, Uint8Array.from(readFileSync(sharedPath(BOTH_TARGETS))));
    const bronze = new BronzeStore({ storage: tree, datasets: [asPublished] });
    const day = await bronze.readBronzeDay("cdc_covid", "2026-08-19");
    expect([day.source, day.length]).toEqual(["latest", 702_878]);

    const [asOf, target, date, location, value] = (
      ["as_of", "target", "target_end_date", "location", "observation"] as const
    ).map((name) => day.column(name));
    const found = asOf!.flatMap((vintage, i) =>
      target![i] === "wk inc covid hosp" ? [line([vintage, date![i], location![i], value![i]])] : [],
    );
    const inCsv = [...vintages.values()]
      .flat()
      .map((row) => line([row.as_of, row.target_end_date, row.location, Number(text(row, "observation"))]));
    // One string each: a difference among 212,477 lines is found by the tests above, this one only has to see it.
    expect(found.sort().join("\n") === inCsv.sort().join("\n")).toBe(true);
  });
});
