import { BronzeStore, defineDataset, instant, isBronzeError, memoryStorage, nbaSeason } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { filesOf, listDays } from "../../src/bronze/index.js";
import { listUnit } from "../../src/bronze/read/day-files.js";
import { foundUnits } from "../../src/bronze/read/unit-folders.js";
import type { AnyDataset } from "../../src/dataset/index.js";
import { tries } from "../campaign.js";
import { atomsOf, matches, tokenOf } from "../dataset/template-oracle.js";
import {
  agrees,
  datesIn,
  filesByOracle,
  type OracleLayout,
  oracleDays,
  placeByOracle,
  seasonOf,
  tokensOfDate,
} from "./layout-oracle.js";

const FOLDER = "bronze/feed";
/** Both sides of a season, of a year, of a month, and a leap day. */
const DATES = [
  "2024-02-29",
  "2025-07-31",
  "2025-08-01",
  "2025-12-31",
  "2026-01-01",
  "2026-01-15",
  "2026-01-16",
];

const folder = fc.constantFrom(
  "season={season}",
  "{season:YYYY-YY}",
  "date={date}",
  "{date:YYYYMMDD}",
  "dt={date}",
  "season={season}/date={date}",
  "season={season}/month={month}",
  "{year}",
  "year={year}/month={month:M}",
  "{year}/{month}/d{day}",
  "hour={hour}",
  "run={run}",
  "run_ts={run}",
  "site={site}",
  "{site}",
  "{site}-{date}",
  "plain",
  "x*",
  "*",
  "**",
);
const file = fc.constantFrom(
  "data.parquet",
  "*.parquet",
  "{date}.parquet",
  "{run}.parquet",
  "{site}_{date}.parquet",
  "{site}.parquet",
  "o*s.parquet",
);
const template = fc
  .tuple(fc.array(folder, { maxLength: 3 }), file)
  .map(([folders, name]) => [...folders, name].join("/"));

/** One file of the view for the days of the first template, in folders of their own or of the history. */
function viewOf(history: string, name: string): string | undefined {
  const folders = history
    .split("/")
    .slice(0, -1)
    .filter((part) => datesIn(part).length > 0 && !part.includes("{site}"));
  const isWhole = datesIn(folders.join("/")).join() === datesIn(history).join();
  return isWhole ? [...folders, name].join("/") : undefined;
}

const layout: fc.Arbitrary<OracleLayout> = fc
  .tuple(
    fc.array(template, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(undefined, undefined, "data.parquet", "view.parquet"),
  )
  .map(([history, name]) => ({ history, latest: name && viewOf(history[0]!, name) }));

const has = ({ history, latest }: OracleLayout, token: string) =>
  [...history, latest ?? ""].some((text) => new RegExp(`\\{${token}[:}]`).test(text));

/** `undefined` for layouts that are none, such as one with a view of other days than its history. */
function defined(own: OracleLayout): AnyDataset | undefined {
  const { history, latest } = own;
  const options = {
    name: "feed",
    layout: latest === undefined ? history : { history, latest },
    timeZone: "America/New_York",
    schema: z.object({ id: z.string(), site: z.string(), as_of_ts: instant(), ingested_ts: instant() }),
    key: ["id", "site"] as const,
    date: { from: "as_of_ts" as const },
    files: "append" as const,
    ...(has(own, "hour") && { hour: { from: "as_of_ts" as const } }),
    ...(has(own, "season") && { season: nbaSeason }),
  };
  try {
    return defineDataset(options as never) as AnyDataset;
  } catch (error) {
    if (isBronzeError(error, "INVALID_DATASET")) return undefined;
    throw error;
  }
}

const TEXTS: Record<string, readonly string[]> = {
  hour: ["0", "00", "07", "7", "23", "24"],
  run: ["20260115T010203Z", "nightly", "20260115T010204Z", "r\u{1f600}", "r\uff61"],
  site: ["dk", "fd", "a-b", "a_2026-01-15", "é"],
};
/** Every form of what a date says, and what is another day's. */
function textsOf(token: string, date: string): readonly string[] {
  const own = tokensOfDate(date)[token];
  if (own === undefined) return TEXTS[token]!;
  if (token === "date") return [own, own.replaceAll("-", "")];
  if (token === "year") return [own];
  if (token === "season") return [own, `${own}-${String(Number(own) + 1).slice(2)}`];
  return [own, String(Number(own))];
}

interface Choice {
  readonly of: number;
  readonly date: string;
  /** One a hole. */
  readonly picks: readonly number[];
  /** Of which date a hole is instead. */
  readonly other: { readonly hole: number; readonly date: string } | undefined;
  readonly change: (path: string) => string;
}

const CHANGES: readonly ((path: string) => string)[] = [
  (path) => path.replace(/\.parquet$/, ".part-000002.parquet"),
  (path) => path.replace(/\.parquet$/, ".part-000010.parquet"),
  (path) => path.replace(/[^/]*$/, ".data.parquet.41-a.tmp"),
  (path) => path.replace(/[^/]*$/, ".hidden.parquet"),
  (path) => path.replace(/[^/]*$/, "backup.parquet"),
  (path) => path.replace(/[^/]*$/, "notes.csv"),
  (path) => `_old/${path}`,
  (path) => `old/${path}`,
  (path) => path.replace(/[^/]*$/, "_tmp/$&"),
  (path) => path.replace(/[^/]*$/, "old/$&"),
  (path) => path.replace(/^[^/]*\//, ""),
];
const choice: fc.Arbitrary<Choice> = fc.record({
  of: fc.nat(3),
  date: fc.constantFrom(...DATES),
  picks: fc.array(fc.nat(9), { minLength: 12, maxLength: 12 }),
  other: fc.option(fc.record({ hole: fc.nat(5), date: fc.constantFrom(...DATES) }), {
    nil: undefined,
    freq: 5,
  }),
  change: fc.oneof(
    { weight: 3, arbitrary: fc.constant((path: string) => path) },
    { weight: 1, arbitrary: fc.constantFrom(...CHANGES) },
  ),
});

/** A path of one of the templates, or close to it. */
function pathOf({ history, latest }: OracleLayout, { of, date, picks, other, change }: Choice): string {
  const templates = latest === undefined ? history : [...history, latest];
  let hole = 0;
  const texts = atomsOf(templates[of % templates.length]!).map((atom) => {
    const token = tokenOf(atom);
    const wild = atom === "**/" ? ["", "a/", `a/date=${date}/`, "plain/dk/"] : ["", "x", "odds"];
    if (token === undefined && !atom.startsWith("*")) return atom;
    const own = other?.hole === hole ? other.date : date;
    const choices = token === undefined ? wild : textsOf(token, own);
    return choices[picks[hole++ % picks.length]! % choices.length]!;
  });
  return change(texts.join(""));
}

async function treeOf(paths: readonly string[]) {
  const storage = memoryStorage();
  for (const path of paths) await storage.publish(`${FOLDER}/${path}`, new Uint8Array());
  return storage;
}

/** What can be told apart by a name: no path is a folder of another, and no level is empty or a file's. */
function areTold(paths: readonly string[]): boolean {
  return paths.every((path) => !path.includes("//") && !path.startsWith("/") && !path.includes("/.parquet"));
}

const cases = layout.chain((own) =>
  fc.record({
    layout: fc.constant(own),
    paths: fc
      .array(choice, { minLength: 1, maxLength: 14 })
      .map((all) => [...new Set(all.map((one) => pathOf(own, one)))].filter((path) => areTold([path]))),
    dates: fc.uniqueArray(fc.constantFrom(...DATES), { minLength: 1, maxLength: 3 }),
    options: fc.record({
      prefer: fc.constantFrom("history" as const, "history" as const, "latest" as const),
      includeRuns: fc.constantFrom(true, true, false),
    }),
  }),
);

const shown = (files: readonly { path: string; values: ReadonlyMap<string, unknown> }[]) =>
  files.map(({ path, values }) => `${path.slice(FOLDER.length + 1)} ${JSON.stringify(sorted(values))}`);
const sorted = (values: Iterable<readonly [string, unknown]>) =>
  [...values].sort(([a], [b]) => (a < b ? -1 : 1));
const sizes = { few: 200, small: 6_000, large: 200_000, seed: 13 };

/** Whether a day has no files, and lies in a folder of a season that is not its own, but in none of its own. */
function isElsewhere(own: OracleLayout, paths: readonly string[], date: string): boolean {
  if (filesByOracle(own, paths, [date]).length > 0) return false;
  const seasons = [...own.history, own.latest ?? ""].flatMap((text) => seasonsOf(text, paths, date));
  return seasons.some((season) => season === "wrong") && !seasons.includes("own");
}

/** Of each folder that says all of a template's date, a season among it, and of this date if the season is left aside. */
function seasonsOf(text: string, paths: readonly string[], date: string): ("own" | "wrong")[] {
  if (!datesIn(text).includes("season")) return [];
  const folders = text.split("/").slice(0, -1);
  const isWhole = (some: readonly string[]) => datesIn(some.join("/")).join() === datesIn(text).join();
  while (isWhole(folders.slice(0, -1))) folders.pop();
  if (!isWhole(folders)) return [];
  return paths.flatMap((path) => {
    const names = path.split("/");
    return names.flatMap((_, end) => {
      const values = matches(folders.join("/"), names.slice(0, end).join("/"));
      if (!values || !agrees(values, date, "season")) return [];
      if (values.season === seasonOf(date)) return ["own" as const];
      return oracleDays(values).length === 0 ? ["wrong" as const] : [];
    });
  });
}

/** A run's folder that is opened for another template's sake, while runs are left out. */
const RUN_IN_AN_OPENED_FOLDER = {
  layout: {
    history: [
      "season={season}/date={date}/{run}.parquet",
      "*/x*/*.parquet",
      "run={run}/site={site}/*/data.parquet",
    ],
    latest: undefined,
  },
  paths: [
    "run=20260115T010203Z/site=dk/x/data.parquet",
    "season=2024/date=2024-02-29/20260115T010203Z.part-000002.parquet",
  ],
  dates: ["2024-02-29"],
  options: { prefer: "history" as const, includeRuns: false },
};

describe("the files of some dates, over random layouts and trees", () => {
  it("are those of a walk over all files, in the order of the specification", async () => {
    const counts = { tried: 0, found: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async ({ layout: own, paths, dates, options }) => {
        const dataset = defined(own);
        fc.pre(dataset !== undefined);
        const storage = await treeOf(paths);
        const expected = filesByOracle(own, paths, dates, options);
        counts.tried++;
        if (expected.length > 0) counts.found++;
        let files: ReturnType<typeof filesOf>;
        try {
          files = filesOf(await listDays(storage, dataset, dates, options));
        } catch (error) {
          if (!isBronzeError(error, "MISFILED_DAY")) throw error;
          counts.refused++;
          expect(dates.some((date) => isElsewhere(own, paths, date))).toBe(true);
          return;
        }
        // What lies in a run's folder that was left out is not known.
        const known = options.includeRuns ? dates : [];
        expect(known.filter((date) => isElsewhere(own, paths, date))).toEqual([]);
        expect(shown(files)).toEqual(
          expected.map(({ path, values }) => `${path} ${JSON.stringify(sorted(Object.entries(values)))}`),
        );
        for (const [i, { days, isLatest }] of files.entries()) {
          const place = expected[i]!;
          expect([days?.from, days?.to, isLatest]).toEqual([
            place.days?.[0],
            place.days?.at(-1),
            place.isLatest,
          ]);
        }
      }),
      { ...tries(sizes), examples: [[RUN_IN_AN_OPENED_FOLDER]] },
    );
    expect(counts.found / counts.tried).toBeGreaterThan(0.4);
    expect(counts.refused / counts.tried).toBeLessThan(0.2);
  });

  it("are all found by looking for what there is, and dates() names their days", async () => {
    const range = fc.tuple(fc.constantFrom(...DATES), fc.constantFrom(...DATES)).map((ends) => ends.sort());
    await fc.assert(
      fc.asyncProperty(cases, range, async ({ layout: own, paths }, [from, to]) => {
        const dataset = defined(own);
        fc.pre(dataset?.isDated ?? false);
        const storage = await treeOf(paths);
        const places = paths.flatMap((path) => placeByOracle(own, path) ?? []);
        const inRange = places.filter(({ days }) => days?.some((date) => date >= from! && date <= to!));
        const found = new Set<string>();
        let asked = DATES[0]!;
        try {
          for (const unit of await foundUnits(storage, dataset!, { from: from!, to: to! })) {
            expect(unit.days!.from <= to! && unit.days!.to >= from!).toBe(true);
            asked = unit.days!.from;
            const { files, latestBeside } = await listUnit(storage, dataset!, unit);
            for (const { path } of [...files, ...latestBeside]) found.add(path.slice(FOLDER.length + 1));
          }
          expect(inRange.map(({ path }) => path).filter((path) => !found.has(path))).toEqual([]);
          if (!places.every(({ days }) => days?.length === 1)) return;
          const bronze = new BronzeStore({ storage, datasets: [dataset!] });
          const dates = new Set(inRange.map(({ days }) => days![0]!));
          expect(await bronze.dates("feed", { from: from!, to: to! })).toEqual([...dates].sort());
        } catch (error) {
          if (isBronzeError(error, "UNREACHABLE_FILES")) {
            expect(inRange).toEqual([]);
            const path = (error.details.file as string).slice(FOLDER.length + 1);
            expect([paths.includes(path), placeByOracle(own, path)]).toEqual([true, undefined]);
            return;
          }
          if (!isBronzeError(error, "MISFILED_DAY")) throw error;
          expect(isElsewhere(own, paths, asked)).toBe(true);
        }
      }),
      tries({ ...sizes, seed: 14 }),
    );
  });
});
