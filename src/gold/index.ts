export type { Build, BuildContext } from "./build/build-slate.js";
export type { OutputRow } from "./build/output.js";
export type { BuildRecorder, ExternalInput } from "./build/recorder.js";
export type { AttestResult } from "./freeze/attest.js";
export type { AttestedSlate } from "./freeze/attest-all.js";
export {
  BACKFILL_OPTIONS,
  type BackfillEvent,
  type BackfillOptions,
  type BackfillReport,
  DUE_OPTIONS,
  type DueOptions,
} from "./freeze/backfill.js";
export { FREEZE_OPTIONS, type FreezeOptions, type FreezeResult } from "./freeze/freeze.js";
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
  type Attestation,
  attestationBeside,
  attestationSchema,
  readAttestation,
} from "./manifest/attestation.js";
export { type ForeignManifest, foreignFiles, isForeignManifest } from "./manifest/foreign.js";
export {
  type Manifest,
  type ManifestFile,
  type ManifestInput,
  type ManifestV1,
  type ManifestV2,
  manifestSchema,
  manifestV1Schema,
} from "./manifest/manifest.js";
export { readManifest, type SlateRange } from "./manifest/revisions.js";
export { manifestNameOf, parseManifestName, type SlateKey, type SnapshotTypes } from "./manifest/slate.js";
export { storeIdOf } from "./manifest/store-id.js";
export type { LabelRow, Labels } from "./training/training-labels.js";
export {
  parseTrainingManifest,
  type Split,
  type TrainingManifest,
  trainingManifestSchema,
} from "./training/training-manifest.js";
export type { TrainingSet, TrainingSetOptions, TrainingSetResult } from "./training/training-set.js";
export type { CellDifference, Replay, ReplayCause } from "./verify/replay.js";
export type { Verification } from "./verify/verify.js";
export type { VerifiedSlate, VerifyFinding, VerifySummary } from "./verify/verify-all.js";
export type { VerifyProblem } from "./verify/verify-problem.js";
