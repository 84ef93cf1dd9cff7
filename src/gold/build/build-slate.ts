import { type BronzeView, contentOfFile, type ViewRead } from "../../bronze/index.js";
import { type AnyDataset, definitionDigest } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { canonicalJson, type Json, wellFormed } from "../../json/index.js";
import { saidBy, shown } from "../../shown.js";
import { type DurationLike, formatInstant, toDurationNs } from "../../time/index.js";
import type { GoldContext } from "../manifest/gold-context.js";
import {
  contentOf,
  type Manifest,
  type ManifestFile,
  type ManifestInput,
  type ManifestInputV2,
} from "../manifest/manifest.js";
import type { SlateKey } from "../manifest/slate.js";
import { encodeOutput, type OutputRow } from "./output.js";
import { type BuildRecorder, type Recorded, startRecording } from "./recorder.js";
import { assertKeyIsUnique } from "./row-key.js";

/**
 * What a builder is told besides the view.
 *
 * @category Gold
 */
export interface BuildContext extends BuildRecorder {
  readonly slate: SlateKey;
  /** Snapshot type. */
  readonly snapshot: string;
  /** Tip-off, epoch nanoseconds. */
  readonly tip: bigint;
  /** Epoch nanoseconds; also the view's. */
  readonly cutoff: bigint;
  readonly parameters: Readonly<Record<string, Json>>;
}

/**
 * Makes the rows of a slate from a view pinned at its cutoff. It must be a pure function of what it reads through the
 * view and of its context: no clock, no randomness, no other files, or a replay cannot agree.
 *
 * @category Gold
 */
export type Build<Datasets extends readonly AnyDataset[]> = (
  at: BronzeView<Datasets>,
  context: BuildContext,
) => readonly OutputRow[] | Promise<readonly OutputRow[]>;

/** The result of a build, ready to be frozen or compared. */
export interface Built {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly outputSha256: string;
  /** Content digest of the rows: what the encoder does with them makes no other result. */
  readonly outputContent: string;
  readonly rows: number;
  readonly columns: readonly { name: string; type: string; nullable: boolean }[];
  readonly inputs: ManifestInputV2[];
  readonly recorded: Recorded;
}

/** A slate as passed to its builder; its parts have been checked. */
interface SlateToMake {
  readonly slate: SlateKey;
  readonly snapshot: string;
  readonly tip: bigint;
  readonly parameters: Readonly<Record<string, Json>>;
}

/** Runs the builder on a view and records what it read. @throws BronzeError `BUILD_FAILED`, `INVALID_ROWS` */
export async function buildSlate<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  view: BronzeView<Datasets>,
  { slate, snapshot, tip, parameters }: SlateToMake,
  build: Build<Datasets>,
): Promise<Built> {
  let rows: readonly OutputRow[];
  const { recorder, recorded } = startRecording();
  try {
    rows = await build(view, {
      ...recorder,
      slate: { ...slate },
      snapshot,
      tip,
      cutoff: view.cutoff,
      // Each build has a copy, in the order of JSON: a replay gets exactly the same.
      parameters: JSON.parse(canonicalJson(parameters, "parameters")) as Record<string, Json>,
    });
  } catch (cause) {
    if (isBronzeError(cause)) throw cause;
    throw new BronzeError(
      "BUILD_FAILED",
      `The builder of ${shown(slate)} (${snapshot}) threw: ${saidBy(cause)}`,
      { slate, snapshot },
      { cause },
    );
  }
  assertKeyIsUnique(rows, gold.rowKey);
  const output = encodeOutput(rows, gold.schema);
  return {
    ...output,
    outputSha256: sha256(output.bytes),
    outputContent: contentOfFile(output.bytes, "the output"),
    inputs: view.reads.map((read) => inputOf(read, gold.bronze.dataset(read.dataset))),
    recorded: recorded(),
  };
}

function inputOf(read: ViewRead, definition: AnyDataset): ManifestInputV2 {
  const { provenance, files, dates, dataset, options } = read;
  const rowsSeen = files.reduce((rows, file) => rows + file.rows, 0);
  const { sha256: digest, unknown } = definitionDigest(definition);
  return {
    dataset,
    definition: digest,
    columns: options.columns === undefined ? null : [...options.columns],
    dates: [...dates],
    max_age: maxAgeText(options.maxAge),
    prefer: options.prefer ?? "history",
    include_runs: options.includeRuns ?? true,
    files: files.map(partOf),
    rows_seen: rowsSeen,
    // Of the files it names: those are all that a replay reads.
    rows_eligible: provenance.rowsEligible - provenance.rowsEligiblePruned,
    rows_selected: provenance.rowsSelected,
    rows_by_fallback: provenance.rowsByFallback,
    rows_not_selectable: read.rowsNotSelectable,
    rows_ahead: read.rowsAhead,
    max_as_of_ts: instantText(provenance.maxAsOfTs),
    max_ingested_ts: instantText(provenance.maxIngestedTs),
    rows_captured_later: provenance.rowsCapturedLater,
    rows_capture_unknown: provenance.rowsCaptureUnknown,
    keys_by_later_evidence: provenance.keysByLaterEvidence,
    as_of_usable_by_cutoff: provenance.asOfUsableByCutoff,
    ignored: [
      ...provenance.filesIgnored.map(({ path, reason }) => ({ path, reason })),
      ...read.skipped.map(({ path, error }) => ({ path, reason: wellFormed(error.message) })),
    ],
    unknown: [...unknown],
    empty_because: provenance.emptyBecause,
  };
}

function partOf({ path, sha256, sizeBytes, rows, content, decides }: ViewRead["files"][number]) {
  if (content === undefined || decides === undefined)
    throw new Error(`${path} was read through a view that records no inputs`); // a fault of ours
  return { path, sha256, size_bytes: sizeBytes, rows, content, decides, kept: null };
}

function maxAgeText(maxAge: DurationLike | undefined): string | null {
  return maxAge === undefined ? null : String(toDurationNs(maxAge, "maxAge"));
}

function instantText(ns: bigint | null): string | null {
  return ns === null ? null : formatInstant(ns);
}

/**
 * Input files by name and content, one line per difference; of a manifest of version 1 by the digest of their bytes.
 * @param pruned paths of inputs that were pruned because no answer needs them: that they are gone is no difference
 */
export function inputDifferences(
  frozen: readonly ManifestInput[],
  built: readonly ManifestInput[],
  pruned: ReadonlySet<string>,
): string[] {
  const before = filesByPath(frozen);
  const after = filesByPath(built);
  const differences: string[] = [];
  for (const [path, file] of before) {
    const now = after.get(path);
    if (!now && pruned.has(path)) continue;
    if (!now) differences.push(`input ${path} is gone or was not read`);
    else if (!isSameContent(file, now)) differences.push(`input ${path} has other content`);
  }
  for (const path of after.keys()) if (!before.has(path)) differences.push(`input ${path} is new`);
  return differences;
}

function filesByPath(inputs: readonly ManifestInput[]): Map<string, ManifestFile> {
  return new Map(inputs.flatMap(({ files }): ManifestFile[] => files).map((file) => [file.path, file]));
}

function isSameContent(frozen: ManifestFile, built: ManifestFile): boolean {
  const content = contentOf(frozen);
  return content === undefined ? frozen.sha256 === built.sha256 : content === contentOf(built);
}

/** External inputs by name and digest, one line per difference; a manifest of version 1 has none. */
export function externalDifferences(frozen: Manifest, { external }: Recorded): string[] {
  const before = new Map(frozen.version === 1 ? [] : frozen.external.map((own) => [own.name, own.sha256]));
  const after = new Map(external.map((own) => [own.name, own.sha256]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => {
      const said = `external input ${JSON.stringify(name)}`;
      if (!after.has(name)) return `${said} was not recorded again`;
      return before.has(name) ? `${said} has other content` : `${said} is new`;
    });
}
