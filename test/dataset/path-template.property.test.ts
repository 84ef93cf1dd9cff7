import fc from "fast-check";
import { expect, test } from "vitest";
import { matchPath, parseTemplate } from "../../src/dataset/path-template.js";
import { tries } from "../campaign.js";
import { atomsOf, matches, tokenOf } from "./template-oracle.js";

const piece = fc.constantFrom(
  "season={season}",
  "date={date}",
  "{date:YYYYMMDD}",
  "dt={date}",
  "month={month}",
  "hour={hour}",
  "run={run}",
  "run_ts={run}",
  "site={site}",
  "{site}-{date}",
  "{year}",
  "d{day}",
  "plain",
  "x*",
  "**",
);
const file = fc.constantFrom(
  "data.parquet",
  "*.parquet",
  "{run}.parquet",
  "{site}_{date}.parquet",
  "o*s.parquet",
);
const templates = fc
  .tuple(fc.array(piece, { maxLength: 4 }), file)
  .map(([parts, name]) => [...parts, name].join("/"));

const word = fc.constantFrom(
  "a",
  "b-c",
  "x",
  "xy",
  "plain",
  "2025",
  "2025-26",
  "2026-01-15",
  "20260115",
  "odds",
);
const names = fc.oneof(
  word,
  fc.constantFrom(
    "2025-27",
    "2026-02-30",
    "1",
    "01",
    "13",
    "23",
    "24",
    "d5",
    "d31",
    "_x",
    ".x",
    "20260115T010203Z",
  ),
  fc
    .tuple(
      fc.constantFrom("season=", "date=", "dt=", "month=", "hour=", "run=", "run_ts=", "site=", "a-"),
      fc.oneof(word, fc.constantFrom("7", "07", "31", "2026-01-16")),
    )
    .map(([key, value]) => key + value),
);
const files = fc
  .tuple(
    fc.oneof(names, fc.constantFrom("data", "odds", "os", "a_2026-01-15")),
    fc.constantFrom("", "", ".part-000002", ".compacted-0123456789abcdef", ".part-2"),
    fc.constantFrom(".parquet", ".parquet", ".csv"),
  )
  .map((parts) => parts.join(""));
const paths = fc
  .tuple(fc.array(names, { maxLength: 5 }), files)
  .map(([folders, name]) => [...folders, name].join("/"));

/** Paths of a template's own form, mostly. */
function pathsOf(text: string): fc.Arbitrary<string> {
  const texts: Record<string, readonly string[]> = {
    date: ["2026-01-15", "20260115", "2026-02-29", "2024-02-29"],
    season: ["2025", "2025-26", "2025-25", "1999-00"],
    year: ["2026", "26"],
    month: ["1", "01", "12", "13"],
    day: ["5", "05", "31"],
    hour: ["0", "07", "23", "24"],
    run: ["20260115T010203Z", "nightly", "a.part-000002"],
    site: ["dk", "a-b", "a_2026-01-15", ".x", "_x"],
  };
  const atoms = atomsOf(text).map((atom) => {
    if (atom === "**/") return fc.constantFrom("", "a/", "a/date=2026-01-15/", "_t/");
    if (atom === "*") return fc.constantFrom("", "x", "odds", ".part-000003");
    const token = tokenOf(atom);
    return token === undefined ? fc.constant(atom) : fc.constantFrom(...texts[token]!);
  });
  return fc.tuple(...atoms).map((parts) => parts.join(""));
}

const cases = templates.chain((text) =>
  fc.tuple(fc.constant(text), fc.array(fc.oneof(paths, pathsOf(text)), { minLength: 1, maxLength: 8 })),
);
const sizes = { small: 3_000, large: 300_000, seed: 12 };

test("a path is read as by trying every length for every hole", () => {
  let fits = 0;
  let tried = 0;
  fc.assert(
    fc.property(cases, ([text, all]) => {
      const template = parseTemplate(text, "the layout");
      for (const path of all) {
        const found = matchPath(template, path)?.values;
        const expected = matches(text, path);
        tried++;
        if (found) fits++;
        expect(found && Object.fromEntries(found)).toEqual(expected);
      }
    }),
    tries(sizes),
  );
  expect(fits / tried).toBeGreaterThan(0.15);
});
