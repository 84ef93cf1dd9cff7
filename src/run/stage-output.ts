import type * as z from "zod";
import { sha256 } from "../digest.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { jsonText } from "../json/index.js";
import { assertIs, assertOptions, type OptionTable, text, zodSchema } from "../options.js";
import { assertName, type Storage } from "../storage/index.js";
import { safeParse, zod } from "../zod/index.js";
import { readUnlessPruned } from "./pruned-runs.js";
import { runPaths } from "./run-paths.js";
import { readRunRecord, type StageRecord } from "./run-record.js";

/**
 * The output of a stage: what `run.stage` returned, or one of an earlier run, by name. `T` is what is handed on.
 *
 * @category Runs
 */
export interface StageOutput<T> {
  readonly stage: string;
  /** The run that produced it. */
  readonly runId: string;
  /** There when this process produced it. */
  readonly value?: T;
  /** There when it is read from the run that kept it. */
  readonly schema?: z.core.$ZodType<T>;
}

/**
 * The values of stage outputs, by the names they were asked for.
 *
 * @category Runs
 */
export type Inputs<Needs extends Readonly<Record<string, StageOutput<unknown>>>> = {
  [Name in keyof Needs]: Needs[Name] extends StageOutput<infer T> ? T : never;
};

/**
 * Whose output it is.
 *
 * @category Runs
 */
export interface StageOutputOptions {
  /** Id of the run; `undefined` where there is none yet. */
  readonly run: string | undefined;
}

const OUTPUT_OPTIONS: OptionTable<StageOutputOptions> = { run: text };

/**
 * Names the kept output of an earlier run's stage, for `needs`. There is no "latest": which run is said outright, and
 * is best taken from a pointer.
 *
 * @param schema what the stage was told to keep, or as much of it as is needed
 * @param options `run`: its id; without one, as when there is no pointer yet, whoever needs the output fails
 * @throws BronzeError `INVALID_PATH` for a stage name that is no file name; `INVALID_ARGUMENT` for what is no
 * schema, or an option there is not
 * @example
 * ```ts
 * const latest = await run.readPointer("projections/latest_run.json", { maxAge: "PT30M" });
 * const minutes = stageOutput("minutes", minutesSchema, { run: latest?.run_id });
 * await run.stage("rates", { needs: { minutes } }, async ({ minutes }) => rate(minutes));
 * ```
 * @category Runs
 */
export function stageOutput<Schema extends z.core.$ZodType>(
  stage: string,
  schema: Schema,
  options: StageOutputOptions,
): StageOutput<z.output<Schema>> {
  assertName(stage, "stage name");
  assertIs(schema, zodSchema, "The schema of a stage's output");
  assertOptions(options ?? null, OUTPUT_OPTIONS, "stageOutput");
  const { run } = options;
  return { stage, runId: run ?? NO_RUN, schema: schema as z.core.$ZodType<z.output<Schema>> };
}

const NO_RUN = "";

/** Writes the output of a stage where later runs find it, and returns what they will read. */
export async function keepOutput(
  storage: Storage,
  path: string,
  value: unknown,
  schema: z.core.$ZodType,
): Promise<{ value: unknown; file: NonNullable<StageRecord["output"]> }> {
  const text = `${jsonText(value, "the output")}\n`;
  const read = parseOutput(text, schema, path);
  const bytes = new TextEncoder().encode(text);
  if (!(await storage.publish(path, bytes)))
    throw new BronzeError("STORAGE_FAILED", `${path} is there already; no two stages may share an output.`, {
      path,
    });
  return { value: read, file: { path, sha256: sha256(bytes), size_bytes: bytes.byteLength } };
}

/**
 * Reads the kept output of an earlier run's stage, checked against the digest in that run's file.
 *
 * @throws BronzeError `STAGE_NOT_PRODUCED`, `RUN_PRUNED`, `CORRUPT_FILE`, `RUN_INVALID`
 */
export async function readOutput(
  storage: Storage,
  { stage, runId, schema }: StageOutput<unknown>,
  asked: { readonly by: string; readonly timeZone: string },
): Promise<unknown> {
  if (runId === NO_RUN)
    throw new BronzeError(
      "STAGE_NOT_PRODUCED",
      `"${asked.by}" needs the output of stage "${stage}", and no run that produced it is named; run "${stage}" first, or see why there is no pointer.`,
      { stage, needed_by: asked.by },
    );
  const missing = (why: string, remedy: string) => notProduced(asked.by, stage, runId, why, remedy);
  const run = { id: runId, record: runPaths(runId, asked).record };
  const record = await readUnlessPruned(storage, run, run.record, (path) =>
    readRunRecord(storage, path),
  ).catch((error) => {
    if (isBronzeError(error, "NOT_FOUND"))
      throw missing("there is no such run", "name a run that has a file");
    throw error;
  });
  const entry = record.stages.find((candidate) => candidate.stage === stage);
  if (!entry) throw missing("the run has no such stage", `run "${stage}" there, or name another run`);
  if (entry.status !== "completed")
    throw missing(`the stage is ${entry.status} there`, "name a run in which it completed");
  if (!entry.output || !schema)
    throw missing("its output was not kept", `give "${stage}" an output schema, so that it is kept`);
  const bytes = await readUnlessPruned(storage, run, entry.output.path, (path) => storage.read(path));
  if (sha256(bytes) !== entry.output.sha256)
    throw new BronzeError("CORRUPT_FILE", `${entry.output.path} is not what stage "${stage}" wrote.`, {
      file: entry.output.path,
    });
  return parseOutput(new TextDecoder().decode(bytes), schema, entry.output.path);
}

export function notProduced(
  by: string,
  stage: string,
  runId: string,
  why: string,
  remedy: string,
): BronzeError {
  return new BronzeError(
    "STAGE_NOT_PRODUCED",
    `"${by}" needs the output of stage "${stage}" of run ${runId}, and ${why}; ${remedy}.`,
    { stage, run_id: runId, needed_by: by },
  );
}

function parseOutput(text: string, schema: z.core.$ZodType, path: string): unknown {
  const parsed = safeParse(schema, JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new BronzeError(
    "INVALID_ROWS",
    `What is in ${path} does not fit the output's schema:\n${zod().prettifyError(parsed.error)}`,
    { file: path },
  );
}
