import { isBronzeError } from "../errors.js";
import { type Storage, writeBack } from "../storage/index.js";
import { formatInstant } from "../time/index.js";
import { runPaths } from "./run-paths.js";
import { encodeRunRecord, parseRunRecord } from "./run-record.js";

/**
 * Marks the runs that died while they held the lock. Their names are in the lock file, where anyone may write, so only
 * a record that says it is running under this lock is changed: we hold the lock now, so that run has ended.
 */
export async function markAbandoned(
  storage: Storage,
  left: string | undefined,
  { timeZone, lock, now }: { readonly timeZone: string; readonly lock: string; readonly now: bigint },
): Promise<void> {
  for (const line of left?.split("\n") ?? []) {
    const id = runNamedIn(line);
    if (id !== undefined) await markOne(storage, id, { timeZone, lock, now });
  }
}

async function markOne(
  storage: Storage,
  id: string,
  { timeZone, lock, now }: { readonly timeZone: string; readonly lock: string; readonly now: bigint },
): Promise<void> {
  try {
    await markRun(storage, runPaths(id, { timeZone }).record, { lock, now });
  } catch (error) {
    // It died before it had a record, or left a damaged one, or the disk is full: none of it matters to the next run.
    if (!isBronzeError(error)) throw error;
  }
}

/**
 * Marks a run as abandoned, if it says that it is running under a lock, which the caller holds.
 *
 * @param path of its record
 * @returns whether it did
 * @throws BronzeError `RUN_INVALID`, `NOT_FOUND`, `STORAGE_FAILED`
 */
export async function markRun(
  storage: Storage,
  path: string,
  { lock, now }: { readonly lock: string; readonly now: bigint },
): Promise<boolean> {
  const before = await storage.read(path);
  const record = parseRunRecord(before, path);
  if (record.status !== "running" || record.lock !== lock) return false;
  const message = `The process died in this run, or could not write how it ended; found at ${formatInstant(now)}, when the lock was free.`;
  const error = { code: null, message };
  const stages = record.stages.map((stage) =>
    stage.status === "running" ? { ...stage, status: "failed" as const, error } : stage,
  );
  await writeBack(
    storage,
    path,
    before,
    encodeRunRecord({ ...record, status: "abandoned", stages, error }, path),
  );
  return true;
}

function runNamedIn(line: string): string | undefined {
  try {
    const { run } = JSON.parse(line);
    return typeof run === "string" ? run : undefined;
  } catch {
    return undefined;
  }
}
