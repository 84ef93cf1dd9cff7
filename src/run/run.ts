import type * as z from "zod";
import { Ambient } from "../ambient.js";
import type { BronzeStore } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import type { GoldStore } from "../gold/index.js";
import type { Json } from "../json/index.js";
import {
  assertIs,
  assertOptions,
  callback,
  flag,
  given,
  type OptionTable,
  required,
  text,
} from "../options.js";
import { Printed } from "../printed.js";
import { Retention } from "../retention/index.js";
import { assertName, type Storage } from "../storage/index.js";
import { traced } from "../telemetry/index.js";
import { exactly, type InstantLike, toEpochNs } from "../time/index.js";
import {
  EXPECTED,
  movePointer,
  READ_POINTER_OPTIONS,
  type ReadPointerOptions,
  readPointerFrom,
} from "./pointer.js";
import type { Pointer } from "./pointer-file.js";
import { assertOutputsExist } from "./pointer-outputs.js";
import type { RecordedRun, Recorder, Tally } from "./recorder.js";
import { type Binding, boundBronze, type RunBronze } from "./run-bronze.js";
import { boundGold, type RunGold } from "./run-gold.js";
import type { RunPaths } from "./run-paths.js";
import { boundRetention, type RunRetention } from "./run-retention.js";
import { runText } from "./run-text.js";
import {
  inputsOf,
  keepStageOutput,
  STAGE_OPTIONS,
  type StageContext,
  type StageNeeds,
  type StageOptions,
  stageContext,
} from "./stage.js";
import type { Inputs, StageOutput } from "./stage-output.js";
import { type StopEarlyOptions, type StopEarlyReason, whyStopEarly } from "./stop-early.js";

/**
 * Where a run's pointer goes, and what must be there first.
 *
 * @category Runs
 */
export interface RunPointerOptions {
  /** What the pointer leads to: outputs of this run's stages, and paths below the root. All must exist. */
  readonly outputs: readonly (StageOutput<unknown> | string)[];
  /** What the inputs said; the next run compares. */
  readonly inputsDigest?: string;
  /** What else the file is to hold. */
  readonly fields?: Readonly<Record<string, Json>>;
  /** The run it must name now (`null`: it must not exist). Default: whatever it names. */
  readonly expected?: string | null;
  /** Moves it to an earlier cutoff too. Default: false. */
  readonly force?: boolean;
}

const POINTER_OPTIONS: OptionTable<RunPointerOptions> = {
  outputs: required(given),
  inputsDigest: text,
  fields: given,
  expected: EXPECTED,
  force: flag,
};

/** What `withRun` makes a run from. @internal */
interface RunSetup<Datasets extends readonly AnyDataset[]> extends Omit<RecordedRun, "lock"> {
  /** Whether another run may have got the lock meanwhile. */
  readonly isLockLost: () => boolean;
  readonly paths: RunPaths;
  readonly storage: Storage;
  readonly bronze: BronzeStore<Datasets>;
  readonly gold: GoldStore<Datasets>;
  readonly timeZone: string;
  readonly clock: () => bigint;
  readonly recorder: Recorder;
}

/**
 * One execution of a pipeline: one id, one cutoff, one lock, one set of paths. Made by `withRun`, handed to every stage,
 * and of no use after its end.
 *
 * @category Runs
 */
export class Run<const Datasets extends readonly AnyDataset[] = readonly []> extends Printed {
  /** `20260115T234500Z-3f9a1c07`; on every row, manifest and pointer of the run. */
  readonly id: string;
  readonly name: string;
  /** Epoch nanoseconds; its second is the `{run}` of paths. */
  readonly startedAt: bigint;
  /** Epoch nanoseconds. Nothing later can be read through the run. */
  readonly cutoff: bigint;
  readonly paths: RunPaths;
  /** Where the bytes live. */
  readonly storage: Storage;
  readonly bronze: RunBronze<Datasets>;
  readonly gold: RunGold<Datasets>;
  readonly retention: RunRetention<Datasets>;

  readonly #setup: RunSetup<Datasets>;
  readonly #abort = new AbortController();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #stage = new Ambient<Tally>();
  #over: BronzeError | undefined;

  /** @internal */
  constructor(setup: RunSetup<Datasets>) {
    super();
    this.#setup = setup;
    this.id = setup.id;
    this.name = setup.name;
    this.startedAt = setup.startedAt;
    this.cutoff = setup.cutoff;
    this.paths = setup.paths;
    this.storage = setup.storage;
    const binding: Binding = {
      id: this.id,
      startedAt: this.startedAt,
      cutoff: this.cutoff,
      assertLive: () => this.#assertLive(),
      during: (work) => this.#during(() => work(this.#stage.get() ?? { rows: 0, bytes: 0 })),
    };
    this.bronze = boundBronze(setup.bronze, binding);
    this.gold = boundGold(setup.gold, binding);
    const { bronze, gold, clock } = setup;
    this.retention = boundRetention(new Retention({ bronze, gold: [gold], clock }), binding);
    Object.freeze(this); // one id and one cutoff, also for plain JavaScript
  }

  /** Which run it is, what it may know, and whether it is over. */
  toString(): string {
    return runText(this, this.#over?.message);
  }

  /** Aborts when the run is to stop: a signal came, or other work of the run failed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * The cutoff for one game: the run's, but never after the tip.
   *
   * @throws BronzeError `INVALID_INSTANT` for a tip that is none or has no zone
   * @example
   * ```ts
   * const at = run.bronze.asOf(run.cutoffFor(game.tip_ts));
   * ```
   */
  cutoffFor(tip: InstantLike): bigint {
    const tipNs = toEpochNs(tip, "tip");
    return tipNs < this.cutoff ? tipNs : this.cutoff;
  }

  /**
   * Runs a stage: hands it what it needs, records what came of it, gives back its output for later stages. With an
   * `output` schema the output is also kept as JSON, for stages of later runs (`stageOutput`).
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, also for a name used twice, and `INVALID_PATH` for a
   * name that is no file name; of what it needs, `STAGE_NOT_PRODUCED` when neither this run nor the run it names
   * has produced it, `RUN_PRUNED` when it was pruned, `RETENTION_INVALID` when nobody can tell, `CORRUPT_FILE`,
   * `INVALID_ROWS` and `RUN_INVALID`, `INVALID_DATE` for a run id of a day that
   * does not exist; of its output, `INVALID_ROWS`; of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of
   * the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. Whatever `fn` throws goes through
   * @example
   * ```ts
   * const minutes = await run.stage("minutes", { needs: { scrape }, output: z.array(minutesRow) }, async ({ scrape }) => {
   *   const at = run.bronze.asOf();
   *   return project(await at.read("injuries_raw", { date: scrape.date }));
   * });
   * ```
   */
  stage<Schema extends z.core.$ZodType, const Needs extends StageNeeds = Record<never, never>>(
    name: string,
    options: { readonly needs?: Needs; readonly output: Schema },
    fn: (inputs: Inputs<Needs>, stage: StageContext) => z.input<Schema> | Promise<z.input<Schema>>,
  ): Promise<StageOutput<z.output<Schema>> & { readonly value: z.output<Schema> }>;
  /**
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, also for a name used twice, and `INVALID_PATH` for a
   * name that is no file name; of what it needs, `STAGE_NOT_PRODUCED` when neither this run nor the run it names
   * has produced it, `RUN_PRUNED` when it was pruned, `RETENTION_INVALID` when nobody can tell, `CORRUPT_FILE`,
   * `INVALID_ROWS` and `RUN_INVALID`, `INVALID_DATE` for a run id of a day that
   * does not exist; of its output, `INVALID_ROWS`; of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of
   * the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. Whatever `fn` throws goes through
   */
  stage<T, const Needs extends StageNeeds = Record<never, never>>(
    name: string,
    options: { readonly needs?: Needs; readonly output?: undefined },
    fn: (inputs: Inputs<Needs>, stage: StageContext) => T | Promise<T>,
  ): Promise<StageOutput<T> & { readonly value: T }>;
  stage(
    name: string,
    options: StageOptions,
    fn: (inputs: Record<string, unknown>, stage: StageContext) => unknown,
  ): Promise<StageOutput<unknown> & { readonly value: unknown }> {
    return this.#during(async () => {
      assertName(name, "stage name");
      assertOptions(options ?? null, STAGE_OPTIONS, "stage");
      assertIs(fn, callback, `What stage "${name}" runs`);
      const { recorder } = this.#setup;
      if (recorder.stageNamed(name))
        throw new BronzeError(
          "INVALID_ARGUMENT",
          `This run has had a stage "${name}"; give each its own name.`,
          {
            stage: name,
          },
        );
      const beganMs = performance.now();
      const tally: Tally = { rows: 0, bytes: 0 };
      const entry = await recorder.stageStarts(name);
      const work = () =>
        this.#stage.during(tally, async () => {
          const inputs = await inputsOf(this.#setup, name, options.needs ?? {}, entry);
          const value = await fn(inputs, stageContext(this.signal, tally));
          return keepStageOutput(this.#setup, entry, value, options.output, tally);
        });
      try {
        const value = await traced(
          "bronzestore:stage",
          () => ({ name, run: this.name, runId: this.id }),
          work,
          () => ({ ...tally }),
        );
        await recorder.stageEnds(entry, tally, beganMs);
        return { stage: name, runId: this.id, value, ...(options.output && { schema: options.output }) };
      } catch (error) {
        // The record must not hide the error it records: on a full disk it may fail as well.
        await recorder.stageEnds(entry, tally, beganMs, { error }).catch(() => {});
        throw error;
      }
    });
  }

  /**
   * Moves a pointer to this run, after seeing that what it leads to exists.
   *
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_PATH`; `POINTER_AHEAD` when an output does not exist or is
   * not this run's, `POINTER_BACKWARDS`, `POINTER_MOVED`, `POINTER_INVALID`; of the run's file, `RUN_INVALID`; of
   * the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of the pointer's lock, `LOCK_UNAVAILABLE`,
   * `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * await run.writePointer("projections/latest_run.json", { outputs: [minutes, rates] });
   * ```
   */
  writePointer(path: string, options: RunPointerOptions): Promise<Pointer> {
    return this.#during(async () => {
      assertOptions(options, POINTER_OPTIONS, "writePointer");
      const { outputs, inputsDigest, fields, expected, force } = options;
      const { clock, recorder } = this.#setup;
      await assertOutputsExist(this.storage, recorder, this.id, { path, outputs });
      const { pointer, from } = await movePointer(
        this.storage,
        path,
        {
          run_id: this.id,
          run_as_of_ts: exactly(this.cutoff),
          ...(inputsDigest !== undefined && { inputs_digest: inputsDigest }),
          ...(fields && { fields }),
        },
        { expected, force, now: exactly(clock()) },
      );
      await recorder.pointerMoved(path, from?.run_id ?? null);
      return pointer;
    });
  }

  /**
   * Reads a pointer.
   *
   * @param options `fields`: a schema of what else it holds; `maxAge`: how long before this run's cutoff its own may lie
   * @returns `undefined` where there is none
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_PATH`, `INVALID_DURATION`; `POINTER_INVALID`,
   * `POINTER_STALE`; of the run, `RUN_ENDED`, `RUN_INTERRUPTED` and `LOCK_LOST`; of the storage, `NOT_FOUND`,
   * `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const since = await run.readPointer("projections/latest_run.json", { maxAge: "PT30M" });
   * since?.run_id;
   * ```
   */
  readPointer<Fields extends z.core.$ZodObject = z.core.$ZodObject>(
    path: string,
    options: ReadPointerOptions<Fields> = {},
  ): Promise<Pointer<z.output<Fields>> | undefined> {
    return this.#during(async () => {
      assertOptions(options, READ_POINTER_OPTIONS, "readPointer in a run");
      return readPointerFrom(this.storage, path, { ...options, now: exactly(this.cutoff) });
    });
  }

  /**
   * Whether this run need not do its work, since its inputs say what they said to the last one; never true for the last
   * run before a lock or tip. After `inputs unchanged` the run is over: return from it.
   *
   * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION`; of the run, `RUN_ENDED`,
   * `RUN_INTERRUPTED` and `LOCK_LOST`
   * @example
   * ```ts
   * const since = await run.readPointer("projections/latest_run.json");
   * const digest = digestInputs({ injuries, lines }, { ignore: ["report_ts"] });
   * if (run.stopIfUnchanged({ digest, since, deadlines: locksAndTips, every: "PT5M" }) === "inputs unchanged") return;
   * ```
   */
  stopIfUnchanged(options: StopEarlyOptions): StopEarlyReason {
    this.#assertLive();
    const reason = whyStopEarly(this.cutoff, options);
    if (reason === "inputs unchanged") {
      this.#setup.recorder.unchanged();
      this.#over = new BronzeError(
        "RUN_ENDED",
        `Run ${this.id} stopped because its inputs are unchanged; return from it.`,
      );
    }
    return reason;
  }

  /** No more work may begin; current work is told to stop. @internal */
  close(why: BronzeError): void {
    this.#over = why;
    this.#abort.abort(why);
  }

  /** All current work of the run has ended, successfully or not. @internal */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }

  #assertLive(): void {
    if (this.#over) throw this.#over;
    this.assertLocked();
  }

  /** Stops this run once another may have started. @internal */
  assertLocked(): void {
    if (!this.#setup.isLockLost()) return;
    throw new BronzeError(
      "LOCK_LOST",
      `The lock file ${this.paths.lock} was removed or replaced while run ${this.id} held it, so another run may be under way; leave lock files where they are, and run again.`,
      { path: this.paths.lock, run_id: this.id },
    );
  }

  /** The lock is held until all work of this run has settled, including work that is not awaited. */
  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#assertLive();
    const promise = work();
    this.#inFlight.add(promise);
    try {
      return await promise;
    } finally {
      this.#inFlight.delete(promise);
    }
  }
}
