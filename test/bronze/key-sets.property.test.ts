import { BronzeStore, memoryStorage, type Storage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayFileOf } from "../../src/bronze/index.js";
import { loadFrame } from "../../src/bronze/read/load-frame.js";
import {
  columnFromCells,
  encodeParquet,
  type NamedColumn,
  openParquet,
  recordedKeyDigest,
} from "../../src/table/index.js";
import { queryOf } from "../../src/travel/rule/query.js";
import { neededFiles } from "../../src/travel/skip/needed-files.js";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { asOf, type OracleRow, type OracleRules } from "../oracle.js";
import { frameOf, MS, optionsOf, type RandomFile } from "../travel/random-history.js";

const DATE = "2026-01-15";
const START = 1_768_500_000_000n * MS;
const KEY = ["game", "player"];
const RULES: OracleRules = {
  key: KEY,
  asOf: "as_of_ts",
  ingested: "ingested_ts",
  fallback: "row",
  meaning: "changes",
  scope: [],
};

/** Which columns the file says its digest is of; `undefined` where it has none, as files of others and of before. */
const recordedFor = fc.constantFrom(KEY, KEY, KEY, undefined, ["player", "game"], ["game"], ["status"]);

const game = fc.constantFrom(null, "a", "\uff5e", "\u{1f3c0}");
const player = fc.constantFrom(null, 1, 2);

/** What a run lists: the board, or some of it, in an order of its own, some of it twice, a line without `ingested_ts`. */
const run = fc.record({
  order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  missing: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  again: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  ahead: fc.integer({ min: -4, max: 10 }),
  uncaptured: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(4) }),
  recordedFor,
});

const feed = fc.record({
  board: fc.uniqueArray(fc.tuple(game, player), { minLength: 1, maxLength: 5, selector: String }),
  runs: fc.array(run, { minLength: 1, maxLength: 8 }),
  questions: fc.array(
    fc.record({
      cutoff: fc.integer({ min: 0, max: 70 }).map((at) => START + BigInt(at) * MS),
      knownBy: fc.option(
        fc.integer({ max: 70, min: 0 }).map((at) => START + BigInt(at) * MS),
        { nil: undefined, freq: 3 },
      ),
      maxAge: fc.constantFrom(undefined, undefined, 5n * MS, 30n * MS),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

type Feed = typeof feed extends fc.Arbitrary<infer T> ? T : never;

function filesOf({ board, runs }: Feed): RandomFile[] {
  let startNs = START;
  return runs.map(({ order, missing, again, ahead, uncaptured }, i) => {
    startNs += BigInt(ahead) * MS;
    const listed = board
      .map((key, j) => ({ key, at: order[j]! }))
      .sort((a, b) => a.at - b.at)
      .slice(Math.min(missing, board.length - 1));
    const rows = [...listed, ...listed.slice(0, again)].map(({ key: [game, player] }, line): OracleRow => {
      const as_of_ts = startNs + BigInt(line) * MS;
      const ingested_ts = line === uncaptured ? null : startNs + 3n * MS;
      return { game, player, status: "in", report_ts: START, as_of_ts, ingested_ts, run_id: `${i}/${line}` };
    });
    return { rows, unit: "ns" };
  });
}

const { dataset } = frameOf(RULES, []);

/** The feed as run files, with the entries it says, or with none. */
async function written(given: Feed, hasEntries: boolean): Promise<Storage> {
  const storage = memoryStorage();
  for (const [i, file] of filesOf(given).entries()) {
    const key = hasEntries ? given.runs[i]!.recordedFor : undefined;
    await storage.publish(pathOf(i), encodeParquet(columnsOf(file), undefined, key));
  }
  return storage;
}

function columnsOf({ rows }: RandomFile): NamedColumn[] {
  return [...dataset.columns].map(([name, { type }]) => {
    const cells = rows.map((row) => row[name]);
    return { name, column: columnFromCells(type, cells) };
  });
}

function pathOf(i: number): string {
  return `bronze/random_raw/season=2025/date=${DATE}/run_ts=20260115T1800${String(i).padStart(2, "0")}Z/data.parquet`;
}

/** How many files an answer is taken from. */
async function partsOf(storage: Storage, files: number) {
  const listed = Array.from({ length: files }, (_, i) => dayFileOf(dataset, pathOf(i))!);
  const { frame } = await loadFrame(storage, dataset, listed);
  return (question: Feed["questions"][number]) => {
    const query = queryOf(question.cutoff, optionsOf(question), undefined);
    return (neededFiles(frame, [query], query.maxAgeNs) ?? frame.parts).length;
  };
}

describe("runs that say in their footers which keys they hold", () => {
  let fewer = 0;
  let asked = 0;

  test("answer as the oracle does, whatever their order, what they lack or repeat, and what entries they have", async () => {
    await fc.assert(
      fc.asyncProperty(feed, async (given) => {
        const files = filesOf(given);
        const storage = await written(given, true);
        const bronze = new BronzeStore({ storage, datasets: [dataset] });
        const [ours, without] = [
          await partsOf(storage, files.length),
          await partsOf(await written(given, false), files.length),
        ];
        for (const question of given.questions) {
          const { cutoff, knownBy, maxAge } = question;
          const view = bronze.asOf(cutoff, knownBy === undefined ? {} : { knownBy });
          const age = maxAge === undefined ? {} : { maxAge: { nanoseconds: Number(maxAge) } };
          const snapshot = await view.read("random_raw", { date: DATE, ...age });
          expect(snapshot.rows()).toEqual(asOf(files, RULES, question).rows);
          asked++;
          if (ours(question) < without(question)) fewer++;
        }
      }),
      tries({ small: 700, large: 14_000, seed: 110 }),
    );
  });

  test("are passed over often enough for that to mean something", () => {
    expect(fewer / asked).toBeGreaterThan(0.05);
  });
});

describe("an entry that is not true of its file", () => {
  /** Two runs of one key each; the older claims to hold what the newer does. */
  async function forged(alter: (older: Uint8Array<ArrayBuffer>, digests: [string, string]) => void) {
    const [older, newer] = ["a", "b"].map((game, i) => {
      const at = START + BigInt(i * 10) * MS;
      const times = { report_ts: START, as_of_ts: at, ingested_ts: at };
      const row = { game, player: 1, status: "in", ...times, run_id: "r" };
      return encodeParquet(columnsOf({ rows: [row], unit: "ns" }), undefined, KEY);
    });
    const digest = (bytes: Uint8Array<ArrayBuffer>) =>
      recordedKeyDigest(openParquet(bytes, "t").keyValues, KEY)!;
    alter(older!, [digest(older!), digest(newer!)]);
    const storage = memoryStorage();
    await storage.publish(pathOf(0), older!);
    await storage.publish(pathOf(1), newer!);
    const bronze = new BronzeStore({ storage, datasets: [dataset] });
    return (onCorrupt: "throw" | "skip" = "throw") =>
      bronze.asOf(START + 60n * MS).read("random_raw", { date: DATE, onCorrupt });
  }

  function overwrite(bytes: Uint8Array<ArrayBuffer>, text: string, by: string): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = buffer.lastIndexOf(text, undefined, "latin1");
    expect(at).toBeGreaterThan(0);
    buffer.write(by, at, "latin1");
  }

  test("is an error where the checksum does not match it, or the file is skipped when asked", async () => {
    const read = await forged((bytes, [own, other]) => overwrite(bytes, own, other));
    expect((await errorOf(read())).code).toBe("CORRUPT_FILE");
    expect((await read("skip")).rows()).toMatchObject([{ game: "b" }]);
  });

  test("is an error where the file has lost its checksum", async () => {
    const read = await forged((bytes, [own, other]) => {
      overwrite(bytes, own, other);
      overwrite(bytes, "bronzestore.crc32", "somebody's.crc32a");
    });
    expect((await errorOf(read())).code).toBe("CORRUPT_FILE");
    expect((await read("skip")).rows()).toMatchObject([{ game: "b" }]);
  });
});
