import type * as z from "zod";
import { BronzeError } from "../errors.js";
import { anObject, assertOptions, type OptionTable, whole, zodSchema } from "../options.js";
import type { Storage } from "../storage/index.js";
import type { Recorder, Tally } from "./recorder.js";
import type { RunPaths } from "./run-paths.js";
import type { StageRecord } from "./run-record.js";
import { keepOutput, notProduced, readOutput, type StageOutput } from "./stage-output.js";

/**
 * What a stage needs, by the names its function gets them under.
 *
 * @category Runs
 */
export type StageNeeds = Readonly<Record<string, StageOutput<unknown>>>;

/**
 * What a stage is told besides its inputs.
 *
 * @category Runs
 */
export interface StageContext {
  /** Aborts when the run is to stop; hand it to `fetch` and to child processes. */
  readonly signal: AbortSignal;
  /**
   * Counts what the stage wrote by other means than the run's stores.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for what is no whole number
   */
  wrote(counts: StageCounts): void;
}

/**
 * What a stage wrote.
 *
 * @category Runs
 */
export interface StageCounts {
  readonly rows?: number;
  readonly bytes?: number;
}

const COUNTS: OptionTable<StageCounts> = { rows: whole(0), bytes: whole(0) };

export interface StageOptions {
  readonly needs?: StageNeeds;
  readonly output?: z.core.$ZodType;
}

export const STAGE_OPTIONS: OptionTable<StageOptions> = { needs: anObject, output: zodSchema };

/** What a stage uses of its run. */
interface StageRun {
  readonly id: string;
  readonly storage: Storage;
  readonly paths: RunPaths;
  readonly timeZone: string;
  readonly recorder: Recorder;
}

/** What a stage needs, by name, recorded in its entry of the run file. */
export async function inputsOf(
  run: StageRun,
  name: string,
  needs: StageNeeds,
  entry: StageRecord,
): Promise<Record<string, unknown>> {
  const inputs: Record<string, unknown> = {};
  for (const [as, need] of Object.entries(needs)) {
    if (typeof need?.stage !== "string" || typeof need.runId !== "string")
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `What "${name}" needs as "${as}" is no output of a stage; give what run.stage returned, or stageOutput(...).`,
        { stage: name, need: as },
      );
    entry.needs.push({ stage: need.stage, run_id: need.runId });
    inputs[as] = await inputOf(run, name, need);
  }
  return inputs;
}

function inputOf(
  { id, storage, timeZone, recorder }: StageRun,
  name: string,
  need: StageOutput<unknown>,
): unknown {
  const isHandedOn = "value" in need;
  if (need.runId !== id && isHandedOn)
    throw notProduced(
      name,
      need.stage,
      need.runId,
      `this is run ${id}`,
      "to use another run's output, name it with stageOutput(stage, schema, { run })",
    );
  if (need.runId === id && recorder.stageNamed(need.stage)?.status !== "completed")
    throw notProduced(
      name,
      need.stage,
      need.runId,
      "this run has not produced it",
      `run "${need.stage}" first`,
    );
  return isHandedOn ? need.value : readOutput(storage, need, { by: name, timeZone });
}

/** Keeps what a stage returned, where it has a schema for it. */
export async function keepStageOutput(
  { storage, paths }: StageRun,
  entry: StageRecord,
  value: unknown,
  schema: z.core.$ZodType | undefined,
  tally: Tally,
): Promise<unknown> {
  if (!schema) return value;
  const kept = await keepOutput(storage, paths.output(entry.stage), value, schema);
  entry.output = kept.file;
  tally.bytes += kept.file.size_bytes;
  if (Array.isArray(value)) tally.rows += value.length;
  return kept.value;
}

/** What a stage is told, and what counts its writes. */
export function stageContext(signal: AbortSignal, tally: Tally): StageContext {
  return {
    signal,
    wrote(counts) {
      // A value that is not a count would make the run file unreadable.
      assertOptions(counts ?? null, COUNTS, "wrote");
      const { rows = 0, bytes = 0 } = counts;
      tally.rows += rows;
      tally.bytes += bytes;
    },
  };
}
