import { parseRunTs } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { keyText } from "../../table/index.js";
import type { DayPart } from "./day-parts.js";
import { type KeepRules, keptByRules, type StartedRun } from "./keep-rules.js";
import { columnsOf, timedRun } from "./run-of-place.js";

/**
 * Why parts of runs stay. A part that holds several runs, or whose run says no time, stays too: nobody can tell which of
 * its rows would go.
 */
export function keptParts(parts: readonly DayPart[], rules: KeepRules): Map<DayPart, string> {
  const kept = new Map<DayPart, string>();
  const places = new Map<string, Map<string, PartsOfRun>>();
  for (const part of parts) {
    const run = timedRun(part.place);
    const startNs = run === undefined ? undefined : startOf(run);
    if (part.isMixed) kept.set(part, "it holds several runs, one of which may be one to keep");
    else if (run === undefined || startNs === undefined)
      kept.set(part, "its run says no time, so its hour is unknown");
    else {
      const place = keyText(columnsOf(part.place));
      const runs = places.get(place) ?? new Map<string, PartsOfRun>();
      places.set(place, runs.set(run, { startNs, parts: [...(runs.get(run)?.parts ?? []), part] }));
    }
  }
  for (const runs of places.values()) {
    const started: StartedRun<PartsOfRun>[] = [...runs.values()].map((run) => ({
      run,
      startNs: run.startNs,
    }));
    started.sort((a, b) => (a.startNs < b.startNs ? -1 : 1));
    for (const [{ parts }, reason] of keptByRules(started, rules))
      for (const part of parts) kept.set(part, reason);
  }
  return kept;
}

interface PartsOfRun {
  readonly startNs: bigint;
  readonly parts: readonly DayPart[];
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
