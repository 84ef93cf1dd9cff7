import type * as z from "zod";
import { encodeSealedAsIs, parseSealed, type SealedKind, seal, wellFormed } from "../json/index.js";
import { assertOptions, type OptionTable, required, zoneName } from "../options.js";
import { summary, withText } from "../printed.js";
import { counted, saidBy } from "../shown.js";
import type { Storage } from "../storage/index.js";
import { lazySchema, zod } from "../zod/index.js";
import { type PrunedRun, prunedOf, readUnlessPruned } from "./pruned-runs.js";
import { runPaths } from "./run-paths.js";
import { type RunPlace, storageAt } from "./run-place.js";

/** The version of the run file that this library writes, and the newest it reads. */
const RUN_RECORD_VERSION = 2;

/**
 * What a run did, as `runs/<date>/<run id>.json` holds it, version 2: from it on a run file carries its digest.
 *
 * @category Runs
 */
export const runRecordSchema = lazySchema(() => {
  const z = zod();
  return members().extend({
    version: z.literal(RUN_RECORD_VERSION),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("SHA-256 of the canonical JSON of all the other members"),
  });
});

const unsealedSchema = lazySchema(() => members().extend({ version: zod().literal(1) }));

const kind: SealedKind<typeof runRecordSchema, typeof unsealedSchema> = {
  schema: runRecordSchema,
  unsealed: unsealedSchema,
  name: "run file",
  version: RUN_RECORD_VERSION,
  codes: { invalid: "RUN_INVALID", newer: "RUN_INVALID", tampered: "RUN_INVALID" },
};

/** What both versions have. */
function members() {
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
}

/**
 * What a run did. Instants are ISO-8601 UTC text, so that it can be read without this library.
 *
 * @category Runs
 */
export type RunRecord = z.output<typeof runRecordSchema> | z.output<typeof unsealedSchema>;

/** The same while the run goes on. */
export type OpenRecord = z.output<ReturnType<typeof members>>;

/**
 * One stage of a run.
 *
 * @category Runs
 */
export type StageRecord = RunRecord["stages"][number];

/** An error as a run file stores it: text, whatever was thrown. */
export function errorRecord(thrown: unknown): { code: string | null; message: string } {
  try {
    const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : null;
    return { code: typeof code === "string" ? code : null, message: String(saidBy(thrown)) };
  } catch {
    return { code: null, message: "Something was thrown that cannot be shown." };
  }
}

/**
 * The bytes of a run file, indented for people. They were read back: an unreadable run file would hide what the run
 * did.
 *
 * @param at where it will be written
 * @throws BronzeError `RUN_INVALID`
 */
export function encodeRunRecord(record: OpenRecord, at: string): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify({ ...record, version: RUN_RECORD_VERSION, digest: undefined }, asUtf8);
  const bytes = encodeSealedAsIs(seal(JSON.parse(text) as object), 2);
  parseSealed(bytes, at, kind);
  return bytes;
}

/** Messages come from anywhere, and may hold half a surrogate pair, which UTF-8 does not have. */
function asUtf8(_name: string, value: unknown): unknown {
  return typeof value === "string" ? wellFormed(value) : value;
}

/**
 * Where to look for a run.
 *
 * @category Runs
 */
export interface ReadRunOptions {
  /** The zone the run was given: its file lies under the day on which it started there. IANA name. */
  readonly timeZone: string;
}

const READ_RUN_OPTIONS: OptionTable<ReadRunOptions> = { timeZone: required(zoneName) };

/**
 * What a run did, and what of it was pruned since.
 *
 * @category Runs
 */
export type ReadRun = RunRecord & {
  /** There where its kept outputs and own files were pruned: one entry for each plan. */
  readonly pruned?: readonly PrunedRun[];
};

/**
 * What a run did, by its id.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, also for an id that is none, `INVALID_DATE` for one of a day that does
 * not exist, `INVALID_TIME_ZONE`; `NOT_FOUND`, `RUN_INVALID`; `RUN_PRUNED` where the run file was pruned;
 * `RETENTION_INVALID` where what was pruned of the day cannot be read; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
 * `STORAGE_FAILED`
 * @example
 * ```ts
 * const { status, stages } = await readRun({ root: "data" }, "20260115T234500Z-3f9a1c07", {
 *   timeZone: "America/New_York",
 * });
 * ```
 * @category Runs
 */
export async function readRun(place: RunPlace, id: string, options: ReadRunOptions): Promise<ReadRun> {
  const storage = storageAt(place, "readRun");
  assertOptions(options, READ_RUN_OPTIONS, "readRun");
  return readRunAt(storage, runPaths(id, options).record, id);
}

/** What a run did, by the path of its file. @throws BronzeError as `readRun` */
export async function readRunAt(storage: Storage, path: string, id: string): Promise<ReadRun> {
  const record = await readUnlessPruned(storage, { id, record: path }, path, (path) =>
    readRunRecord(storage, path),
  );
  const pruned = await prunedOf(storage, path, id);
  return withText({ ...record, ...(pruned.length > 0 && { pruned }) }, runRecordText);
}

function runRecordText(record: ReadRun): string {
  const { run_id, name, status, cutoff, started_at, ended_at, stages, pointers, error, pruned = [] } = record;
  return summary(`RunRecord ${run_id} of ${name}: ${status}`, [
    `cutoff ${cutoff}, ${started_at} to ${ended_at ?? "now"}`,
    ...(error ? [`${error.code ?? "error"}: ${error.message}`] : []),
    ...stages.map(
      ({ stage, status, rows, bytes }) => `${stage}: ${status}, ${counted(rows, "row")}, ${bytes} bytes`,
    ),
    ...pointers.map(({ path, from }) => `${path} moved from ${from ?? "nothing"}`),
    ...pruned.map(
      ({ files, plan, pruned_at }) =>
        `${counted(files.length, "file")} pruned at ${pruned_at} by plan ${plan}`,
    ),
  ]);
}

export async function readRunRecord(storage: Pick<Storage, "read">, path: string): Promise<RunRecord> {
  return parseRunRecord(await storage.read(path), path);
}

/** @throws BronzeError `RUN_INVALID` */
export function parseRunRecord(bytes: Uint8Array, path: string): RunRecord {
  return parseSealed(bytes, path, kind);
}
