export type { AttestResult } from "./attest.js";
export { type Attestation, attestationBeside, attestationSchema, readAttestation } from "./attestation.js";
export {
  BACKFILL_OPTIONS,
  type BackfillEvent,
  type BackfillOptions,
  type BackfillReport,
  DUE_OPTIONS,
  type DueOptions,
} from "./backfill.js";
export type { Build, BuildContext } from "./build-slate.js";
export { type ForeignManifest, foreignFiles, isForeignManifest } from "./foreign.js";
export { FREEZE_OPTIONS, type FreezeOptions, type FreezeResult } from "./freeze.js";
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
  type LeakCheck,
  type LeakCheckOptions,
  leakCheck,
} from "./leak/leak-check.js";
export type { MovedCell } from "./leak/output-cells.js";
export type { Leak, LeakContext } from "./leak/trial.js";
export type { SlateToBuild } from "./leak-check-slate.js";
export {
  type Manifest,
  type ManifestFile,
  type ManifestInput,
  type ManifestV1,
  type ManifestV2,
  manifestSchema,
  manifestV1Schema,
} from "./manifest.js";
export type { OutputRow } from "./output.js";
export type { BuildRecorder, ExternalInput } from "./recorder.js";
export type { CellDifference, Replay, ReplayCause } from "./replay.js";
export { readManifest, type SlateRange } from "./revisions.js";
export { manifestNameOf, parseManifestName, type SlateKey, type SnapshotTypes } from "./slate.js";
export { storeIdOf } from "./store-id.js";
export type { LabelRow, Labels } from "./training-labels.js";
export {
  parseTrainingManifest,
  type Split,
  type TrainingManifest,
  trainingManifestSchema,
} from "./training-manifest.js";
export type { TrainingSet, TrainingSetOptions, TrainingSetResult } from "./training-set.js";
export type { Verification, VerifyProblem } from "./verify.js";
export type { VerifiedSlate, VerifyFinding, VerifySummary } from "./verify-all.js";
