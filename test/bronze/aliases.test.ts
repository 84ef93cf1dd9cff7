import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BronzeStore,
  type Build,
  defineDataset,
  defineSchedule,
  GoldStore,
  instant,
  layouts,
  leakCheck,
  memoryStorage,
  nbaSeason,
  Retention,
  type Storage,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { CONVERTED, foreignFile, LOGICAL, type Node, UNIT } from "../table/foreign-file.js";

const DATE = "2026-01-15";
const TIP = "2026-01-16T00:00:00Z";
const CUTOFF = "2026-01-15T18:30:00Z";
const schedule = defineSchedule([{ game_id: "g1", tip_ts: TIP }], { timeZone: "America/New_York" });

/** The feed under the names it has now, and under those it had. */
const fields = { price: z.int().nullable(), status: z.string() };
const rules = { name: "odds_raw", timeZone: "America/New_York", season: nbaSeason } as const;
const now = defineDataset({
  ...rules,
  layout: layouts.perRun({ latest: true }),
  schema: z.object({
    game_id: z.string(),
    book: z.string(),
    ...fields,
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "book"],
  date: { from: schedule.gameDate("game_id") },
  tombstone: { status: ["gone"] },
  aliases: {
    game_id: ["match"],
    book: ["bookmaker"],
    price: ["line", "quote"],
    status: ["state"],
    as_of_ts: ["updated"],
    ingested_ts: ["scraped"],
  },
});
const before = defineDataset({
  ...rules,
  layout: layouts.perRun(),
  schema: z.object({
    match: z.string(),
    bookmaker: z.string(),
    line: fields.price,
    state: fields.status,
    updated: instant(),
    scraped: instant(),
  }),
  key: ["match", "bookmaker"],
  date: { from: schedule.gameDate("match") },
  timestamps: { asOf: "updated", ingested: "scraped" },
  tombstone: { state: ["gone"] },
});

interface Line {
  book: string;
  price: number | null;
  status: string;
  at: string;
}
const line = (book: string, price: number | null, at: string, status = "up"): Line => ({
  book,
  price,
  status,
  at,
});
const RUNS: readonly (readonly Line[])[] = [
  [line("dk", -110, "17:00"), line("fd", -105, "17:00")],
  [line("dk", -120, "18:00"), line("fd", -105, "18:00", "gone")],
  [line("dk", -150, "19:00"), line("mgm", 100, "19:00")],
];

type Names = "now" | "before";
const TREES: readonly (readonly [string, readonly Names[]])[] = [
  ["old names in every file", ["before", "before", "before"]],
  ["old names in the older files", ["before", "before", "now"]],
  ["old names in a file that is late", ["now", "before", "now"]],
];

/** The rows of a run, as the feed has them now. */
const rowsOf = (lines: readonly Line[]) =>
  lines.map(({ at, ...rest }) => {
    const time = `${DATE}T${at}:00Z`;
    return { ...rest, game_id: "g1", as_of_ts: time, ingested_ts: time };
  });
const runOf = (i: number, { at }: Line) => ({ run: { id: `r${i}`, startedAt: `${DATE}T${at}:00Z` } });

async function treeOf(names: readonly Names[]): Promise<Storage> {
  const storage = memoryStorage();
  for (const [i, lines] of RUNS.entries()) {
    const options = runOf(i, lines[0]!);
    if (names[i] === "now") {
      const bronze = new BronzeStore({ storage, datasets: [now] });
      await bronze.write("odds_raw", rowsOf(lines), options);
    } else {
      const bronze = new BronzeStore({ storage, datasets: [before] });
      const time = (at: string) => `${DATE}T${at}:00Z`;
      const rows = lines.map(({ book, price, status, at }) => ({
        match: "g1",
        bookmaker: book,
        line: price,
        state: status,
        updated: time(at),
        scraped: time(at),
      }));
      await bronze.write("odds_raw", rows, options);
    }
  }
  return storage;
}

const clock = () => BigInt(Date.parse("2026-01-20T00:00:00Z")) * 1_000_000n;
const storeOf = (storage: Storage) => new BronzeStore({ storage, datasets: [now], clock });
const withoutSizes = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value, (key, own) =>
      /bytes|sha256|digest/i.test(key) ? undefined : typeof own === "bigint" ? String(own) : own,
    ),
  );

/** Everything that reads names of columns, as far as its answer does not depend on bytes. */
const QUESTIONS: Readonly<
  Record<string, (bronze: ReturnType<typeof storeOf>, storage: Storage) => Promise<unknown>>
> = {
  "a day": async (bronze) => (await bronze.readBronzeDay("odds_raw", DATE)).rows(),
  "a view": async (bronze) => {
    const at = bronze.asOf(CUTOFF, { knownBy: "cutoff" });
    const lines = await at.read("odds_raw", { date: DATE });
    return [lines.rows(), lines.provenance];
  },
  "a view of one column": async (bronze) =>
    (await bronze.asOf(CUTOFF).read("odds_raw", { date: DATE, columns: ["price"] })).rows(),
  "a timeline": async (bronze) => {
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const key = { game_id: "g1", book: "dk" };
    return [
      timeline.at(CUTOFF).rows(),
      timeline.history(key),
      String(timeline.explain(key, CUTOFF)),
      String(timeline.diff("2026-01-15T17:30:00Z", CUTOFF)),
      timeline.steps(key),
      timeline.changePoints(),
    ];
  },
  "a join": async (bronze) => {
    const labels = [{ game_id: "g1", at: CUTOFF }];
    const join = await bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "at", prefix: "was_" });
    return [join.rows(), join.provenance];
  },
  coverage: (bronze) => bronze.coverage("odds_raw", { date: DATE } as never),
  freshness: (bronze) => bronze.freshness(),
  "a leak check": async (bronze) =>
    withoutSizes(
      await leakCheck(
        async (at) =>
          (await at.read("odds_raw", { date: DATE })).rows().map(({ book, price }) => ({ book, price })),
        { bronze, cutoffs: [CUTOFF] },
      ),
    ),
  "the same rows written again": async (bronze) => {
    const { partitions } = await bronze.write("odds_raw", rowsOf(RUNS[1]!), runOf(1, RUNS[1]![0]!));
    expect(partitions.map(({ status }) => status)).toEqual(["unchanged"]);
    return partitions;
  },
  "the latest view": async (bronze) => {
    await bronze.write("odds_raw", rowsOf([line("dk", null, "19:30")]), runOf(3, line("dk", null, "19:30")));
    const day = await bronze.readBronzeDay("odds_raw", DATE, { prefer: "latest" });
    return [day.source, day.rows()];
  },
  "a frozen slate": async (bronze, storage) => {
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze, clock });
    const slate = { season: 2025, game_date: DATE, game_id: "g1" };
    const build: Build<readonly [typeof now]> = async (at) =>
      (await at.read("odds_raw", { date: DATE, columns: ["book", "price"] })).rows();
    await gold.freeze({ slate, snapshot: "lock", tip: TIP }, build);
    const { ok, problems } = await gold.verify(slate, { snapshot: "lock" });
    return [ok, problems];
  },
  "a compacted day": async (bronze) => {
    const retention = new Retention({ bronze, gold: [], clock });
    const plan = await retention.planCompact({ datasets: ["odds_raw"], before: "2026-01-18", into: "day" });
    const { status } = await retention.apply(plan);
    const timeline = await bronze.timeline("odds_raw", { date: DATE });
    const again = await bronze.write("odds_raw", rowsOf(RUNS[0]!), runOf(0, RUNS[0]![0]!));
    expect(status).toBe("applied");
    return [plan.refused, timeline.at(CUTOFF).rows(), again.partitions.map((file) => file.status)];
  },
};

describe.each(TREES)("a tree with %s", (_, names) => {
  it.each(Object.keys(QUESTIONS))("answers %s as one with the new names does", async (name) => {
    const ask = QUESTIONS[name]!;
    const [storage, control] = [await treeOf(names), await treeOf(["now", "now", "now"])];
    const answer = withoutSizes(await ask(storeOf(storage), storage));
    expect(answer).toEqual(withoutSizes(await ask(storeOf(control), control)));
    expect(JSON.stringify(answer)).not.toMatch(/match|bookmaker|"line"|"state"|updated|scraped/);
  });
});

const text = (name: string): Node => ({
  name,
  repetition: "optional",
  type: "BYTE_ARRAY",
  converted: CONVERTED.UTF8,
});
const price = (name: string): Node => ({ name, repetition: "optional", type: "INT64" });
const time = (name: string): Node => ({
  name,
  repetition: "optional",
  type: "INT64",
  logical: LOGICAL.timestamp(UNIT.us, true),
});

describe("a file with two names of one column", () => {
  const us = BigInt(Date.parse(CUTOFF)) * 1_000n;
  const row = {
    game_id: "g1",
    book: "dk",
    status: "up",
    updated: us,
    ingested_ts: us,
    line: 1n,
    quote: 2n,
    price: 3n,
  };
  const path = `bronze/odds_raw/season=2025/date=${DATE}/run_ts=20260115T180000Z/data.parquet`;
  const withTwo = async (both: readonly string[]) => {
    const storage = memoryStorage();
    const columns = [text("game_id"), text("book"), text("status"), time("updated"), time("ingested_ts")];
    await storage.publish(path, foreignFile([...columns, ...both.map(price)], [[row]]));
    return storeOf(storage);
  };

  it.each([
    [["line", "price"]],
    [["price", "line"]],
    [["line", "quote"]],
  ])("is refused by name: %s", async (both) => {
    const bronze = await withTwo(both);
    for (const asking of [
      () => bronze.readBronzeDay("odds_raw", DATE),
      () => bronze.asOf(TIP).read("odds_raw", { date: DATE }),
      () => bronze.timeline("odds_raw", { date: DATE, columns: ["price"] }),
    ]) {
      const error = await errorOf(asking());
      expect(error).toMatchObject({ code: "TYPE_CLASH", details: { column: "price", files: [path] } });
      for (const name of both) expect(error.message).toContain(`"${name}"`);
    }
  });

  it("stops nothing where the column was not asked for", async () => {
    const lines = await (await withTwo(["line", "price"]))
      .asOf(TIP)
      .read("odds_raw", { date: DATE, columns: ["book", "as_of_ts"] });
    expect(lines.rows()).toEqual([{ book: "dk", as_of_ts: us * 1_000n }]);
  });
});

it("every file of a dataset is opened under the dataset's own names", () => {
  const src = fileURLToPath(new URL("../../src", import.meta.url));
  const opening = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("table/"))
    .filter((name) => /\bopenParquet\b/.test(readFileSync(join(src, name), "utf8")))
    .map((name) => relative(src, join(src, name)));
  expect(opening.sort()).toEqual(
    [
      "bronze/read/open-file.ts",
      "bronze/read/open-parts.ts",
      // These open for others that name the columns: `fetchFiles` and the surveys.
      "bronze/read/fetch-files.ts",
      "bronze/read/load-days.ts",
      "bronze/read/read-partly.ts",
      "bronze/survey/coverage.ts",
      "bronze/survey/freshness.ts",
      // Compared by `rowsOfFile`, and made into views by `makeView`, which name the columns.
      "bronze/write/existing-parts.ts",
      "bronze/write/publish-group.ts",
      // Parts lie in a file under the names it has.
      "bronze/retained/part-facts.ts",
      // Content is what is stored, under the names it is stored with.
      "bronze/read/held-parts.ts",
      "bronze/read/part-content.ts",
      "retention/day/pack-parts.ts",
      "retention/day/survey-day.ts",
      // Rows and facts of footers alone, or whole columns that are only decoded.
      "bronze/retained/retained-day.ts",
      "doctor/bronze.ts",
      "retention/proof/assert-replaced.ts",
      "trash/found-compacted.ts",
      // Parts that a prune took, under own names for what is recorded of them.
      "retention/remake/told-by-trash.ts",
      // Files that are brought in have the names that the import says.
      "records/open-records.ts",
      // Files that no definition names.
      "cli/open/guess-import.ts",
      "cli/open/guess.ts",
      "cli/open/rows-as-they-lie.ts",
      // Files of gold.
      "gold/build/output.ts",
      "gold/build/read-output.ts",
      "gold/verify/replay.ts",
    ].sort(),
  );
});
