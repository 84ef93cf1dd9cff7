export { markRun } from "./abandoned.js";
export { type DigestOptions, digestInputs } from "./input-digest.js";
export { type ListedRun, type ListRunsOptions, listRuns } from "./list-runs.js";
export {
  type MovePointerOptions,
  type PointerTarget,
  type ReadPointerOptions,
  readPointer,
  writePointer,
} from "./pointer.js";
export { type Pointer, parsePointer, pointerKind, type WrittenPointer } from "./pointer-file.js";
export { type PrunedRun, readPrunedDay } from "./pruned-runs.js";
export type { RunApplyResult } from "./pruning/apply-run-plan.js";
export type { RunPlanOptions, RunWindow } from "./pruning/plan-runs.js";
export type { KeptRun, PlannedRun, PlannedRunFile, PlannedRuns, RunPlan } from "./pruning/run-plan.js";
export { describeRunPlan } from "./pruning/run-plan-text.js";
export { RunPruning, type RunPruningOptions } from "./pruning/run-pruning.js";
export { parseRunTrash, runTrashPath } from "./pruning/run-trash.js";
export { Run, type RunPointerOptions } from "./run.js";
export type { RunBronze, RunWriteOptions } from "./run-bronze.js";
export { type ReportStream, type RunEvent, reportRun } from "./run-events.js";
export type { RunGold } from "./run-gold.js";
export { isRunId } from "./run-id.js";
export type { RunPaths } from "./run-paths.js";
export { type RunPlace, storageAt } from "./run-place.js";
export {
  type ReadRun,
  type ReadRunOptions,
  type RunRecord,
  readRun,
  readRunRecord,
  runRecordSchema,
  type StageRecord,
} from "./run-record.js";
export type { RunRetention } from "./run-retention.js";
export type { StageContext, StageCounts, StageNeeds } from "./stage.js";
export { type Inputs, type StageOutput, type StageOutputOptions, stageOutput } from "./stage-output.js";
export type { StopEarlyOptions, StopEarlyReason } from "./stop-early.js";
export { type EndedRun, type RunResult, type WithRunOptions, withRun } from "./with-run.js";
