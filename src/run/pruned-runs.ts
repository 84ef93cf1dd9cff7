import type * as z from "zod";
import { BronzeError, isBronzeError } from "../errors.js";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../json/index.js";
import { joinPath, readIfThere, type Storage, writeBack } from "../storage/index.js";
import { lazySchema, zod } from "../zod/index.js";

/** In a day's folder below `runs/`: what was pruned of its runs. Nothing else says it, so it is replaced whole. */
const STATE = "_retention.json";

const stateSchema = lazySchema(() => {
  const z = zod();
  return z.object({
    format: z.literal("bronzestore.pruned-runs"),
    version: z.literal(1),
    runs: z.array(
      z.strictObject({
        run_id: z.string(),
        name: z.string(),
        status: z.string(),
        plan: z.string().regex(/^[0-9a-f]{16}$/),
        pruned_at: z.string().describe("instant, ISO-8601 UTC"),
        record: z.boolean().describe("whether the run file went too"),
        files: z.array(
          z.strictObject({
            path: z.string().describe("relative to the day's folder"),
            sha256: z.string().regex(/^[0-9a-f]{64}$/),
            size_bytes: z.int().nonnegative(),
          }),
        ),
      }),
    ),
    digest: z.string(),
  });
});

const KIND: SealedKind<typeof stateSchema> = {
  schema: stateSchema,
  name: "record of pruned runs",
  version: 1,
  advice: "It says which runs of the day were pruned; restore it.",
  codes: { invalid: "RETENTION_INVALID", newer: "RETENTION_INVALID", tampered: "RETENTION_INVALID" },
};

/**
 * What one plan took of one run: paths relative to the folder of the run's day, sizes in bytes, instants as ISO-8601 UTC text.
 *
 * @category Runs
 */
export type PrunedRun = z.output<typeof stateSchema>["runs"][number];

/** What was pruned of the runs of a day, in the order of pruning. */
export interface PrunedDay {
  readonly folder: string;
  readonly runs: readonly PrunedRun[];
  /** The file that says so; `undefined` where there is none. */
  readonly bytes: Uint8Array | undefined;
}

/** @throws BronzeError `RETENTION_INVALID` */
export async function readPrunedDay(storage: Pick<Storage, "read">, folder: string): Promise<PrunedDay> {
  const path = joinPath(folder, STATE);
  const bytes = await readIfThere(storage, path);
  return { folder, bytes, runs: bytes ? parseSealed(bytes, path, KIND).runs : [] };
}

/**
 * Replaces what is said of a day. Where all of its runs came back, that is said too: a file is never removed on the condition
 * that it is still the one that was read.
 *
 * @throws BronzeError `LOCK_LOST` where something else is said by now
 */
export async function writePrunedDay(
  storage: Storage,
  { folder, bytes }: PrunedDay,
  runs: readonly PrunedRun[],
): Promise<void> {
  const path = joinPath(folder, STATE);
  const state = seal({ format: "bronzestore.pruned-runs", version: 1, runs });
  await writeBack(
    storage,
    path,
    bytes,
    encodeReadBack(state, path, (bytes, at) => parseSealed(bytes, at, KIND)),
  );
}

/** What was pruned of a run, by the path of its file, which need not be there. @throws BronzeError `RETENTION_INVALID` */
export async function prunedOf(
  storage: Pick<Storage, "read">,
  record: string,
  id: string,
): Promise<readonly PrunedRun[]> {
  const { runs } = await readPrunedDay(storage, record.slice(0, record.lastIndexOf("/")));
  return runs.filter(({ run_id }) => run_id === id);
}

/**
 * Reads a file of a run; one that was pruned is said to be.
 *
 * @throws BronzeError `RUN_PRUNED`; `RETENTION_INVALID` where the file is not there and the day's state is damaged
 */
export async function readUnlessPruned<T>(
  storage: Pick<Storage, "read">,
  run: { readonly id: string; readonly record: string },
  file: string,
  read: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await read(file);
  } catch (error) {
    if (!isBronzeError(error, "NOT_FOUND")) throw error;
    const folder = run.record.slice(0, run.record.lastIndexOf("/") + 1);
    const entries = await prunedOf(storage, run.record, run.id);
    const entry = entries.find(({ files }) => files.some(({ path }) => `${folder}${path}` === file));
    if (!entry) throw error;
    throw new BronzeError(
      "RUN_PRUNED",
      `${file} of run ${run.id} was pruned at ${entry.pruned_at} by plan ${entry.plan}; restore that plan while it is in the trash, or name a run that was kept.`,
      { run_id: run.id, file, plan: entry.plan, pruned_at: entry.pruned_at },
      { cause: error },
    );
  }
}
