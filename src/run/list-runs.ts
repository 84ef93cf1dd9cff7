import { type BronzeError, isBronzeError } from "../errors.js";
import { assertOptions, given, type OptionTable, whole } from "../options.js";
import { joinPath, type Storage } from "../storage/index.js";
import { assertDateRange, isDate } from "../time/index.js";
import { isRunId } from "./run-id.js";
import { type RunPlace, storageAt } from "./run-place.js";
import { type ReadRun, readRunAt } from "./run-record.js";

/**
 * Which runs to list, by the day on which they started in their zone, `YYYY-MM-DD`, both included.
 *
 * @category Runs
 */
export interface ListRunsOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** At most so many, the newest. Default: all. */
  readonly newest?: number;
}

const LIST_RUNS_OPTIONS: OptionTable<ListRunsOptions> = { from: given, to: given, newest: whole(1) };

/**
 * A run file.
 *
 * @category Runs
 */
export interface ListedRun {
  readonly runId: string;
  /** The day it lies under: that on which the run started in its zone. */
  readonly day: string;
  /** What the run did; null where its file cannot be read. */
  readonly record: ReadRun | null;
  /** Why it cannot. */
  readonly error: BronzeError | null;
}

/**
 * What runs did, by the day and then by id, which begins with the time of their start. A run file that cannot be read is among them, and
 * says why.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_DATE`; of the storage, `NOT_A_FILE` and `STORAGE_FAILED`
 * @example
 * ```ts
 * const runs = await listRuns({ root: "data" }, { from: "2026-01-15", newest: 20 });
 * runs.filter(({ record }) => record?.status === "failed").map(({ runId }) => runId);
 * ```
 * @category Runs
 */
export async function listRuns(place: RunPlace, options: ListRunsOptions = {}): Promise<ListedRun[]> {
  const storage = storageAt(place, "listRuns");
  assertOptions(options, LIST_RUNS_OPTIONS, "listRuns");
  assertDateRange(options.from, options.to);
  const { from = "", to = "\uffff", newest = Number.MAX_SAFE_INTEGER } = options;
  const found: ListedRun[] = [];
  const days = (await storage.list("runs"))
    .filter(({ name, kind }) => kind === "folder" && isDate(name) && name >= from && name <= to)
    .map(({ name }) => name);
  // From the newest on, so that no older day is listed in vain.
  for (const day of days.sort().reverse()) {
    const ids = (await storage.list(joinPath("runs", day)))
      .filter(({ name, kind }) => kind === "file" && name.endsWith(".json"))
      .map(({ name }) => name.slice(0, -".json".length))
      .filter(isRunId);
    for (const runId of ids.sort().reverse()) {
      if (found.length === newest) return found.reverse();
      found.push({ runId, day, ...(await recordOf(storage, day, runId)) });
    }
  }
  return found.reverse();
}

async function recordOf(
  storage: Storage,
  day: string,
  runId: string,
): Promise<Pick<ListedRun, "record" | "error">> {
  try {
    return { record: await readRunAt(storage, joinPath("runs", day, `${runId}.json`), runId), error: null };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { record: null, error };
  }
}
