import { readFileSync } from "node:fs";
import {
  BronzeStore,
  defineDataset,
  domainDate,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { describeShared, groupBy, numberOrNull, readCsv, sharedPath, text } from "./shared-data.js";

const ARCHIVE = "fixtures/delphi_cases_dv_archive.csv.gz";
const EXPECTED = "fixtures/delphi_expected_published.json";

/** What the documentation of a peer prints: its as-of answers, three significant figures. */
interface Printed {
  readonly source: string;
  readonly version: string;
  readonly n_rows?: number;
  readonly first_rows_3sf?: readonly [geo: string, time: string, cli: number | null, cases: number | null][];
  readonly archive?: readonly [geo: string, time: string, version: string, cases: number][];
  readonly expected_cases?: readonly [geo: string, time: string, cases: number][];
}

const estimates = defineDataset({
  name: "delphi_cases_dv",
  layout: layouts.hourly(),
  season: nbaSeason,
  schema: z.object({
    geo_value: z.string(),
    time_value: domainDate(),
    percent_cli: z.number().nullable(),
    case_rate_7d_av: z.number().nullable(),
    version: domainDate(),
    as_of_ts: instant(),
  }),
  key: ["geo_value", "time_value"],
  date: { from: "version" },
  hour: { from: "as_of_ts" },
  timeZone: "UTC",
});

function inThreeFigures(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(3));
}

describeShared("Delphi's archive of doctor visits and cases", [ARCHIVE, EXPECTED], () => {
  const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [estimates] });
  const printed = (): Printed[] => JSON.parse(readFileSync(sharedPath(EXPECTED), "utf8"));
  const span = { from: "2020-06-02", to: "2021-12-01" };

  beforeAll(async () => {
    for (const [version, rows] of groupBy(readCsv(ARCHIVE), (row) => text(row, "version"))) {
      await bronze.write(
        "delphi_cases_dv",
        rows.map((row) => ({
          geo_value: text(row, "geo_value"),
          time_value: text(row, "time_value"),
          percent_cli: numberOrNull(row, "percent_cli"),
          case_rate_7d_av: numberOrNull(row, "case_rate_7d_av"),
          version,
          as_of_ts: `${version}T00:00:00Z`,
        })),
      );
    }
  });

  test("the change-only archive holds 129,638 versions of 2,192 keys", async () => {
    const timeline = await bronze.timeline("delphi_cases_dv", span);
    expect([timeline.rowCount, timeline.keyCount]).toEqual([129_638, 2_192]);
  });

  test("three printed answers come back: number of rows, and the first rows in three figures", async () => {
    const timeline = await bronze.timeline("delphi_cases_dv", span);
    const answers = printed().filter((entry) => entry.first_rows_3sf);
    expect(answers.map(({ version, n_rows }) => [version, n_rows])).toEqual([
      ["2021-12-01", 2192],
      ["2020-06-12", 44],
      ["2021-06-01", 1460],
    ]);
    for (const { source, version, n_rows, first_rows_3sf: first = [] } of answers) {
      const snapshot = timeline.at(`${version}T00:00:00Z`);
      expect(snapshot.length, source).toBe(n_rows);
      const casesPrinted = first.some(([, , , cases]) => cases !== null);
      const found = snapshot
        .rows()
        .slice(0, first.length)
        .map((row) => [
          row.geo_value,
          row.time_value,
          inThreeFigures(row.percent_cli),
          casesPrinted ? inThreeFigures(row.case_rate_7d_av) : null,
        ]);
      expect(found, source).toEqual(first);
    }
  });

  test("a change to null is a change: the newest days have no doctor visits yet", async () => {
    const timeline = await bronze.timeline("delphi_cases_dv", span);
    const row = timeline.at("2020-06-12T00:00:00Z").get({ geo_value: "ca", time_value: "2020-06-09" });
    expect(row).toMatchObject({ percent_cli: null, case_rate_7d_av: expect.closeTo(7.02, 2) });
  });

  test("the printed synthetic archive gives its expected cases", async () => {
    const [synthetic] = printed().filter((entry) => entry.archive);
    const { archive = [], version, expected_cases: expected } = synthetic!;
    const store = new BronzeStore({ storage: memoryStorage(), datasets: [estimates] });
    await store.write(
      "delphi_cases_dv",
      archive.map(([geo_value, time_value, day, cases]) => ({
        geo_value,
        time_value,
        percent_cli: null,
        case_rate_7d_av: cases,
        version: day,
        as_of_ts: `${day}T00:00:00Z`,
      })),
    );
    const at = store.asOf(`${version}T00:00:00Z`);
    const snapshot = await at.read("delphi_cases_dv", { from: "2020-06-01", to: "2020-06-04" });
    expect(snapshot.rows().map((row) => [row.geo_value, row.time_value, row.case_rate_7d_av])).toEqual(
      expected,
    );
  });
});
