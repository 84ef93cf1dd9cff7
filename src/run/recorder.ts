import { isStill, readIfThere, type Storage, writeBack } from "../storage/index.js";
import { formatInstant } from "../time/index.js";
import { LIBRARY_VERSION } from "../version.js";
import type { RunEvent } from "./run-events.js";
import { encodeRunRecord, errorRecord, type OpenRecord, type StageRecord } from "./run-record.js";

/** The facts of a recorded run. */
export interface RecordedRun {
  readonly id: string;
  readonly name: string;
  readonly cutoff: bigint;
  readonly startedAt: bigint;
  readonly lock: string;
}

/** What a stage wrote, counted while it runs. */
export interface Tally {
  rows: number;
  bytes: number;
}

/** Keeps a run's file up to date, one replacement at a time, and calls `onEvent`. */
export class Recorder {
  readonly #storage: Storage;
  readonly #path: string;
  readonly #clock: () => bigint;
  readonly #onEvent: ((event: RunEvent) => void) | undefined;
  readonly #record: OpenRecord;
  #last: Promise<void> = Promise.resolve();
  /** What was written last, and after it all whose writing failed: whether it is there, nobody has said. */
  #mayBeThere: (Uint8Array | undefined)[] = [undefined];
  #isSettled = false;

  constructor(
    run: RecordedRun,
    to: {
      readonly storage: Storage;
      readonly path: string;
      readonly clock: () => bigint;
      readonly onEvent: ((event: RunEvent) => void) | undefined;
    },
  ) {
    this.#storage = to.storage;
    this.#path = to.path;
    this.#clock = to.clock;
    this.#onEvent = to.onEvent;
    this.#record = {
      format: "bronzestore.run",
      run_id: run.id,
      name: run.name,
      status: "running",
      cutoff: formatInstant(run.cutoff),
      started_at: formatInstant(run.startedAt),
      ended_at: null,
      lock: run.lock,
      pid: process.pid,
      library: { name: "bronzestore", version: LIBRARY_VERSION },
      stages: [],
      pointers: [],
      error: null,
    };
  }

  /** Whether the file records how the run ended. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get status(): OpenRecord["status"] {
    return this.#record.status;
  }

  async start(): Promise<void> {
    await this.#save();
    this.#tell({ event: "run-started" });
  }

  stageNamed(stage: string): StageRecord | undefined {
    return this.#record.stages.find((entry) => entry.stage === stage);
  }

  async stageStarts(stage: string): Promise<StageRecord> {
    const entry: StageRecord = {
      stage,
      status: "running",
      started_at: this.#now(),
      ended_at: null,
      needs: [],
      rows: 0,
      bytes: 0,
      output: null,
      error: null,
    };
    this.#record.stages.push(entry);
    this.#tell({ event: "stage-started", stage });
    await this.#save();
    return entry;
  }

  /** @param thrown what the stage threw, wrapped, because anything can be thrown */
  async stageEnds(
    entry: StageRecord,
    tally: Tally,
    beganMs: number,
    thrown?: { error: unknown },
  ): Promise<void> {
    const error = thrown ? errorRecord(thrown.error) : null;
    Object.assign(entry, {
      status: error ? "failed" : "completed",
      ended_at: this.#now(),
      rows: tally.rows,
      bytes: tally.bytes,
      error,
    });
    this.#tell({
      event: "stage-ended",
      stage: entry.stage,
      status: entry.status,
      ...tally,
      duration_ms: sinceMs(beganMs),
      ...(error && { error }),
    });
    await this.#save();
  }

  async pointerMoved(path: string, from: string | null): Promise<void> {
    this.#record.pointers.push({ path, from, at: this.#now() });
    this.#tell({ event: "pointer-moved", pointer: path });
    await this.#save();
  }

  /** Stays `running` on disk until the end: the outcome is only known then. */
  unchanged(): void {
    this.#record.status = "unchanged";
  }

  async end(status: OpenRecord["status"], beganMs: number, thrown?: { error: unknown }): Promise<void> {
    const error = thrown ? errorRecord(thrown.error) : null;
    const ended_at = this.#now();
    // Only a process that is about to die ends before its stages do.
    for (const stage of this.#record.stages)
      if (stage.status === "running") Object.assign(stage, { status: "failed", ended_at, error });
    Object.assign(this.#record, { status, ended_at, error });
    try {
      await this.#save();
      this.#isSettled = true;
    } finally {
      this.#tell({ event: "run-ended", status, duration_ms: sinceMs(beganMs), ...(error && { error }) });
    }
  }

  async #save(): Promise<void> {
    // Encoded now: what happens while an earlier state is being written belongs to the next.
    const bytes = encodeRunRecord(this.#record, this.#path);
    const saved = this.#last.then(() => this.#write(bytes));
    this.#last = saved.catch(() => {}); // this save's caller gets the error; the next one is tried again
    return saved;
  }

  /** What another run wrote into it, which found this one's lock free, stays. */
  async #write(bytes: Uint8Array): Promise<void> {
    const earlier = this.#mayBeThere;
    this.#mayBeThere = [...earlier, bytes];
    if (earlier.length > 1 || !(await this.#storage.swap(this.#path, earlier[0], bytes))) {
      const now = await readIfThere(this.#storage, this.#path);
      // One that was moved away with its folder is written again.
      const isOurs = now === undefined || earlier.some((own) => isStill(now, own));
      await writeBack(this.#storage, this.#path, isOurs ? now : earlier[0], bytes);
    }
    this.#mayBeThere = [bytes];
  }

  #tell(event: Omit<RunEvent, "name" | "run_id" | "at">): void {
    const { name, run_id } = this.#record;
    tell(this.#onEvent, { ...event, name, run_id, at: this.#now() });
  }

  #now(): string {
    return formatInstant(this.#clock());
  }
}

/** A listener that fails must not make the run fail: the run file has the event too. */
export function tell(onEvent: ((event: RunEvent) => void) | undefined, event: RunEvent): void {
  try {
    onEvent?.(event);
  } catch (error) {
    process.emitWarning(`onEvent of run ${event.run_id ?? event.name} threw: ${errorRecord(error).message}`);
  }
}

function sinceMs(beganMs: number): number {
  return Math.round(performance.now() - beganMs);
}
