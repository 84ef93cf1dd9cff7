import { describe, expect, test } from "vitest";
import { daysOf, valuesOfDate } from "../../src/dataset/layout.js";
import { formatPath, matchPath, namesOf, parseTemplate } from "../../src/dataset/path-template.js";
import { nbaSeason } from "../../src/time/index.js";

const template = (text: string) => parseTemplate(text, 'the layout of "odds"');
const values = (text: string, path: string) => {
  const found = matchPath(template(text), path)?.values;
  return found && Object.fromEntries(found);
};

describe("a path template", () => {
  test.each([
    [
      "season={season}/date={date}/hour={hour}/i.parquet",
      "season=2025/date=2026-01-15/hour=7/i.parquet",
      { season: "2025", date: "2026-01-15", hour: "07" },
    ],
    [
      "season={season}/date={date}/run_ts={run}/o.parquet",
      "season=2025-26/date=20260115/run_ts=20260115T204500Z/o.parquet",
      { season: "2025", date: "2026-01-15", run: "20260115T204500Z" },
    ],
    ["dt={date}/*.parquet", "dt=2026-01-15/part-0.parquet", { date: "2026-01-15" }],
    [
      "{date}/run={run}/minutes.parquet",
      "2026-01-15/run=nightly 3/minutes.parquet",
      { date: "2026-01-15", run: "nightly 3" },
    ],
    [
      "season={season}/month={month}/schedule.parquet",
      "season=2025/month=1/schedule.parquet",
      { season: "2025", month: "01" },
    ],
    [
      "site={site}/game_date={date}/*.parquet",
      "site=New%20York/game_date=2026-01-15/x.parquet",
      { site: "New York", date: "2026-01-15" },
    ],
    ["site={site}/x.parquet", "site=__HIVE_DEFAULT_PARTITION__/x.parquet", { site: null }],
    ["**/*.parquet", "a/b/c.parquet", {}],
    ["**/*.parquet", "c.parquet", {}],
    ["{year}/{month}/{day}.parquet", "2026/1/5.parquet", { year: "2026", month: "01", day: "05" }],
    ["prices-{date:YYYYMMDD}.parquet", "prices-20260115.part-000002.parquet", { date: "2026-01-15" }],
    [
      "date={date}/odds.parquet",
      "date=2026-01-15/odds.compacted-0123456789abcdef.parquet",
      { date: "2026-01-15" },
    ],
  ])("%s reads %s", (text, path, expected) => {
    expect(values(text, path)).toEqual(expected);
  });

  test.each([
    ["date={date}/odds.parquet", "date=2026-02-30/odds.parquet", "a date that does not exist"],
    ["date={date}/odds.parquet", "date=2026-01-15/other.parquet", "another file"],
    ["date={date}/odds.parquet", "date=2026-01-15/x/odds.parquet", "a level too many"],
    ["hour={hour}/odds.parquet", "hour=24/odds.parquet", "an hour that does not exist"],
    ["season={season}/odds.parquet", "season=2025-27/odds.parquet", "a season of three years"],
    ["date={date}/*.parquet", "date=2026-01-15/_tmp.parquet", "a hidden file"],
    ["**/*.parquet", "_trash/odds.parquet", "a hidden folder"],
    ["{game}/{game}.parquet", "a/b.parquet", "two values of one token"],
    ["a.b/odds.parquet", "axb/odds.parquet", "a dot that is a dot"],
  ])("%s does not read %s: %s", (text, path) => {
    expect(values(text, path)).toBeUndefined();
  });

  test.each([
    ["season={season}/date={date}/odds.csv", ".parquet"],
    ["date={date", "brace"],
    ["a//b.parquet", "empty part"],
    ["_x/b.parquet", "never data"],
    ["{a}{b}.parquet", "where one value ends"],
    ["{date:DDMMYYYY}.parquet", "YYYY-MM-DD or YYYYMMDD"],
    ["a**/b.parquet", "a part of its own"],
    ["{my col}/b.parquet", "no name"],
  ])("%s is refused: %s", (text, problem) => {
    expect(() =>
      template(text.endsWith(".parquet") || text.endsWith(".csv") ? text : `${text}.parquet`),
    ).toThrow(problem);
  });

  test("writes the form it names, and reads every form", () => {
    const own = template("season={season:YYYY-YY}/{date:YYYYMMDD}.parquet");
    const at = valuesOfDate("2026-01-15", nbaSeason);
    expect(formatPath(own, at)).toBe("season=2025-26/20260115.parquet");
    expect(namesOf(own.segments[0]!, at)).toEqual(["season=2025", "season=2025-26"]);
    expect(namesOf(own.segments[1]!, at)).toEqual(["2026-01-15.parquet", "20260115.parquet"]);
    expect(formatPath(template("{date}/*.parquet"), at)).toBeUndefined();
    expect(namesOf(template("run={run}/x.parquet").segments[0]!, at)).toBeUndefined();
  });

  test.each(
    ["New York", "a/b", "50%", "x=y", "日本", "", "tab\t"].filter((text) => text !== ""),
  )("a column's value %j comes back from the name it is written to", (site) => {
    const own = template("site={site}/x.parquet");
    const path = formatPath(own, new Map([["site", site]]))!;
    expect(path.split("/")).toHaveLength(2);
    expect(Object.fromEntries(matchPath(own, path)!.values)).toEqual({ site });
  });
});

describe("the days of a path", () => {
  const days = (of: Record<string, string>, season = nbaSeason) =>
    daysOf(new Map(Object.entries(of)), season);

  test("are what its tokens allow", () => {
    expect(days({ date: "2026-01-15" })).toEqual({ from: "2026-01-15", to: "2026-01-15" });
    expect(days({ year: "2024", month: "02" })).toEqual({ from: "2024-02-01", to: "2024-02-29" });
    expect(days({ year: "2026", month: "01", day: "31" })).toEqual({ from: "2026-01-31", to: "2026-01-31" });
    expect(days({ season: "2025" })).toEqual({ from: "2025-08-01", to: "2026-07-31" });
    expect(days({ season: "2025", month: "11" })).toEqual({ from: "2025-11-01", to: "2025-11-30" });
    expect(days({ season: "2025", month: "02" })).toEqual({ from: "2026-02-01", to: "2026-02-28" });
    expect(days({ site: "dk" })).toBeUndefined();
  });

  test("are none where they contradict each other", () => {
    expect(days({ date: "2026-01-15", month: "02" })).toBeNull();
    expect(days({ year: "2026", month: "02", day: "30" })).toBeNull();
    expect(days({ year: "2030", season: "2025" })).toBeNull();
  });
});
