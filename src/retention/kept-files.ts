import { parseRunTs } from "../dataset/index.js";
import { isBronzeError } from "../errors.js";
import { type KeepRules, keptByRules, type StartedRun } from "./keep-rules.js";
import type { SurveyedFile } from "./survey-day.js";

/** What a file's path says of its run. */
interface RunOfFile {
  /** `20260115T170000Z`; `undefined` where it says no time. */
  readonly run: string | undefined;
  /** What else it says: runs are compared with those of the same place. */
  readonly place: string;
}

/**
 * Why files of runs stay. A file that holds several runs, or whose run says no time, stays too: nobody can tell which of
 * its rows would go.
 */
export function keptFiles(
  files: readonly SurveyedFile[],
  rules: KeepRules,
  runOf: (file: SurveyedFile) => RunOfFile,
): Map<SurveyedFile, string> {
  const kept = new Map<SurveyedFile, string>();
  const places = new Map<string, Map<string, FilesOfRun>>();
  for (const file of files) {
    const { run, place } = runOf(file);
    const startNs = run === undefined ? undefined : startOf(run);
    if (file.isCompacted) kept.set(file, "it holds several runs, one of which may be one to keep");
    else if (run === undefined || startNs === undefined)
      kept.set(file, "its run says no time, so its hour is unknown");
    else {
      const runs = places.get(place) ?? new Map<string, FilesOfRun>();
      places.set(place, runs.set(run, { startNs, files: [...(runs.get(run)?.files ?? []), file] }));
    }
  }
  for (const runs of places.values()) {
    const started: StartedRun<FilesOfRun>[] = [...runs.values()].map((run) => ({
      run,
      startNs: run.startNs,
    }));
    started.sort((a, b) => (a.startNs < b.startNs ? -1 : 1));
    for (const [{ files }, reason] of keptByRules(started, rules))
      for (const file of files) kept.set(file, reason);
  }
  return kept;
}

interface FilesOfRun {
  readonly startNs: bigint;
  readonly files: readonly SurveyedFile[];
}

/** `undefined` for a run of a time that there is not: `20269999T170000Z`. */
function startOf(run: string): bigint | undefined {
  try {
    return parseRunTs(run);
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return undefined;
  }
}
