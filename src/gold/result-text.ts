import { summary } from "../printed.js";
import { counted, saidBy, shown } from "../shown.js";
import type { AttestResult } from "./freeze/attest.js";
import type { BackfillReport } from "./freeze/backfill.js";
import type { FreezeResult } from "./freeze/freeze.js";
import type { Manifest } from "./manifest/manifest.js";
import { SPLITS } from "./training/training-manifest.js";
import type { TrainingSet, TrainingSetResult } from "./training/training-set.js";
import type { Replay } from "./verify/replay.js";
import type { Verification } from "./verify/verify.js";

export function freezeText({ status, manifest, path }: FreezeResult): string {
  return summary(`FreezeResult: ${slateText(manifest)} ${status}`, [path, contentText(manifest)]);
}

export function frozenSlateText({ manifest }: { readonly manifest: Manifest }): string {
  return summary(`FrozenSlate: ${slateText(manifest)}`, [manifest.output.path, contentText(manifest)]);
}

export function verificationText({ ok, manifest, problems }: Verification): string {
  return summary(
    `Verification of ${slateText(manifest)}: ${ok ? "ok" : "not ok"}`,
    problems.map(({ kind, path }) => `${kind}  ${path}`),
  );
}

export function attestText({ status, attestation, path }: AttestResult): string {
  const files = attestation?.files ?? [];
  const deciding = files.filter(({ decides }) => decides).length;
  const counts = attestation ? [`${counted(files.length, "file")}, of which ${deciding} decide`] : [];
  return summary(`Attestation: ${status}`, [path, ...counts]);
}

export function replayText(replay: Replay): string {
  const { same, manifest, cause, because, rowsFrozen, rowsRebuilt, differences } = replay;
  return summary(`Replay of ${slateText(manifest)}: ${same ? "the same" : cause}`, [
    `${counted(rowsFrozen, "row")} frozen, ${rowsRebuilt} rebuilt, ${differences.length} differing cells shown`,
    ...because,
  ]);
}

export function backfillText(report: BackfillReport): string {
  const { games, frozen, skipped, notDue, withoutTip, failed } = report;
  const counts = `${frozen} frozen, ${skipped} frozen before, ${notDue} not due, ${failed.length} failed`;
  return summary(`BackfillReport of ${counted(games, "game")}: ${counts}`, [
    ...(withoutTip.length > 0 ? [`without a tip-off: ${counted(withoutTip.length, "game")}`] : []),
    ...failed.map(({ slate, snapshot, error }) => `${keyOf(slate)} ${snapshot}: ${saidBy(error)}`),
  ]);
}

export function trainingText(trained: TrainingSetResult | TrainingSet): string {
  const { manifest } = trained;
  const { name, snapshot, from, to, keys, features, labels, files } = manifest;
  const splits = SPLITS.map(
    (split) => `${split} ${counted(files[split].rows, "row")} of ${counted(files[split].slates, "slate")}`,
  );
  return summary(
    `TrainingSet ${name}: ${snapshot} from ${from} to ${to}${"status" in trained ? `, ${trained.status}` : ""}`,
    [
      splits.join(", "),
      `keys ${keys.map(({ name }) => name).join(", ")}`,
      `${counted(features.columns.length, "feature column")}, labels ${labels.columns.map(({ name }) => name).join(", ")}`,
    ],
  );
}

function slateText({ slate, snapshot, revision, snapshot_ts }: Manifest): string {
  return `${keyOf(slate)} ${snapshot}${revision > 1 ? ` revision ${revision}` : ""} at ${snapshot_ts}`;
}

function contentText({ output, inputs }: Manifest): string {
  const files = inputs.reduce((sum, input) => sum + input.files.length, 0);
  return `${counted(output.rows, "row")} from ${counted(files, "file")} of ${[...new Set(inputs.map(({ dataset }) => dataset))].join(", ") || "nothing"}`;
}

function keyOf(slate: object): string {
  return Object.entries(slate)
    .map(([column, value]) => `${column}=${typeof value === "string" ? value : shown(value)}`)
    .join(" ");
}
