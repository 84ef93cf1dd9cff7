import {
  BronzeError,
  BronzeStore,
  calendar,
  calendarYear,
  decimal,
  defineConfig,
  defineDataset,
  defineSchedule,
  describePlan,
  describeRunPlan,
  digestInputs,
  doctor,
  domainDate,
  formatInstant,
  formatRunTs,
  GoldStore,
  importFiles,
  instant,
  isBronzeError,
  layouts,
  leakCheck,
  listRuns,
  localDisk,
  memoryStorage,
  nbaSeason,
  parseInstant,
  parseRunTs,
  Retention,
  type Run,
  RunPruning,
  readPointer,
  readRun,
  reportRun,
  type Storage,
  s3Storage,
  seasonStartingIn,
  stageOutput,
  toEpochNs,
  toPrometheus,
  toTemporalInstant,
  withRun,
  writePointer,
  writePrometheus,
} from "bronzestore";
import { clickhouse } from "bronzestore/clickhouse";
import { duckdb } from "bronzestore/duckdb";
import { clickhouseCluster, dialects } from "bronzestore/sql";
import * as z from "zod";
import { startRecording } from "../../src/gold/build/recorder.js";
import { injuries, odds, schedule } from "../bronze/feeds.js";
import { engineOfNothing } from "../engines/engine-of-nothing.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "../gold/slates.js";
import { copyFiles } from "../storage/copy-files.js";

/** A call that works; in tests each part of it is spelt or given otherwise. */
export interface Call {
  readonly args: readonly unknown[];
  run(...args: unknown[]): unknown;
}

const DATE = "2026-01-15";
const NOON = "2026-01-16T12:00:00Z";
const KEY = { game_id: "g1", book: "dk" };
const bytes = new TextEncoder().encode("bytes");
const labels = [{ game_id: "g1", book: "dk", cutoff_ts: TIP, game_date: DATE }];
const DAYS = { from: DATE, to: DATE };
const clock = () => BigInt(Date.parse(NOON)) * 1_000_000n;

/** The pruning of a root with three runs of one hour of the day before, of which the first stays. */
async function prunedRuns() {
  const storage = memoryStorage();
  for (const minute of ["00", "05", "10"]) {
    const at = BigInt(Date.parse(`2026-01-15T12:${minute}:00Z`)) * 1_000_000n;
    await withRun({ storage, name: "live", timeZone: "UTC", clock: () => at }, (run) =>
      run.stage("rows", { output: z.array(z.string()) }, () => [run.id]),
    );
  }
  return new RunPruning({ storage, timeZone: "UTC", gold: [], pointers: [], clock });
}

/** A store of one evening, gold over it, and what their methods give; all in memory. */
async function evening() {
  writtenEvening ??= frozenWorld().then(async (world) => {
    await writeEvening(world);
    return world.storage;
  });
  return await frozenWorld(await copyFiles(await writtenEvening, memoryStorage()));
}

/** Written once: a store is made for each call. */
let writtenEvening: Promise<Storage> | undefined;

/** A call of an object's method. */
function on<Of extends object>(target: Of, method: keyof Of & string, ...args: unknown[]): Call {
  return {
    args,
    run: (...given) => (target[method] as (...args: unknown[]) => unknown).apply(target, given),
  };
}

/** The calls that every answer has. */
function takenOut(
  name: string,
  answer: () => Promise<object>,
  numbers = "price",
): Record<string, () => Promise<Call>> {
  const calls: Record<string, readonly unknown[]> = {
    rows: [{ instants: "iso" }],
    matrix: [[numbers], { type: "float32" }],
    toArrow: [],
    toIPC: [],
    toParquet: [],
    toCSV: [],
    toJSON: [],
    toString: [],
  };
  const lines = Object.entries(calls).map(([method, args]) => {
    const line = async () => on(await answer(), method as never, ...args);
    return [`${name}.${method}`, line] as const;
  });
  return Object.fromEntries(lines);
}

/** A call of a function or of a constructor. */
function call(run: unknown, ...args: unknown[]): Call {
  return { args, run: run as Call["run"] };
}

async function readEvening() {
  const { bronze } = await evening();
  const timeline = await bronze.timeline("odds_raw", { date: DATE });
  return {
    bronze,
    timeline,
    day: await bronze.readBronzeDay("odds_raw", DATE),
    view: bronze.asOf(TIP),
    snapshot: timeline.at(TIP),
    joined: timeline.joinAsOf(labels, { on: ["game_id", "book"], cutoff: "cutoff_ts", prefix: "was_" }),
    moved: timeline.diff(NOON, TIP),
    explained: timeline.explain(KEY, TIP),
  };
}

async function engineView() {
  return (await evening()).bronze.on(engineOfNothing).asOf(TIP);
}

const JOINED = { on: ["game_id"], cutoff: "cutoff_ts", from: "2000-01-01", to: "2000-01-01", prefix: "was_" };

async function joinOnEngine() {
  const { bronze } = await evening();
  return bronze.on(engineOfNothing).joinAsOf(labels as never, "odds_raw", JOINED as never);
}

async function diffOnEngine() {
  const { bronze } = await evening();
  return bronze.on(engineOfNothing).diff("odds_raw", NOON, TIP, { dates: ["2000-01-01"] } as never);
}

async function frozen() {
  const { gold } = await evening();
  await gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP }, build);
  return gold;
}

/** The calls of what a builder records with. */
function recorderCalls(name: string) {
  return {
    [`${name}.note`]: () => on(startRecording().recorder, "note", "model", { depth: [3] }),
    [`${name}.external`]: () =>
      on(startRecording().recorder, "external", "model", { sha256: "0".repeat(64), sizeBytes: 7 }, "a file"),
  };
}

const underWay: (() => void)[] = [];

/** Ends the runs that calls were made of. */
export function endRuns(): void {
  for (const end of underWay.splice(0)) end();
}

/** A run under way. */
function liveRun(storage: Storage = memoryStorage()): Promise<Run<readonly [typeof injuries, typeof odds]>> {
  return new Promise((resolve, reject) => {
    const datasets = [injuries, odds] as const;
    const work = (run: Run<readonly [typeof injuries, typeof odds]>) => {
      resolve(run);
      return new Promise<void>((end) => underWay.push(end));
    };
    const options = { storage, name: "live", timeZone: "America/New_York", datasets, clock };
    withRun({ ...options, gold: { season: nbaSeason } }, work).catch(reject);
  });
}

async function runOverEvening() {
  return liveRun((await evening()).storage);
}

async function onEachStorage(
  folder: string,
  method: keyof Storage & string,
  ...args: unknown[]
): Promise<Call[]> {
  const calls: Call[] = [];
  for (const storage of [memoryStorage(), localDisk(folder)]) {
    await storage.replace("a/b.txt", bytes);
    calls.push(on(storage, method, ...args));
  }
  return calls;
}

async function versions(folder: string) {
  const storages = [memoryStorage(), localDisk(folder)];
  return Promise.all(
    storages.map(async (storage) => {
      await storage.replace("a/b.txt", bytes);
      return (await storage.openVersion!("a/b.txt"))!;
    }),
  );
}

async function locks(folder: string) {
  return [await memoryStorage().locks.lock(".lock"), await localDisk(folder).locks.lock(".lock")];
}

const ON_S3 = {
  bucket: "history",
  prefix: "seasons",
  region: "eu-central-1",
  endpoint: "http://127.0.0.1:9",
  credentials: { accessKeyId: "id", secretAccessKey: "secret" },
  timeoutMs: 1000,
  leaseMs: 1000,
};

const DATASET = {
  name: "quotes",
  schema: z.object({ id: z.string(), report_ts: instant(), as_of_ts: instant() }),
  key: ["id"],
  date: { from: "report_ts" },
  layout: layouts.hourly({ file: "quotes.parquet" }),
  hour: { from: "report_ts" },
  timeZone: "America/New_York",
  season: nbaSeason,
  expect: { every: "PT15M", from: "10:00", to: "01:00", minRows: 1, grace: { minutes: 5 } },
  freshness: { warnAfter: "PT30M", errorAfter: { hours: 2 } },
};
const QUOTE = { ...KEY, price: 1, as_of_ts: "2026-01-15T20:00:00Z" };
const REPORT = { game_id: "g1", player_id: "ada", status: "Out", report_ts: NOON, as_of_ts: NOON };
const RUN_ID = "20260115T234500Z-3f9a1c07";
const PLAN = { datasets: ["odds_raw"], olderThan: "PT1H" };
const PRUNE = { ...PLAN, daysWithoutSlate: true };
const RUNS = { olderThan: "PT1H", locks: [TIP] };
const TRAINING = {
  ...DAYS,
  snapshot: "lock",
  labels: [{ player_id: "ada", minutes: 1 }],
  on: ["player_id"],
  splits: { trainEnd: DATE, valEnd: DATE },
};
const slate = { slate: SLATE, snapshot: "lock", tip: TIP };
let made = 0;

/**
 * How each function and method of the library is called, one line each. `folder` is one of the test's own. A new one
 * without a line fails the tests.
 */
export const CALLS: Readonly<Record<string, (folder: string) => Promise<Call | Call[]> | Call | Call[]>> = {
  "BronzeDay.column": async () => on((await readEvening()).day, "column", "price"),
  ...takenOut("BronzeDay", async () => (await readEvening()).day),
  "BronzeDay.sources": async () => on((await readEvening()).day, "sources"),
  "BronzeDay.timeline": async () => on((await readEvening()).day, "timeline"),
  "BronzeDay.asOf": async () => on((await readEvening()).day, "asOf", TIP, { maxAge: "P1D" }),
  "new BronzeStore": () =>
    call((options: never) => new BronzeStore(options), { storage: memoryStorage(), datasets: [odds], clock }),
  "BronzeStore.write": async () => {
    const { bronze } = await evening();
    const { covers, ...run } = { covers: [], run: { id: "r9", startedAt: NOON } };
    const day = { snapshot: { time: NOON, covers } };
    return [
      on(bronze, "write", "odds_raw", [QUOTE], run),
      on(bronze, "write", "injuries_raw", [REPORT], day),
    ];
  },
  "BronzeStore.readBronzeDay": async () =>
    on((await evening()).bronze, "readBronzeDay", "odds_raw", DATE, { prefer: "history" }),
  "BronzeStore.asOf": async () => on((await evening()).bronze, "asOf", TIP, { knownBy: TIP }),
  "BronzeStore.on": async () => on((await evening()).bronze, "on", engineOfNothing),
  "BronzeStore.sql": async () => {
    const options = { dialect: dialects.duckdb, root: "data", cutoff: TIP, maxAge: { hours: 6 }, ...DAYS };
    return on((await evening()).bronze, "sql", "odds_raw", options);
  },
  "BronzeStore.sqlJoinAsOf": async () => {
    const options = { ...JOINED, dialect: dialects.spark, root: "file:///data", maxAge: { hours: 6 } };
    const query = { query: "SELECT 1", columns: ["won"] };
    return on((await evening()).bronze, "sqlJoinAsOf", query, "odds_raw", options);
  },
  "BronzeOnEngine.asOf": async () =>
    on((await evening()).bronze.on(engineOfNothing), "asOf", TIP, { knownBy: TIP }),
  "BronzeOnEngine.joinAsOf": async () => {
    const bronze = (await evening()).bronze.on(engineOfNothing);
    return on(bronze, "joinAsOf", { query: "SELECT 1" }, "odds_raw", { ...JOINED, maxAge: { hours: 6 } });
  },
  "BronzeStore.sqlDiff": async () =>
    on((await evening()).bronze, "sqlDiff", "odds_raw", NOON, TIP, {
      ...DAYS,
      dialect: dialects.spark,
      root: "file:///data",
      maxAge: { days: 1 },
      knownBy: TIP,
    }),
  "BronzeOnEngine.diff": async () =>
    on((await evening()).bronze.on(engineOfNothing), "diff", "odds_raw", NOON, TIP, {
      dates: ["2000-01-01"],
      maxAge: { days: 1 },
      knownBy: TIP,
    }),
  "EngineDiff.read": async () => on(await diffOnEngine(), "read"),
  "EngineDiff.batches": async () => on(await diffOnEngine(), "batches"),
  "EngineDiff.writeParquet": async () => on(await diffOnEngine(), "writeParquet", "moved.parquet"),
  "EngineJoin.read": async () => on(await joinOnEngine(), "read"),
  "EngineJoin.batches": async () => on(await joinOnEngine(), "batches"),
  "EngineJoin.writeParquet": async () => on(await joinOnEngine(), "writeParquet", "joined.parquet"),
  "EngineView.read": async () =>
    on(await engineView(), "read", "odds_raw", { dates: ["2000-01-01"], maxAge: { days: 1 } }),
  "EngineView.batches": async () => on(await engineView(), "batches", "odds_raw", { dates: ["2000-01-01"] }),
  "EngineView.writeParquet": async () =>
    on(await engineView(), "writeParquet", "odds_raw", "answer.parquet", {
      dates: ["2000-01-01"],
      maxAge: { days: 1 },
    }),
  clickhouse: () =>
    call(clickhouse, {
      root: "s3://data/p",
      cluster: "main",
      query: async () => "",
      command: async () => {},
    }),
  clickhouseCluster: () => call(clickhouseCluster, "main"),
  duckdb: () => call(duckdb, { connect: async () => ({}) }, { root: "data" }),
  "BronzeStore.exportVersions": async () =>
    on(
      (await evening()).bronze,
      "exportVersions",
      "odds_raw",
      { ...DAYS, lookbackDays: 1 },
      { axes: "both", maxAge: { hours: 6 } },
    ),
  "BronzeStore.timeline": async () =>
    on((await evening()).bronze, "timeline", "odds_raw", { ...DAYS, lookbackDays: 1 }),
  "BronzeStore.joinAsOf": async () => {
    const options = { on: ["game_id", "book"], cutoff: "cutoff_ts", date: "game_date", columns: ["price"] };
    return on((await evening()).bronze, "joinAsOf", labels, "odds_raw", options);
  },
  "BronzeStore.dates": async () =>
    on((await evening()).bronze, "dates", "odds_raw", { from: DATE, to: DATE }),
  "BronzeStore.coverage": async () =>
    on((await evening()).bronze, "coverage", "odds_raw", { ...DAYS, repeatedKeys: true }),
  "BronzeStore.freshness": async () => {
    const options = { at: NOON, datasets: ["odds_raw"], lookbackDays: 1 };
    return on((await evening()).bronze, "freshness", options);
  },
  toPrometheus: async () => {
    const { bronze } = await evening();
    return call(toPrometheus, {
      freshness: await bronze.freshness(),
      coverage: [await bronze.coverage("odds_raw", DAYS)],
    });
  },
  writePrometheus: async (folder) =>
    call(writePrometheus, `${folder}/a.prom`, { freshness: await (await evening()).bronze.freshness() }),
  "BronzeStore.dataset": async () => on((await evening()).bronze, "dataset", "odds_raw"),
  "BronzeStore.toString": async () => on((await evening()).bronze, "toString"),
  "BronzeView.toString": async () => on((await readEvening()).view, "toString"),
  "BronzeView.read": async () =>
    on((await readEvening()).view, "read", "odds_raw", { dates: [DATE], maxAge: { days: 1 } }),
  decimal: () => call(decimal, 12, 2),
  defineConfig: () => {
    const gold = { timeZone: "America/New_York", knownBy: "cutoff", slate: { key: ["day"], dateKey: "day" } };
    return call(defineConfig, { root: "data", datasets: [], gold });
  },
  defineDataset: () => call(defineDataset, DATASET),
  defineSchedule: () =>
    call(defineSchedule, [{ game_id: "g1", tip_ts: TIP }], { timeZone: "America/New_York" }),
  domainDate: () => call(domainDate),
  formatRunTs: () => call(formatRunTs, 0n),
  "layouts.hourly": () => on(layouts, "hourly", { file: "a.parquet" }),
  "layouts.perRun": () => on(layouts, "perRun", { file: "a.parquet" }),
  "layouts.daily": () => on(layouts, "daily", { file: "a.parquet" }),
  instant: () => call(instant),
  parseRunTs: () => call(parseRunTs, "20260115T234500Z"),
  "Schedule.gameDate": () => on(schedule, "gameDate", "game_id"),
  importFiles: async () => {
    const { bronze } = await evening();
    const options = {
      columns: { price: { from: "price" } },
      ignoreColumns: ["note"],
      ingestedAt: NOON,
      run: { id: "r9", startedAt: NOON },
      format: "csv",
      delimiter: ",",
      onImported: "throw",
      rowsPerWrite: 10,
      dryRun: false,
    };
    return call(importFiles as never, bronze, "odds_raw", "test/exchange/odds.csv", options);
  },
  doctor: async () => {
    const { storage } = await evening();
    return call(doctor, { storage }, { datasets: [odds, injuries], fix: false, clock });
  },
  "new BronzeError": () =>
    call((...args: never[]) => Reflect.construct(BronzeError, args), "NOT_FOUND", "gone"),
  "BronzeError.toJSON": () => on(new BronzeError("NOT_FOUND", "gone"), "toJSON"),
  isBronzeError: () => call(isBronzeError, new Error("other"), "NOT_FOUND"),
  describePlan: async () => call(describePlan, await (await evening()).retention.planPrune(PRUNE as never)),
  "new GoldStore": async () => {
    const { bronze, storage } = await evening();
    const snapshots = { lock: "PT15M", pretip: { minutes: 0 } };
    const options = { bronze, storage, snapshots, timeZone: "America/New_York", clock };
    return call((options: never) => new GoldStore(options), options);
  },
  "GoldStore.toString": async () => on((await evening()).gold, "toString"),
  "GoldStore.freeze": async () => on((await evening()).gold, "freeze", { ...slate, parameters: {} }, build),
  "GoldStore.read": async () => on(await frozen(), "read", SLATE, { snapshot: "lock" }),
  "GoldStore.manifest": async () => on(await frozen(), "manifest", SLATE, { snapshot: "lock" }),
  "GoldStore.list": async () => on(await frozen(), "list", { ...DAYS, snapshot: "lock" }),
  "GoldStore.foreign": async () => on(await frozen(), "foreign"),
  "GoldStore.verify": async () => on(await frozen(), "verify", SLATE, { snapshot: "lock" }),
  "GoldStore.verifyAll": async () => on(await frozen(), "verifyAll", { ...DAYS, snapshot: "lock" }),
  "GoldStore.attestAll": async () => on(await frozen(), "attestAll", { ...DAYS, snapshot: "lock" }),
  "GoldStore.attest": async () => on(await frozen(), "attest", SLATE, { snapshot: "lock", revision: 1 }),
  ...recorderCalls("BuildContext"),
  ...recorderCalls("BuildRecorder"),
  "GoldStore.replay": async () =>
    on(await frozen(), "replay", SLATE, { snapshot: "lock", revision: 1 }, build),
  "GoldStore.leakCheck": async () =>
    on((await evening()).gold, "leakCheck", slate, build, { seed: 2, days: { date: DATE } }),
  "GoldStore.freezeDue": async () =>
    on((await evening()).gold, "freezeDue", schedule, build, { snapshots: ["lock"], onEvent: () => {} }),
  "GoldStore.backfill": async () => on((await evening()).gold, "backfill", schedule, build, DAYS),
  "GoldStore.trainingSet": async () => {
    const gold = await frozen();
    const perSlate = { ...TRAINING, labels: () => TRAINING.labels };
    return [
      on(gold, "trainingSet", { ...TRAINING, version: "v1" }),
      on(gold, "trainingSet", { ...perSlate, version: "v2" }),
    ];
  },
  "GoldStore.readTrainingSet": async () => {
    const gold = await frozen();
    await gold.trainingSet({ ...TRAINING, version: "v1" });
    return on(gold, "readTrainingSet", "v1");
  },
  "new Retention": async () => {
    const { bronze, gold } = await evening();
    return call((options: never) => new Retention(options), { bronze, gold: [gold], forget: [], clock });
  },
  "Retention.toString": async () => on((await evening()).retention, "toString"),
  "Retention.planPrune": async () =>
    on((await evening()).retention, "planPrune", {
      ...PRUNE,
      cutoffs: 2,
      locks: [TIP],
      tips: { schedule, snapshots: { lock: "PT15M" } },
    }),
  "Retention.planCompact": async () => {
    const { retention } = await evening();
    return [
      on(retention, "planCompact", { ...PLAN, cutoffs: 2, into: "day" }),
      on(retention, "planCompact", { ...PRUNE, keep: "last-run-of-hour" }),
    ];
  },
  "Retention.apply": async () => {
    const { retention } = await evening();
    return on(retention, "apply", await retention.planPrune(PRUNE as never));
  },
  "Retention.emptyTrash": async () => on((await evening()).retention, "emptyTrash", { olderThan: "P1D" }),
  "Retention.restore": async () => {
    const { retention } = await evening();
    const plan = await retention.planPrune(PRUNE as never);
    await retention.apply(plan);
    const again = async (id: never) => {
      const restored = await retention.restore(id);
      await retention.apply(plan);
      return restored;
    };
    return call(again, plan.id);
  },
  describeRunPlan: async () => call(describeRunPlan, await (await prunedRuns()).plan(RUNS as never)),
  "new RunPruning": async () => {
    const { bronze, gold } = await evening();
    const place = { storage: bronze.storage, timeZone: "UTC" };
    return call((options: never) => new RunPruning(options), {
      ...place,
      gold: [gold],
      pointers: [],
      forget: [],
      clock,
    });
  },
  "RunPruning.toString": async () => on(await prunedRuns(), "toString"),
  "RunPruning.plan": async () => {
    const tips = { schedule, snapshots: { lock: "PT15M" } };
    return on(await prunedRuns(), "plan", { ...RUNS, tips, firstOfHour: false, records: true });
  },
  "RunPruning.apply": async () => {
    const pruning = await prunedRuns();
    return on(pruning, "apply", await pruning.plan(RUNS as never));
  },
  "RunPruning.emptyTrash": async () => on(await prunedRuns(), "emptyTrash", { olderThan: "P1D" }),
  "RunPruning.restore": async () => {
    const pruning = await prunedRuns();
    const plan = await pruning.plan(RUNS as never);
    await pruning.apply(plan);
    const again = async (id: never) => {
      const restored = await pruning.restore(id);
      await pruning.apply(plan);
      return restored;
    };
    return call(again, plan.id);
  },
  "LeakContext.root": async () => {
    const { bronze } = await evening();
    const rooted = async (at: never, context: { root(): Promise<string> }) => {
      await context.root();
      return build(at, { slate: SLATE } as never);
    };
    const work = async () => {
      await leakCheck(rooted as never, { bronze, cutoffs: [TIP] });
    };
    return call(work);
  },
  leakCheck: async () => {
    const { bronze } = await evening();
    const days = { date: DATE, lookbackDays: 1 };
    const options = { bronze, cutoffs: [TIP], knownBy: "cutoff", seed: 1, days };
    return call(leakCheck, (at: never) => build(at, { slate: SLATE } as never), options);
  },
  digestInputs: async () => {
    const { snapshot } = await readEvening();
    return call(digestInputs, { lines: snapshot }, { ignore: ["as_of_ts"] });
  },
  "Run.toString": async () => on(await liveRun(), "toString"),
  "Run.cutoffFor": async () => on(await liveRun(), "cutoffFor", TIP),
  "Run.stage": async () => {
    const run = await liveRun();
    const scrape = await run.stage("scrape", {}, () => 1);
    const once = (name: unknown, ...rest: never[]) =>
      Reflect.apply(run.stage, run, [name === "score" ? `score-${++made}` : name, ...rest]);
    return call(once, "score", { needs: { scrape }, output: z.number() }, () => 2);
  },
  "Run.writePointer": async () => {
    const run = await liveRun();
    const output = await run.stage("scrape", {}, () => 1);
    const options = { outputs: [output], inputsDigest: "d", fields: { rows: 1 }, force: true };
    return on(run, "writePointer", "silver/latest.json", options);
  },
  "Run.readPointer": async () => on(await liveRun(), "readPointer", "latest.json", { maxAge: "PT1H" }),
  "Run.stopIfUnchanged": async () => {
    const options = { digest: "d", since: undefined, deadlines: [TIP], every: "PT5M", slack: { minutes: 1 } };
    return on(await liveRun(), "stopIfUnchanged", options);
  },
  "RunBronze.write": async () => {
    const { bronze } = await liveRun();
    const snapshot = { time: NOON };
    return [
      on(bronze, "write", "odds_raw", [QUOTE], {}),
      on(bronze, "write", "injuries_raw", [REPORT], { snapshot }),
    ];
  },
  "RunBronze.asOf": async () => on((await liveRun()).bronze, "asOf", TIP, { knownBy: TIP }),
  "RunGold.freeze": async () => on((await runOverEvening()).gold, "freeze", slate, build),
  "RunGold.freezeDue": async () => on((await runOverEvening()).gold, "freezeDue", schedule, build, {}),
  "RunGold.backfill": async () => on((await runOverEvening()).gold, "backfill", schedule, build, DAYS),
  "RunPaths.output": async () => on((await liveRun()).paths, "output", "scrape"),
  "RunPaths.file": async () => on((await liveRun()).paths, "file", "notes", "a.txt"),
  "RunPaths.onDisk": async (folder) => {
    const { value } = await withRun(
      { root: folder, name: "live", timeZone: "America/New_York" },
      ({ paths }) => paths,
    );
    return on(value, "onDisk", "a.txt");
  },
  readPointer: () =>
    call(readPointer, { storage: memoryStorage() }, "latest.json", { maxAge: "PT1H", now: NOON }),
  listRuns: async () => {
    const storage = memoryStorage();
    await withRun({ storage, name: "live", timeZone: "America/New_York", clock }, () => 1);
    return call(listRuns, { storage }, { from: "2026-01-01", to: "2026-12-31", newest: 5 });
  },
  readRun: async () => {
    const storage = memoryStorage();
    const { runId } = await withRun({ storage, name: "live", timeZone: "America/New_York", clock }, () => 1);
    return call(readRun, { storage }, runId, { timeZone: "America/New_York" });
  },
  reportRun: () => call(reportRun, { isTTY: false, write: () => true }),
  "StageContext.wrote": async () => {
    const run = await liveRun();
    const { value } = await run.stage("scrape", {}, (_, stage) => stage);
    return on(value, "wrote", { rows: 1, bytes: 2 });
  },
  stageOutput: () => call(stageOutput, "minutes", z.number(), { run: RUN_ID }),
  withRun: () => {
    const gold = { snapshots: { lock: "PT15M" } };
    const options = {
      name: "live",
      timeZone: "America/New_York",
      onHeld: "wait",
      waitFor: "PT0S",
      datasets: [odds],
      gold,
      clock,
    };
    return call(withRun, { storage: memoryStorage(), ...options }, () => 1);
  },
  writePointer: () => {
    const target = { run_id: RUN_ID, run_as_of_ts: "2026-01-15T23:45:00Z", fields: { rows: 1 } };
    return call(writePointer, { storage: memoryStorage() }, "latest.json", target, { now: NOON });
  },
  localDisk: (folder) => call(localDisk, folder),
  memoryStorage: () => call(memoryStorage),
  s3Storage: () => call(s3Storage, ON_S3),
  "Storage.list": (folder) => onEachStorage(folder, "list", "a"),
  "Storage.read": (folder) => onEachStorage(folder, "read", "a/b.txt"),
  "Storage.stat": (folder) => onEachStorage(folder, "stat", "a/b.txt"),
  "Storage.listTree": async () => {
    const storage = memoryStorage();
    await storage.replace("a/b.txt", bytes);
    return on(storage, "listTree" as never, "a", 1);
  },
  "Storage.openVersion": (folder) => onEachStorage(folder, "openVersion", "a/b.txt", 1),
  "OpenedVersion.read": async (folder) => (await versions(folder)).map((opened) => on(opened, "read", 0, 1)),
  "OpenedVersion.close": async (folder) => (await versions(folder)).map((opened) => on(opened, "close")),
  "Storage.watch": (folder) => on(localDisk(folder), "watch" as never, () => {}),
  "Storage.publish": (folder) => onEachStorage(folder, "publish", "a/c.txt", bytes),
  "Storage.replace": (folder) => onEachStorage(folder, "replace", "a/c.txt", bytes),
  "Storage.swap": (folder) => onEachStorage(folder, "swap", "a/c.txt", undefined, bytes),
  "Storage.remove": (folder) => onEachStorage(folder, "remove", "a/c.txt"),
  "Locks.lock": (folder) =>
    [memoryStorage(), localDisk(folder)].map(({ locks }) => on(locks, "lock", "a/.lock", { waitMs: 0 })),
  "StorageLock.describe": async (folder) =>
    (await locks(folder)).map((lock) => on(lock, "describe", { run: "r1" })),
  "StorageLock.isLost": async (folder) => on(await localDisk(folder).locks.lock(".lock"), "isLost" as never),
  "StorageLock.release": async (folder) =>
    (await locks(folder)).map((lock) => on(lock, "release", { unsettled: false })),
  "Calendar.date": () => on(calendar("America/New_York"), "date", 0n),
  "Calendar.hour": () => on(calendar("America/New_York"), "hour", 0n),
  "Calendar.startOfDay": () => on(calendar("America/New_York"), "startOfDay", DATE),
  "Calendar.endOfDay": () => on(calendar("America/New_York"), "endOfDay", DATE),
  "Calendar.hoursInDay": () => on(calendar("America/New_York"), "hoursInDay", DATE),
  "Calendar.offsetNs": () => on(calendar("America/New_York"), "offsetNs", 0n),
  calendar: () => call(calendar, "America/New_York"),
  calendarYear: () => call(calendarYear, DATE),
  formatInstant: () => call(formatInstant, 0n),
  nbaSeason: () => call(nbaSeason, DATE),
  parseInstant: () => call(parseInstant, TIP),
  seasonStartingIn: () => call(seasonStartingIn, 8),
  toEpochNs: () => call(toEpochNs, TIP, "cutoff"),
  toTemporalInstant: () => call(toTemporalInstant, 0n),
  ...takenOut("AsOfJoin", async () => (await readEvening()).joined, "was_price"),
  "AsOfJoin.column": async () => on((await readEvening()).joined, "column", "was_price"),
  "AsOfJoin.sources": async () => on((await readEvening()).joined, "sources"),
  "Diff.toString": async () => on((await readEvening()).moved, "toString"),
  "Diff.toJSON": async () => on((await readEvening()).moved, "toJSON"),
  "Explanation.toJSON": async () => on((await readEvening()).explained, "toJSON"),
  "Explanation.toString": async () => on((await readEvening()).explained, "toString"),
  ...takenOut("Snapshot", async () => (await readEvening()).snapshot),
  "Snapshot.sources": async () => on((await readEvening()).snapshot, "sources"),
  "Snapshot.get": async () => on((await readEvening()).snapshot, "get", KEY),
  "Snapshot.column": async () => on((await readEvening()).snapshot, "column", "price"),
  "Timeline.at": async () => on((await readEvening()).timeline, "at", TIP, { maxAge: { hours: 6 } }),
  "Timeline.sweep": async () => on((await readEvening()).timeline, "sweep", [TIP], { knownBy: TIP }),
  "Timeline.joinAsOf": async () => {
    const options = { on: ["game_id"], cutoff: "cutoff_ts", columns: ["price"], maxAge: "P1D" };
    return on((await readEvening()).timeline, "joinAsOf", labels, options);
  },
  "Timeline.keys": async () => on((await readEvening()).timeline, "keys"),
  "Timeline.history": async () => on((await readEvening()).timeline, "history", KEY),
  "Timeline.explain": async () => on((await readEvening()).timeline, "explain", KEY, TIP, {}),
  "Timeline.diff": async () => on((await readEvening()).timeline, "diff", NOON, TIP, {}),
  "Timeline.changePoints": async () =>
    on((await readEvening()).timeline, "changePoints", { knownBy: "cutoff", maxAge: "PT6H" }),
  "Timeline.steps": async () =>
    on((await readEvening()).timeline, "steps", KEY, { knownBy: TIP, maxAge: "PT6H" }),
  "Timeline.toString": async () => on((await readEvening()).timeline, "toString"),
};
