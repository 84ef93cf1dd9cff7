import {
  BronzeStore,
  type Dataset,
  defineDataset,
  formatInstant,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import * as z from "zod";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";

const HOUR = 3_600_000_000_000n;
const START = BigInt(Date.parse("2026-01-15T12:00:00Z")) * 1_000_000n;
const ns = (text: string) => BigInt(Date.parse(text)) * 1_000_000n;

type Dated = "as_of_ts" | "ingested_ts" | "report_ts";
const schema = z.object({
  id: z.int(),
  report_ts: instant(),
  as_of_ts: instant(),
  ingested_ts: instant(),
});

function feed(from: Dated, more: object = {}) {
  return defineDataset({
    name: "prices_raw",
    layout: layouts.perRun(),
    schema,
    key: ["id"],
    date: { from },
    timeZone: "America/New_York",
    season: nbaSeason,
    ...more,
  });
}

function storeOf(dataset: Dataset, now = "2026-01-20T00:00:00Z") {
  return new BronzeStore({ storage: memoryStorage(), datasets: [dataset], clock: () => ns(now) });
}

const row = (id: number, asOf: string, ingested: string, report = asOf) => ({
  id,
  as_of_ts: asOf,
  ingested_ts: ingested,
  report_ts: report,
});

describe("freshness", () => {
  const limits = { freshness: { warnAfter: "PT30M", errorAfter: "PT2H" } };

  async function written(dataset: Dataset = feed("report_ts", limits)) {
    const bronze = storeOf(dataset) as unknown as BronzeStore<readonly [ReturnType<typeof feed>]>;
    await bronze.write("prices_raw", [row(1, "2026-01-15T12:00:00Z", "2026-01-15T12:00:10Z")], {
      run: { id: "r1", startedAt: "2026-01-15T12:00:00Z" },
    });
    return bronze;
  }
  const at = async (bronze: Awaited<ReturnType<typeof written>>, at: string) =>
    (await bronze.freshness({ at })).datasets[0]!;

  it("is pass, warn or error by the age of the newest row, at any instant", async () => {
    const bronze = await written();
    expect(await at(bronze, "2026-01-15T12:30:00Z")).toEqual({
      dataset: "prices_raw",
      status: "pass",
      newest: "2026-01-15T12:00:00Z",
      ageSeconds: 1800,
      readFrom: "2026-01-15",
      proven: true,
      filesRead: 1,
      filesDecoded: 0,
    });
    expect(await at(bronze, "2026-01-15T12:30:00.000000001Z")).toMatchObject({ status: "warn" });
    expect(await at(bronze, "2026-01-15T14:00:00.000000001Z")).toMatchObject({ status: "error" });
    expect(await at(bronze, "2026-01-15T12:00:09Z")).toMatchObject({
      status: "error",
      newest: null,
      ageSeconds: null,
    });
  });

  it("is not made green by a late backfill or by a forecast", async () => {
    const bronze = await written();
    const run = { run: { id: "r2", startedAt: "2026-01-15T16:00:00Z" } };
    await bronze.write("prices_raw", [row(2, "2026-01-15T08:00:00Z", "2026-01-15T16:00:00Z")], run);
    expect(await at(bronze, "2026-01-15T16:00:00Z")).toMatchObject({
      status: "error",
      newest: "2026-01-15T12:00:00Z",
    });
    const forecast = await written();
    await forecast.write("prices_raw", [row(2, "2026-01-18T08:00:00Z", "2026-01-15T12:10:00Z")], run);
    expect(await at(forecast, "2026-01-15T16:00:00Z")).toMatchObject({
      status: "error",
      newest: "2026-01-15T12:10:00Z",
    });
  });

  it("has no status where nobody said how old is too old, and without rows it is the worst there is", async () => {
    expect(await at(await written(feed("report_ts")), "2026-01-15T12:30:00Z")).toMatchObject({
      status: null,
    });
    const status = async (more: object) =>
      (await storeOf(feed("report_ts", more)).freshness()).datasets[0]!.status;
    expect(await status(limits)).toBe("error");
    expect(await status({ freshness: { warnAfter: "PT1H" } })).toBe("warn");
  });

  it("reads the newest days only, and says whether that proves it", async () => {
    const days = async (dataset: Dataset, options = {}) => {
      const bronze = storeOf(dataset) as unknown as BronzeStore<readonly [ReturnType<typeof feed>]>;
      for (let day = 1; day <= 9; day++) {
        const time = `2026-01-0${day}T17:00:00Z`;
        await bronze.write("prices_raw", [row(day, time, time)], { run: { id: `r${day}`, startedAt: time } });
      }
      const [found] = (await bronze.freshness(options)).datasets;
      return { readFrom: found!.readFrom, proven: found!.proven, filesRead: found!.filesRead };
    };
    expect(await days(feed("as_of_ts"))).toEqual({ readFrom: "2026-01-09", proven: true, filesRead: 1 });
    expect(await days(feed("ingested_ts"))).toEqual({ readFrom: "2026-01-09", proven: true, filesRead: 1 });
    // Of later days nothing was captured yet.
    expect(await days(feed("ingested_ts"), { at: "2026-01-05T18:00:00Z" })).toEqual({
      readFrom: "2026-01-05",
      proven: true,
      filesRead: 1,
    });
    // When a report was made says nothing of when it was captured.
    expect(await days(feed("report_ts"))).toEqual({ readFrom: "2026-01-07", proven: false, filesRead: 3 });
    expect(await days(feed("report_ts"), { lookbackDays: 30 })).toEqual({
      readFrom: "2026-01-01",
      proven: true,
      filesRead: 9,
    });
    // Rows of other days may lie anywhere; a time that is never believed bounds nothing.
    expect(await days(feed("as_of_ts", { misfiled: "read" }))).toMatchObject({ proven: false });
    expect(await days(feed("as_of_ts", { timestamps: { unreliable: true } }))).toMatchObject({
      proven: false,
    });
  });

  it("shows itself as a table, and is data to JSON", async () => {
    const bronze = await written();
    const freshness = await bronze.freshness({ at: "2026-01-15T13:01:00Z" });
    expect(String(freshness)).toMatchInlineSnapshot(`
      "Freshness at 2026-01-15T13:01:00Z
        dataset     status  newest                  age  note
        prices_raw  warn    2026-01-15T12:00:00Z  1h 1m"
    `);
    expect(JSON.parse(JSON.stringify(freshness))).toEqual({ ...freshness });
    expect((await errorOf(bronze.freshness({ datasets: ["other" as never] }))).code).toBe("UNKNOWN_DATASET");
  });

  it("is aligned where names are wide, as every table is", async () => {
    const names = ["オッズ", "prices_raw"];
    const bronze = new BronzeStore({
      storage: memoryStorage(),
      datasets: names.map((name) => feed("report_ts", { name })),
    });
    const lines = String(await bronze.freshness({ at: "2026-01-15T13:01:00Z" })).split("\n");
    // The status begins 14 columns in; three wide characters take six of them.
    expect(lines.slice(1).map((line) => line.indexOf(line.includes("status") ? "status" : "-"))).toEqual([
      14,
      14 - 3,
      14,
    ]);
  });

  /** Rows by hours from the start: what they are as of, when they were captured and reported. */
  const hours = fc.integer({ min: -60, max: 60 });
  const rows = fc.array(
    fc.record({
      run: fc.nat({ max: 5 }),
      asOf: hours,
      ingested: hours,
      report: hours,
      nudge: fc.constantFrom(0n, 1n),
    }),
    { maxLength: 12 },
  );
  const cases = fc.record({
    rows,
    from: fc.constantFrom<Dated>("as_of_ts", "ingested_ts", "report_ts"),
    rules: fc.record({
      fallback: fc.constantFrom("row" as const, "dataset" as const, "never" as const),
      maxLead: fc.constantFrom(undefined, 0, 5, 30),
      unreliable: fc.constantFrom(false, false, false, false, true),
      earliest: fc.constantFrom(undefined, -20, 0),
    }),
    at: fc.array(hours, { minLength: 1, maxLength: 4 }),
    lookbackDays: fc.constantFrom(0, 1, 2, 30),
  });

  test("is what one look at each row says, at any instant", async () => {
    let bounded = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, from, rules, at, lookbackDays }) => {
        const { fallback, maxLead, unreliable, earliest } = rules;
        const timestamps = {
          fallback,
          unreliable,
          ...(maxLead !== undefined && { maxLead: { hours: maxLead } }),
          ...(earliest !== undefined && { earliest: formatInstant(START + BigInt(earliest) * HOUR) }),
        };
        const bronze = storeOf(feed(from, { timestamps }), "2026-02-01T00:00:00Z") as unknown as BronzeStore<
          readonly [ReturnType<typeof feed>]
        >;
        const all = rows.map((one, id) => ({
          run: one.run,
          id,
          as_of_ts: START + BigInt(one.asOf) * HOUR + one.nudge,
          ingested_ts: START + BigInt(one.ingested) * HOUR,
          report_ts: START + BigInt(one.report) * HOUR,
        }));
        for (const run of new Set(all.map((one) => one.run))) {
          const own = all.filter((one) => one.run === run).map(({ run: _, ...rest }) => rest);
          await bronze.write("prices_raw", own, {
            run: { id: `r${run}`, startedAt: START + BigInt(run) * HOUR },
          });
        }
        const newest = (atNs: bigint, fromDate: string) => {
          let best: bigint | null = null;
          for (const one of all) {
            const date = new Intl.DateTimeFormat("sv-SE", { timeZone: "America/New_York" }).format(
              Number(one[from] / 1_000_000n),
            );
            if (one.ingested_ts > atNs || date < fromDate) continue;
            const usable =
              !unreliable &&
              (earliest === undefined || one.as_of_ts >= START + BigInt(earliest) * HOUR) &&
              (maxLead === undefined || one.as_of_ts <= one.ingested_ts + BigInt(maxLead) * HOUR);
            if (!usable && fallback === "never") continue;
            const effective = usable ? one.as_of_ts : one.ingested_ts;
            const time = effective < one.ingested_ts ? effective : one.ingested_ts;
            if (best === null || time > best) best = time;
          }
          return best === null ? null : formatInstant(best);
        };
        for (const hour of at) {
          const atNs = START + BigInt(hour) * HOUR;
          const [found] = (await bronze.freshness({ at: atNs, lookbackDays })).datasets;
          // What was taken on trust is not looked at; all else is exact.
          const since = found!.proven ? "" : found!.readFrom!;
          if (!found!.proven) bounded++;
          expect(found!.newest).toBe(newest(atNs, since));
        }
      }),
      tries({ small: 400, large: 20_000, seed: 29, few: 80 }),
    );
    expect(bounded).toBeGreaterThan(0);
  });
});
