import type { AnyDataset } from "../dataset/index.js";
import { withText } from "../printed.js";
import type { Retention } from "../retention/index.js";
import type { Binding } from "./run-bronze.js";

/**
 * Retention bound to a run: refused after the run's end, waited for before it. It is over the run's own gold store; where
 * others are registered with bronze, a `Retention` of your own takes them all.
 *
 * @category Runs
 */
export type RunRetention<Datasets extends readonly AnyDataset[]> = Pick<
  Retention<Datasets>,
  "planPrune" | "planCompact" | "apply" | "restore" | "emptyTrash"
>;

export function boundRetention<Datasets extends readonly AnyDataset[]>(
  retention: Retention<Datasets>,
  run: Binding,
): RunRetention<Datasets> {
  const bound: RunRetention<Datasets> = {
    planPrune: (options) => run.during(() => retention.planPrune(options)),
    planCompact: (options) => run.during(() => retention.planCompact(options)),
    apply: (plan, ...more) => run.during(() => retention.apply(plan, ...more)),
    restore: (planId, ...more) => run.during(() => retention.restore(planId, ...more)),
    emptyTrash: (options) => run.during(() => retention.emptyTrash(options)),
  };
  return withText(bound, () => `RunRetention of run ${run.id}: ${retention}`);
}
