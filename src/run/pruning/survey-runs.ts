import { sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { joinPath, mapReads, type Reading, type Storage } from "../../storage/index.js";
import { isDate } from "../../time/index.js";
import { type PrunedDay, readPrunedDay } from "../pruned-runs.js";
import { isRunId } from "../run-id.js";
import { type RunRecord, readRunRecord } from "../run-record.js";
import type { RunFacts } from "./keep-runs.js";
import type { PlannedRun, PlannedRunFile } from "./run-plan.js";

/** A run as it lies below `runs/`. */
export interface SurveyedRun extends RunFacts {
  readonly record: RunRecord;
  /** `runs/2026-01-15` */
  readonly day: string;
  /** Whether its folder is there. */
  readonly hasFolder: boolean;
}

/** What lies below `runs/`. */
export interface SurveyedRuns {
  readonly runs: readonly SurveyedRun[];
  /** Folders of runs that have no run file: nobody knows what they are. */
  readonly unknown: readonly string[];
}

/** Run files that were read before and had ended: they do not change any more. */
export type KnownRecords = Map<string, RunRecord>;

/**
 * Every run, by day and id.
 *
 * @throws BronzeError `RUN_INVALID` for a run file that cannot be read, since nobody knows which outputs that run needed;
 * `RETENTION_INVALID`
 */
export async function surveyRuns(storage: Storage, known: KnownRecords): Promise<SurveyedRuns> {
  const days = (await storage.list("runs"))
    .filter(({ name, kind }) => kind === "folder" && isDate(name))
    .map(({ name }) => joinPath("runs", name));
  const surveyed = await mapReads(storage, days, (storage, day) => surveyDay(storage, day, known));
  return {
    runs: surveyed.flatMap(({ runs }) => runs),
    unknown: surveyed.flatMap(({ unknown }) => unknown),
  };
}

async function surveyDay(storage: Reading, day: string, known: KnownRecords): Promise<SurveyedRuns> {
  const entries = await storage.list(day);
  const folders = new Set(
    entries.filter(({ name, kind }) => kind === "folder" && isRunId(name)).map(({ name }) => name),
  );
  const ids = entries.flatMap(({ name, kind }) => {
    const id = name.replace(/\.json$/, "");
    return kind === "file" && id !== name && isRunId(id) ? [id] : [];
  });
  const pruned = await readPrunedDay(storage, day);
  const records = await mapReads(storage, ids, (storage, id) => recordOf(storage, day, id, known));
  const runs = records.map((record, i): SurveyedRun => {
    const id = ids[i]!;
    const isPruned = pruned.runs.some(({ run_id }) => run_id === id);
    return { record, day, hasFolder: folders.has(id), isPruned };
  });
  for (const id of ids) folders.delete(id);
  return { runs, unknown: [...folders].map((id) => joinPath(day, id)) };
}

async function recordOf(storage: Reading, day: string, id: string, known: KnownRecords): Promise<RunRecord> {
  const path = joinPath(day, `${id}.json`);
  const before = known.get(path);
  if (before) return before;
  const record = await readRecord(storage, path);
  if (record.run_id !== id)
    throw new BronzeError(
      "RUN_INVALID",
      `${path} is the run file of ${record.run_id}. Move it to its place.`,
      {
        file: path,
      },
    );
  if (record.status !== "running") known.set(path, record);
  return record;
}

async function readRecord(storage: Reading, path: string): Promise<RunRecord> {
  try {
    return await readRunRecord(storage, path);
  } catch (error) {
    if (!isBronzeError(error, "RUN_INVALID")) throw error;
    throw new BronzeError(
      "RUN_INVALID",
      `${error.message}\nNobody knows which outputs that run needed, so nothing was pruned. Restore it, or move it out of runs/.`,
      error.details,
      { cause: error },
    );
  }
}

/** What would go of a run: the files of its folder, and its run file if that is asked for. */
export async function plannedRun(
  storage: Storage,
  { record, day, hasFolder }: SurveyedRun,
  records: boolean,
): Promise<PlannedRun> {
  const { run_id: runId, name, status } = record;
  const paths = hasFolder ? await filesBelow(storage, joinPath(day, runId)) : [];
  if (records) paths.push(joinPath(day, `${runId}.json`));
  const remove = await mapReads(storage, paths, async (storage, path): Promise<PlannedRunFile> => {
    const bytes = await storage.read(path);
    return { path, sha256: sha256(bytes), sizeBytes: bytes.byteLength };
  });
  return { runId, name, status, record: records, remove };
}

/** The size of what lies in a folder, in bytes. */
export async function sizeBelow(storage: Storage, folder: string): Promise<number> {
  const sizes = await mapReads(
    storage,
    await filesBelow(storage, folder),
    async (storage, path) => (await storage.stat(path))?.sizeBytes ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Every file below a folder, hidden ones too. */
async function filesBelow(storage: Pick<Storage, "list">, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { name, kind } of await storage.list(folder)) {
    const path = joinPath(folder, name);
    if (kind === "folder") files.push(...(await filesBelow(storage, path)));
    else files.push(path);
  }
  return files;
}

/** Whether all of a planned day has been pruned by a plan: its runs go at one moment. */
export function isPrunedBy({ runs }: PrunedDay, plan: string): boolean {
  return runs.some((run) => run.plan === plan);
}
