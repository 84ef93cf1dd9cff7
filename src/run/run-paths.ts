import { BronzeError } from "../errors.js";
import { assertName, joinPath } from "../storage/index.js";
import { calendar } from "../time/index.js";
import { startOfRunId } from "./run-id.js";

/** The lock that every run of a root takes by default: one pipeline at a time. */
export const DEFAULT_LOCK = "runs/.lock";

/**
 * Where everything of one run lies, relative to the root; made once, so that no stage has a path of its own.
 *
 * @category Runs
 */
export interface RunPaths {
  /** The lock that the run holds. */
  readonly lock: string;
  /** What the run did: `runs/2026-01-15/<run id>.json`, under the day it started in the run's zone. */
  readonly record: string;
  /** Folder of the run's own files: `runs/2026-01-15/<run id>`. */
  readonly folder: string;
  /**
   * The kept output of a stage: `runs/2026-01-15/<run id>/<stage>.json`.
   *
   * @throws BronzeError `INVALID_PATH` for a name that is no file name
   */
  output(stage: string): string;
  /**
   * A file of the run's own, in its folder.
   *
   * @throws BronzeError `INVALID_PATH` for parts that lead out of the folder
   */
  file(...parts: string[]): string;
  /**
   * A path below the root as the system knows it, for code that opens files itself.
   *
   * @throws BronzeError `INVALID_ARGUMENT` when the run's storage is no folder; `INVALID_PATH`
   */
  onDisk(path: string): string;
}

export function runPaths(
  id: string,
  place: { readonly timeZone: string; readonly lock?: string; readonly root?: string },
): RunPaths {
  const day = `runs/${calendar(place.timeZone).date(startOfRunId(id))}`;
  const folder = `${day}/${id}`;
  return {
    lock: place.lock ?? DEFAULT_LOCK,
    record: `${folder}.json`,
    folder,
    output: (stage) => joinPath(folder, `${assertName(stage, "stage name")}.json`),
    file: (...parts) => joinPath(folder, ...parts),
    onDisk(path) {
      if (place.root !== undefined) return `${place.root}/${joinPath(path)}`;
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `This run has a storage and no root, so "${path}" is no file.`,
      );
    },
  };
}
