import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  BronzeStore,
  type BronzeView,
  defineDataset,
  instant,
  isBronzeError,
  type Leak,
  layouts,
  leakCheck,
  localDisk,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import * as z from "zod";
import { writeSnapshotMetadata } from "../../src/bronze/read/snapshot-metadata.js";
import { encodeParquet, type NamedColumn, nullColumn, openParquet } from "../../src/table/index.js";
import { injuries, odds, quote, report, run, schedule } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { tempFolders } from "../storage/temp-folder.js";
import { frameOf, type RandomHistory, randomHistory } from "../travel/random-history.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const LOCK = "2026-01-15T23:45:00Z";
const DATE = "2026-01-15";
const temp = tempFolders();

/** Points of g1's players, published when the game is over: what a model is to learn. */
const boxScores = defineDataset({
  name: "box_scores_raw",
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    game_id: z.string(),
    player_id: z.string(),
    points: z.int(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "player_id"],
  date: { from: schedule.gameDate("game_id") },
});

async function world(storage = memoryStorage()) {
  const bronze = new BronzeStore({ storage, datasets: [injuries, odds, boxScores] });
  await writeEvening({ bronze } as never);
  const as_of_ts = "2026-01-16T02:30:00Z";
  const box = (player_id: string, points: number) => ({ game_id: "g1", player_id, points, as_of_ts });
  await bronze.write("box_scores_raw", [box("ada", 0), box("bo", 31)], run("box", "2026-01-16T02:35:00Z"));
  return bronze;
}

async function errorOf(promise: Promise<unknown>) {
  const error = await promise.then(
    (value) => new Error(`no error, but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isBronzeError(error)) throw error;
  return error;
}

async function leakOf(promise: Promise<unknown>): Promise<Leak> {
  const error = await errorOf(promise);
  expect(error.code).toBe("LEAK");
  const leaks = error.details.leaks as Leak[];
  expect(leaks).toHaveLength(1);
  return leaks[0]!;
}

const RUN = (runTs: string) => `bronze/odds_raw/season=2025/date=${DATE}/run_ts=${runTs}/odds.parquet`;

describe("leakCheck of a builder that is as it should be", () => {
  it("finds nothing, at each cutoff, and says what it looked at", async () => {
    const bronze = await world();
    const checked = await leakCheck((at) => build(at as never, { slate: SLATE } as never), {
      bronze,
      cutoffs: ["2026-01-15T18:00:00Z", LOCK, TIP],
    });
    expect(checked).toMatchObject({ cutoffs: 3, unaltered: [] });
    expect(checked.laterRows).toBeGreaterThan(5);
    expect(checked.files).toHaveLength(6);
  });

  it("lets it read the view's days by any road that ends at the cutoff", async () => {
    const bronze = await world();
    await leakCheck(
      async (at) => {
        const day = await bronze.readBronzeDay("odds_raw", DATE);
        const timeline = await bronze.timeline("injuries_raw", { date: DATE, lookbackDays: 1 });
        const label = { game_id: "g1", cutoff_ts: at.cutoff };
        const joined = await bronze.joinAsOf([label], "odds_raw", { on: ["game_id"], cutoff: "cutoff_ts" });
        return [day.asOf(at.cutoff), timeline.at(at.cutoff).rows(), joined.rows()];
      },
      { bronze, cutoffs: [LOCK] },
    );
  });

  test("holds for every history whose fallback looks at each row alone, with bounds and without", async () => {
    const fixed = fc.constantFrom("row" as const, "never" as const);
    let checked = 0;
    const { count, seed } = campaign({ few: 40, small: 150, large: 3_000, seed: 102 });
    const histories = fixed.chain((fallback) => randomHistory({ fallback }));
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (random, seed) => {
        const bronze = await storeOf(random);
        for (const { cutoff, knownBy, maxAge } of random.questions) {
          const bounds = maxAge === undefined ? {} : { maxAge: { nanoseconds: Number(maxAge) } };
          const outcome = leakCheck((at) => at.read("random_raw", { date: DATE, ...bounds }), {
            bronze,
            cutoffs: [cutoff],
            seed,
            ...(knownBy !== undefined && { knownBy }),
          });
          // Many a history holds nothing yet, or nothing later.
          await outcome.then(
            () => checked++,
            (error) => {
              if (!isBronzeError(error, "NOTHING_CHECKED")) throw error;
            },
          );
        }
      }),
      { numRuns: count, seed },
    );
    expect(checked).toBeGreaterThan(count / 8);
  });
});

describe("leakCheck finds", () => {
  it("a builder that reads around the view, through the store it kept", async () => {
    const bronze = await world();
    const leaky = async (at: BronzeView<readonly [typeof injuries, typeof odds, typeof boxScores]>) => {
      const out = await at.read("injuries_raw", { date: DATE });
      const day = await bronze.readBronzeDay("odds_raw", DATE);
      return [{ out: out.length, best: Math.min(...day.column("price").map(Number)) }];
    };
    const leak = await leakOf(leakCheck(leaky, { bronze, cutoffs: [LOCK] }));
    expect(leak).toEqual({
      cutoff: BigInt(Date.parse(LOCK)) * 1_000_000n,
      alteration: "dropped",
      row: {
        file: RUN("20260116T001100Z"),
        rowInFile: 0,
        effective: BigInt(Date.parse("2026-01-16T00:10:00Z")) * 1_000_000n,
        cells: expect.objectContaining({ game_id: "g1", book: "dk", price: -150 }),
      },
      alone: true,
      moved: [{ path: "[0].best", before: -150, after: -120 }],
      movedCount: 1,
    });
    // Only the check's own runs stood on altered files.
    expect((await bronze.readBronzeDay("odds_raw", DATE)).length).toBe(4);
  });

  it("a builder that opens the files itself, below the root it is given", async () => {
    const bronze = await world(localDisk(temp()));
    const roots = new Set<string>();
    const leak = await leakOf(
      leakCheck(
        async (_, context) => {
          const root = await context.root();
          roots.add(root);
          const prices: number[] = [];
          for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
            if (!name.includes("odds_raw") || !name.endsWith(".parquet")) continue;
            const bytes = Uint8Array.from(readFileSync(join(root, name)));
            const { values } = openParquet(bytes, name).column("price") as { values: BigInt64Array };
            prices.push(...Array.from(values, Number));
          }
          return { last: prices.at(-1) };
        },
        { bronze, cutoffs: [LOCK], days: { date: DATE } },
      ),
    );
    expect(leak).toMatchObject({
      row: { file: RUN("20260116T001100Z"), rowInFile: 0 },
      moved: [{ path: "last", before: -150, after: -120 }],
    });
    for (const root of roots) expect(() => readdirSync(root)).toThrow("ENOENT");
  });

  it("a builder that uses the label's box score", async () => {
    const bronze = await world();
    const leak = await leakOf(
      leakCheck(
        async (at, { bronze: store }) => {
          const out = await at.read("injuries_raw", { date: DATE });
          const boxes = await store.asOf("2026-01-17T00:00:00Z").read("box_scores_raw", { date: DATE });
          const points = (player_id: string) => boxes.get({ game_id: "g1", player_id })?.points ?? null;
          return out.rows().map(({ player_id }) => ({ player_id, form: points(player_id) }));
        },
        { bronze, cutoffs: [TIP] },
      ),
    );
    expect(leak).toMatchObject({
      alteration: "dropped",
      row: { cells: { player_id: "ada", points: 0 } },
      moved: [{ path: "[0].form", before: 0, after: null }],
    });
    expect(leak.row.file).toContain("box_scores_raw");
  });

  it("a builder that picks by ingested_ts what a backfill stamped with an earlier time than it is of", async () => {
    const bronze = await world();
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", -300, "2026-01-16T01:00:00Z", "2026-01-15T12:00:00Z")],
      run("backfill", "2026-02-01T00:00:00Z"),
    );
    const leaky = async (at: { cutoff: bigint }) => {
      const day = await bronze.readBronzeDay("odds_raw", DATE);
      const known = day.rows().filter(({ ingested_ts }) => ingested_ts <= at.cutoff);
      return known.find(({ book }) => book === "mgm")?.price ?? null;
    };
    const leak = await leakOf(leakCheck(leaky, { bronze, cutoffs: [LOCK] }));
    expect(leak.row).toMatchObject({ file: RUN("20260201T000000Z"), cells: { book: "mgm", price: -300 } });
    expect(leak.moved).toEqual([{ path: "the output", before: -300, after: null }]);
  });

  it("a builder that picks the last captured row, where a backfill wrote earlier times after the game", async () => {
    const bronze = await world();
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -999, "2026-01-15T16:00:00Z", "2026-02-01T00:00:00Z")],
      run("backfill", "2026-02-01T00:00:00Z"),
    );
    const leaky = async (at: { cutoff: bigint }) => {
      const day = await bronze.readBronzeDay("odds_raw", DATE);
      const known = day.rows().filter(({ as_of_ts }) => as_of_ts !== null && as_of_ts <= at.cutoff);
      return known.reduce((a, b) => (b.ingested_ts > a.ingested_ts ? b : a)).price;
    };
    // By semantic time the row held before the cutoff; what the live pipeline knew is asked with knownBy.
    await leakCheck(leaky, { bronze, cutoffs: [LOCK] });
    const leak = await leakOf(leakCheck(leaky, { bronze, cutoffs: [LOCK], knownBy: "cutoff" }));
    expect(leak.row.cells).toMatchObject({ book: "dk", price: -999 });
  });

  it("what only shows when later rows say something else", async () => {
    const bronze = await world();
    const leak = await leakOf(
      leakCheck(
        async () => {
          const day = await bronze.readBronzeDay("odds_raw", DATE);
          return day.rows().some(({ price }) => price !== null && price < -155);
        },
        { bronze, cutoffs: [LOCK], seed: 3 },
      ),
    );
    expect(leak).toMatchObject({ alteration: "mangled", moved: [{ before: false, after: true }] });
  });

  it("the one row that is enough, where any of several is", async () => {
    const bronze = await world();
    for (const minute of [20, 30, 40]) {
      const at = `2026-01-16T00:${minute}:00Z`;
      await bronze.write("odds_raw", [quote("g1", "dk", -minute, at, at)], run(`r${minute}`, at));
    }
    const isLate = async (at: { cutoff: bigint }) =>
      (await bronze.readBronzeDay("odds_raw", DATE)).rows().some(({ as_of_ts }) => as_of_ts! > at.cutoff);
    const leak = await leakOf(leakCheck(isLate, { bronze, cutoffs: [LOCK] }));
    expect(leak).toMatchObject({ alone: true, moved: [{ before: true, after: false }] });
    expect(leak.row.file).toBe(RUN("20260116T004000Z"));
  });

  it("a builder that throws without a later row", async () => {
    const bronze = await world();
    const leak = await leakOf(
      leakCheck(
        async () => {
          const day = await bronze.readBronzeDay("box_scores_raw", DATE);
          return day.rows().find(({ player_id }) => player_id === "bo")!.points;
        },
        { bronze, cutoffs: [LOCK] },
      ),
    );
    expect(leak.row.cells).toMatchObject({ player_id: "bo" });
    expect(leak.moved.map(({ path }) => path)).toEqual(["the output", "thrown"]);
  });

  it("every cutoff that leaks, in one message", async () => {
    const bronze = await world();
    const leaky = async () => (await bronze.readBronzeDay("odds_raw", DATE)).length;
    const error = await errorOf(leakCheck(leaky, { bronze, cutoffs: [LOCK, TIP, "2026-02-01T00:00:00Z"] }));
    expect((error.details.leaks as Leak[]).map(({ cutoff }) => cutoff)).toEqual(
      [LOCK, TIP].map((at) => BigInt(Date.parse(at)) * 1_000_000n),
    );
    expect(error.message).toContain(
      `At ${LOCK} the output depends on row 0 of ${RUN("20260116T001100Z")} (effective 2026-01-16T00:10:00Z)`,
    );
    expect(error.message).toContain("With it dropped, the output is 3 instead of 4.");
  });
});

describe("leakCheck refuses", () => {
  it("a builder with a memory, a clock or randomness: no leak can be told from that", async () => {
    let calls = 0;
    const error = await errorOf(leakCheck(() => ++calls, { bronze: await world(), cutoffs: [LOCK] }));
    expect(error).toMatchObject({
      code: "BUILD_UNSTABLE",
      message: expect.stringContaining("the output is 2 instead of 1"),
    });
  });

  it("a builder that throws on the files as they are", async () => {
    const throwing = () => {
      throw new TypeError("no model");
    };
    const error = await errorOf(leakCheck(throwing, { bronze: await world(), cutoffs: [LOCK] }));
    expect(error).toMatchObject({ code: "BUILD_FAILED", cause: expect.any(TypeError) });
  });

  it("a builder that writes", async () => {
    const bronze = await world();
    const writing = () => bronze.write("odds_raw", [quote("g1", "x", 1, LOCK)], run("w"));
    const error = await errorOf(leakCheck(writing, { bronze, cutoffs: [LOCK] }));
    expect(error.cause).toMatchObject({ code: "READ_ONLY" });
    expect((await bronze.readBronzeDay("odds_raw", DATE)).length).toBe(4);
  });
});

describe("a leak check that looked at nothing has not passed", () => {
  type Check = Parameters<typeof leakCheck<readonly [typeof injuries, typeof odds, typeof boxScores]>>;
  const reads: Check[0] = async (at) => (await at.read("injuries_raw", { date: DATE })).rows();
  const AFTERWARDS = "2026-02-01T00:00:00Z";
  const BEFORE = "2026-01-10T00:00:00Z";

  it.each<[string, Check[0], readonly string[], string]>([
    ["no cutoff", reads, [], "no cutoff to check at"],
    ["a function that forgot its return", (at) => void at.cutoff, [LOCK], "lack a return"],
    [
      "a function that reads, and forgot its return",
      async (at) => void (await reads(at, {} as never)),
      [LOCK],
      "lack a return",
    ],
    ["null", async (at) => ((await reads(at, {} as never)) ? null : 1), [LOCK], "lack a return"],
    ["a function for an output", () => () => [1], [LOCK], "lack a return"],
    ["an object without members", () => ({}), [LOCK], "lack a return"],
    ["an empty list at each cutoff", reads, [BEFORE, "2026-01-11T00:00:00Z"], "lack a return"],
    ["lists that are empty", () => ({ rows: [], best: { lines: [], price: null } }), [LOCK], "lack a return"],
    [
      "a function whose map forgot its return",
      async (at) => ((await reads(at, {} as never)) as unknown[]).map(() => undefined),
      [LOCK],
      "lack a return",
    ],
    [
      "lists of nothing in lists",
      () => ({ rows: [[], [undefined], {}, { a: undefined }] }),
      [LOCK],
      "lack a return",
    ],
    ["a list of functions", () => [() => 1], [LOCK], "lack a return"],
    ["a function that reads no file", () => [{ constant: 1 }], [LOCK], "read no bronze file"],
    ["no row after the cutoff", reads, [AFTERWARDS], "both an output and a row after it in the"],
    ["output at one cutoff, later rows at another", reads, [BEFORE, AFTERWARDS], "at no cutoff"],
  ])("%s", async (_what, check, cutoffs, why) => {
    const error = await errorOf(leakCheck(check, { bronze: await world(), cutoffs }));
    expect(error.code).toBe("NOTHING_CHECKED");
    expect(error.message).toContain(why);
  });

  it("nor has one through a gold store, of a builder that returns no rows, or after which nothing comes", async () => {
    const made = await frozenWorld();
    await made.bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { ada: "Out" }));
    const options = { slate: SLATE, snapshot: "lock", tip: TIP };
    const read: typeof build = async (at) =>
      (await at.read("injuries_raw", { date: DATE })).rows().map(({ player_id }) => ({ player_id }));
    for (const builder of [read, () => [], (() => undefined) as never])
      expect((await errorOf(made.gold.leakCheck(options, builder))).code).toBe("NOTHING_CHECKED");
    await writeEvening(made);
    expect((await made.gold.leakCheck(options, read)).laterRows).toBeGreaterThan(0);
  });

  it.each<[string, Check[0]]>([
    ["a row that says that something is not known", () => [{ price: null }]],
    ["zero", () => 0],
    ["an empty text", () => ""],
    ["false among nothing", () => [undefined, { out: false }]],
    ["what is called length", () => ({ line: { length: 0 } })],
  ])("but %s is an output", async (_what, output) => {
    const check: Check[0] = async (at, context) => {
      await reads(at, context);
      return output(at, context);
    };
    expect((await leakCheck(check, { bronze: await world(), cutoffs: [LOCK] })).idle).toEqual([]);
  });

  it("one of several may, and is named", async () => {
    const checked = await leakCheck(reads, { bronze: await world(), cutoffs: [BEFORE, LOCK, AFTERWARDS] });
    expect(checked.idle).toEqual([
      { cutoff: BigInt(Date.parse(BEFORE)) * 1_000_000n, because: "no output" },
      { cutoff: BigInt(Date.parse(AFTERWARDS)) * 1_000_000n, because: "no later rows" },
    ]);
  });

  it("but a leak is a leak, at whichever cutoff", async () => {
    const bronze = await world();
    const leaky = async (at: Parameters<Check[0]>[0]) =>
      at.cutoff < BigInt(Date.parse(LOCK)) * 1_000_000n
        ? []
        : (await bronze.asOf(AFTERWARDS).read("odds_raw", { date: DATE })).rows();
    await leakOf(leakCheck(leaky, { bronze, cutoffs: [BEFORE, LOCK] }));
  });
});

describe("gold.leakCheck", () => {
  it("checks a slate's builder at the slate's cutoff", async () => {
    const made = await frozenWorld();
    await writeEvening(made);
    const options = { slate: SLATE, snapshot: "lock", tip: TIP };
    expect((await made.gold.leakCheck(options, build)).laterRows).toBeGreaterThan(0);
    const leaky = async (...given: Parameters<typeof build>) => {
      const late = await made.bronze
        .asOf("2026-01-17T00:00:00Z")
        .read("injuries_raw", { from: DATE, to: DATE });
      return [...(await build(...given)), ...late.rows().map(({ player_id }) => ({ player_id }))];
    };
    const leak = await leakOf(made.gold.leakCheck(options, leaky));
    expect(leak.row.cells).toMatchObject({ status: "Out" });
  });
});

it("still lets a counting snapshot show which keys are gone", async () => {
  const bronze = await world();
  // Announced before the cutoff, in force after it: it tells nothing yet, but that bo is still on the report.
  const [ada, bo] = report("2026-01-15T23:30:00Z", { ada: "Out", bo: "Out" });
  await bronze.write("injuries_raw", report("2026-01-15T23:10:00Z", { ada: "Out", bo: "Doubtful" }));
  await bronze.write("injuries_raw", [ada!, { ...bo!, as_of_ts: "2026-01-16T12:00:00Z" }]);
  const read = (at: BronzeView<readonly [typeof injuries]>) => at.read("injuries_raw", { date: DATE });
  const held = await bronze.asOf(LOCK).read("injuries_raw", { date: DATE });
  expect(held.rows().map(({ player_id, status }) => `${player_id} ${status}`)).toEqual([
    "ada Out",
    "bo Doubtful",
  ]);
  await leakCheck(read as never, { bronze, cutoffs: [LOCK] });
});

it("leaves a snapshot of unknown capture what keeps it from being evidence", async () => {
  const at = BigInt(Date.parse(LOCK)) * 1_000_000n;
  const row = (game: string, ingested_ts: bigint | null) => ({
    ...{ game, player: 1, status: "in", run_id: "r", report_ts: null },
    ...{ as_of_ts: at - 10n, ingested_ts },
  });
  const bronze = await storeOf({
    rules: {
      ...{ key: ["game", "player"], asOf: "as_of_ts", ingested: "ingested_ts", fallback: "row" },
      ...{ meaning: "snapshot", scope: [] },
    },
    files: [
      { unit: "ns", rows: [row("a", at - 9n), row("b", at - 9n)] },
      { unit: "ns", rows: [row("a", at - 5n), row("c", null)] },
      { unit: "ns", rows: [row("a", at + 5n)] },
    ],
    questions: [],
  });
  const read = async (view: { read: (name: "random_raw", days: object) => Promise<{ rows(): unknown[] }> }) =>
    (await view.read("random_raw", { date: DATE })).rows();
  // Were the row of "c" dropped, its file would be known as a whole, and end "b".
  expect(await read(bronze.asOf(at, { knownBy: "cutoff" }) as never)).toMatchObject([
    { game: "a" },
    { game: "b" },
  ]);
  const checked = await leakCheck(read as never, { bronze, cutoffs: [at], knownBy: "cutoff" });
  expect(checked.laterRows).toBe(2);
});

/** A random history as files of one day. */
async function storeOf({ rules, files }: RandomHistory) {
  const storage = memoryStorage();
  const frame = frameOf(rules, files);
  for (const [i, part] of frame.parts.entries()) {
    const columns: NamedColumn[] = [];
    for (const name of frame.columns.keys()) {
      const column = part.column(name);
      if (column || rules.key.includes(name))
        columns.push({ name, column: column ?? nulls(frame, name, part.rows) });
    }
    const path = `bronze/random_raw/season=2025/date=${DATE}/run_ts=20260115T00000${i}Z/data.parquet`;
    const metadata = part.snapshot ? writeSnapshotMetadata(part.snapshot) : new Map<string, string>();
    await storage.publish(path, encodeParquet(columns, metadata));
  }
  return new BronzeStore({ storage, datasets: [frame.dataset] });
}

function nulls(frame: ReturnType<typeof frameOf>, name: string, rows: number) {
  return nullColumn(frame.columns.get(name)!.type, rows);
}
