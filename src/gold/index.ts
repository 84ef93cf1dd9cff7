export type {
  CertificateTerms,
  PlannedDay,
  PlannedFile,
  PlannedOutput,
  RefusedFile,
  RetentionPlan,
  RetentionRule,
} from "../bronze/index.js";
export {
  BACKFILL_OPTIONS,
  type BackfillEvent,
  type BackfillOptions,
  type BackfillReport,
  DUE_OPTIONS,
  type DueOptions,
} from "./backfill.js";
export {
  type Build,
  type BuildContext,
  FREEZE_OPTIONS,
  type FreezeOptions,
  type FreezeResult,
} from "./freeze.js";
export {
  type FrozenSlate,
  GOLD_SETUP,
  GoldStore,
  type GoldStoreOptions,
  type ListOptions,
  type RevisionOptions,
} from "./gold-store.js";
export {
  type IdleCutoff,
  type Leak,
  type LeakCheck,
  type LeakCheckOptions,
  type LeakContext,
  leakCheck,
} from "./leak-check.js";
export type { SlateToBuild } from "./leak-check-slate.js";
export { type Manifest, type ManifestFile, type ManifestInput, manifestSchema } from "./manifest.js";
export type { OutputRow } from "./output.js";
export type { MovedCell } from "./output-cells.js";
export type { CellDifference, Replay, ReplayCause } from "./replay.js";
export type { ApplyResult } from "./retention/apply-plan.js";
export { describePlan } from "./retention/describe-plan.js";
export type { EmptiedTrash, EmptyTrashOptions } from "./retention/empty-trash.js";
export type { CompactOptions, PlanOptions, PruneOptions, RetentionWindow } from "./retention/make-plan.js";
export type { RestoredPlan } from "./retention/restore-plan.js";
export type { SlateRange } from "./revisions.js";
export type { SlateKey, SnapshotTypes } from "./slate.js";
export type { LabelRow, Labels } from "./training-labels.js";
export { type Split, type TrainingManifest, trainingManifestSchema } from "./training-manifest.js";
export type { TrainingSet, TrainingSetOptions, TrainingSetResult } from "./training-set.js";
export type { Verification, VerifyProblem } from "./verify.js";
