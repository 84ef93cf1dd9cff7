export { type ApplyResult, oneAtATime } from "./apply-plan.js";
export {
  type KeepRules,
  keptByRules,
  LOCKS_OPTIONS,
  lockTexts,
  type ScheduledLocks,
  type StartedRun,
} from "./day/keep-rules.js";
export { describePlan } from "./describe-plan.js";
export { EMPTY_TRASH_OPTIONS, type EmptiedTrash, type EmptyTrashOptions } from "./empty-trash.js";
export { assertAllGiven } from "./kept/manifests.js";
export type { CompactOptions, PlanOptions, PruneOptions, RetentionWindow } from "./make-plan.js";
export { remadeState } from "./remake/remade-state.js";
export { asideOf, remakeState } from "./remake-state.js";
export type { RestoredPlan } from "./restore-plan.js";
export { emptiedText, restoreText } from "./result-text.js";
export { Retention, type RetentionOptions } from "./retention.js";
