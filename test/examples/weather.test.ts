import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ForecastRow, inventedWeather } from "../../examples/support/invented-weather.js";
import { tempFolders } from "../storage/temp-folder.js";
import { runScript } from "./run-script.js";

const tempFolder = tempFolders();

const HOUR = 3_600_000;
const DATES = [2, 3, 4, 5, 6, 7, 8].map((day) => `2026-02-0${day}`);
const { runs, observations } = inventedWeather(DATES);
const forecasts = runs.flat();

/** A line of the table by brute force: for each hour the last issued of the forecasts that may be taken. */
function scored(mayBeTaken: (forecast: ForecastRow, decided: number) => boolean): string[] {
  const taken = observations.map((observed) => {
    const valid = Date.parse(observed.valid_ts);
    const decided = valid - 24 * HOUR;
    const forecast = forecasts
      .filter((row) => row.station === observed.station && row.valid_ts === observed.valid_ts)
      .filter((row) => mayBeTaken(row, decided))
      .reduce((last, row) => (row.issued_ts > last.issued_ts ? row : last));
    return {
      error: Math.abs(forecast.celsius - observed.celsius),
      ahead: (valid - Date.parse(forecast.issued_ts)) / HOUR,
      issuedLater: Date.parse(forecast.issued_ts) > decided ? 1 : 0,
      arrivedLater: Date.parse(forecast.ingested_ts) > decided ? 1 : 0,
    };
  });
  const sum = (name: keyof (typeof taken)[number]) => taken.reduce((total, row) => total + row[name], 0);
  return [
    `${(sum("error") / taken.length).toFixed(2)} °C`,
    (sum("ahead") / taken.length).toFixed(1),
    String(sum("issuedLater")),
    String(sum("arrivedLater")),
  ];
}

describe("weather", () => {
  const root = join(tempFolder(), "weather");
  const { code, out, err } = runScript("weather", [root], tempFolder());
  const line = (start: string) => {
    const own = out.split("\n").filter((text) => text.trim().startsWith(`${start}  `));
    expect(own, start).toHaveLength(1);
    return own[0]!.trim().split(/ {2,}/).slice(1);
  };
  const newest = scored(() => true);
  const issued = scored((row, decided) => Date.parse(row.issued_ts) <= decided);
  const arrived = scored((row, decided) => Date.parse(row.ingested_ts) <= decided);

  it("scores the newest forecast, the one issued by the decision, and the one that had arrived by then", () => {
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(line("the newest")).toEqual(newest);
    expect(line("asOf the decision")).toEqual(issued);
    expect(line("asOf the decision, known by then")).toEqual(arrived);
  });

  it("shows a bias that goes away: the newest looks best and is all of later times", () => {
    const [lookedAhead, byIssue, byArrival] = [newest, issued, arrived].map(([error]) =>
      Number.parseFloat(error!),
    );
    expect(lookedAhead).toBeLessThan(byIssue! / 2);
    expect(byIssue).toBeLessThan(byArrival!);
    expect(newest.slice(2)).toEqual(["504", "504"]);
    expect(issued[2]).toBe("0");
    expect(Number(issued[3])).toBeGreaterThan(0);
    expect(arrived.slice(2)).toEqual(["0", "0"]);
  });

  it("says the same when it is run again on the same tree", () => {
    expect(runScript("weather", [root], tempFolder())).toEqual({ code, out, err });
  });
});
