/**
 * Look-ahead bias, and how it goes away: how good is a forecast on which one decides a day ahead? An hour (the valid
 * time) is forecast again and again (the issue times), and a forecast arrives some hours after it was issued. Who scores
 * the newest forecast of each hour scores one that nobody had when they decided.
 *
 * Run: `npx tsx examples/weather.ts [root]` (default: demo-data/weather; it invents its own data).
 */
import { BronzeStore, calendarYear, defineDataset, instant, layouts } from "bronzestore";
import * as z from "bronzestore/zod";
import { inventedWeather } from "./support/invented-weather.js";
import { main } from "./support/main.js";
import { headline, note, table } from "./support/print.js";

const DATES = Array.from({ length: 7 }, (_, i) => `2026-02-0${2 + i}`);
const HOUR_NS = 3600n * 1_000_000_000n;

/** One partition a forecast run. A forecast is filed under the day it is for, and holds from its issue on. */
const forecasts = defineDataset({
  name: "forecasts_raw",
  layout: layouts.perRun({ file: "forecasts.parquet", latest: true }),
  schema: z.object({
    station: z.string(),
    valid_ts: instant(),
    issued_ts: instant(),
    ingested_ts: instant(),
    celsius: z.number(),
    run_id: z.string().nullish(),
  }),
  key: ["station", "valid_ts"],
  date: { from: "valid_ts" },
  timestamps: { asOf: "issued_ts" },
  timeZone: "UTC",
  season: calendarYear,
});

const observations = defineDataset({
  name: "observations",
  layout: layouts.daily({ file: "observations.parquet" }),
  schema: z.object({
    station: z.string(),
    valid_ts: instant(),
    as_of_ts: instant(),
    ingested_ts: instant(),
    celsius: z.number(),
  }),
  key: ["station", "valid_ts"],
  date: { from: "valid_ts" },
  timeZone: "UTC",
  season: calendarYear,
});

await main(import.meta.url, async () => {
  const [root = "demo-data/weather"] = process.argv.slice(2);
  const bronze = new BronzeStore({ root, datasets: [forecasts, observations] });
  const weather = inventedWeather(DATES);
  for (const rows of weather.runs) {
    const startedAt = rows[0]!.issued_ts;
    await bronze.write("forecasts_raw", rows, { run: { id: `model-${startedAt}`, startedAt } });
  }
  await bronze.write("observations", weather.observations);

  // What was measured are the labels; each has its own cutoff, the moment of the decision.
  const days = await Promise.all(DATES.map((date) => bronze.readBronzeDay("observations", date)));
  const labels = days.flatMap((day) =>
    day.rows().map(({ station, valid_ts, celsius }) => {
      return { station, valid_ts, measured: celsius, decided_ts: valid_ts - 24n * HOUR_NS };
    }),
  );

  // Wrong: the newest forecast of each hour, which is what a table that is overwritten holds.
  const latest = await Promise.all(
    DATES.map((date) => bronze.readBronzeDay("forecasts_raw", date, { prefer: "latest" })),
  );
  const newest = new Map(
    latest.flatMap((day) => day.rows()).map((row) => [`${row.station} ${row.valid_ts}`, row]),
  );
  const biased = labels.map((label) => ({ ...label, ...newest.get(`${label.station} ${label.valid_ts}`) }));

  // Right: what held at each label's cutoff, by its issue; and of that only what had arrived by then.
  const join = {
    on: ["station", "valid_ts"],
    cutoff: "decided_ts",
    columns: ["issued_ts", "ingested_ts", "celsius"],
  } as const;
  const issued = await bronze.joinAsOf(labels, "forecasts_raw", join);
  const arrived = await bronze.joinAsOf(labels, "forecasts_raw", { ...join, knownBy: "cutoff" });

  headline(`Decisions a day ahead, for ${labels.length} hours from ${DATES[0]} to ${DATES.at(-1)}`);
  table([
    ["forecast", "mean error", "hours ahead", "issued later", "arrived later"],
    ["the newest", ...scoreOf(biased)],
    ["asOf the decision", ...scoreOf(issued.rows())],
    ["asOf the decision, known by then", ...scoreOf(arrived.rows())],
  ]);
  note("The newest looks best, and nobody had it. The last is what a live system sees.");
});

interface Scored {
  readonly valid_ts: bigint;
  readonly decided_ts: bigint;
  readonly measured: number;
  readonly issued_ts?: bigint | null;
  readonly ingested_ts?: bigint | null;
  readonly celsius?: number | null;
}

/** Mean absolute error, mean hours from issue to valid time, and how many were issued, or arrived, after the decision. */
function scoreOf(rows: readonly Scored[]): (string | number)[] {
  let [error, ahead, issuedLater, arrivedLater] = [0, 0, 0, 0];
  for (const { valid_ts, decided_ts, measured, issued_ts, ingested_ts, celsius } of rows) {
    if (issued_ts == null || ingested_ts == null || celsius == null)
      throw new Error(`No forecast for ${valid_ts} was known at ${decided_ts}.`);
    error += Math.abs(celsius - measured);
    ahead += Number((valid_ts - issued_ts) / HOUR_NS);
    if (issued_ts > decided_ts) issuedLater++;
    if (ingested_ts > decided_ts) arrivedLater++;
  }
  const [meanError, meanAhead] = [error, ahead].map((sum) => sum / rows.length);
  return [`${meanError!.toFixed(2)} °C`, meanAhead!.toFixed(1), issuedLater, arrivedLater];
}
