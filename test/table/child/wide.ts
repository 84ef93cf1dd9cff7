/**
 * Counts the work that files of few and of twice as many columns cost, stage by stage: how often V8 entered any block
 * of the library's code or of hyparquet's, and how many items searches in arrays looked at. Run in a process of its own, because blocks are only counted in code that is
 * loaded after the counting began. Argument: how many columns. Prints counts by stage, for that many and for twice.
 */
import { Session } from "node:inspector";

// Searches in arrays are native, so they are counted here, as if each looked at all of its array.
let searched = 0;
for (const search of ["includes", "indexOf"] as const) {
  const native = Array.prototype[search] as (...args: unknown[]) => never;
  Array.prototype[search] = function (this: unknown[], ...args: unknown[]) {
    searched += this.length;
    return native.apply(this, args);
  };
}

const session = new Session();
session.connect();
post("Profiler.enable");
post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

const { BronzeStore, defineDataset, layouts, nbaSeason } = await import("../../../src/index.ts");
const { memoryStorage } = await import("../../../src/storage/index.ts");
const table = await import("../../../src/table/index.ts");
const { z } = await import("zod");

const few = Number(process.argv[2]);
await workOf(8); // what is made once a process
console.log(JSON.stringify({ few: await workOf(few), twice: await workOf(2 * few) }));

async function workOf(columnCount: number): Promise<Record<string, number>> {
  const { columnFromCells, encodeParquet, openParquet, unifyColumns } = table;
  const work: Record<string, number> = {};
  async function stage<T>(name: string, run: () => T | Promise<T>): Promise<T> {
    blocksEntered();
    const result = await run();
    work[name] = blocksEntered();
    return result;
  }

  const instants = columnFromCells(table.INSTANT, [1_768_521_600_000_000_000n, 1_768_521_600_000_000_001n]);
  const number = columnFromCells({ kind: "float", bits: 64 }, [1.5, null]);
  const list = columnFromCells({ kind: "list", item: { kind: "int", bits: 32, signed: true } }, [[1, 2], []]);
  const columns = [
    { name: "id", column: columnFromCells({ kind: "text" }, ["a", "b"]) },
    { name: "as_of_ts", column: instants },
    { name: "ingested_ts", column: instants },
    ...Array.from({ length: columnCount }, (_, i) => ({
      name: `c${i}`,
      column: i % 10 === 9 ? list : i % 10 === 8 ? instants : number,
    })),
  ];
  const first = await stage("encode", () => encodeParquet(columns, undefined, ["id"]));
  const second = encodeParquet(columns.slice(0, -1), undefined, ["id"]);

  const file = await stage("open", () => openParquet(first, "a.parquet"));
  const other = openParquet(second, "b.parquet");
  await stage("unite", () => unifyColumns([file, other]));
  await stage("statistics", () => {
    for (const name of file.columns.keys()) file.timestampRange(name);
  });
  await stage("every column", () => {
    for (const name of file.columns.keys()) file.column(name);
  });

  const dataset = defineDataset({
    name: "wide",
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    key: ["id"],
    schema: z.object({ id: z.string(), day: z.iso.date().nullable() }),
    date: { from: "day" },
    timestamps: { asOf: null },
  });
  const storage = memoryStorage();
  const day = "bronze/wide/season=2025/date=2026-01-15";
  await storage.publish(`${day}/run_ts=20260116T000000Z/data.parquet`, first);
  await storage.publish(`${day}/run_ts=20260116T000001Z/data.parquet`, second);
  const bronze = new BronzeStore({ storage, datasets: [dataset] });
  const date = "2026-01-15";
  const view = bronze.asOf("2026-01-17T00:00:00Z");
  const snapshot = await stage("a question", () => view.read("wide", { date }));
  await stage("its rows", () => snapshot.rows());
  await stage("its columns", () => {
    for (const name of snapshot.columns) (snapshot.column as (name: string) => unknown)(name);
  });
  await stage("its Arrow table", () => snapshot.toArrow());
  const whole = await stage("a day", () => bronze.readBronzeDay("wide", date));
  await stage("its rows in full", () => whole.rows());
  await stage("its columns in full", () => {
    for (const name of whole.columns) (whole.column as (name: string) => unknown)(name);
  });
  // Its columns are of the files, not of the schema, so the types do not know them.
  const on = { on: ["id"], cutoff: "at", date: "day", columns: columns.slice(3).map(({ name }) => name) };
  const labels = [{ id: "a", at: "2026-01-17T00:00:00Z", day: date }];
  const joined = await stage("a join", () => bronze.joinAsOf(labels, "wide", on as never));
  await stage("the join's rows", () => (joined as { rows(): unknown }).rows());
  await stage("the join's columns", () => {
    for (const name of joined.columns) (joined as { column(name: string): unknown }).column(name);
  });
  return work;
}

function blocksEntered(): number {
  let entered = searched;
  searched = 0;
  const { result } = post("Profiler.takePreciseCoverage") as {
    result: { url: string; functions: { ranges: { count: number }[] }[] }[];
  };
  for (const { url, functions } of result) {
    if (!/\/src\/|\/hyparquet/.test(url)) continue;
    for (const { ranges } of functions) for (const { count } of ranges) entered += count;
  }
  return entered;
}

/** Calls to a session of one's own thread are answered before they return. */
function post(method: string, params: object = {}): unknown {
  let answer: unknown;
  session.post(method, params, (error: Error | null, result: unknown) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
}
