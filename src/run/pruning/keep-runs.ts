import { type KeepRules, keptByRules, type StartedRun } from "../../retention/index.js";
import { toEpochNs } from "../../time/index.js";
import type { RunRecord } from "../run-record.js";

/** A run as the rules see it. */
export interface RunFacts {
  readonly record: Pick<RunRecord, "run_id" | "name" | "status" | "started_at" | "stages">;
  /** Whether some of it was pruned before: then no rule keeps it as an example of its hour. */
  readonly isPruned: boolean;
}

/** What the rules are told, besides the runs. */
interface KeepTerms<Run extends RunFacts> extends KeepRules {
  /** Whether a run lies before the window: all others stay. */
  isOld(run: Run): boolean;
  /** Whoever names a run: `the pointer projections/latest_run.json`. */
  readonly namedBy: ReadonlyMap<string, string>;
}

/**
 * Why runs stay, by id; what is not in it may go. Besides what the rules say, every run that stays keeps those whose kept
 * outputs it needed, and these keep theirs: whatever stays can be followed to its inputs.
 *
 * @returns the reason; `null` for runs that are not old
 */
export function keptRuns<Run extends RunFacts>(
  runs: readonly Run[],
  terms: KeepTerms<Run>,
): Map<string, string | null> {
  const kept = new Map<string, string | null>();
  const keep = ({ record }: RunFacts, reason: string | null) => {
    if (!kept.has(record.run_id)) kept.set(record.run_id, reason);
  };
  for (const run of runs) {
    const { status, run_id } = run.record;
    const name = terms.namedBy.get(run_id);
    if (!terms.isOld(run)) keep(run, null);
    else if (status === "running") keep(run, "its run file says that it is under way");
    else if (name !== undefined) keep(run, `${name} names it`);
  }
  for (const own of byPipeline(runs).values())
    for (const [run, reason] of keptByRules(own, terms)) keep(run, reason);
  const byId = new Map(runs.map((run) => [run.record.run_id, run]));
  // A map is walked in the order of insertion, so this comes to those that are added on the way.
  for (const id of kept.keys()) {
    for (const { stage, needs } of byId.get(id)!.record.stages)
      for (const need of needs) {
        const needed = byId.get(need.run_id);
        if (needed) keep(needed, `stage "${stage}" of run ${id} needed its output`);
      }
  }
  return kept;
}

/** The runs of each pipeline that completed, whole ones only, by start. */
function byPipeline(runs: readonly RunFacts[]): Map<string, StartedRun<RunFacts>[]> {
  const pipelines = new Map<string, StartedRun<RunFacts>[]>();
  const inOrder = runs
    .filter(({ record, isPruned }) => record.status === "completed" && !isPruned)
    .map((run): StartedRun<RunFacts> => ({ run, startNs: toEpochNs(run.record.started_at) }))
    .sort((a, b) => Number(a.startNs - b.startNs) || (a.run.record.run_id < b.run.record.run_id ? -1 : 1));
  for (const completed of inOrder) {
    const { name } = completed.run.record;
    const own = pipelines.get(name);
    if (own) own.push(completed);
    else pipelines.set(name, [completed]);
  }
  return pipelines;
}
