import type * as z from "zod";
import { BronzeError } from "../errors.js";
import { assertOptions, type OptionTable, text } from "../options.js";
import { saidBy } from "../shown.js";
import type { Storage } from "../storage/index.js";
import { lazySchema, zod } from "../zod/index.js";
import { runPaths } from "./run-paths.js";
import { type RunPlace, storageAt } from "./run-place.js";

/** The version of the run file this library writes, and the newest it reads. */
export const RUN_RECORD_VERSION = 1;

/** What a run did, as `runs/<date>/<run id>.json` holds it, version 1. */
export const runRecordSchema = lazySchema(() => {
  const z = zod();
  const utc = z.string().describe("instant, ISO-8601 UTC");
  const count = z.int().nonnegative();
  const error = z.object({ code: z.string().nullable(), message: z.string() }).nullable();

  const stageSchema = z.object({
    stage: z.string(),
    status: z.enum(["running", "completed", "failed"]),
    started_at: utc,
    ended_at: utc.nullable(),
    needs: z.array(z.object({ stage: z.string(), run_id: z.string() })),
    rows: count.describe("written to bronze and gold, in the kept output, and what the stage reported"),
    bytes: count,
    output: z
      .object({
        path: z.string(),
        sha256: z.string(),
        size_bytes: count,
      })
      .nullable()
      .describe("the kept output; null when it was only handed on in the process"),
    error,
  });

  return z.object({
    format: z.literal("bronzestore.run"),
    version: z.literal(RUN_RECORD_VERSION),
    run_id: z.string(),
    name: z.string(),
    status: z
      .enum(["running", "completed", "unchanged", "failed", "interrupted", "abandoned"])
      .describe("abandoned: the process died without a word, and a later holder of the lock found out"),
    cutoff: utc,
    started_at: utc,
    ended_at: utc.nullable(),
    lock: z.string(),
    pid: z.int(),
    library: z.object({ name: z.literal("bronzestore"), version: z.string() }),
    stages: z.array(stageSchema),
    pointers: z.array(
      z.object({ path: z.string(), from: z.string().nullable().describe("run id it named before"), at: utc }),
    ),
    error,
  });
});

/** What a run did. Instants are ISO-8601 UTC text, so that it can be read without this library. */
export type RunRecord = z.output<typeof runRecordSchema>;

/** One stage of a run. */
export type StageRecord = RunRecord["stages"][number];

/** What went wrong, as a run file keeps it. */
export function errorRecord(thrown: unknown): { code: string | null; message: string } {
  const code =
    typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string"
      ? thrown.code
      : null;
  return { code, message: saidBy(thrown) };
}

/** The bytes of a run file, indented for people. */
export function encodeRunRecord(record: RunRecord): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(record, undefined, 2)}\n`);
}

/** Where to look for a run. */
export interface ReadRunOptions {
  /** The zone the run was given. Default: `America/New_York`. */
  readonly timeZone?: string;
}

const READ_RUN_OPTIONS: OptionTable<ReadRunOptions> = { timeZone: text };

/**
 * What a run did, by its id.
 *
 * @throws BronzeError `NOT_FOUND`, `RUN_INVALID`, `INVALID_ARGUMENT` for an id that is none
 * @example
 * ```ts
 * const { status, stages } = await readRun({ root: "data" }, "20260115T234500Z-3f9a1c07");
 * ```
 */
export async function readRun(place: RunPlace, id: string, options: ReadRunOptions = {}): Promise<RunRecord> {
  const storage = storageAt(place, "readRun");
  assertOptions(options, READ_RUN_OPTIONS, "readRun");
  const { timeZone = "America/New_York" } = options;
  return readRunRecord(storage, runPaths(id, { timeZone }).record);
}

export async function readRunRecord(storage: Storage, path: string): Promise<RunRecord> {
  const bytes = await storage.read(path);
  let problem: string;
  try {
    const parsed = runRecordSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (parsed.success) return parsed.data;
    problem = zod().prettifyError(parsed.error);
  } catch (cause) {
    problem = (cause as Error).message;
  }
  throw new BronzeError(
    "RUN_INVALID",
    `${path} is no run file of version ${RUN_RECORD_VERSION}: ${problem}`,
    { file: path },
  );
}
