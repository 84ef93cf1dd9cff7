import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { BronzeStore, formatInstant, Retention } from "bronzestore";
import type { Bench, Work } from "../support/bench.js";
import { type Ran, runChild } from "../support/child.js";
import { cutoffsOf, type DaySpec, dayFolder, startOfDay } from "../support/data.js";
import { asOfSql, at, columnsOf, filesOf, snapshotSql } from "../support/duck.js";
import { alone, compared, type Figure, type Goal, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";
import { deliver, digestOf } from "./cold.js";

const DATE = "2026-01-15";
const WARM_UPS = 12;

type Columns = Record<string, unknown[]>;

/** A day of 288 runs after compaction, beside the same day in loose files: ours and DuckDB on each. */
export const compacted: Work = {
  name: "compacted",
  async run(bench) {
    return [...(await ofMeaning(bench, "changes")), ...(await ofMeaning(bench, "snapshot"))];
  },
};

async function ofMeaning(bench: Bench, partitionIs: "changes" | "snapshot"): Promise<Figure[]> {
  const day: DaySpec = { date: DATE, missing: partitionIs === "changes" ? 0 : 0.03 };
  const loose = bench.tree([day]);
  const packed = bench.path("tree");
  cpSync(loose, packed, { recursive: true });
  await compact(packed, partitionIs);
  const kind = partitionIs === "changes" ? "a day" : "a day of snapshots";
  const evening = cutoffsOf(DATE, 100)[97]!;
  const hour = startOfDay(DATE) + 45n * 60_000_000_000n;
  const sql = partitionIs === "changes" ? asOfSql : snapshotSql;
  const [onLoose, onPacked] = [filesOf(loose, [day]), packedFile(packed, day)];
  const duck = await bench.duck();
  const ask = async (root: string, cutoff: bigint): Promise<Columns> => {
    const bronze = new BronzeStore({ root, datasets: [odds({ partitionIs })] });
    return deliver(await bronze.asOf(cutoff).read("odds_raw", { date: DATE }));
  };
  const rival = (source: string) => columnsOf(duck, sql(source, at(evening)));
  const beside = async (
    what: string,
    ours: () => Promise<Columns>,
    other: () => Promise<Columns>,
    goal: Goal,
    name?: string,
  ): Promise<Figure> => {
    assertSame(what, digestOf(await ours()), digestOf(await other()));
    const pairs = await inTurn(
      bench.rounds("short"),
      WARM_UPS,
      () => timed(ours),
      () => timed(other),
    );
    return compared({ work: "compacted", what, unit: "ms", goal }, pairs, name);
  };

  const figures = [
    await beside(
      `cold asOf of ${kind}, compacted; DuckDB on the loose files`,
      () => ask(packed, evening),
      () => rival(onLoose),
      { faster: 10 },
    ),
    await beside(
      `cold asOf of ${kind}, compacted; DuckDB on the compacted file`,
      () => ask(packed, evening),
      () => rival(onPacked),
      { faster: 3 },
    ),
    await beside(
      `DuckDB on the compacted file of ${kind}, beside the loose files`,
      () => rival(onPacked),
      () => rival(onLoose),
      { faster: 2.5 },
      "loose",
    ),
    await beside(
      `the first hour of ${kind}, compacted, beside loose files`,
      () => ask(packed, hour),
      () => ask(loose, hour),
      { share: 1.5 },
      "loose",
    ),
    await timesTheFloor(
      bench,
      `cold asOf of ${kind}, compacted: times listing, state, reading and checksumming`,
      () => ask(packed, evening),
      dayFolder(packed, day),
    ),
    alone(
      {
        work: "compacted",
        what: `bytes of ${kind}, compacted, as a share of the loose files`,
        unit: "x",
        goal: { atMost: 0.85 },
      },
      [bytesBelow(dayFolder(packed, day)) / bytesBelow(dayFolder(loose, day))],
    ),
  ];
  // One process of its own is enough: what it pays for is starting.
  if (partitionIs === "changes") figures.push(...(await inOwnProcess(bench, packed, onPacked, evening)));
  return figures;
}

async function compact(root: string, partitionIs: "changes" | "snapshot"): Promise<void> {
  const bronze = new BronzeStore({ root, datasets: [odds({ partitionIs })] });
  const retention = new Retention({ bronze, gold: [] });
  const window = { datasets: ["odds_raw"], before: "2026-02-01", cutoffs: 2 } as const;
  await retention.apply(await retention.planCompact({ ...window, into: "day" }));
}

/** The only data file of a compacted day, as DuckDB takes it. */
function packedFile(root: string, day: DaySpec): string {
  const files = filesBelow(dayFolder(root, day)).filter((path) => path.endsWith(".parquet"));
  if (files.length !== 1) throw new Error(`The day was to be one file, and is ${files.length}.`);
  return `read_parquet('${files[0]}', hive_partitioning = true)`;
}

/** The least that an answer from checked bytes can cost: find the files, read them, sum them. */
async function timesTheFloor(
  bench: Bench,
  what: string,
  ask: () => Promise<unknown>,
  folder: string,
): Promise<Figure> {
  const floor = () => {
    let sum = 0;
    for (const path of filesBelow(folder)) {
      const bytes = readFileSync(path);
      sum ^= path.endsWith(".json") ? createHash("sha256").update(bytes).digest()[0]! : crc32(bytes);
    }
    return sum;
  };
  const pairs = await inTurn(
    bench.rounds("short"),
    WARM_UPS,
    () => timed(ask),
    () => timed(floor),
  );
  return alone(
    { work: "compacted", what, unit: "x", goal: { atMost: 6 } },
    pairs.map(([ours, least]) => ours / least),
  );
}

/** A process that knows nothing of the day, from its start to the answer. */
async function inOwnProcess(bench: Bench, root: string, source: string, cutoff: bigint): Promise<Figure[]> {
  const file = bench.path("request.json");
  const what = "whole process, a compacted day at 23:17";
  const pairs = await inTurn<Ran>(
    bench.quick ? 5 : 11,
    1,
    () =>
      runChild("ours.mjs", file, {
        question: "asOf",
        root,
        zod: "bronzestore/zod",
        days: { date: DATE },
        cutoff: formatInstant(cutoff),
      }),
    () => runChild("duckdb.mjs", file, { queries: [asOfSql(source, at(cutoff))] }),
  );
  for (const [ours, rival] of pairs) assertSame(what, ours, rival);
  return [
    compared(
      { work: "compacted", what, unit: "ms" },
      pairs.map(([ours, rival]) => [ours.wallMs, rival.wallMs]),
    ),
    compared(
      { work: "compacted", what: `${what}: the question alone`, unit: "ms", goal: { faster: 5 } },
      pairs.map(([ours, rival]) => [ours.ms, rival.ms]),
    ),
  ];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function bytesBelow(folder: string): number {
  return filesBelow(folder).reduce((sum, path) => sum + statSync(path).size, 0);
}
