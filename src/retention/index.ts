export type { ApplyResult } from "./apply-plan.js";
export { describePlan } from "./describe-plan.js";
export type { EmptiedTrash, EmptyTrashOptions } from "./empty-trash.js";
export type { CompactOptions, PlanOptions, PruneOptions, RetentionWindow } from "./make-plan.js";
export type { RestoredPlan } from "./restore-plan.js";
export { Retention, type RetentionOptions } from "./retention.js";
