import {
  BronzeStore,
  defineDataset,
  layouts,
  memoryStorage,
  nbaSeason,
  parseInstant,
  type Storage,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { cellReader, openParquet } from "../../src/table/index.js";
import { campaign } from "../campaign.js";
import { storageThrough } from "../storage/storage-through.js";
import { filesIn, injuries, odds, withoutView, withView } from "./feeds.js";

const { count, seed } = campaign({ small: 250, large: 3_000, seed: 611 });

/** Reports as in `feeds.ts`, but of a status that can be unknown. */
const reports = {
  layout: layouts.hourly({ file: "injuries.parquet", latest: true }),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: injuries.schema.extend({ status: z.string().nullable() }),
  key: ["game_id", "player_id"] as const,
  date: { from: "report_ts" as const },
  hour: { from: "report_ts" as const },
  partitionIs: "snapshot" as const,
};
const DATASETS = {
  odds: withView(odds),
  injuries: defineDataset({ ...reports, name: "injuries" }),
  injuriesByGame: defineDataset({ ...reports, name: "injuriesByGame", scope: ["game_id"] }),
};
type Name = keyof typeof DATASETS;

/** Few instants, so that rows and states tie and come late. 17:00 to 17:50 in New York. */
const minute = fc.nat({ max: 5 }).map((ten) => `2026-01-15T22:${ten}0:00Z`);

const quote = fc.record({
  game_id: fc.constantFrom("g1", "g2"),
  book: fc.constantFrom("a", "b"),
  price: fc.option(fc.nat({ max: 99 }), { nil: null }),
  as_of_ts: fc.option(minute, { nil: null }),
  ingested_ts: minute,
});
const runOf = fc.nat({ max: 5 }).map((i) => ({ id: `r${i}`, startedAt: `2026-01-15T22:0${i}:00Z` }));

type Write = { rows: Record<string, unknown>[]; options: Record<string, unknown> };
const oddsWrite: fc.Arbitrary<Write> = fc.record({
  rows: fc.array(quote, { minLength: 1, maxLength: 4 }),
  options: runOf.map((run) => ({ run })),
});
const reportWrite: fc.Arbitrary<Write> = fc
  .record({
    report_ts: minute,
    rows: fc.array(
      fc.record({
        game_id: fc.constantFrom("g1", "g2"),
        player_id: fc.constantFrom("ann", "bob", "cem"),
        status: fc.constantFrom("OUT", "GTD", null),
        as_of_ts: fc.option(minute, { nil: null }),
        ingested_ts: minute,
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ report_ts, rows }) => ({
    rows: rows.map((row) => ({ ...row, report_ts })),
    options: rows.length > 0 ? {} : { snapshot: { time: report_ts } },
  }));
const gameWrite = reportWrite.map(({ rows, options }) =>
  rows.length > 0
    ? { rows, options }
    : { rows, options: { snapshot: { ...(options.snapshot as object), covers: [{ game_id: "g1" }] } } },
);

type Step =
  | { readonly do: "write"; readonly write: Write }
  | { readonly do: "write without view"; readonly write: Write }
  | { readonly do: "write, killed"; readonly write: Write; readonly after: number }
  | { readonly do: "write again" }
  | { readonly do: "lose the view" }
  | { readonly do: "damage the view" };
const steps = (write: fc.Arbitrary<Write>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), write }) },
      fc.record({ do: fc.constant("write without view" as const), write }),
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("write, killed" as const), write, after: fc.nat({ max: 3 }) }),
      },
      fc.constantFrom<Step>({ do: "write again" }, { do: "lose the view" }, { do: "damage the view" }),
    ),
    { minLength: 1, maxLength: 9 },
  );

describe("whatever became of a day's latest view before, after a write it is the rule over the day's history", () => {
  it.each<[Name, fc.Arbitrary<Write>]>([
    ["odds", oddsWrite],
    ["injuries", reportWrite],
    ["injuriesByGame", gameWrite],
  ])("%s", async (name, write) => {
    const dataset = DATASETS[name];
    await fc.assert(
      fc.asyncProperty(steps(write), write, async (before, last) => {
        const storage = memoryStorage();
        for (const step of before) await take(storage, name, step, before);
        await writeTo(storage, name, last);
        const files = await historyOf(storage, dataset.name);
        expect(await viewOf(storage, dataset.name)).toEqual(rule(name, files));
      }),
      { numRuns: count, seed },
    );
  });
});

async function writeTo(storage: Storage, name: Name, { rows, options }: Write, keepsView = true) {
  const own = DATASETS[name] as unknown as typeof odds;
  const dataset = keepsView ? own : withoutView(own);
  const clock = () => parseInstant("2026-01-15T23:00:00Z");
  await new BronzeStore({ storage, datasets: [dataset], clock }).write(dataset.name, rows as never, options);
}

async function take(storage: Storage, name: Name, step: Step, all: readonly Step[]): Promise<void> {
  const [view] = (await filesIn(storage)).filter((path) => !/\/(?:hour|run_ts)=/.test(path));
  switch (step.do) {
    case "write":
      return writeTo(storage, name, step.write);
    case "write without view":
      return writeTo(storage, name, step.write, false);
    case "write again": {
      const earlier = all.slice(0, all.indexOf(step)).findLast((one) => "write" in one);
      if (earlier && "write" in earlier) await writeTo(storage, name, earlier.write);
      return;
    }
    case "write, killed":
      return writeTo(dying(storage, step.after), name, step.write).catch((error) => {
        if (error !== KILLED && error?.cause !== KILLED) throw error;
      });
    case "lose the view":
      if (view !== undefined) await storage.remove(view);
      return;
    case "damage the view":
      if (view !== undefined) await storage.replace(view, (await storage.read(view)).subarray(0, -9).slice());
  }
}

const KILLED = new Error("killed");

/** A storage of a process that dies before its change of this number; its locks go with it. */
function dying(storage: Storage, after: number): Storage {
  let left = after;
  return storageThrough(storage, (call, make) => {
    if (/^(?:publish|replace) /.test(call) && left-- <= 0) throw KILLED;
    if (left < 0 && !call.startsWith("release ")) throw KILLED;
    return make();
  });
}

type Row = Record<string, unknown> & { ingested_ts: bigint; as_of_ts: bigint | null };
interface HistoryFile {
  readonly rows: readonly Row[];
  readonly keyValues: ReadonlyMap<string, string>;
}

async function rowsIn(storage: Storage, path: string): Promise<HistoryFile> {
  const file = openParquet(await storage.read(path), path);
  const columns = [...file.columns.keys()].map(
    (column) => [column, cellReader(file.column(column))] as const,
  );
  const row = (i: number) => Object.fromEntries(columns.map(([column, cell]) => [column, cell(i)])) as Row;
  return { rows: Array.from({ length: file.rowCount }, (_, i) => row(i)), keyValues: file.keyValues };
}

async function historyOf(storage: Storage, dataset: string): Promise<HistoryFile[]> {
  const paths = (await filesIn(storage, `bronze/${dataset}`)).filter((path) =>
    /\/(?:hour|run_ts)=/.test(path),
  );
  return Promise.all(paths.sort().map((path) => rowsIn(storage, path)));
}

async function viewOf(storage: Storage, dataset: string): Promise<Row[]> {
  const [path] = (await filesIn(storage, `bronze/${dataset}`)).filter(
    (one) => !/\/(?:hour|run_ts)=/.test(one),
  );
  return (await rowsIn(storage, path!)).rows.map(withoutRun);
}

/** Views give `run_id` a column once a file of theirs has it. */
function withoutRun({ run_id, ...row }: Row): Row {
  return row as Row;
}

/** The view by brute force. */
function rule(name: Name, files: readonly HistoryFile[]): Row[] {
  const key = DATASETS[name].key as readonly string[];
  const keyOf = (row: Row) => key.map((column) => String(row[column])).join("/");
  const scopeOf = (row: Row) => (name === "injuriesByGame" ? String(row.game_id) : "");
  const all = files.flatMap(({ rows }, file) => rows.map((row) => ({ row, file })));
  const view: Row[] = [];
  for (const own of [...new Set(all.map(({ row }) => keyOf(row)))].sort()) {
    const versions = all.filter(({ row }) => keyOf(row) === own);
    const standing =
      name === "odds" ? files.map((_, i) => i) : since(files, scopeOf(versions[0]!.row), own, scopeOf, keyOf);
    const [newest, ...older] = versions
      .filter(({ file }) => standing.includes(file))
      .map(({ row }) => row)
      .reverse()
      // Stable: what ties stays as it is, the later written first.
      .sort(
        (a, b) =>
          descending(a.as_of_ts ?? a.ingested_ts, b.as_of_ts ?? b.ingested_ts) ||
          descending(a.ingested_ts, b.ingested_ts),
      );
    if (!newest) continue;
    const row = { ...newest };
    for (const column of ["price", "status"])
      if (row[column] === null) row[column] = older.find((one) => one[column] !== null)?.[column] ?? null;
    view.push(withoutRun(row));
  }
  return view;
}

/** Of the states of a scope, newest first, those before the first that lacks the key. */
function since(
  files: readonly HistoryFile[],
  scope: string,
  key: string,
  scopeOf: (row: Row) => string,
  keyOf: (row: Row) => string,
): number[] {
  const states = files
    .map((file, i) => ({ ...file, i, time: timeOf(file), captured: capturedOf(file) }))
    .filter(({ rows, keyValues }) => {
      const covers = JSON.parse(keyValues.get("bronzestore.covers") ?? "[]") as string[][];
      return (
        scope === "" || rows.some((row) => scopeOf(row) === scope) || covers.some(([game]) => game === scope)
      );
    })
    .sort((a, b) => descending(a.time, b.time) || descending(a.captured, b.captured) || b.i - a.i);
  const lacks = states.findIndex(({ rows }) => !rows.some((row) => keyOf(row) === key));
  return states.slice(0, lacks < 0 ? undefined : lacks).map(({ i }) => i);
}

function timeOf({ rows, keyValues }: HistoryFile): bigint {
  const declared = keyValues.get("bronzestore.snapshot_ts");
  return declared === undefined ? (rows[0]!.report_ts as bigint) : parseInstant(declared);
}

function capturedOf({ rows, keyValues }: HistoryFile): bigint {
  const declared = keyValues.get("bronzestore.snapshot_ingested_ts");
  if (declared !== undefined) return parseInstant(declared);
  return rows.map(({ ingested_ts }) => ingested_ts).sort(descending)[0]!;
}

function descending(a: bigint, b: bigint): number {
  return a < b ? 1 : a > b ? -1 : 0;
}
