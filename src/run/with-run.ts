import { BronzeStore } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { GOLD_SETUP, GoldStore, type GoldStoreOptions } from "../gold/index.js";
import {
  assertIs,
  assertOptions,
  callback,
  given,
  group,
  type OptionTable,
  oneOf,
  required,
  text,
  zoneName,
} from "../options.js";
import { assertName, locksOf, type Storage, type StorageLock, sayRemedy } from "../storage/index.js";
import { type RunMessage, traced } from "../telemetry/index.js";
import {
  calendar,
  clockOf,
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
  toEpochNs,
} from "../time/index.js";
import { markAbandoned } from "./abandoned.js";
import { type Interrupts, watchInterrupts } from "./interrupts.js";
import { Recorder, tell } from "./recorder.js";
import { Run } from "./run.js";
import type { RunEvent } from "./run-events.js";
import { newRunId } from "./run-id.js";
import { DEFAULT_LOCK, runPaths } from "./run-paths.js";
import { PLACE_OPTIONS, type RunPlace, storageOf } from "./run-place.js";

/**
 * How to run.
 *
 * @category Runs
 */
export type WithRunOptions<Datasets extends readonly AnyDataset[] = readonly []> = RunPlace & {
  /** What the pipeline is called, in its run files and events. */
  readonly name: string;
  /** The datasets of `run.bronze`. Default: none. */
  readonly datasets?: Datasets;
  /** How `run.gold` is set up, as for `GoldStore`; its `timeZone` is the run's unless it has one of its own. */
  readonly gold?: Pick<GoldStoreOptions<Datasets>, "schema" | "slate" | "snapshots" | "season" | "gitSha"> &
    Partial<Pick<GoldStoreOptions<Datasets>, "timeZone">>;
  /** What the run may know. Default: the moment it got the lock. A later moment than that is refused. */
  readonly cutoff?: InstantLike;
  /**
   * Lock file, relative to the root. Default: `runs/.lock`, the same for all runs of a root, so that pipelines which
   * write the same files exclude each other without being told to.
   */
  readonly lock?: string;
  /** What to do while someone else holds the lock. Default: `fail`. */
  readonly onHeld?: "skip" | "wait" | "fail";
  /** How long to `wait`. Default: a minute. */
  readonly waitFor?: DurationLike;
  /** Told of each step; `reportRun()` prints them. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Zone of the day that the run's files lie under, which `readRun` is told too. IANA name. */
  readonly timeZone: string;
  /** The present, in epoch nanoseconds; one that gives none is `INVALID_INSTANT` wherever it is asked. Default: the system clock. */
  readonly clock?: () => bigint;
};

/**
 * A run that came to its end.
 *
 * @category Runs
 */
export interface EndedRun<T> {
  readonly status: "completed" | "unchanged";
  readonly runId: string;
  /** What the function returned. */
  readonly value: T;
}

/**
 * What came of it.
 *
 * @category Runs
 */
export type RunResult<T> =
  | EndedRun<T>
  | {
      readonly status: "skipped";
      /** What the holder of the lock says of itself; `flock(1)` says nothing. */
      readonly holder: string | undefined;
    };

/**
 * Runs a pipeline: takes the lock, makes one id and one cutoff, hands `fn` the run, and gives the lock back on every way
 * out. The lock is the kernel's, on a file that `flock(1)` locks too; it falls when the process dies, however it dies.
 *
 * What the run did is in `runs/<date>/<run id>.json`. SIGTERM and SIGINT abort `run.signal`, give the work two seconds to
 * end, write the run file, and end the process as the signal would have.
 *
 * What the run itself scrapes is captured after its cutoff: it reads such rows by their `as_of_ts`, and leaves rows without
 * one to the next run.
 *
 * @throws BronzeError of the question, `INVALID_ARGUMENT`, also for a cutoff that has not come, `INVALID_PATH` for
 * the name or the lock, `INVALID_INSTANT`, `INVALID_DURATION`, `INVALID_TIME_ZONE` and `INVALID_DATASET`; of the
 * lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the run, `LOCK_LOST`, `RUN_INTERRUPTED` and
 * `RUN_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. Whatever `fn` throws goes through
 * @example
 * ```ts
 * const result = await withRun(
 *   {
 *     root: "data", name: "live-score", timeZone: "America/New_York",
 *     datasets: [injuries, odds], onHeld: "skip", onEvent: reportRun(),
 *   },
 *   async (run) => {
 *     const scrape = await run.stage("scrape", {}, async () => run.bronze.write("injuries_raw", await report()));
 *     const out = await run.stage("score", { needs: { scrape }, output: scores }, async () => score(run.bronze.asOf()));
 *     await run.writePointer("projections/latest_run.json", { outputs: [out] });
 *   },
 * );
 * result.status; // "completed", or "skipped" when another run was under way
 * ```
 * @category Runs
 */
export function withRun<T, const Datasets extends readonly AnyDataset[] = readonly []>(
  options: WithRunOptions<Datasets> & { readonly onHeld?: "fail" | "wait" },
  fn: (run: Run<Datasets>) => T | Promise<T>,
): Promise<EndedRun<T>>;
/**
 * With `onHeld: "skip"`: where another run is under way, nothing is run, and the result says so.
 *
 * @throws BronzeError of the question, `INVALID_ARGUMENT`, also for a cutoff that has not come, `INVALID_PATH` for
 * the name or the lock, `INVALID_INSTANT`, `INVALID_DURATION`, `INVALID_TIME_ZONE` and `INVALID_DATASET`; of the
 * lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the run, `LOCK_LOST`, `RUN_INTERRUPTED` and
 * `RUN_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. Whatever `fn` throws goes through
 * @category Runs
 */
export function withRun<T, const Datasets extends readonly AnyDataset[] = readonly []>(
  options: WithRunOptions<Datasets>,
  fn: (run: Run<Datasets>) => T | Promise<T>,
): Promise<RunResult<T>>;
export async function withRun<T, const Datasets extends readonly AnyDataset[] = readonly []>(
  options: WithRunOptions<Datasets>,
  fn: (run: Run<Datasets>) => T | Promise<T>,
): Promise<RunResult<T>> {
  assertWithRunOptions(options);
  assertIs(fn, callback, "What withRun runs");
  const storage = storageOf(options, "withRun");
  return traced(
    "bronzestore:run",
    () => ({ name: options.name, lock: options.lock ?? DEFAULT_LOCK }),
    async (message): Promise<RunResult<T>> => {
      const lock = await takeLock(storage, options);
      if ("holder" in lock) return { status: "skipped", holder: lock.holder };
      // A run releases its lock itself; this is for failures before there is a run.
      return await underLock(storage, lock, options, fn, message).finally(() => lock.release());
    },
    ({ status }) => ({ status }),
  );
}

const OPTIONS: OptionTable<WithRunOptions<readonly AnyDataset[]>> = {
  ...PLACE_OPTIONS,
  name: required(given),
  datasets: { is: "a list of what defineDataset made", accepts: Array.isArray },
  gold: group({ ...GOLD_SETUP, timeZone: zoneName }),
  cutoff: given,
  lock: text,
  onHeld: oneOf("skip", "wait", "fail"),
  waitFor: given,
  onEvent: callback,
  timeZone: required(zoneName),
  clock: callback,
};

function assertWithRunOptions(options: WithRunOptions<readonly AnyDataset[]>): void {
  assertOptions(options, OPTIONS, "withRun");
  assertName(options.name, "run name");
  calendar(options.timeZone);
  if (options.waitFor !== undefined && options.onHeld !== "wait")
    throw new BronzeError("INVALID_ARGUMENT", 'waitFor has no meaning without onHeld: "wait".');
}

async function takeLock(
  storage: Storage,
  options: WithRunOptions<readonly AnyDataset[]>,
): Promise<StorageLock | { readonly holder: string | undefined }> {
  const { lock = DEFAULT_LOCK, onHeld = "fail", waitFor, onEvent, name } = options;
  const waitMs = onHeld === "wait" ? (waitFor === undefined ? 60_000 : waitMsOf(waitFor)) : 0;
  try {
    return await locksOf(storage, "a run").lock(lock, { waitMs });
  } catch (error) {
    if (!isBronzeError(error, "LOCK_HELD")) throw error;
    if (onHeld !== "skip") throw sayRemedy(error, HELD_REMEDIES[onHeld]);
    const holder = error.details.holder as string | undefined;
    const at = formatInstant(clockOf(options.clock)());
    tell(onEvent, { event: "run-skipped", name, run_id: null, at, ...(holder !== undefined && { holder }) });
    return { holder };
  }
}

const HELD_REMEDIES = {
  fail: 'wait for it with onHeld: "wait", or leave this run out with onHeld: "skip"',
  wait: "wait longer with waitFor, or let the holder finish",
};

function waitMsOf(waitFor: DurationLike): number {
  return Math.ceil(Number(toDurationNs(waitFor, "waitFor")) / 1e6);
}

async function underLock<T, const Datasets extends readonly AnyDataset[]>(
  storage: Storage,
  lock: StorageLock,
  options: WithRunOptions<Datasets>,
  fn: (run: Run<Datasets>) => T | Promise<T>,
  message: RunMessage | undefined,
): Promise<EndedRun<T>> {
  const beganMs = performance.now();
  const { name, onEvent, timeZone } = options;
  const clock = clockOf(options.clock);
  const lockPath = options.lock ?? DEFAULT_LOCK;
  const startedAt = clock();
  const cutoff = cutoffOf(options.cutoff, startedAt);
  const id = newRunId(startedAt);
  if (message) message.runId = id;
  await markAbandoned(storage, lock.left, { timeZone, lock: lockPath, now: startedAt });
  lock.describe({ run: id, name });
  const paths = runPaths(id, { timeZone, lock: lockPath, root: options.root });
  const recorder = new Recorder(
    { id, name, cutoff, startedAt, lock: lockPath },
    { storage, path: paths.record, clock, onEvent },
  );
  const bronze = new BronzeStore({ storage, datasets: options.datasets ?? ([] as never), clock });
  const gold = new GoldStore({
    ...options.gold,
    timeZone: options.gold?.timeZone ?? timeZone,
    storage,
    bronze,
    clock,
  });
  const run = new Run({
    id,
    name,
    startedAt,
    cutoff,
    paths,
    storage,
    bronze,
    gold,
    timeZone,
    clock,
    recorder,
    isLockLost: () => lock.isLost?.() ?? false,
  } as const);
  const interrupts = watchInterrupts((error) => run.close(error));
  try {
    await recorder.start();
    const value = await runToEnd(run as Run<Datasets>, fn, interrupts, recorder, beganMs);
    return { status: recorder.status === "unchanged" ? "unchanged" : "completed", runId: id, value };
  } finally {
    interrupts.stop();
    // If the file could not record how the run ended, the next holder of the lock will do so.
    await lock.release({ unsettled: !recorder.isSettled });
    if (interrupts.by !== undefined) interrupts.die();
  }
}

async function runToEnd<T, Datasets extends readonly AnyDataset[]>(
  run: Run<Datasets>,
  fn: (run: Run<Datasets>) => T | Promise<T>,
  interrupts: Interrupts,
  recorder: Recorder,
  beganMs: number,
): Promise<T> {
  const work = workOf(run, fn);
  const outcome = await Promise.race([work, interrupts.graceOver]);
  if (outcome === undefined) {
    // The work continues as if there was no signal. The process ends with the lock still held: no other run may start
    // before.
    await recorder.end("interrupted", beganMs, { error: interruptedBy(interrupts) }).catch(() => {});
    interrupts.die();
  }
  const { value, thrown } = outcome ?? (await work);
  if (interrupts.by !== undefined) {
    const error = interruptedBy(interrupts);
    await recorder.end("interrupted", beganMs, { error }).catch(() => {});
    throw thrown?.error ?? error;
  }
  if (thrown) {
    // The record must not hide the error it records: on a full disk it may fail as well.
    await recorder.end("failed", beganMs, thrown).catch(() => {});
    throw thrown.error;
  }
  await recorder.end(recorder.status === "unchanged" ? "unchanged" : "completed", beganMs);
  return value as T;
}

/** The function and all work that it started, including what it did not await: only then may the lock be released. */
async function workOf<T, Datasets extends readonly AnyDataset[]>(
  run: Run<Datasets>,
  fn: (run: Run<Datasets>) => T | Promise<T>,
): Promise<{ value?: T; thrown?: { error: unknown } }> {
  try {
    const value = await fn(run);
    await run.settled();
    run.assertLocked();
    run.close(new BronzeError("RUN_ENDED", `Run ${run.id} has ended; nothing more can be done in it.`));
    return { value };
  } catch (error) {
    run.close(
      new BronzeError(
        "RUN_INTERRUPTED",
        `Run ${run.id} failed elsewhere; its other work stops.`,
        {},
        { cause: error },
      ),
    );
    await run.settled();
    return { thrown: { error } };
  }
}

function interruptedBy({ by }: Interrupts): BronzeError {
  return new BronzeError("RUN_INTERRUPTED", `The run got ${by}.`, { signal: by });
}

function cutoffOf(given: InstantLike | undefined, startedAt: bigint): bigint {
  if (given === undefined) return startedAt;
  const cutoff = toEpochNs(given, "cutoff");
  if (cutoff <= startedAt) return cutoff;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The cutoff ${formatInstant(cutoff)} has not come yet: what is known then is not known now, at ${formatInstant(startedAt)}.`,
    { cutoff, now: startedAt },
  );
}
