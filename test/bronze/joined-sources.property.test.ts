import { memoryStorage, type RowSource, type Storage } from "bronzestore";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { tries } from "../campaign.js";
import { asOf, type OracleFile, type OracleRules } from "../oracle.js";
import { retentionWorld } from "../retention/world.js";
import { quote, report, run } from "./feeds.js";

const START_MS = Date.parse("2026-01-15T15:00:00Z");
/** Two evenings of New York. */
const at = (minutes: number) => new Date(START_MS + minutes * 60_000).toISOString();
const ns = (time: string) => BigInt(Date.parse(time)) * 1_000_000n;
const GAMES = ["g0", "g1", "g2"];
const DAYS = { from: "2026-01-14", to: "2026-01-16" };
const rules: OracleRules = {
  key: ["game_id", "book"],
  asOf: "as_of_ts",
  ingested: "ingested_ts",
  fallback: "row",
  meaning: "changes",
  scope: [],
};

/** Few times and few keys: many rows tie, some are the same row twice. */
const quotes = fc.array(
  fc.record({
    game: fc.constantFrom(...GAMES),
    book: fc.constantFrom("dk", "fd"),
    price: fc.nat({ max: 3 }),
    age: fc.constantFrom(0, 0, 0, 5, 30, null),
  }),
  { minLength: 1, maxLength: 6 },
);
const evening = fc.record({
  /** One run of each: minutes since the last, lines, and who is out. */
  runs: fc.array(
    fc.record({ wait: fc.constantFrom(0, 1, 10, 700), quotes, out: fc.subarray(["ada", "bo", "cy"]) }),
    { minLength: 1, maxLength: 6 },
  ),
  /** How many runs come before the compaction; the others come late, beside it. */
  before: fc.option(fc.nat({ max: 6 })),
  cutoffs: fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 4 }),
  knownBy: fc.constantFrom(undefined, "cutoff_ts" as const),
});

/** Rows of a file, by a reader that knows nothing of this library. */
async function readAll(storage: Storage, path: string): Promise<Record<string, unknown>[]> {
  const bytes = await storage.read(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return parquetReadObjects({ file });
}

/** Each joined cell is what lies at the place its row is said to come from. */
async function assertSources(
  storage: Storage,
  rows: readonly Record<string, unknown>[],
  sources: readonly (RowSource | null)[],
  columns: readonly string[],
  prefix: string,
): Promise<{ found: number; compacted: number; nowhere: number }> {
  expect(sources.length).toBe(rows.length);
  const files = new Map<string, Record<string, unknown>[]>();
  const seen = { found: 0, compacted: 0, nowhere: 0 };
  for (const [i, source] of sources.entries()) {
    const joined = columns.map((name) => rows[i]![`${prefix}${name}`]);
    if (source === null) {
      expect(joined).toEqual(columns.map(() => null));
      seen.nowhere++;
      continue;
    }
    // Of a compacted day, where it lies now.
    const { file, rowInFile } = source.compacted ?? source;
    if (!files.has(file)) files.set(file, await readAll(storage, file));
    const lying = files.get(file)![rowInFile]!;
    const plain = columns.map((name) => {
      const cell = lying[name];
      return cell instanceof Date ? BigInt(cell.getTime()) * 1_000_000n : cell;
    });
    expect(joined.map((cell) => (typeof cell === "number" ? BigInt(cell) : cell))).toEqual(
      plain.map((cell) => (typeof cell === "number" ? BigInt(cell) : cell)),
    );
    seen.found++;
    if (file.includes(".compacted-")) seen.compacted++;
  }
  return seen;
}

test("each joined row names the file and row it came from, of loose and compacted days and of several datasets", async () => {
  const total = { found: 0, compacted: 0, nowhere: 0 };
  await fc.assert(
    fc.asyncProperty(evening, async ({ runs, before, cutoffs, knownBy }) => {
      const { storage, bronze, retention } = retentionWorld(memoryStorage());
      let minutes = 0;
      const written: OracleFile[] = [];
      const compactWhen = before === null ? -1 : Math.min(before, runs.length - 1);
      for (const [i, { wait, quotes, out }] of runs.entries()) {
        minutes += wait;
        const own = run(`r${i}`, at(minutes));
        const rows = quotes.map(({ game, book, price, age }) =>
          quote(game, book, i * 10 + price, age === null ? null : at(minutes - age), at(minutes)),
        );
        const { partitions } = await bronze.write("odds_raw", rows, own);
        // Of this very write: a second of the same second is a part beside the first.
        if (partitions.some(({ status }) => status !== "unchanged"))
          written.push({
            rows: rows.map((row) => ({
              ...row,
              as_of_ts: row.as_of_ts === null ? null : ns(row.as_of_ts),
              ingested_ts: ns(row.ingested_ts),
            })),
          });
        const statuses = Object.fromEntries(out.map((player) => [player, `Out ${i}`]));
        if (out.length > 0) await bronze.write("injuries_raw", report(at(minutes), statuses), own);
        if (i === compactWhen)
          await retention.apply(
            await retention.planCompact({ datasets: ["odds_raw"], olderThan: "P1D", into: "day" }),
          );
      }

      const labels = [...cutoffs, minutes + 60].flatMap((cutoff) =>
        GAMES.map((game_id) => ({ game_id, cutoff_ts: at(cutoff) })),
      );
      const options = { on: ["game_id"], cutoff: "cutoff_ts", ...DAYS, ...(knownBy && { knownBy }) } as const;
      const priced = await bronze.joinAsOf(labels, "odds_raw", { ...options, prefix: "odds_" });
      const rows = priced.rows();
      const odds = ["book", "price", "as_of_ts", "ingested_ts"];
      const lines = await assertSources(storage, rows, priced.sources(), odds, "odds_");
      expect(lines.nowhere).toBe(priced.provenance.labels - priced.provenance.labelsMatched);

      // What holds by the rule, by brute force over what was written.
      const held = labels.flatMap(({ game_id, cutoff_ts }) => {
        const question = { cutoff: ns(cutoff_ts), knownBy: knownBy && ns(cutoff_ts) };
        const own = asOf(written, rules, question).rows.filter((row) => row.game_id === game_id);
        return own.length > 0 ? own.map(({ book, price }) => [book, price]) : [[null, null]];
      });
      expect(rows.map(({ odds_book, odds_price }) => [odds_book, odds_price])).toEqual(held);

      // The rows of one join are the labels of the next: each dataset says its own places.
      const both = await bronze.joinAsOf(rows, "injuries_raw", { ...options, prefix: "inj_" });
      const injuries = ["player_id", "status", "report_ts", "as_of_ts", "ingested_ts"];
      const reports = await assertSources(storage, both.rows(), both.sources(), injuries, "inj_");
      for (const source of both.sources()) if (source) expect(source.file).toContain("/injuries_raw/");
      // A timeline answers from all files at once, and names the same places.
      const timeline = await bronze.timeline("odds_raw", DAYS);
      const { from, to, ...asked } = options;
      expect(timeline.joinAsOf(labels, asked).sources()).toEqual(priced.sources());
      for (const seen of [lines, reports]) {
        total.found += seen.found;
        total.compacted += seen.compacted;
        total.nowhere += seen.nowhere;
      }
    }),
    tries({ few: 30, small: 300, large: 6_000, seed: 131 }),
  );
  expect(Math.min(total.found, total.compacted, total.nowhere), JSON.stringify(total)).toBeGreaterThan(10);
});
